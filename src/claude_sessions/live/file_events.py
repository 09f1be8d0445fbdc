"""What the operating system says about folders: which files were made, written or removed, a few milliseconds later.

It does not say everything. What is written into a directory before it is watched is lost, and so is everything below a
folder that was removed and made again; of a directory that is moved in only the directory is told. These are hints: who
wants to know looks for himself now and then (`changes`).
"""

import os
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from claude_sessions.base.errors import ClaudeSessionsError

_STEP_MS = 5
_DEBOUNCE_MS = 20
"""Events are told when none has come for a step, and after so long in any case. The package's own values are for
rebuilding programs, not for people who watch."""

_ADDED, _DELETED = 1, 3


class NoEventsError(ClaudeSessionsError):
    """Why there are no events; the end of a sentence."""


class SpoiltEventError(NoEventsError):
    """The package cannot tell one event, for its path is no UTF-8, and tells none after it: they are to be asked for anew."""


class Hint(NamedTuple):
    """Something has happened to this path."""

    path: str
    added: bool
    deleted: bool


class FileEvents:
    """The events of some folders and all that is below them. Opening and `next` block: they are for a thread."""

    def __init__(self, folders: Sequence[str]) -> None:
        """Raises NoEventsError where the package or the operating system has none, or no more of them."""
        try:
            from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError
        except ImportError:
            raise NoEventsError("the package watchfiles is not installed") from None
        self._stop = threading.Event()
        self._failures = (OSError, WatchfilesRustInternalError)
        self._names = [(real, folder) for folder in folders if (real := os.path.realpath(folder)) != folder]
        try:
            self._notify = RustNotify(list(folders), False, False, 0, True, False)
        except self._failures as error:
            raise NoEventsError(_reason(error)) from None

    def next(self) -> list[Hint] | None:
        """Wait for events and return them; None when it was stopped. Raises NoEventsError where they have ended."""
        while True:
            try:
                found = self._notify.watch(_DEBOUNCE_MS, _STEP_MS, 0, self._stop)
            except self._failures as error:
                raise _no_events(error) from None
            if isinstance(found, set):
                return list(self._hints(found))
            if self._stop.is_set():
                return None

    def stop(self) -> None:
        """Let `next` return None within a few milliseconds, in whatever thread it waits."""
        self._stop.set()

    def _hints(self, found: set[tuple[int, str]]) -> Iterator[Hint]:
        for change, path in found:
            yield Hint(self._as_given(path), change == _ADDED, change == _DELETED)

    def _as_given(self, path: str) -> str:
        """Return a path below the folder's name that we were given, where the system has resolved links in it."""
        for real, folder in self._names:
            if path.startswith(real + "/"):
                return folder + path[len(real) :]
        return path


def _no_events(error: Exception) -> NoEventsError:
    return (SpoiltEventError if "decode path" in str(error) else NoEventsError)(_reason(error))


def _reason(error: Exception) -> str:
    """Return why there are no events; the text of the package is about its own insides."""
    text = str(error).lower()
    if "limit" in text or "no space left" in text or "too many open files" in text:
        return "the system watches no more files for this user (see fs.inotify in sysctl(8))"
    return str(error).partition("\n")[0] or "no reason was given"
