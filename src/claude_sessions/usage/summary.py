"""A report: its lines and their order, and which responses are in it."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from claude_sessions.base.errors import NotFoundError
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
    project: str = ""
    """Of a session: its directory."""
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
) -> list[Row]:
    """Return the lines of one of REPORTS: periods and sessions oldest first, projects and models dearest first.

    `descending` turns that to one or the other.
    """
    found = [Row(key, totals) for key, totals in summed(responses, _key(report, days), prices, mode).items()]
    if report == "session":
        projects = {file.session_id: file.project for _, file in responses}
        for row in found:
            row.project = projects[row.key]
            row.claude_cost = (claude_costs or {}).get(row.key)
    dearest_first = report in {"project", "model"}
    found.sort(key=_ORDERS.get(report, _by_key), reverse=dearest_first if descending is None else descending)
    return found


def of_project(responses: Sequence[Counted], project: str) -> list[Counted]:
    """Return the responses of a directory and those below it; a name without a slash means every directory of that name.

    Raises NotFoundError where there are none.
    """
    directory = os.path.abspath(os.path.expanduser(project)) if "/" in project or project in {".", "..", "~"} else ""
    known: dict[str, bool] = {}
    for _, file in responses:
        if file.project not in known:
            known[file.project] = _is_within(file.project, directory) or os.path.basename(file.project) == project
    if not any(known.values()):
        raise NotFoundError(f"no session has used anything in {project}; claude-sessions usage project lists all")
    return [one for one in responses if known[one[1].project]]


def within(responses: Sequence[Counted], since: int | None, until: int | None) -> Sequence[Counted]:
    """Return the responses from `since` on and before `until`, both in milliseconds since the epoch."""
    if since is None and until is None:
        return responses
    first, end = since or 0, 2**62 if until is None else until
    return [one for one in responses if first <= one[0].time < end]


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


def _is_within(path: str, directory: str) -> bool:
    return bool(directory) and (path == directory or path.startswith(directory.rstrip("/") + "/"))
