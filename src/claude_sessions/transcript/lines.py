"""The bytes of a transcript to lines, a block at a time: what is blank is left out, nothing is decoded.

A transcript may have gigabytes, and a line of it tens of megabytes (a pasted image, a snapshot of files): at most one
line is held, and a long one is measured before it is read, so that it lies in memory once.
"""

import os
from collections.abc import Iterator
from typing import Protocol

import msgspec

from claude_sessions.base.errors import UsageError

BLOCK = 1 << 18
"""Bytes that are read at once. Larger ones leave the processor's caches, and the C library gives their memory back to the
system and takes it anew each time, page fault by page fault; smaller ones cost calls."""

LONGEST = 512 * 1024 * 1024
"""A line longer than this is skipped and reported: the longest that anybody has seen had 95 MB."""

_LEFT = b"\0 \t\r\xef\xbb\xbf"
_RIGHT = b"\0 \t\r"
"""Zero bytes are what a crash leaves, CR and the byte order mark what an editor does: none of them begins an object."""


class Source(Protocol):
    """What is read: the bytes of a transcript from its beginning, plain or unpacked.

    Reading raises UsageError where the disk or the packing is damaged.
    """

    name: str
    """Its path, for people."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""

    def reread(self, size: int, offset: int, /) -> bytes | None:
        """Return `size` bytes from `offset` on again; None where only reading onwards is possible."""


class PlainSource:
    """A file on disk, by its descriptor, which belongs to the caller."""

    def __init__(self, fd: int, name: str, offset: int = 0) -> None:
        self.name = name
        self._fd = fd
        self._at = offset

    def read(self, size: int, /) -> bytes:
        """See Source."""
        block = self.reread(size, self._at)
        self._at += len(block)
        return block

    def reread(self, size: int, offset: int, /) -> bytes:
        """See Source; shorter than `size` where the file was cut meanwhile."""
        try:
            return os.pread(self._fd, size, offset)
        except OSError as error:
            raise UsageError(f"{self.name} cannot be read: {error.strerror}") from None


class Fault(msgspec.Struct, frozen=True):
    """A piece of a transcript that holds no entry: where, and why."""

    file: str
    offset: int
    """Byte offset of its first byte."""
    size: int
    """In bytes."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, byte {self.offset}: {self.reason}, skipped ({self.size} bytes)"


class TooLong(msgspec.Struct, frozen=True):
    """Stands for a line beyond LONGEST, which nobody holds."""

    size: int


def read_lines(source: Source, offset: int = 0) -> Iterator[tuple[int, bytes | bytearray | TooLong]]:
    """Yield (byte offset, line) for every line that is not blank, without newline, BOM and zero bytes around it.

    `offset` is where in the file `source` stands. The last line is yielded also where its newline is missing.
    """
    start = offset
    rest = b""
    long: _LongLine | None = None
    while block := source.read(BLOCK):
        if long is None and len(rest) >= BLOCK:
            long, rest = _LongLine(source, start, rest), b""
        if long is not None:
            cut = block.find(b"\n")
            long.add(block if cut < 0 else block[:cut])
            if cut < 0:
                continue
            yield from long.line()
            start += long.size + 1
            long = None
            block = block[cut + 1 :]
        lines = block.split(b"\n")
        lines[0] = rest + lines[0] if rest else lines[0]
        rest = lines.pop()
        for line in lines:
            if line[:1] == b"{" and line[-1:] == b"}":
                yield start, line
            elif line:
                yield from _trimmed(start, line)
            start += len(line) + 1
    if long is not None:
        yield from long.line()
    elif rest:
        yield from _trimmed(start, rest)


class _LongLine:
    """A line longer than a block: its bytes are kept only where they cannot be read again."""

    def __init__(self, source: Source, start: int, head: bytes) -> None:
        self.size = len(head)
        self._source = source
        self._start = start
        self._kept = None if source.reread(0, start) is not None else bytearray(head)

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._kept is not None and self.size <= LONGEST:
            self._kept += piece

    def line(self) -> Iterator[tuple[int, bytes | bytearray | TooLong]]:
        if self.size > LONGEST:
            yield self._start, TooLong(self.size)
        elif self._kept is not None:
            yield from _trimmed(self._start, self._kept)
        else:
            yield from _trimmed(self._start, self._source.reread(self.size, self._start) or b"")


def _trimmed(start: int, line: bytes | bytearray) -> Iterator[tuple[int, bytes | bytearray]]:
    """Yield a line without what may surround it, or nothing where nothing is left."""
    kept = line.lstrip(_LEFT)
    start += len(line) - len(kept)
    trimmed = [kept.rstrip(_RIGHT)]
    del line, kept  # what has 70 MB is the caller's alone
    if trimmed[0]:
        yield start, trimmed.pop()
