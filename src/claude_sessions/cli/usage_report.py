"""`usage`: what sessions used up, by day, week, month, session, five-hour window, project or model."""

import re
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.chosen import OneProject, OneSession

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from claude_sessions.usage.once import Counted
    from claude_sessions.usage.periods import Days
    from claude_sessions.usage.prices import Mode, Prices
    from claude_sessions.usage.reading import Reading
    from claude_sessions.usage.report import Totals
    from claude_sessions.usage.windows import Window

_NS_IN_MS = 1_000_000
_RECENT_MS = 3 * 86_400_000
_TIMES = {"": 1, "k": 1000, "m": 1_000_000}
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
    project: OneProject = None,
    session: OneSession = None,
    limit: Annotated[
        int | None, typer.Option("-n", min=1, metavar="N", help="Only N lines: the newest, or the dearest.")
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
    never 0; with a ≥ it is at least that.
    """
    from functools import partial

    from claude_sessions.answers.usage import configured_prices, report_json, windows_json
    from claude_sessions.cli.chosen import say_why_empty, titles
    from claude_sessions.cli.output import print_json
    from claude_sessions.cli.usage_views import print_report, print_windows
    from claude_sessions.usage.periods import Days, zone
    from claude_sessions.usage.prices import Mode
    from claude_sessions.usage.summary import claude_costs, rows, sum_of, within
    from claude_sessions.usage.windows import sum_of_windows, windows

    _refuse(report, of_windows=active or recent or token_limit is not None, breakdown=breakdown)
    now_ns = time.time_ns()
    now = now_ns // _NS_IN_MS
    days = Days(zone(timezone) if timezone else None)
    first, end = _moment(since, now_ns, days), _moment(until, now_ns, days, end=True)
    table, how = configured_prices(prices), Mode(mode)
    wanted = None if token_limit in {None, _MOST} else _tokens(str(token_limit))
    reading = _read()
    every = _chosen(reading, session, project)
    descending = None if order is None else order is Order.DESC
    show: Callable[[], None]
    if report is Report.BLOCKS:
        all_windows = windows(every, table, now, how)
        compared = _most(all_windows) if token_limit == _MOST else wanted
        earliest = max(first or 0, now - _RECENT_MS if recent else 0)
        found = [each for each in all_windows if earliest <= each.start and (end is None or each.start < end)]
        found = _newest([each for each in found if each.active or not active], limit)[:: -1 if descending else 1]
        totals = sum_of_windows(found)
        form = windows_json(found, totals, now, compared)
        show = partial(print_windows, found, totals, now, compared, days, breakdown=breakdown)
    else:
        chosen = within(every, first, end)
        costs = claude_costs(reading.claude_costs, every, chosen)
        lines = rows(report, chosen, table, how, days, claude_costs=costs, descending=descending, limit=limit)
        totals = sum_of(lines)
        named = titles({line.key for line in lines}) if report is Report.SESSION else {}
        form = report_json(report, lines, totals, named)
        show = partial(print_report, report, lines, totals, named, days, breakdown=breakdown)
    if json:
        head = {"report": report.value, "timezone": timezone, "mode": mode.value}
        print_json(head | {"prices_date": table.compared and table.compared.isoformat(), **form})
    elif totals.responses:
        show()
    else:
        what = "no window runs" if active else "nothing was used" + (" in the last three days" if recent else "")
        say_why_empty(what, session=session, project=project, since=since, until=until)
    _notes(totals, table, how, now_ns, json=json)


def _refuse(report: Report, *, of_windows: bool, breakdown: bool) -> None:
    """Raise UsageError for options that mean nothing in this report."""
    from claude_sessions.base.errors import UsageError

    if of_windows and report is not Report.BLOCKS:
        raise UsageError("--active, --recent and --token-limit belong to: claude-sessions usage blocks")
    if breakdown and report is Report.MODEL:
        raise UsageError("usage model has a line for each model as it is; leave out --breakdown")


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
    """Return what all transcripts tell; what is wrong with one is told on stderr."""
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.locate import all_transcripts
    from claude_sessions.usage.reading import read

    files = all_transcripts()
    with progress("Reading transcripts", sum(file.size for file in files)) as advance:
        reading = read(files, advance)
    for warning in reading.warnings:
        complain(warning)
    return reading


def _moment(text: str | None, now_ns: int, days: "Days", *, end: bool = False) -> int | None:
    """Return a moment that a person named, in milliseconds since the epoch."""
    from claude_sessions.base.moments import parse_moment

    return None if text is None else parse_moment(text, now_ns, days.timezone, end=end) // _NS_IN_MS


def _chosen(reading: "Reading", session: str | None, project: str | None) -> "Sequence[Counted]":
    """Return the responses of the session and project that a person asked for; NotFoundError where there is no such."""
    from claude_sessions.cli.chosen import session_ids
    from claude_sessions.transcript.projects import directories_of

    found: Sequence[Counted] = reading.responses
    if session is not None:
        ids = session_ids(session)
        found = [one for one in found if one[1].session_id in ids]
    if project is not None:
        directories = directories_of(project, reading.directories)
        found = [one for one in found if one[1].project in directories]
    return found


def _newest(found: "list[Window]", limit: int | None) -> "list[Window]":
    """Return the last `limit` windows (None: all), with the gaps between them; nothing where there are only gaps."""
    starts = [window.start for window in found if not window.gap]
    if not starts or limit is None:
        return found if starts else []
    return [window for window in found if window.start >= starts[-limit:][0]]


def _most(found: "Sequence[Window]") -> int | None:
    """Return the most tokens that a window has used; says so where there is none to compare with."""
    from claude_sessions.cli.output import complain
    from claude_sessions.usage.windows import largest

    most = largest(found)
    if not most:
        complain("no window is over yet: --token-limit max has nothing to compare with")
    return most or None


def _tokens(text: str) -> int | None:
    """Return a number of tokens that a person wrote: `500000`, `500,000`, `500k`, `1.5M`; None for 0."""
    from claude_sessions.base.errors import UsageError

    found = re.fullmatch(r"([0-9][0-9_,]{0,18}(?:\.[0-9]{1,6})?)([kKmM]?)", text)
    if not found:
        raise UsageError(
            f"--token-limit {text!r} is no number of tokens; write 500,000, 1.5M, or max for the most so far"
        )
    return round(float(re.sub("[_,]", "", found[1])) * _TIMES[found[2].lower()]) or None


def _notes(totals: "Totals", prices: "Prices", mode: "Mode", now_ns: int, *, json: bool) -> None:
    """Say on stderr what the numbers do not: costs that are missing, counts that are too low, prices that are old."""
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.usage_views import at_least_sign
    from claude_sessions.usage.prices import Mode

    sign = at_least_sign()
    if totals.unknown:
        names = ", ".join(sorted(totals.unknown)) or "a model without a name"
        if mode is Mode.DISPLAY:
            complain("costs that Claude Code did not write down are not in it; --mode auto reckons them")
        else:
            complain(
                f"no price is known for {names}: costs with ? or {sign} are without it; give one with --prices or the setting "
                "prices"
            )
    if json:
        return
    if totals.lower_bound:
        complain(
            f"numbers with {sign} are lower bounds: of {totals.partial:,} of {totals.responses:,} responses the transcripts tell "
            "only how much output they began with, as they did before Claude Code 2.1.50"
        )
    if totals.responses and mode is not Mode.DISPLAY:
        complain_of_age(prices, now_ns)
