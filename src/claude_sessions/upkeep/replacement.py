"""One recording in another's place: whatever ends us in between, the next command finishes it, or takes it back.

The order is: a journal that names both, what a person added under the new id, the new log, then the deletion of the old
recording, its log last, then that of the journal. So a journal that nobody holds tells how far its maker came: where the
new log is there the old one goes, and where it is not there is nothing but a state file to take back.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from claude_sessions.base.errors import ClaudeSessionsError, UnwritableHomeError
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.log.segment import SegmentName, is_session_id, parse_segment_name
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.upkeep.remove import remove

_FOLDER = "run"
_PREFIX = "replace-"


class Replacement:
    """The deletion of a recording in whose place another one is made, within `with`. `journal` is one that was left."""

    def __init__(self, recording: Recording, journal: int = -1) -> None:
        self._recording = recording
        self._home = recording.home
        self._name = _PREFIX + recording.session_id
        self._fd = journal

    def __enter__(self) -> Self:
        return self

    def announce(self, session_id: str) -> None:
        """Write down which recording is to take the place, before anything of it is there."""
        folder = self._home.folder(_FOLDER, create=True)
        try:
            self._fd = create_private_file(self._name, folder)
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(self._fd, f"{session_id}\n".encode())
            os.fsync(self._fd)
            os.fsync(folder)
        except OSError as error:
            path = self._home.path / _FOLDER / self._name
            raise UnwritableHomeError(f"{path} cannot be written: {error.strerror}; nothing was changed") from None

    def commit(self) -> None:
        """Delete the old recording: the new one is there. Raises UnwritableHomeError, naming the file, where one stays."""
        remove(self._recording)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fd < 0:
            return
        try:
            session_id = _read(self._fd)
            there = _is_there(self._home, session_id)
            if not there:
                _take_back(self._home, session_id)
            if not there or kind is None or issubclass(kind, Exception):  # of an error a person is told
                with contextlib.suppress(OSError):
                    os.unlink(self._name, dir_fd=self._home.folder(_FOLDER))
        finally:
            os.close(self._fd)
            self._fd = -1


def finish_replacements(home: Home) -> None:
    """Finish or take back what commands that were killed had begun; costs next to nothing where there is nothing.

    Raises UnwritableHomeError, once, where a file cannot be deleted.
    """
    for session_id, journal in _abandoned(home):
        with Replacement(Recording(home, session_id, _segments(home, session_id)), journal) as replacement:
            if _is_there(home, _read(journal)):
                replacement.commit()


def _abandoned(home: Home) -> Iterator[tuple[str, int]]:
    """Yield the old id of each journal that nobody holds, and a descriptor that holds it from now on."""
    try:
        folder = home.folder(_FOLDER)
        left = [name.removeprefix(_PREFIX) for name in os.listdir(folder) if name.startswith(_PREFIX)]
    except (ClaudeSessionsError, OSError):
        return
    for session_id in filter(is_session_id, left):
        try:
            fd = open_for_reading(_PREFIX + session_id, folder)
        except OSError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            continue
        yield session_id, fd


def _read(fd: int) -> str:
    """Return the new id that a journal names; empty where its maker died before it was written."""
    text = os.pread(fd, 100, 0).decode(errors="replace").removesuffix("\n")
    return text if is_session_id(text) else ""


def _is_there(home: Home, session_id: str) -> bool:
    try:
        os.lstat(str(SegmentName(session_id, 0)), dir_fd=home.folder("logs"))
    except FileNotFoundError:
        return False
    return bool(session_id)


def _take_back(home: Home, session_id: str) -> None:
    """Delete what was added to a new recording whose log never came."""
    if session_id:
        with contextlib.suppress(OSError):
            os.unlink(f"{session_id}.json", dir_fd=home.folder("state"))


def _segments(home: Home, session_id: str) -> tuple[SegmentName, ...]:
    found = (parse_segment_name(name) for name in os.listdir(home.folder("logs")))
    return tuple(sorted(segment for segment in found if segment is not None and segment.session_id == session_id))
