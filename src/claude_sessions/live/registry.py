"""Claude's live registry, watched: which of its sessions run, whether each is busy or waits for a person, and when it ends.

The files are small and few: they are read about once a second, and at once when the system tells that one was written.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import trio

from claude_sessions.transcript.registry import LiveSession, is_alive, registered, registry_path

INTERVAL = 1.0
"""Seconds between two looks: a process that was killed leaves its file behind, and no event tells that."""


class RegistrySink(Protocol):
    """What is told. Called by one task; must neither block nor raise."""

    def session_changed(self, session: LiveSession, before: LiveSession | None) -> None:
        """Learn what a running Claude Code says of itself now: begun (`before` is None), another status, another session."""

    def session_ended(self, session: LiveSession) -> None:
        """Learn that a Claude Code has ended, however; `session` is what it said last."""


class Registry:
    """Follows the registries of some configuration folders (`transcript.registry.config_folders`)."""

    def __init__(
        self,
        folders: Sequence[Path],
        sinks: Sequence[RegistrySink],
        *,
        alive: Callable[[LiveSession], bool] = is_alive,
    ) -> None:
        self.looks = 0
        """How often it has looked."""
        self._folders = folders
        self._sinks = sinks
        self._alive = alive
        self._known: dict[tuple[Path, int], LiveSession] = {}
        self._bell = trio.Event()

    @property
    def sessions(self) -> list[LiveSession]:
        """Every Claude Code that runs now, as far as is known."""
        return list(self._known.values())

    @property
    def places(self) -> list[tuple[Path, Callable[[], None]]]:
        """The folders whose events are of use here, and what to call then: for `Changes`."""
        return [(folder / "sessions", self.look_now) for folder in self._folders]

    def look_now(self) -> None:
        """Look without waiting for the next time."""
        self._bell.set()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Follow until cancelled. Started when everything that runs is known, and told."""
        limiter = trio.CapacityLimiter(1)
        started = False
        while True:
            self._tell(await trio.to_thread.run_sync(self._look, limiter=limiter))
            self.looks += 1
            if not started:
                task_status.started()
                started = True
            with trio.move_on_after(INTERVAL):
                await self._bell.wait()
            self._bell = trio.Event()

    def _look(self) -> dict[tuple[Path, int], LiveSession]:
        """Return what runs. A file that is being written, and so cannot be read, says what it said before."""
        found = {
            (folder, session.pid): session
            for folder in self._folders
            for session in registered(folder)
            if self._alive(session)
        }
        for key, session in self._known.items():
            if key not in found and registry_path(*key).exists() and self._alive(session):
                found[key] = session
        return found

    def _tell(self, found: dict[tuple[Path, int], LiveSession]) -> None:
        known, self._known = self._known, found
        for key, session in known.items():
            if key not in found:
                for sink in self._sinks:
                    sink.session_ended(session)
        for key, session in found.items():
            before = known.get(key)
            if before is None or _said(session) != _said(before):
                for sink in self._sinks:
                    sink.session_changed(session, before)


def _said(session: LiveSession) -> tuple[str | None, ...]:
    """Return what makes a difference to anybody; that it was written once more does not."""
    return session.session_id, session.cwd, session.name, session.status, session.waiting_for
