"""`stats`: how much was done in all sessions, on a page."""

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claude_sessions.activity.days import Streak
    from claude_sessions.activity.statistics import SessionWork, Statistics
    from claude_sessions.transcript.files import LogFile
    from claude_sessions.usage.report import Totals

_LONGEST_SESSIONS = 10


def stats(json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Show how much was done in all sessions, when, and with what.

    Days and hours are local ones. What a resumed or forked session has copied from another counts once.
    """
    from claude_sessions.activity.days import Calendar
    from claude_sessions.activity.statistics import statistics_of
    from claude_sessions.cli.chart import draws_blocks
    from claude_sessions.cli.chosen import history
    from claude_sessions.cli.output import print_json
    from claude_sessions.cli.stats_page import page
    from claude_sessions.transcript.locate import all_transcripts

    files = all_transcripts()
    calendar = Calendar()
    today, _ = calendar.day_and_hour(time.time_ns() // 10**9)
    found = statistics_of(history(files), calendar, today)
    tokens = _tokens(files)
    if json:
        print_json(_json(found, tokens))
    elif not found.lines:
        print("no transcripts; Claude Code writes them while it runs")
    else:
        print("\n".join(page(found, tokens, today, blocks=draws_blocks(sys.stdout))))


def _tokens(files: "Sequence[LogFile]") -> "Totals":
    """Return what all sessions used up."""
    from claude_sessions.cli.progress import progress
    from claude_sessions.cli.usage_report import load
    from claude_sessions.usage.reading import read
    from claude_sessions.usage.report import Totals, summed

    with progress("Counting tokens", sum(file.size for file in files)) as advance:
        reading = read(files, advance)
    return summed(reading.responses, lambda _response, _file: 0, load(None)).get(0) or Totals()


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
        "session_id": session.session_id,
        "directory": session.directory,
        "prompts": session.prompts,
        "responses": session.responses,
        "active_duration": session.active_s,
        "first": timestamp(session.first_s * NANOSECONDS) if session.first_s else None,
        "last": timestamp(session.last_s * NANOSECONDS) if session.last_s else None,
    }


def _streak_json(streak: "Streak | None") -> dict[str, Any] | None:
    if streak is None:
        return None
    return {"days": streak.days, "first": str(streak.first), "last": str(streak.last)}
