"""Files put where Claude Code keeps its own: all of a session's together, or none.

They are written beside their places under names that nobody reads, compared with the digests they must have, and only
when all are there given their names, the session's own transcript last.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import PRIVATE_FILE, PRIVATE_FOLDER
from claude_sessions.upkeep.manifest import FileRecord
from claude_sessions.upkeep.packing import write_all

_BLOCK = 1 << 20


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
        with path.open("rb") as there:
            for piece in pieces:
                found = there.read(len(piece))
                if found != piece:
                    return Standing.BEGINNING if piece.startswith(found) and not there.read(1) else Standing.OTHER
            return Standing.OTHER if there.read(1) else Standing.SAME
    except FileNotFoundError:
        return Standing.FREE


def refusal(path: Path) -> UsageError:
    """Return what is said of a file that may not be overwritten."""
    return UsageError(f"{path} is there already, and is different or longer; --force overwrites it")


class Placement:
    """Puts files into a project's folder. Leaving the `with` without `commit` leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[tuple[Path, Path]] = []
        self._made: list[Path] = []

    def add(self, record: FileRecord, pieces: Iterable[bytes]) -> None:
        """Write one file under its waiting name. Raises UsageError where it is not what its record says."""
        final = self._folder / record.path
        self._make(final.parent)
        waiting = final.parent / f".{os.getpid()}.{len(self._waiting)}.waiting"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(waiting, flags, PRIVATE_FILE)
        self._waiting.append((waiting, final))
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
        """Give all files their names. The shortest path is the session's own transcript: it comes last."""
        for waiting, final in sorted(self._waiting, key=lambda pair: -len(pair[1].parts)):
            os.rename(waiting, final)
        self._waiting.clear()
        self._made.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for waiting, _ in self._waiting:
            with contextlib.suppress(OSError):
                os.unlink(waiting)
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def _make(self, folder: Path) -> None:
        for parent in reversed((folder, *folder.parents)):
            if not parent.is_dir():
                os.mkdir(parent, PRIVATE_FOLDER)
                self._made.append(parent)


def read_pieces(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, a block at a time."""
    with path.open("rb") as file:
        while piece := file.read(_BLOCK):
            yield piece
