"""How usage is shown: tables for people, and the JSON forms (claude-sessions(1), "JSON")."""

import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.cli.output import colours, duration, short_path
from claude_sessions.cli.table import Column, table
from claude_sessions.screen.printable import printable
from claude_sessions.usage.periods import Days
from claude_sessions.usage.prices import plain_name
from claude_sessions.usage.report import Totals
from claude_sessions.usage.response import UNITS, in_dollars
from claude_sessions.usage.summary import Row
from claude_sessions.usage.windows import WARNED_FROM, Burn, Projection, Window, burn, projection

_NS_IN_MS = 1_000_000
_NAMES = {"daily": "date", "weekly": "week", "monthly": "month", "session": "session_id"}
"""What the first column of a report is called in JSON, where it is not as the report."""
_HEADS = {
    "daily": "DATE",
    "weekly": "WEEK OF",
    "monthly": "MONTH",
    "session": "SESSION",
    "project": "DIRECTORY",
    "model": "MODEL",
}
_BOLD = "1"
_DIM = "2"
_GREEN = "32"
_YELLOW = "33"
_RED = "31"


def report_json(report: str, rows: Sequence[Row], totals: Totals, claude_costs: Sequence[int]) -> dict[str, Any]:
    """Return the JSON form of a report."""
    name = _NAMES.get(report, report)
    lines = []
    for row in rows:
        line: dict[str, Any] = {name: row.key}
        if report == "session":
            line |= {"project": row.project, **_times(row.totals), "claude_cost": _dollars(row.claude_cost)}
        lines.append(line | _totals(row.totals) | _models(row.totals))
    own = sum(claude_costs) if claude_costs else None
    return {"rows": lines, "totals": _totals(totals) | {"claude_cost": _dollars(own)}, **_unknown(totals)}


def windows_json(windows: Sequence[Window], totals: Totals, now: int, limit: int | None) -> dict[str, Any]:
    """Return the JSON form of windows; `now` in milliseconds since the epoch."""
    lines = []
    for window in windows:
        speed, later = (burn(window) if window.active else None), projection(window, now)
        lines.append(
            {
                "start": _timestamp(window.start),
                "end": _timestamp(window.end),
                **_times(window.totals),
                "active": window.active,
                "gap": window.gap,
                **_totals(window.totals),
                **_models(window.totals),
                "burn": speed and _burn(speed),
                "projection": later and _projection(later, limit),
            }
        )
    return {"rows": lines, "token_limit": limit, "totals": _totals(totals), **_unknown(totals)}


def sum_of_windows(windows: Iterable[Window]) -> Totals:
    """Return the sum of windows."""
    totals = Totals()
    for window in windows:
        totals.add(window.totals)
    return totals


def print_report(
    report: str, rows: Sequence[Row], totals: Totals, claude_costs: Sequence[int], *, breakdown: bool
) -> None:
    """Print a report as a table, and below it the sum."""
    if not rows:
        print("nothing was used in that time, or no transcripts are there; CLAUDE_CONFIG_DIR says where they are")
        return
    lines: list[tuple[tuple[str, ...], str]] = []
    session = report == "session"
    for row in rows:
        key = short_path(row.key) if report == "project" else row.key[:8] if session else row.key
        extra = (short_path(row.project), _money(row.claude_cost)) if session else ("", "")
        lines.append((_cells(key, row.totals, *extra), ""))
        if breakdown and report != "model":
            lines += [(_cells(f"  {_short(name)}", part), _DIM) for name, part in _dearest_first(row.totals)]
    own = sum(claude_costs) if claude_costs else None
    lines.append((_cells("total", totals, "", _money(own)), _BOLD))
    columns = [
        Column(_HEADS[report], least=10, keep_end=report == "project"),
        Column("PROJECT", least=12, keep_end=True, left_out=4),
        Column("MODELS", least=10, left_out=7),
        Column("INPUT", left_out=5, right=True),
        Column("OUTPUT", left_out=2, right=True),
        Column("CACHE WRITE", left_out=6, right=True),
        Column("CACHE READ", left_out=8, right=True),
        Column("TOTAL", left_out=1, right=True),
        Column("CLAUDE'S COST", left_out=3, right=True),
        Column("COST", right=True),
    ]
    without = {"MODELS"} if breakdown or report == "model" else set()
    without |= set() if session else {"PROJECT"}
    without |= set() if session or own is not None else {"CLAUDE'S COST"}
    _print(columns, lines, without)


def print_windows(windows: Sequence[Window], totals: Totals, now: int, limit: int | None, days: Days) -> None:
    """Print windows as a table, and of the one that runs how it goes on. `now` in milliseconds since the epoch."""
    if not windows:
        print("no window in that time; claude-sessions usage blocks shows all")
        return
    lines = []
    for window in windows:
        if window.gap:
            idle = f"nothing for {duration((window.end - window.start) * _NS_IN_MS)}"
            lines.append(((_moment(window.start, days), idle, "", "", "", "", ""), _DIM))
            continue
        state = "active" if window.active else duration((window.totals.last - window.start) * _NS_IN_MS)
        share = _share(window.totals.total, limit)
        used = (
            f"{window.totals.input + window.totals.output:,}",
            f"{window.totals.total:,}",
            share,
            _cost(window.totals),
        )
        lines.append(
            ((_moment(window.start, days), state, _model_names(window.totals), *used), _GREEN if window.active else "")
        )
    last = ("total", "", "", f"{totals.input + totals.output:,}", f"{totals.total:,}", "", _cost(totals))
    lines.append((last, _BOLD))
    columns = [
        Column("BEGAN"),
        Column("LASTED", left_out=1),
        Column("MODELS", least=10, left_out=4),
        Column("UNCACHED", left_out=3, right=True),
        Column("TOTAL", right=True),
        Column("OF LIMIT", left_out=2, right=True),
        Column("COST", right=True),
    ]
    _print(columns, lines, set() if limit else {"OF LIMIT"})
    for window in windows:
        if window.active:
            _print_active(window, now, limit)


def _print_active(window: Window, now: int, limit: int | None) -> None:
    left = duration((window.end - now) * _NS_IN_MS)
    speed, later = burn(window), projection(window, now)
    if speed is None or later is None:
        print(f"\nThe window that runs ends in {left}.")
        return
    hourly = "" if speed.cost_per_hour is None else f", {_money(speed.cost_per_hour)} an hour"
    print(f"\nThe window that runs ends in {left}. It uses {speed.tokens_per_minute:,.0f} tokens a minute{hourly}.")
    cost = "" if later.cost is None else f" and {_money(later.cost)}"
    print(f"At this rate it comes to {later.tokens:,} tokens{cost}.")
    if limit:
        words = {"ok": "", "warning": ": close to it", "exceeds": ": beyond it"}
        share, style = later.tokens / limit, {"warning": _YELLOW, "exceeds": _RED}.get(_status(later.tokens, limit), "")
        sentence = f"That is {share:.0%} of the limit of {limit:,} tokens{words[_status(later.tokens, limit)]}."
        print(f"\x1b[{style}m{sentence}\x1b[0m" if style and colours(sys.stdout) else sentence)


def _print(columns: Sequence[Column], lines: Sequence[tuple[Sequence[str], str]], without: set[str]) -> None:
    """Print a table without some of its columns."""
    at = [number for number, column in enumerate(columns) if column.name not in without]
    rows = [[cells[number] for number in at] for cells, _ in lines]
    styles = [style for _, style in lines] if colours(sys.stdout) else ()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print("\n".join(table([columns[number] for number in at], rows, width, styles)))


def _cells(key: str, totals: Totals, project: str = "", own: str = "") -> tuple[str, ...]:
    numbers = (totals.input, totals.output, totals.cache_write, totals.read, totals.total)
    models = "" if key == "total" else _model_names(totals)
    return (printable(key), printable(project), models, *(f"{number:,}" for number in numbers), own, _cost(totals))


def _dearest_first(totals: Totals) -> list[tuple[str, Totals]]:
    return sorted(totals.models.items(), key=lambda one: (-one[1].known_cost, one[0]))


def _model_names(totals: Totals) -> str:
    return ", ".join(_short(name) for name, _ in _dearest_first(totals))


def _short(model: str) -> str:
    """Return a model's name as short as it is still clear."""
    fast = "-fast" if model.endswith("-fast") else ""
    return printable(plain_name(model.removesuffix(fast)).removeprefix("claude-") + fast) or "?"


def _cost(totals: Totals) -> str:
    """Return a cost for people: what is not known makes it a `?`, or a lower bound."""
    if not totals.unknown:
        return _money(totals.known_cost)
    return f"≥{_money(totals.known_cost)}" if totals.known_cost >= UNITS // 200 else "?"


def _money(units: int | None) -> str:
    if units is None:
        return ""
    return "<$0.01" if 0 < units < UNITS // 200 else f"${units / UNITS:,.2f}"


def _share(tokens: int, limit: int | None) -> str:
    return f"{tokens / limit:.1%}" if limit else ""


def _status(tokens: int, limit: int) -> str:
    return "exceeds" if tokens > limit else "warning" if tokens > limit * WARNED_FROM else "ok"


def _moment(time: int, days: Days) -> str:
    return datetime.fromtimestamp(time // 1000, days.timezone).strftime("%Y-%m-%d %H:%M")


def _timestamp(time: int) -> str:
    return TimestampFormatter()(time * _NS_IN_MS)


def _times(totals: Totals) -> dict[str, str | None]:
    first, last = (_timestamp(totals.first), _timestamp(totals.last)) if totals.responses else (None, None)
    return {"first_response": first, "last_response": last}


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "responses": totals.responses,
        "input_tokens": totals.input,
        "output_tokens": totals.output,
        "cache_write_tokens": totals.cache_write,
        "cache_write_1h_tokens": totals.write_1h,
        "cache_read_tokens": totals.read,
        "total_tokens": totals.total,
        "web_searches": totals.searches,
        "lower_bounds": totals.partial,
        "cost": _dollars(totals.cost),
        "known_cost": in_dollars(totals.known_cost),
    }


def _models(totals: Totals) -> dict[str, Any]:
    return {"models": [{"model": name, **_totals(part)} for name, part in _dearest_first(totals)]}


def _unknown(totals: Totals) -> dict[str, Any]:
    return {"unknown_models": sorted(totals.unknown)}


def _burn(speed: Burn) -> dict[str, Any]:
    return {
        "tokens_per_minute": round(speed.tokens_per_minute, 3),
        "uncached_tokens_per_minute": round(speed.tokens_per_minute_uncached, 3),
        "cost_per_hour": _dollars(speed.cost_per_hour),
    }


def _projection(later: Projection, limit: int | None) -> dict[str, Any]:
    return {
        "remaining_minutes": later.minutes,
        "total_tokens": later.tokens,
        "cost": _dollars(later.cost),
        "of_limit": round(later.tokens / limit, 6) if limit else None,
        "status": _status(later.tokens, limit) if limit else None,
    }


def _dollars(units: int | None) -> float | None:
    return None if units is None else in_dollars(units)
