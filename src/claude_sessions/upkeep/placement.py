"""Files put where Claude Code keeps its own: all of a session's together, or none.

They are written beside their places under names that nobody reads, compared with the digests they must have, and only
when all are there given their names, the session's own transcript last.
"""

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO, Self

from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import PRIVATE_FILE, PRIVATE_FOLDER
from claude_sessions.upkeep.manifest import FileRecord
from claude_sessions.upkeep.packing import write_all

_BLOCK = 1 << 20

_WAITING = ".waiting"
_ABANDONED = re.compile(rf"\.(\d{{1,9}})\.\d+{re.escape(_WAITING)}")


class Standing(StrEnum):
    """What is in a file's place already."""

    FREE = "new"
    SAME = "there already"
    BEGINNING = "longer than what is there"
    """What is there is the beginning of it."""
    OTHER = "different from what is there"


def standing(path: Path, pieces: Iterable[bytes]) -> Standing:
    """Compare what is to be written with what is there. Raises OSError where that cannot be read."""
    try:
        with _open_plain(path) as there:
            if there is None:
                return Standing.OTHER
            for piece in pieces:
                found = there.read(len(piece))
                if found != piece:
                    return Standing.BEGINNING if piece.startswith(found) and not there.read(1) else Standing.OTHER
            return Standing.OTHER if there.read(1) else Standing.SAME
    except FileNotFoundError:
        return Standing.FREE


@contextlib.contextmanager
def _open_plain(path: Path) -> Iterator[IO[bytes] | None]:
    """Open what is in a file's place, and yield None where that is none: a pipe, which may never answer, or a folder."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        yield None
        return
    with os.fdopen(fd, "rb") as file:
        yield file


def refusal(path: Path) -> UsageError:
    """Return what is said of a file that may not be overwritten."""
    return UsageError(f"{path} is there already, and is different or longer; --force overwrites it")


class Placement:
    """Puts files into a project's folder. Leaving the `with` without `commit` leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[tuple[Path, Path]] = []
        self._made: list[Path] = []
        self._seen: set[Path] = set()

    def add(self, record: FileRecord, pieces: Iterable[bytes]) -> None:
        """Write one file under its waiting name. Raises UsageError where it is not what its record says."""
        final = self._folder / record.path
        self._make(final.parent)
        if final.is_dir() and not final.is_symlink():
            raise UsageError(f"{final} is a folder; move it away")
        waiting = final.parent / f".{os.getpid()}.{len(self._waiting)}{_WAITING}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._waiting.append((waiting, final))
        fd = os.open(waiting, flags, PRIVATE_FILE)
        size, digest = 0, hashlib.sha256()
        try:
            for piece in pieces:
                size += len(piece)
                digest.update(piece)
                write_all(fd, piece)
            os.fsync(fd)
        finally:
            os.close(fd)
        if (size, digest.hexdigest()) != (record.size, record.digest):
            raise UsageError(f"{record.path} is damaged: it is not what it was when it was put there")

    def refuse_others(self) -> None:
        """Raise UsageError where a file would replace one that is not its beginning."""
        for waiting, final in self._waiting:
            if standing(final, read_pieces(waiting)) is Standing.OTHER:
                raise refusal(final)

    def commit(self) -> None:
        """Give all files their names, the session's own transcript last: then the session is whole."""
        for waiting, final in sorted(self._waiting, key=lambda pair: _order(pair[1])):
            os.rename(waiting, final)
        self._waiting.clear()
        self._made.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for waiting, _ in self._waiting:
            with contextlib.suppress(OSError):
                os.unlink(waiting)
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def _make(self, folder: Path) -> None:
        """Make a folder, and remove what a run that was killed left in it. Raises UsageError where a link leads elsewhere."""
        for parent in reversed((folder, *folder.parents)):
            if parent.is_symlink() and self._folder in parent.parents:
                raise UsageError(f"{parent} is a link, which could lead anywhere; remove it")
            if not parent.is_dir():
                os.mkdir(parent, PRIVATE_FOLDER)
                self._made.append(parent)
        if folder not in self._seen:
            self._seen.add(folder)
            for name in os.listdir(folder):
                if _is_abandoned(name):
                    with contextlib.suppress(OSError):
                        os.unlink(folder / name)


def _is_abandoned(name: str) -> bool:
    """Tell whether a file waits for its name in vain: the process that wrote it is gone."""
    match = _ABANDONED.fullmatch(name)
    if match is None:
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # somebody else's
    return False


def _order(path: Path) -> tuple[int, bool]:
    """Sort what lies deep first; beside a session's own transcript lie only old ones of its subagents."""
    return -len(path.parts), not path.name.startswith("agent-")


def read_pieces(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, a block at a time."""
    with path.open("rb") as file:
        while piece := file.read(_BLOCK):
            yield piece
