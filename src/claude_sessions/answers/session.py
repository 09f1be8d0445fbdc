"""A session in its JSON form (claude-sessions(1), "JSON")."""

from typing import Any

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.sessions import Session


def session_json(session: Session) -> dict[str, Any]:
    """Return the JSON form of a session in `list` and `show`. Durations are seconds, sizes bytes."""
    timestamp = TimestampFormatter()
    summary, live, ended = session.summary, session.live, session.ended_ns
    end = summary.exit if summary else None
    return {
        "id": session.id,
        "recorded": session.recorded,
        "title": session.title,
        "transcript_title": session.transcript_title or None,
        "directory": session.directory,
        "started": timestamp(session.started_ns),
        "ended": None if ended is None else timestamp(ended),
        "duration": round(summary.duration_ns / NANOSECONDS, 6) if summary else None,
        "size": session.size,
        "state": str(session.state),
        "waiting_for": session.waiting_for or None,
        "paused": session.paused,
        "exit_code": end.code if end else None,
        "signal": end.signal if end else None,
        "claude_session_id": session.claude_session_id or None,
        "claude_pid": live.pid if live else None,
    }
