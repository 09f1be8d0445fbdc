"""Files of the home's `cache` folder, each with what was made of one recording, kept so that it need not be made again.

Together they stay below a bound: those that nobody has used for longest go first, and those whose recording is gone. A
shelf never stands in the way: where the folder is somebody else's, full or read-only, nothing is kept.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from typing import BinaryIO

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.store.cache import CACHE
from claude_sessions.store.ends import is_being_written
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording

MOST_BYTES = 256 * 1024 * 1024
"""Of all files with one suffix."""

_ID_LENGTH = 36
_PART = ".part"
_FORGOTTEN_S = 3600.0
"""A file that is still not finished after so long belongs to a process that was killed."""

State = tuple[tuple[str, int, int, int], ...]
"""Of each segment its name, size, time of the last change (ns, ctime: nobody can set it back) and inode: a log that changed has another one."""


def settled_state(recording: Recording) -> State | None:
    """Return the state of a recording that nobody writes any more; None where it runs or cannot be read."""
    found = []
    for segment in recording.segments:
        try:
            fd = recording.open_segment(segment)
        except OSError:
            return None
        with os.fdopen(fd, "rb", buffering=0):
            if is_being_written(fd):
                return None
            status = os.fstat(fd)
        found.append((str(segment), status.st_size, status.st_ctime_ns, status.st_ino))
    return tuple(found)


class Shelf:
    """The files with one suffix, such as `.lines`. Their names are a session's id and that suffix.

    Where there are several of one recording, more words follow the id: `ID-WORDS` stands for the id then.
    """

    def __init__(self, home: Home, suffix: str, *, most_bytes: int = MOST_BYTES) -> None:
        self._home = home
        self._suffix = suffix
        self._most_bytes = most_bytes

    def open(self, session_id: str) -> BinaryIO | None:
        """Open what is kept of a recording, for reading; None where nothing is."""
        try:
            fd = open_for_reading(session_id + self._suffix, self._home.folder(CACHE))
        except (ClaudeSessionsError, OSError):
            return None
        with contextlib.suppress(OSError):
            os.utime(fd)
        return os.fdopen(fd, "rb")

    def keep(self, session_id: str) -> "Draft":
        """Begin a file that is to be kept of a recording."""
        try:
            folder = self._home.folder(CACHE, create=True)
        except (ClaudeSessionsError, OSError):
            return Draft(-1, "", self._clear)
        return Draft(folder, session_id + self._suffix, self._clear)

    def forget(self, session_id: str) -> None:
        """Remove what is kept of a recording: it goes before the recording does."""
        with contextlib.suppress(ClaudeSessionsError, OSError):
            _remove(self._home.folder(CACHE), session_id + self._suffix)

    def _clear(self, folder: int) -> None:
        """Remove what has lost its recording, what was left unfinished, and the oldest until the rest is small enough."""
        recorded = {name[:_ID_LENGTH] for name in os.listdir(self._home.folder("logs"))}
        kept = []
        for name in os.listdir(folder):
            session_id, suffix, part = name.partition(self._suffix)
            if not suffix:
                continue
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if session_id[:_ID_LENGTH] not in recorded or (part and time.time() - status.st_mtime > _FORGOTTEN_S):
                _remove(folder, name)
            elif not part:
                kept.append((status.st_mtime_ns, status.st_size, name))
        total = sum(size for _, size, _ in kept)
        for _, size, name in sorted(kept):
            if total <= self._most_bytes:
                return
            _remove(folder, name)
            total -= size


class Draft:
    """A file of a shelf that is being written. It takes its place by `finish`; without that nothing is left of it."""

    def __init__(self, folder: int, name: str, on_finish: Callable[[int], None]) -> None:
        self._folder = folder
        self._name = name
        self._part = f"{name}.{secrets.token_hex(4)}{_PART}"
        self._on_finish = on_finish
        self._file: BinaryIO | None = None
        if folder >= 0:
            with contextlib.suppress(OSError):
                self._file = os.fdopen(create_private_file(self._part, folder), "wb")

    @property
    def file(self) -> BinaryIO | None:
        """The file, for who writes otherwise and reads it back: whatever fails is his then. None where there is none."""
        return self._file

    def write(self, *pieces: bytes) -> None:
        """Write; where that fails (a full disk) nothing will be kept, and nobody is told."""
        if self._file is not None:
            try:
                self._file.writelines(pieces)
            except OSError:
                self.discard()

    def finish(self) -> None:
        """Put the file into its place, instead of one that is there."""
        if self._file is None:
            return
        try:
            self._file.close()
            os.rename(self._part, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except OSError:
            self.discard()
            return
        self._file = None
        with contextlib.suppress(ClaudeSessionsError, OSError):
            self._on_finish(self._folder)

    def discard(self) -> None:
        """Leave nothing behind, unless it is finished."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
            _remove(self._folder, self._part)


def _remove(folder: int, name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)
