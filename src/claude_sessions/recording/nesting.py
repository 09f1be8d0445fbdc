"""A recording inside a recording: refused, unless asked for."""

import os
from pathlib import Path

from claude_sessions.base.errors import ClaudeSessionsError, NestedError
from claude_sessions.base.paths import open_for_reading
from claude_sessions.store.ends import is_being_written
from claude_sessions.store.home import Home

ID_VARIABLE = "CLAUDE_SESSIONS_ID"
"""The one variable that is added to the child's environment."""


def refuse_nested(home: Path | None) -> None:
    """Raise NestedError where this process runs in a session that is being recorded into the same home."""
    outer = os.environ.get(ID_VARIABLE)
    if not outer:
        return
    if is_running(outer, home):
        raise NestedError(
            f"this terminal is being recorded already, as session {outer}; to record inside it all the same, add --nested"
        )


def is_running(session_id: str, home: Path | None) -> bool:
    """Tell whether a session of this home is being recorded right now."""
    try:
        with Home.open(home) as opened:
            logs = opened.folder("logs")
            segments = [name for name in os.listdir(logs) if name.startswith(f"{session_id}.")]
            if not segments:
                return False
            fd = open_for_reading(max(segments, key=lambda name: (len(name), name)), logs)
            try:
                return is_being_written(fd)
            finally:
                os.close(fd)
    except (ClaudeSessionsError, OSError):
        return False
