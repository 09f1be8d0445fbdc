"""A report: its lines and their order, and which responses are in it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from claude_sessions.usage.once import Counted
from claude_sessions.usage.periods import Days, by
from claude_sessions.usage.prices import Mode, Prices
from claude_sessions.usage.report import Totals, summed
from claude_sessions.usage.response import FileUsage, Response

PERIODS = ("daily", "weekly", "monthly")
REPORTS = (*PERIODS, "session", "project", "model")


class Row(msgspec.Struct):
    """A line of a report."""

    key: str
    """The day, the Monday of the week, the month, the session's id, the directory, or the model."""
    totals: Totals
    directory: str = ""
    """Of a session: where it began."""
    claude_cost: int | None = None
    """Of a session: what Claude Code itself reckoned, in UNITS; None where it did not."""


def rows(
    report: str,
    responses: Sequence[Counted],
    prices: Prices,
    mode: Mode,
    days: Days,
    *,
    claude_costs: Mapping[str, int] | None = None,
    descending: bool | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Return the lines of one of REPORTS: periods oldest first, sessions newest first, projects and models dearest first.

    `descending` turns that to one or the other; `limit` leaves only the newest, or dearest.
    """
    found = [Row(key, totals) for key, totals in summed(responses, _key(report, days), prices, mode).items()]
    if report == "session":
        projects = {file.session_id: file.project for _, file in responses}
        for row in found:
            row.directory = projects[row.key]
            row.claude_cost = (claude_costs or {}).get(row.key)
    found.sort(key=_ORDERS.get(report, _by_key), reverse=True)
    found = found[:limit]
    return found if (report not in PERIODS if descending is None else descending) else found[::-1]


def within(responses: Sequence[Counted], since: int | None, until: int | None) -> Sequence[Counted]:
    """Return the responses from `since` on and before `until`, both in milliseconds since the epoch."""
    if since is None and until is None:
        return responses
    first, end = since or 0, 2**62 if until is None else until
    return [one for one in responses if first <= one[0].time < end]


def claude_costs(known: Mapping[str, int], every: Sequence[Counted], chosen: Sequence[Counted]) -> dict[str, int]:
    """Return which of Claude Code's own costs are of sessions all of whose responses are chosen."""
    there, here = (Counter(file.session_id for _, file in responses) for responses in (every, chosen))
    return {session: cost for session, cost in known.items() if 0 < there[session] == here[session]}


def claude_cost(found: Sequence[Row]) -> int | None:
    """Return the sum of Claude Code's own costs; None where a session has none."""
    known = [row.claude_cost for row in found if row.claude_cost is not None]
    return sum(known) if known and len(known) == len(found) else None


def sum_of(found: Iterable[Row]) -> Totals:
    """Return the sum of a report's lines."""
    totals = Totals()
    for row in found:
        totals.add(row.totals)
    return totals


def _key(report: str, days: Days) -> Callable[[Response, FileUsage], str]:
    if report in PERIODS:
        period = by(report, days)
        return lambda response, _: period(response.time)
    return {"session": _session, "project": _project, "model": _model}[report]


def _session(_: Response, file: FileUsage) -> str:
    return file.session_id


def _project(_: Response, file: FileUsage) -> str:
    return file.project


def _model(response: Response, _: FileUsage) -> str:
    return response.label


def _by_key(row: Row) -> tuple[int, int, str]:
    return 0, 0, row.key


def _by_time(row: Row) -> tuple[int, int, str]:
    return row.totals.last, 0, row.key


def _by_cost(row: Row) -> tuple[int, int, str]:
    return row.totals.known_cost, row.totals.total, row.key


_ORDERS = {"session": _by_time, "project": _by_cost, "model": _by_cost}
