"""The lines of a recording: what a person saw, as text, each line once (design, section 5).

The output is drawn by an emulator, and its screen is looked at after each burst: a pause of 16 ms in recorded time,
or 64 KiB. What flashed for less is not promised. Nothing is read ahead, and memory is bounded.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import ERROR, OUTPUT, RESIZE, START, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.screen.emulator import Emulator
from claude_sessions.timeline.document import Document, Version
from claude_sessions.timeline.moment import EntryClock

PAUSE_NS = 16_000_000
"""A pause in the output that ends a burst."""

BURST_BYTES = 64 * 1024
BURST_NS = 100_000_000
"""A burst that does not end by itself is cut here: a line's time is not off by more."""

_SEQUENCE_BUT_COLOUR = re.compile(rb"\x1b(?!\[[0-9;:]*m)")


class Line(NamedTuple):
    """A logical (unwrapped) line of text that was on the screen."""

    text: str
    time_ns: int
    """When this text was first complete, in nanoseconds since the epoch."""
    offset_s: float
    """The same in seconds from the start of the recording."""


def lines(entries: Iterable[Entry | BadLine]) -> Iterator[Line]:
    """Yield each line when it scrolls off, is erased, is overwritten by another, or at the end. Input is not drawn."""
    reader = LineReader()
    for entry in entries:
        if not isinstance(entry, BadLine):
            yield from reader.read(entry)
    yield from reader.finish()


class LineReader:
    """The same step by step, for who follows a recording: `read` every entry, and `finish`."""

    def __init__(self) -> None:
        self._emulator = Emulator(before_switch=self._leave)
        self._documents = {False: Document(keeps_scrolled=False), True: Document(keeps_scrolled=True)}
        self._clock = EntryClock()
        self._newlines = _Newlines()
        self._burst: list[bytes] = []
        self._size = 0
        self._began = 0
        self._now = 0
        self._found: list[Version] = []

    def read(self, entry: Entry) -> list[Line]:
        """Take the next entry and return the lines that are complete by it."""
        direction = entry.direction
        if direction not in _DRAWN:
            return []
        now = self._clock.read(entry.timestamp)
        if self._size and (now - self._now >= PAUSE_NS or now - self._began >= BURST_NS or self._size >= BURST_BYTES):
            self._end_burst()
        if direction in (OUTPUT, ERROR):
            if not self._size:
                self._began = now
            self._burst.append(self._newlines.as_on_terminal(direction, entry.data))
            self._size += len(entry.data)
            self._now = now
        else:
            self._end_burst()
            self._now = now
            self._resize(entry)
        return self._take()

    def pause(self) -> list[Line]:
        """Return the lines that are complete if nothing more comes for now."""
        self._end_burst()
        return self._take()

    def finish(self) -> list[Line]:
        """Return the lines that are left at the end of the recording."""
        self._end_burst()
        for alternate in (True, False):
            self._found += self._documents[alternate].close()
        return self._take()

    def _end_burst(self) -> None:
        if not self._size:
            return
        data = b"".join(self._burst)
        self._burst.clear()
        self._size = 0
        for start in range(0, len(data), BURST_BYTES):
            self._emulator.feed(data[start : start + BURST_BYTES])
            self._look()

    def _look(self) -> None:
        look = self._emulator.look()
        document = self._documents[self._emulator.alternate]
        self._found += document.update(look.scrolled, look.lines, self._now, redrawn=look.redrawn)

    def _leave(self) -> None:
        """Look at the screen that is about to give way to the other. The alternate one is gone by this."""
        self._look()
        if self._emulator.alternate:
            self._found += self._documents[True].close()

    def _resize(self, entry: Entry) -> None:
        if entry.direction == RESIZE:
            size = decode_resize(entry)
        else:
            start = decode_info(entry, StartInfo)
            size = (start.columns, start.rows) if start is not None else None
        if size is not None and size != self._emulator.size:
            self._emulator.resize(*size)
            self._look()

    def _take(self) -> list[Line]:
        if not self._found:
            return []
        offset_s = self._clock.offset_s
        found = [Line(text, time, offset_s(time)) for text, time in self._found]
        self._found = []
        return found


_DRAWN = frozenset({OUTPUT, ERROR, START, RESIZE})


class _Newlines:
    """Line feeds as a terminal would have got them: where the child wrote to a pipe nobody put a return before them.

    Which of the two the output went to is told by its first line, for good: on a terminal a bare line feed means a
    move straight down.
    """

    def __init__(self) -> None:
        self._piped: bool | None = None
        self._last = b""

    def as_on_terminal(self, direction: str, data: bytes) -> bytes:
        """Return the bytes to draw."""
        if direction == ERROR:  # recorded apart only where it is no terminal
            return _returned(data)
        if self._piped is None and data:
            if b"\r\n" in self._last + data or _SEQUENCE_BUT_COLOUR.search(data):
                self._piped = False
            elif b"\n" in data:
                self._piped = True
            self._last = data[-1:]
        return _returned(data) if self._piped else data


def _returned(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
