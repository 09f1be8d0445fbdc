"""What the log of a recording says, in its JSON form (claude-sessions(1), "JSON")."""

import os
from typing import Any

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.log.events import to_plain
from claude_sessions.sessions import Session
from claude_sessions.store.facts import Facts
from claude_sessions.store.recording import Recording


def log_json(session: Session, recording: Recording, facts: Facts) -> dict[str, Any]:
    """Return what the log of a recorded session says, as `show` has it."""
    assert session.summary is not None
    start = session.summary.start
    last_link = facts.links[-1].claude_session_id if facts.links else None
    return {
        "claude_session_id": session.live.session_id if session.live else last_link,
        "command": start.command,
        "arguments": list(start.arguments),
        "term": start.term,
        "host": start.host,
        "user": start.user,
        "recorder_version": start.version,
        "origin": start.origin or None,
        "input_recorded": start.input,
        "log": str(recording.log_path),
        "segments": [{"file": name, "size": size} for name, size in segment_sizes(recording)],
        "windows": [{"columns": columns, "rows": rows} for columns, rows in facts.windows],
        "entries": dict(facts.counts),
        "bytes": dict(facts.bytes),
        "hidden_bytes": facts.hidden_bytes,
        "links": [to_plain(link) for link in facts.links],
        "markers": [{"offset": offset_s(mark.since, session), "label": mark.label} for mark in facts.markers],
        "gaps": [to_plain(gap) for gap in facts.gaps],
        "pauses": [
            {"since": pause.since, "until": pause.until or None, "bytes": pause.bytes if pause.until else None}
            for pause in facts.pauses
        ],
        "bad_lines": facts.bad_line_count,
    }


def segment_sizes(recording: Recording) -> list[tuple[str, int]]:
    """Return the name and the size in bytes of each segment."""
    folder = recording.home.folder("logs")
    return [
        (str(segment), os.stat(str(segment), dir_fd=folder, follow_symlinks=False).st_size)
        for segment in recording.segments
    ]


def offset_s(timestamp: str, session: Session) -> float:
    """Return how many seconds after the start of a session an entry was written."""
    try:
        return max(0, parse_timestamp(timestamp) - session.started_ns) / NANOSECONDS
    except (ValueError, OverflowError):
        return 0.0
