"""Following one transcript: each look reads what was appended since the last one, and no byte twice.

Claude Code appends whole lines, but a look may come in the middle of one: it waits until its newline is there. The file is
opened for each look, so that thousands can be followed; what it was before tells whether it was cut or exchanged.
"""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from claude_sessions.live.position import REMEMBERED, Position
from claude_sessions.live.sink import Restart, TailLine
from claude_sessions.transcript.lines import Fault
from claude_sessions.transcript.reading import OnFault, ignore, read_entries

PIECE = 256 * 1024
"""Bytes that one look reads, or one line: what is left is read when others have had their turn."""

LONGEST = 64 * 1024 * 1024
"""A line longer than this is skipped and reported."""

_SEARCHED = 16 * 1024 * 1024
"""Bytes in which one look searches for the end of a long line."""


class Look(NamedTuple):
    """What one look has found."""

    found: os.stat_result
    """The file as it was then."""
    restart: Restart | None
    """Why reading has begun anew; the lines are then the file's first ones."""
    lines: list[TailLine]
    more: bool
    """There is more to read at once."""


class TranscriptTail:
    """One transcript, read as far as it goes."""

    __slots__ = ("_on_fault", "_path", "_searched", "position")

    def __init__(self, path: Path | str, position: Position, on_fault: OnFault = ignore) -> None:
        self.position = position
        self._path = str(path)
        self._on_fault = on_fault
        self._searched = 0
        """So many bytes behind the position are known to hold no newline."""

    def look(self, size: int = PIECE) -> Look:
        """Read on, about `size` bytes at most. Raises OSError where there is no such file, or it cannot be read."""
        fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise IsADirectoryError(f"{self._path} is no file")
            restart = self._restart(fd, found)
            if restart is not None:
                self.position, self._searched = Position(found.st_dev, found.st_ino, 0, 0), 0
            elif self.position.offset and not self.position.before:
                self._align(fd)
            return Look(found, restart, *self._read(fd, found.st_size, size))
        finally:
            os.close(fd)

    def _restart(self, fd: int, found: os.stat_result) -> Restart | None:
        """Tell whether it is another file than it was, or no longer holds what was read of it."""
        position = self.position
        if (found.st_dev, found.st_ino) != (position.device, position.inode):
            return Restart.REPLACED
        if found.st_size < position.offset:
            return Restart.TRUNCATED
        before = position.before
        if before and os.pread(fd, len(before), position.offset - len(before)) != before:
            return Restart.TRUNCATED
        return None

    def _align(self, fd: int) -> None:
        """Go back to where a line begins: reading began at the end of a file that may have been in the middle of one."""
        offset = self.position.offset
        least = max(0, offset - LONGEST)
        end = offset
        while end > least:
            begin = max(least, end - PIECE)
            cut = os.pread(fd, end - begin, begin).rfind(b"\n") + 1
            if cut or begin == 0:
                offset = begin + cut
                break
            end = begin
        before = os.pread(fd, min(offset, REMEMBERED), max(0, offset - REMEMBERED))
        self.position = Position(self.position.device, self.position.inode, offset, self.position.line, before)

    def _read(self, fd: int, end: int, size: int) -> tuple[list[TailLine], bool]:
        """Return what complete lines hold of the next `size` bytes, and whether there is more to read at once."""
        start = self.position.offset
        if start >= end:
            return [], False
        first = start + self._searched
        data = b"" if self._searched else os.pread(fd, min(size, end - start), start)
        cut = data.rfind(b"\n") + 1
        if cut:
            return self._take(data[:cut], start), start + len(data) < end
        if data and start + len(data) >= end:
            return [], False  # a line that is being written
        newline = _find_newline(fd, first + len(data), min(end, first + _SEARCHED))
        if newline is None:
            self._searched = min(end, first + _SEARCHED) - start
            return [], start + self._searched < end
        length = newline + 1 - start
        if length > LONGEST:
            self._on_fault(Fault(self._path, start, length - 1, "too long a line"))
            return self._skip(fd, length), newline + 1 < end
        data = os.pread(fd, length, start)
        return (self._take(data, start), newline + 1 < end) if len(data) == length else ([], False)

    def _take(self, data: bytes, start: int) -> list[TailLine]:
        """Return the objects in these complete lines, and stand behind them."""
        end = start + len(data)
        lines = list(read_entries(_Piece(self._path, data, start), self._on_fault, start))
        ends = [*(line.offset for line in lines[1:]), end]
        self._go(end, data.count(b"\n"), data[-REMEMBERED:])
        return [
            TailLine(line.offset, behind, line.raw if isinstance(line.raw, bytes) else bytes(line.raw), line)
            for line, behind in zip(lines, ends, strict=False)
        ]

    def _skip(self, fd: int, length: int) -> list[TailLine]:
        offset = self.position.offset + length
        self._go(offset, 1, os.pread(fd, REMEMBERED, offset - REMEMBERED))
        return []

    def _go(self, offset: int, lines: int, before: bytes) -> None:
        position = self.position
        line = None if position.line is None else position.line + lines
        if len(before) < min(REMEMBERED, offset):
            before = (position.before + before)[-REMEMBERED:]
        self.position = Position(position.device, position.inode, offset, line, before)
        self._searched = 0


def _find_newline(fd: int, begin: int, end: int) -> int | None:
    """Return where the first newline between two places stands."""
    while begin < end:
        block = os.pread(fd, min(PIECE, end - begin), begin)
        if not block:
            return None  # it was cut meanwhile
        found = block.find(b"\n")
        if found >= 0:
            return begin + found
        begin += len(block)
    return None


class _Piece:
    """Some lines of a transcript in memory, as what the reader reads (`transcript.lines.Source`)."""

    def __init__(self, name: str, data: bytes, start: int) -> None:
        self.name = name
        self._data = data
        self._start = start
        self._at = 0

    def read(self, size: int, /) -> bytes:
        block = self._data[self._at : self._at + size]
        self._at += len(block)
        return block

    def reread(self, size: int, offset: int, /) -> bytes:
        begin = offset - self._start
        return self._data[begin : begin + size]
