"""One recording's segments, read as one stream of entries."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from claude_sessions.base.paths import open_for_reading
from claude_sessions.log.blocks import Block, read_blocks
from claude_sessions.log.decode import BadLine, Place, read_entries
from claude_sessions.log.entry import Entry
from claude_sessions.log.segment import SegmentName
from claude_sessions.store.home import Home

Item = TypeVar("Item", Entry, Block)


class Position(msgspec.Struct, frozen=True, order=True):
    """Where in a recording a line begins. The first one is `Position()`."""

    segment: int = 0
    """The segment's number."""
    offset: int = 0
    """Bytes from its beginning."""
    line: int = 1
    """Counted from 1, in that segment."""


class Recording(msgspec.Struct, frozen=True):
    """The segments of one session, in order. Reading never holds more than a piece of one in memory."""

    home: Home
    session_id: str
    segments: tuple[SegmentName, ...]

    @property
    def log_path(self) -> Path:
        """The first segment's path (seed 001's `log_path`)."""
        return self.home.path / "logs" / str(self.segments[0])

    def open_segment(self, segment: SegmentName) -> int:
        """Return a descriptor for reading `segment`; it belongs to the caller."""
        return open_for_reading(str(segment), self.home.folder("logs"))

    def entries(self, since: Position | None = None) -> Iterator[Entry | BadLine]:
        """Yield every entry of every segment, and a BadLine with its place for whatever is none.

        A segment that is missing or cannot be opened is reported like a bad line. What is before `since` is left out.
        """
        return self._read(read_entries, since or Position())

    def blocks(self, since: Position | None = None) -> Iterator[Block | BadLine]:
        """Yield the same in blocks of whole lines, for who needs the bytes and not each entry."""
        return self._read(read_blocks, since or Position())

    def _read(
        self,
        reader: Callable[[str, Callable[[int], bytes], int, int], Iterator[Item | BadLine]],
        since: Position,
    ) -> Iterator[Item | BadLine]:
        for expected, segment in enumerate(self.segments):
            if segment.number < since.segment:
                continue
            if segment.number != expected and (
                expected == 0 or self.segments[expected - 1].number != segment.number - 1
            ):
                yield BadLine(Place(str(segment), 0, 0), "the segment before this one is missing")
            try:
                fd = self.open_segment(segment)
            except OSError as error:
                yield BadLine(Place(str(segment), 0, 0), f"cannot be opened: {error.strerror}")
                continue
            begin = since if segment.number == since.segment else Position()
            with os.fdopen(fd, "rb", buffering=0) as file:
                file.seek(begin.offset)
                yield from reader(str(self.home.path / "logs" / str(segment)), file.read, begin.line, begin.offset)
