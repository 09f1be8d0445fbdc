"""`stats`: how much was done in all sessions, on a page."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claude_sessions.cli.chosen import OneProject, Since, Until

if TYPE_CHECKING:
    from collections.abc import Collection

    from claude_sessions.activity.days import Streak
    from claude_sessions.activity.statistics import SessionWork, Statistics
    from claude_sessions.usage.report import Totals

_LONGEST_SESSIONS = 10


def stats(
    since: Since = None,
    until: Until = None,
    project: OneProject = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show how much was done in all sessions, when, and with what.

    Days and hours are local ones. What a resumed or forked session has copied from another counts once.
    """
    from claude_sessions.activity.days import Calendar
    from claude_sessions.activity.statistics import statistics_of
    from claude_sessions.cli.chart import draws_blocks
    from claude_sessions.cli.chosen import columns, history, period_ms, say_why_empty
    from claude_sessions.cli.output import print_json
    from claude_sessions.cli.stats_page import WIDTH, page

    calendar = Calendar()
    today, _ = calendar.day_and_hour(time.time_ns() // 10**9)
    chosen = history(None, project, since, until)
    found = statistics_of(chosen, calendar, today)
    sessions = None if project is None else frozenset(part.session_id for part in chosen.parts)
    tokens = _tokens(found, sessions, period_ms(since, until))
    if json:
        print_json(_json(found, tokens))
    elif not found.lines:
        say_why_empty("nothing was said", project=project, since=since, until=until)
    else:
        width = min(columns() or WIDTH, WIDTH)
        print("\n".join(page(found, tokens, today, width, blocks=draws_blocks(sys.stdout))))


def _tokens(found: "Statistics", sessions: "Collection[str] | None", period: tuple[int | None, int | None]) -> "Totals":
    """Return what these sessions (None: all) used up in a period, in milliseconds since the epoch.

    Their responses are counted in `found`, too: progress lines tell of some that are no lines of their own.
    """
    from claude_sessions.answers.usage import configured_prices
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.locate import all_transcripts
    from claude_sessions.usage.reading import read
    from claude_sessions.usage.report import Totals, summed
    from claude_sessions.usage.summary import within

    files = all_transcripts()
    with progress("Counting tokens", sum(file.size for file in files)) as advance:
        responses = within(read(files, advance).responses, *period)
    chosen = [one for one in responses if sessions is None or one[1].session_id in sessions]
    used = summed(chosen, lambda _, file: file.session_id, configured_prices())
    total = Totals()
    for each in used.values():
        total.add(each)
    for session in found.sessions:
        session.responses = used[session.session_id].responses if session.session_id in used else 0
    found.responses = total.responses
    most_first = sorted(total.models.items(), key=lambda model: -model[1].responses)
    found.models = {name: part.responses for name, part in most_first}
    return total


def _json(found: "Statistics", tokens: "Totals") -> dict[str, Any]:
    from claude_sessions.usage.response import in_dollars

    return {
        "sessions": len(found.sessions),
        "longest_sessions": [_session_json(session) for session in found.sessions[:_LONGEST_SESSIONS]],
        "projects": found.projects,
        "prompts": found.prompts,
        "responses": found.responses,
        "messages": found.messages,
        "active_duration": found.active_s,
        "tokens": {
            "input": tokens.input,
            "output": tokens.output,
            "cache_write": tokens.cache_write,
            "cache_read": tokens.read,
        },
        "lower_bound": tokens.lower_bound,
        "cost": None if tokens.cost is None else in_dollars(tokens.cost),
        "tools": found.calls,
        "failed_calls": found.failed_calls,
        "models": found.models,
        "claude_versions": found.versions,
        "days": {str(day): count for day, count in found.days.items()},
        "hours": found.hours,
        "longest_streak": _streak_json(found.longest_streak),
        "current_streak": _streak_json(found.current_streak),
        "transcripts": found.transcripts,
        "size": found.bytes,
        "lines": found.lines,
        "copied_lines": found.copies,
        "line_types": found.types,
        "unknown_line_types": found.unknown,
        "faults": found.faults,
    }


def _session_json(session: "SessionWork") -> dict[str, Any]:
    from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter

    timestamp = TimestampFormatter()
    return {
        "id": session.session_id,
        "directory": session.directory,
        "prompts": session.prompts,
        "responses": session.responses,
        "active_duration": session.active_s,
        "started": timestamp(session.first_s * NANOSECONDS) if session.first_s else None,
        "ended": timestamp(session.last_s * NANOSECONDS) if session.last_s else None,
    }


def _streak_json(streak: "Streak | None") -> dict[str, Any] | None:
    if streak is None:
        return None
    return {"days": streak.days, "first": str(streak.first), "last": str(streak.last)}
