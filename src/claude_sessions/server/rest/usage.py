"""`/api/usage`: the tokens that sessions used, and what they cost."""

import time
from typing import Any

from starlette.responses import Response

from claude_sessions.activity.titles import titles_of
from claude_sessions.answers.usage import configured_prices, report_json, windows_json
from claude_sessions.base.moments import parse_moment
from claude_sessions.server.rest.forms import INTEGER, OBJECT, TEXT, VERSION, list_of, object_of
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.transcript.files import main_files
from claude_sessions.transcript.locate import all_transcripts
from claude_sessions.transcript.projects import directories_of
from claude_sessions.usage import Mode, read
from claude_sessions.usage.periods import Days, zone
from claude_sessions.usage.summary import claude_costs, rows, sum_of, within
from claude_sessions.usage.windows import sum_of_windows, windows

_BLOCKS = "blocks"
_SESSION = "session"
_REPORTS = ("daily", "weekly", "monthly", _SESSION, _BLOCKS, "project", "model")
_NS_IN_MS = 1_000_000


async def usage(call: Call) -> Response:
    """Answer with a report."""
    return json_answer(await call.state.in_thread(_report, dict(call.values)))


def _report(asked: dict[str, Any]) -> dict[str, Any]:
    now_ns = time.time_ns()
    now = now_ns // _NS_IN_MS
    days = Days(zone(asked["timezone"]) if asked["timezone"] else None)
    first, end = (
        parse_moment(asked[name], now_ns, days.timezone, end=name == "until") // _NS_IN_MS if asked[name] else None
        for name in ("since", "until")
    )
    prices, by = configured_prices(), asked["by"]
    files = all_transcripts()
    reading = read(files)
    every = reading.responses
    if asked["project"]:
        folders = directories_of(asked["project"], reading.directories)
        every = [one for one in every if one[1].project in folders]
    if by == _BLOCKS:
        found = windows(every, prices, now, Mode.AUTO)
        found = [each for each in found if (first or 0) <= each.start and (end is None or each.start < end)]
        form = windows_json(found, sum_of_windows(found), now, None)
    else:
        chosen = within(every, first, end)
        costs = claude_costs(reading.claude_costs, every, chosen)
        lines = rows(by, chosen, prices, Mode.AUTO, days, claude_costs=costs, descending=None, limit=asked["limit"])
        keys = {line.key for line in lines} if by == _SESSION else set()
        titles = titles_of([file for file in main_files(files) if file.session_id in keys], lambda _size: None)
        form = report_json(by, lines, sum_of(lines), titles)
    head = {"version": VERSION, "report": by, "timezone": asked["timezone"] or None, "mode": Mode.AUTO.value}
    return {**head, "prices_date": prices.compared and prices.compared.isoformat(), **form}


USAGE_ROUTES = (
    Route(
        "/api/usage",
        "GET",
        usage,
        "Tokens and costs.",
        (
            Parameter("by", Kind.TEXT, "By what is summed up.", "daily", choices=_REPORTS),
            Parameter("since", Kind.TEXT, "Only from then on: a date, a time or an age.", ""),
            Parameter("until", Kind.TEXT, "Only until then; a date is taken in whole.", ""),
            Parameter("timezone", Kind.TEXT, "Days are counted as there, such as Europe/Berlin.", ""),
            Parameter("project", Kind.TEXT, "Only sessions of this directory, or with this in its path.", ""),
            Parameter("limit", Kind.INTEGER, "So many lines at most: the newest, or the dearest.", least=1),
            Parameter("breakdown", Kind.FLAG, "Each line has its models either way; as in usage.", False),
        ),
        Answer(
            "As usage --json has it.",
            object_of(version=INTEGER, report=TEXT, rows=list_of(OBJECT), totals=OBJECT, unknown_models=list_of(TEXT)),
        ),
    ),
)
