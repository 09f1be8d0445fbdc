"""The files that sessions changed, in their JSON form (claude-sessions(1), "JSON")."""

from collections.abc import Sequence
from typing import Any

from claude_sessions.activity.files import TouchedFile, changed_files
from claude_sessions.answers.said import Span, in_milliseconds
from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.transcript.files import LogFile


def changed_by(files: Sequence[LogFile], span: Span | None = None) -> list[TouchedFile]:
    """Return the files that the sessions of these transcripts created or edited in a span, the last changed first."""
    rows = (row for file in files for row in changed_files(file, *in_milliseconds(span)))
    return sorted(rows, key=lambda row: (-row.last_ms, row.path))


def file_json(row: TouchedFile) -> dict[str, Any]:
    """Return the JSON form of one file of one session."""
    timestamp = TimestampFormatter()
    first, last = (timestamp(ms * 1_000_000) if ms >= 0 else None for ms in (row.first_ms, row.last_ms))
    return {
        "path": row.path,
        "session_id": row.session_id,
        "directory": row.directory,
        "first": first,
        "last": last,
        "reads": row.reads,
        "edits": row.edits,
        "created": row.creations > 0,
        "added": row.added,
        "removed": row.removed,
    }
