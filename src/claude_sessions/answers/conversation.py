"""A conversation as its transcript tells of it, in its JSON form (claude-sessions(1), "JSON")."""

from collections.abc import Sequence
from typing import Any

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.overview import Overview, cache, overview_of
from claude_sessions.transcript.recent import Recent


def recent_json(found: Recent) -> dict[str, Any]:
    """Return the JSON form of a session that its transcript tells of. Durations are seconds."""
    timestamp = TimestampFormatter()
    overview = found.overview
    return {
        "id": overview.session_id,
        "title": found.title or None,
        "directory": overview.directory or None,
        "git_branch": overview.git_branch or None,
        "started": timestamp(overview.started_ns) if overview.started_ns else None,
        "ended": timestamp(overview.ended_ns) if overview.ended_ns else None,
        "duration": round(overview.duration_ns / NANOSECONDS, 6),
        "messages": overview.messages,
        "prompts": overview.prompts,
        "responses": overview.responses,
        "branches": overview.branches,
        "first_prompt": overview.first.prompt or None,
        "first_answer": overview.first.answer or None,
        "last_prompt": overview.last.prompt or None,
        "last_answer": overview.last.answer or None,
        "model": overview.model or None,
        "claude_version": overview.version or None,
        "transcript": str(found.file.path),
        "transcript_size": found.file.size,
        "faults": overview.faults,
    }


def overviews_of(files: Sequence[LogFile]) -> list[tuple[LogFile, Overview]]:
    """Return the files' overviews. What cannot be read is left out."""
    return cache().digests(files, overview_of, lambda _size: None)
