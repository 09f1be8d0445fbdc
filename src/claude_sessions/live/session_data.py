"""A session as the list shows it: what its transcript says, whether Claude runs in it, and which recording shows it.

The fields up to `isSidechain` and their forms are those of the session monitoring's `SessionData`, the rest is ours.
"""

import re
from typing import Literal

import msgspec

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.overview import Overview
from claude_sessions.transcript.registry import LiveSession

State = Literal["busy", "idle", "waiting", "ended"]

_MS = 1_000_000
_STATES: dict[str | None, State] = {"idle": "idle", "waiting": "waiting"}
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LATEST_MS = 253_402_300_799_000


class Recorded(msgspec.Struct, frozen=True):
    """The newest recording that shows a session."""

    id: str
    running: bool
    title: str = ""
    """What a person called it."""


class SessionData(msgspec.Struct, frozen=True, rename="camel"):
    """One session. Empty texts: nobody has said."""

    id: str
    title: str
    directory: str
    """Where it began."""
    created_at: int
    """Milliseconds since the epoch."""
    updated_at: int
    """The time of its latest line."""
    session_id: str
    first_prompt: str
    message_count: int
    """Prompts and responses."""
    project_path: str
    created: str
    """RFC 3339, UTC."""
    modified: str
    git_branch: str
    is_sidechain: bool
    state: State
    """`ended`: no Claude runs in it that says so."""
    waiting_for: str | None
    """What it needs a person for, in Claude's words."""
    recording: str | None
    recording_running: bool
    model: str | None
    tokens: int


def session_data(
    session_id: str,
    file: LogFile | None,
    overview: Overview | None,
    *,
    title: str = "",
    live: LiveSession | None = None,
    recorded: Recorded | None = None,
) -> SessionData:
    """Join what is known of a session. At least one of `file` and `live` is there."""
    created = overview.started_ns // _MS if overview else 0
    updated = overview.ended_ns // _MS if overview else 0
    if not created:
        created = int(live.started_at) if live and live.started_at else file.mtime_ns // _MS if file else 0
    updated = updated or (file.mtime_ns // _MS if file else created)
    directory = (overview.directory if overview else "") or (live.cwd if live else "")
    first = (overview.said or overview.first.prompt) if overview else ""
    return SessionData(
        id=session_id,
        title=_one_way(
            (recorded.title if recorded else "")
            or title
            or first
            or (live.name if live and live.name else "")
            or session_id
        ),
        directory=directory,
        created_at=created,
        updated_at=updated,
        session_id=session_id,
        first_prompt=first,
        message_count=overview.messages if overview else 0,
        project_path=directory,
        created=_rfc3339(created),
        modified=_rfc3339(updated),
        git_branch=overview.git_branch if overview else "",
        is_sidechain=False,
        state=_state(live, recorded),
        waiting_for=live.waiting_for if live and live.waiting else None,
        recording=recorded.id if recorded else None,
        recording_running=bool(recorded and recorded.running),
        model=(overview.model or None) if overview else None,
        tokens=overview.tokens if overview else 0,
    )


def _state(live: LiveSession | None, recorded: Recorded | None) -> State:
    """Return what a session is doing; one that runs and does not say is taken to be busy."""
    if live is not None:
        return _STATES.get(live.status, "busy")
    return "busy" if recorded and recorded.running else "ended"


def _one_way(text: str) -> str:
    """Return a title without signs that turn the direction of writing: what comes after it in a list would be turned too."""
    return text if text.isascii() else _TURNS.sub("", text)


def _rfc3339(ms: int) -> str:
    """Return a moment with the milliseconds that it has."""
    return TimestampFormatter()(min(max(ms, 0), _LATEST_MS) * (NANOSECONDS // 1000))[:-4] + "Z"
