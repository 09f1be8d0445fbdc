"""How `usage` is shown to people: tables, and sentences about the window that runs."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from claude_sessions.cli.chosen import columns as terminal_width
from claude_sessions.cli.list import short_ids
from claude_sessions.cli.output import colours, duration, short_path
from claude_sessions.cli.table import Column, left_out, shorten, table
from claude_sessions.screen.printable import printable
from claude_sessions.usage.periods import Days
from claude_sessions.usage.prices import plain_name
from claude_sessions.usage.report import Totals
from claude_sessions.usage.response import UNITS
from claude_sessions.usage.summary import Row, claude_cost
from claude_sessions.usage.windows import Window, burn, limit_status, projection

_NS_IN_MS = 1_000_000
_LONGEST_TITLE = 60
"""Cells; `--json` has all of it."""
_HEADS = {
    "daily": "DATE",
    "weekly": "WEEK OF",
    "monthly": "MONTH",
    "session": "SESSION",
    "project": "PROJECT",
    "model": "MODEL",
}
_PARTS = ({"INPUT", "OUTPUT", "CACHE WRITE", "CACHE READ"}, {"INPUT", "OUTPUT", "CACHE"}, set[str]())
"""Into what the total is split, by the room there is: always the whole of it, so that a line adds up."""
_OF_A_SESSION = (
    Column("LAST", left_out=2),
    Column("TITLE", least=16, left_out=3),
    Column("PROJECT", least=14, keep_end=True, left_out=5),
)
_BOLD = "1"
_DIM = "2"
_GREEN = "32"
_YELLOW = "33"
_RED = "31"

Line = tuple[dict[str, str], str]
"""The cells of a table's line by the names of their columns, and the style of the last."""


def print_report(
    report: str, rows: Sequence[Row], totals: Totals, titles: Mapping[str, str], days: Days, *, breakdown: bool
) -> None:
    """Print a report as a table, and below it the sum. `titles` is what sessions are called."""
    names = _names(report, rows)
    columns = [
        Column(_HEADS[report], least=10, keep_end=report in {"project", "model"}),
        *(_OF_A_SESSION if report == "session" else ()),
        Column("MODELS", least=10, left_out=7),
        *(Column(name, left_out=6, right=True) for name in ("INPUT", "OUTPUT", "CACHE WRITE", "CACHE READ", "CACHE")),
        Column("TOTAL", left_out=1, right=True),
        Column("CLAUDE'S COST", left_out=4, right=True),
        Column("COST", right=True),
    ]
    lines: list[Line] = []
    for row in rows:
        cells = {_HEADS[report]: names[row.key], **_amounts(row.totals)}
        if report == "session":
            cells["LAST"] = days.day(row.totals.last)
            cells["TITLE"] = shorten(printable(titles.get(row.key, "")), _LONGEST_TITLE)
            cells["PROJECT"] = printable(short_path(row.directory))
            cells["CLAUDE'S COST"] = _money(row.claude_cost)
        if report != "model" and not breakdown:
            cells["MODELS"] = _model_names(row.totals)
        lines.append((cells, ""))
        lines += _by_model(_HEADS[report], row.totals) if breakdown else ()
    lines.append(({_HEADS[report]: "total", **_amounts(totals), "CLAUDE'S COST": _money(claude_cost(rows))}, _BOLD))
    _print(columns, lines)


def print_windows(
    windows: Sequence[Window], totals: Totals, now: int, limit: int | None, days: Days, *, breakdown: bool
) -> None:
    """Print windows as a table, and of the one that runs how it goes on. `now` in milliseconds since the epoch."""
    columns = [
        Column("BEGAN"),
        Column("LASTED"),
        Column("MODELS", least=10, left_out=4),
        Column("UNCACHED", left_out=3, right=True),
        Column("TOTAL", left_out=1, right=True),
        Column("OF LIMIT", left_out=2, right=True),
        Column("COST", right=True),
    ]
    lines: list[Line] = []
    for window in windows:
        cells = {"BEGAN": _moment(window.start, days)}
        if window.gap:
            cells["LASTED"] = f"gap {duration((window.end - window.start) * _NS_IN_MS)}"
            lines.append((cells, _DIM))
            continue
        used = duration((window.totals.last - window.start) * _NS_IN_MS)
        cells |= {"LASTED": "active" if window.active else used, **_amounts(window.totals)}
        if limit:
            cells["OF LIMIT"] = _at_least(f"{window.totals.total / limit:.1%}", window.totals)
        if not breakdown:
            cells["MODELS"] = _model_names(window.totals)
        lines.append((cells, _GREEN if window.active else ""))
        lines += _by_model("BEGAN", window.totals) if breakdown else ()
    lines.append(({"BEGAN": "total", **_amounts(totals)}, _BOLD))
    _print(columns, lines)
    for window in windows:
        if window.active:
            print("\n" + "\n".join(_active(window, now, limit)))


def _active(window: Window, now: int, limit: int | None) -> Iterator[str]:
    """Yield sentences on the window that runs."""
    left = f"The window that runs ends in {duration((window.end - now) * _NS_IN_MS)}."
    speed, later = burn(window), projection(window, now)
    if speed is None:
        yield f"{left} How fast it is used up can be told when it has been used for a minute."
        return
    hourly = "" if speed.cost_per_hour is None else f", {_money(speed.cost_per_hour)} an hour"
    yield f"{left} It uses {speed.tokens_per_minute:,.0f} tokens a minute{hourly}."
    if later is None:
        yield "Where that leads can be told when it has been used for five minutes."
        return
    cost = "" if later.cost is None else f" and {_money(later.cost)}"
    yield f"At this rate it comes to {later.tokens:,} tokens{cost}."
    if limit:
        status = limit_status(later.tokens, limit)
        words = {"ok": "", "warning": ": close to it", "exceeds": ": beyond it"}[status]
        sentence = f"That is {later.tokens / limit:.0%} of the limit of {limit:,} tokens{words}."
        style = {"warning": _YELLOW, "exceeds": _RED}.get(status)
        yield f"\x1b[{style}m{sentence}\x1b[0m" if style and colours(sys.stdout) else sentence


def at_least_sign() -> str:
    """Return what stands before a lower bound on the standard output: `>=` where `≥` cannot be spelled."""
    try:
        "≥".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ">="
    return "≥"


def _print(columns: Sequence[Column], lines: Sequence[Line]) -> None:
    """Print a table of the columns in which anything stands, with the total split as far as there is room."""
    width = terminal_width()
    used = [column for column in columns if any(cells.get(column.name) for cells, _ in lines)]
    every = set[str]().union(*_PARTS)
    for parts in _PARTS:
        shown = [column for column in used if column.name not in every - parts]
        rows = [[cells.get(column.name, "") for column in shown] for cells, _ in lines]
        if parts.isdisjoint(left_out(shown, rows, width)):
            break
    styles = [style for _, style in lines] if colours(sys.stdout) else ()
    print("\n".join(table(shown, rows, width, styles)))


def _by_model(head: str, totals: Totals) -> list[Line]:
    """Return a line for each model, its name indented in the column `head`."""
    return [({head: f"  {_short(name)}", **_amounts(part)}, _DIM) for name, part in totals.dearest_first()]


def _amounts(totals: Totals) -> dict[str, str]:
    """Return the cells with tokens and costs."""
    return {
        "INPUT": f"{totals.input:,}",
        "OUTPUT": _at_least(f"{totals.output:,}", totals),
        "CACHE WRITE": f"{totals.cache_write:,}",
        "CACHE READ": f"{totals.read:,}",
        "CACHE": f"{totals.cache_write + totals.read:,}",
        "UNCACHED": _at_least(f"{totals.input + totals.output:,}", totals),
        "TOTAL": _at_least(f"{totals.total:,}", totals),
        "COST": _cost(totals),
    }


def _at_least(amount: str, totals: Totals) -> str:
    return at_least_sign() + amount if totals.lower_bound else amount


def _cost(totals: Totals) -> str:
    """Return a cost for people: what is not known makes it a `?`, or a lower bound."""
    if totals.unknown and totals.known_cost < UNITS // 200:
        return "?"
    if totals.unknown or totals.lower_bound:
        return f"{at_least_sign()}${totals.known_cost / UNITS:,.2f}"
    return _money(totals.known_cost)


def _names(report: str, rows: Sequence[Row]) -> dict[str, str]:
    """Return what the lines of a report are called for people, by their keys."""
    keys = [row.key for row in rows]
    if report == "session":
        return {key: printable(short) for key, short in short_ids(keys).items()}
    if report == "model":
        times = Counter(map(_short, keys))
        return {key: short if times[short := _short(key)] == 1 else printable(key) for key in keys}
    return {key: printable(short_path(key)) for key in keys}


def _model_names(totals: Totals) -> str:
    return ", ".join(_short(name) for name, _ in totals.dearest_first())


def _short(model: str) -> str:
    """Return a model's name as short as it is still clear."""
    fast = "-fast" if model.endswith("-fast") else ""
    return printable(plain_name(model.removesuffix(fast)).removeprefix("claude-") + fast) or "?"


def _money(units: int | None) -> str:
    if units is None:
        return ""
    return "<$0.01" if 0 < units < UNITS // 200 else f"${units / UNITS:,.2f}"


def _moment(time: int, days: Days) -> str:
    return datetime.fromtimestamp(time // 1000, days.timezone).strftime("%Y-%m-%d %H:%M")
