"""`usage`: what sessions used up, by day, week, month, session, five-hour window, project or model."""

import re
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_sessions.usage.once import Counted
    from claude_sessions.usage.periods import Days
    from claude_sessions.usage.prices import Mode, Prices
    from claude_sessions.usage.reading import Reading
    from claude_sessions.usage.report import Totals
    from claude_sessions.usage.windows import Window

_NS_IN_MS = 1_000_000
_RECENT_MS = 3 * 86_400_000
_MOST = "max"
"""As a limit: the most tokens that a window has used."""


class Report(StrEnum):
    """By what is summed up."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    SESSION = "session"
    BLOCKS = "blocks"
    PROJECT = "project"
    MODEL = "model"


class CostMode(StrEnum):
    """Where costs come from. See `usage.prices.Mode`."""

    AUTO = "auto"
    CALCULATE = "calculate"
    DISPLAY = "display"


class Order(StrEnum):
    """Of a report's lines."""

    ASC = "asc"
    DESC = "desc"


def usage(
    report: Annotated[Report, typer.Argument(metavar="[REPORT]", help="By what to sum up.")] = Report.DAILY,
    since: Annotated[str | None, typer.Option(metavar="D", help="Only from then on: a date, a time or an age.")] = None,
    until: Annotated[str | None, typer.Option(metavar="D", help="Only until then; a date is taken in whole.")] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Count days as there, such as Europe/Berlin.")
    ] = None,
    project: Annotated[
        str | None, typer.Option(metavar="P", help="Only sessions of this directory, or of every one of this name.")
    ] = None,
    breakdown: Annotated[bool, typer.Option("--breakdown", help="Show each model on a line of its own.")] = False,
    order: Annotated[Order | None, typer.Option(metavar="ORDER", help="asc or desc: which line is first.")] = None,
    mode: Annotated[
        CostMode, typer.Option(metavar="MODE", help="Where costs come from: auto, calculate or display.")
    ] = CostMode.AUTO,
    prices: Annotated[str | None, typer.Option(metavar="FILE", help="Take prices from FILE first.")] = None,
    active: Annotated[bool, typer.Option("--active", help="blocks: only the window that runs now.")] = False,
    recent: Annotated[bool, typer.Option("--recent", help="blocks: only the last three days.")] = False,
    token_limit: Annotated[
        str | None, typer.Option(metavar="N", help="blocks: compare with N tokens, or with max, the most so far.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the tokens that sessions used and what they cost.

    REPORT is daily (the default), weekly, monthly, session, blocks (windows of five hours), project or model. Every
    response of the API is counted once, in however many lines and files it stands. A cost that cannot be known is ?,
    never 0.
    """
    from claude_sessions.base.errors import UsageError
    from claude_sessions.cli import usage_views as views
    from claude_sessions.cli.output import complain, print_json
    from claude_sessions.usage.periods import Days, zone
    from claude_sessions.usage.prices import Mode
    from claude_sessions.usage.summary import of_project, rows, sum_of, within

    if report is not Report.BLOCKS and (active or recent or token_limit is not None):
        raise UsageError("--active, --recent and --token-limit belong to: claude-sessions usage blocks")
    now_ns = time.time_ns()
    days = Days(zone(timezone) if timezone else None)
    first, end = _moment(since, now_ns, days), _moment(until, now_ns, days, end=True)
    table, how = load(prices), Mode(mode)
    reading = _read()
    for warning in reading.warnings:
        complain(warning)
    chosen: Sequence[Counted] = reading.responses if project is None else of_project(reading.responses, project)
    shown: dict[str, Any] = {"report": report.value, "timezone": timezone, "mode": mode.value}
    shown["prices_date"] = table.compared.isoformat() if table.compared else None
    descending = None if order is None else order is Order.DESC
    if report is Report.BLOCKS:
        limit, found = _windows(chosen, table, how, now_ns // _NS_IN_MS, token_limit, first, end)
        if recent:
            found = [each for each in found if each.active or each.start >= now_ns // _NS_IN_MS - _RECENT_MS]
        found = [each for each in found if each.active or not active][:: -1 if descending else 1]
        totals = views.sum_of_windows(found)
        if json:
            print_json(shown | views.windows_json(found, totals, now_ns // _NS_IN_MS, limit))
        else:
            views.print_windows(found, totals, now_ns // _NS_IN_MS, limit, days)
    else:
        whole = first is None and end is None
        costs = reading.claude_costs if whole else {}
        chosen = within(chosen, first, end)
        lines = rows(report, chosen, table, how, days, claude_costs=costs, descending=descending)
        totals = sum_of(lines)
        own = _claude_costs(chosen, costs)
        if json:
            print_json(shown | views.report_json(report, lines, totals, own))
        else:
            views.print_report(report, lines, totals, own, breakdown=breakdown)
    _notes(totals, table, how, now_ns, json=json)


def load(file: str | None) -> "Prices":
    """Return the prices: those of `file`, or of the setting, before those that come with the program."""
    from claude_sessions.base.config import load_config
    from claude_sessions.usage.prices import load_prices

    return load_prices(file or load_config()["prices"] or None)


def complain_of_age(prices: "Prices", now_ns: int) -> None:
    """Say so where the prices are old."""
    from datetime import UTC, datetime

    from claude_sessions.cli.output import complain
    from claude_sessions.usage.prices import STALE_DAYS

    age = prices.age_days(datetime.fromtimestamp(now_ns // 10**9, UTC).date())
    if age is not None and age > STALE_DAYS:
        complain(
            f"the prices are {age} days old: models and prices may have changed since; update claude-sessions, or give a "
            "table of your own with --prices or the setting prices"
        )


def _read() -> "Reading":
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.locate import all_transcripts
    from claude_sessions.usage.reading import read

    files = all_transcripts()
    with progress("Reading transcripts", sum(file.size for file in files)) as advance:
        return read(files, advance)


def _moment(text: str | None, now_ns: int, days: "Days", *, end: bool = False) -> int | None:
    """Return a moment that a person named, in milliseconds since the epoch."""
    from claude_sessions.base.moments import parse_moment

    return None if text is None else parse_moment(text, now_ns, days.timezone, end=end) // _NS_IN_MS


def _windows(
    chosen: "Sequence[Counted]",
    prices: "Prices",
    mode: "Mode",
    now: int,
    token_limit: str | None,
    first: int | None,
    end: int | None,
) -> "tuple[int | None, list[Window]]":
    """Return the limit to compare with, and the windows that begin within the time asked for."""
    from claude_sessions.usage.windows import largest, windows

    found = windows(chosen, prices, now, mode)
    limit = None
    if token_limit is not None:
        limit = largest(found) if token_limit == _MOST else _whole_number(token_limit)
    return limit or None, [each for each in found if (first or 0) <= each.start and (end is None or each.start < end)]


def _whole_number(text: str) -> int:
    from claude_sessions.base.errors import UsageError

    if not re.fullmatch("[0-9_,]{1,20}", text):
        raise UsageError(f"--token-limit {text!r} is no number of tokens; write one, or max for the most so far")
    return int(re.sub("[_,]", "", text) or 0)


def _claude_costs(chosen: "Sequence[Counted]", costs: dict[str, int]) -> list[int]:
    """Return Claude Code's own costs of the sessions that are in the report."""
    sessions = {file.session_id for _, file in chosen} if costs else set()
    return [cost for session, cost in costs.items() if session in sessions]


def _notes(totals: "Totals", prices: "Prices", mode: "Mode", now_ns: int, *, json: bool) -> None:
    """Say on stderr what the numbers do not: costs that are missing, counts that are too low, prices that are old."""
    from claude_sessions.cli.output import complain
    from claude_sessions.usage.prices import Mode

    if totals.unknown:
        names = ", ".join(sorted(totals.unknown)) or "a model without a name"
        if mode is Mode.DISPLAY:
            complain("costs that Claude Code did not write down are not in it; --mode auto reckons them")
        else:
            complain(
                f"no price is known for {names}: costs with ? or ≥ are without it; give one with --prices or the setting prices"
            )
    if json:
        return
    if totals.partial:
        complain(
            f"the output is a lower bound: {totals.partial:,} of {totals.responses:,} responses were recorded by versions of "
            "Claude Code that wrote down only how each began (before 2.1.50)"
        )
    if totals.responses and mode is not Mode.DISPLAY:
        complain_of_age(prices, now_ns)
