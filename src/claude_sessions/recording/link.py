"""Which of Claude Code's own sessions a recording shows: its live registry, followed while it runs.

`/clear` gives Claude another session id, a wrapper gives it another pid: what stays is that it runs in the session
(getsid(2)) that the host leads.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import trio

from claude_sessions.log.events import LinkInfo
from claude_sessions.recording.claude_arguments import named_session
from claude_sessions.transcript.registry import (
    LiveSession,
    config_folders,
    read,
    registered,
    registry_path,
    transcript_path,
)

_WATCH_S = 1.0
_SOON_S = 0.25
_SOON_LOOKS = 40
"""Claude Code registers within a second or two of its start; whoever has not by then may be no Claude Code at all."""


def link_from_arguments(arguments: tuple[str, ...], directory: str, environment: Mapping[str, str]) -> LinkInfo | None:
    """Return the link that claude's own arguments promise, before it has written anything."""
    session_id = named_session(arguments)
    if session_id is None:
        return None
    transcript = transcript_path(config_folders(environment)[0], directory, session_id)
    return LinkInfo(session_id, str(transcript), "argument")


class RegistryFollower:
    """Calls `linked` whenever the Claude Code that runs under us shows another session."""

    def __init__(
        self, leader: int, environment: Mapping[str, str], linked: Callable[[LinkInfo], None], known: str = ""
    ) -> None:
        self._leader = leader
        self._folders = config_folders(environment)
        self._linked = linked
        self._known = known
        self._found: tuple[Path, int] | None = None

    async def run(self) -> None:
        """Look until cancelled: often while Claude Code starts, then once a second."""
        looks = 0
        while True:
            self.look()
            looks += 1
            await trio.sleep(_WATCH_S if self._found or looks > _SOON_LOOKS else _SOON_S)

    def look(self) -> None:
        """Look once."""
        if self._found is not None:
            folder, pid = self._found
            session = read(registry_path(folder, pid))
            if session is not None:
                self._take(folder, session)
                return
            self._found = None
        for folder in self._folders:
            for session in registered(folder, self._is_ours):  # a crash leaves files behind: thousands, in time
                self._found = folder, session.pid
                self._take(folder, session)
                return

    def _take(self, folder: Path, session: LiveSession) -> None:
        if session.session_id != self._known:
            self._known = session.session_id
            transcript = transcript_path(folder, session.cwd, session.session_id)
            self._linked(LinkInfo(session.session_id, str(transcript), "registry", session.pid))

    def _is_ours(self, pid: int) -> bool:
        try:
            return os.getsid(pid) == self._leader
        except (ProcessLookupError, PermissionError, OverflowError):
            return False
