"""The lines of a recording: what a person saw, as text, each line once (design, section 5).

The output is drawn by an emulator, and its screen is looked at after each burst: a pause of 16 ms in recorded time,
or 64 KiB. What flashed for less is not promised. Nothing is read ahead, and memory is bounded.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Self

import msgspec

from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import ERROR, OUTPUT, RESIZE, RESUME, SHOWN, START, Entry
from claude_sessions.log.events import StartInfo, SuspendInfo, decode_info, decode_resize
from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.keyframe import keyframe
from claude_sessions.timeline.document import Document
from claude_sessions.timeline.moment import EntryClock

if TYPE_CHECKING:
    from claude_sessions.timeline.item import Version

PAUSE_NS = 16_000_000
"""A pause in the output that ends a burst."""

BURST_BYTES = 64 * 1024
BURST_NS = 100_000_000
"""A burst that does not end by itself is cut here: a line's time is not off by more."""

SETTLED_NS = 1_000_000_000
"""Who follows a recording gets a line that has not changed for so long, though it is still on the screen."""

RESIZED_NS = 500_000_000
"""For so long after a window has changed its size, programs print again what they had printed, wrapped anew."""

_FRAME_END = b"\x1b[?2026l"
"""The end of a synchronized update: what came before it was to be seen as one."""

_SEQUENCE_BUT_COLOUR = re.compile(rb"\x1b(?!\[[0-9;:]*m)")


class Line(msgspec.Struct, frozen=True, gc=False):
    """A logical (unwrapped) line of text that was on the screen."""

    text: str
    time_ns: int
    """When this text was first complete, in nanoseconds since the epoch; below the microsecond: how far down it was."""
    offset_s: float
    """The same in seconds from the start of the recording."""


class Standstill(msgspec.Struct, frozen=True):
    """Where a reader stopped, to go on from there later: the picture, and what it knows of time."""

    picture: bytes
    """Draws it."""
    columns: int
    rows: int
    started_ns: int
    now_ns: int
    piped: bool | None
    """Whether line feeds come without returns; None where nobody knows yet."""


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
        self._newlines = Newlines()
        self._window: tuple[int, int] | None = None
        self._resized_ns = -RESIZED_NS
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
        if self._size:
            if now - self._now >= PAUSE_NS:
                self._end_burst()
            elif now - self._began >= BURST_NS or self._size >= BURST_BYTES:
                self._end_burst(paused=False)
        if direction in SHOWN:
            if not self._size:
                self._began = now
            data = entry.data
            if self._newlines.piped is not False or direction != OUTPUT:
                data = self._newlines.as_on_terminal(direction, data)
            self._burst.append(data)
            self._size += len(data)
            self._now = now
            if not self._found:
                return []
        else:
            self._end_burst()
            self._now = now
            if direction == RESUME:
                self._resume(entry)
            else:
                self._resize(entry)
        return self._take()

    def pause(self, quiet_ns: int = 0) -> list[Line]:
        """Return the lines that are complete if nothing more comes for now, and those that stand still.

        `quiet_ns`: how long ago the last entry came.
        """
        self._end_burst()
        settled = self._now + quiet_ns - SETTLED_NS
        self._found += self._documents[self._emulator.alternate].settle(settled)
        return self._take()

    @property
    def started_ns(self) -> int:
        """When the recording began; 0 before the first entry."""
        return self._clock.started or 0

    def earliest(self) -> int:
        """Return a time (as `Line.time_ns`) before which no line is that is still to come."""
        waiting = (document.earliest() for document in self._documents.values())
        return min((time for time in waiting if time is not None), default=self._now)

    def finish(self) -> list[Line]:
        """Return the lines that are left at the end of the recording."""
        self._end_burst()
        for alternate in (True, False):
            self._found += self._documents[alternate].close()
        return self._take()

    def stop(self) -> tuple[list[Line], Standstill]:
        """Return the lines that are on the screen now and were not reported yet, and what `go_on` needs."""
        self._end_burst()
        self._fit()
        self._found += self._documents[self._emulator.alternate].settle(self._now, again=True)
        found = self._take()
        columns, rows = self._emulator.size
        return found, Standstill(
            keyframe(self._emulator), columns, rows, self.started_ns, self._now, self._newlines.piped
        )

    @classmethod
    def go_on(cls, stop: Standstill) -> Self:
        """Return a reader that goes on where another one has stopped.

        It does not know the lines that have scrolled off by then: where a program prints them anew they are reported anew.
        """
        reader = cls()
        reader._clock.started = stop.started_ns
        reader._clock.now = reader._now = stop.now_ns
        reader._newlines.piped = stop.piped
        reader._emulator.resize(stop.columns, stop.rows)
        reader._emulator.feed(stop.picture)
        reader._look()
        for document in reader._documents.values():
            document.settle(stop.now_ns)
        reader._found = []
        return reader

    def _end_burst(self, *, paused: bool = True) -> None:
        """Draw what is pending and look. Long output is cut after a frame where it marks them: nobody sees half of one."""
        data = b"".join(self._burst)
        self._burst.clear()
        if self._window is not None and data:
            self._fit()
        if paused and 0 < len(data) <= BURST_BYTES:
            self._emulator.feed(data)
            self._look()
            self._size = 0
            return
        start = 0
        while start < len(data):
            end = start + BURST_BYTES
            if not paused or end < len(data):
                frame = data.rfind(_FRAME_END, start, end)
                if frame >= 0:
                    end = frame + len(_FRAME_END)
                elif start and end > len(data):
                    break
            self._emulator.feed(data[start:end])
            self._look()
            start = end
        if start < len(data):
            self._burst.append(data[start:])
        self._size = max(0, len(data) - start)
        self._began = self._now

    def _look(self) -> None:
        look = self._emulator.look()
        document = self._documents[self._emulator.alternate]
        rewrapped = self._now - self._resized_ns < RESIZED_NS
        self._found += document.update(look, self._now, rewrapped=rewrapped)

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
        if size is None:
            return
        self._window = size
        if entry.direction == RESIZE:
            self._resized_ns = self._now

    def _fit(self) -> None:
        """Give the screen the window's size, before something is drawn: who drags an edge goes through many sizes."""
        if self._window is not None and self._window != self._emulator.size:
            self._emulator.resize(*self._window)
        self._window = None

    def _resume(self, entry: Entry) -> None:
        """After Ctrl-Z and `fg` the shell has printed over the screen, and nobody recorded what: no old text is there."""
        info = decode_info(entry, SuspendInfo)
        if info is not None and info.cause:
            return
        self._fit()
        self._look()
        self._found += self._documents[self._emulator.alternate].close()
        self._emulator.begin_below()

    def _take(self) -> list[Line]:
        if not self._found:
            return []
        found = []
        first = last = -2
        offset_s = 0.0
        for text, time in self._found:
            if (
                not 0 <= time - last <= 1
            ):  # nothing can come between lines that stood below each other: one time for all
                first, offset_s = time, self._clock.offset_s(time)
            last = time
            found.append(Line(text, first, offset_s))
        self._found = []
        return found


_DRAWN = SHOWN | {START, RESIZE, RESUME}


class Newlines:
    """Line feeds as a terminal would have got them: where the child wrote to a pipe nobody put a return before them.

    Which of the two the output went to is told by its first line, for good: on a terminal a bare line feed means a
    move straight down.
    """

    def __init__(self) -> None:
        self.piped: bool | None = None
        """None until somebody can tell."""
        self._last = b""

    def as_on_terminal(self, direction: str, data: bytes) -> bytes:
        """Return the bytes to draw."""
        if direction == ERROR:  # recorded apart only where it is no terminal
            return _returned(data)
        if self.piped is None and data:
            if b"\r\n" in self._last + data or _SEQUENCE_BUT_COLOUR.search(data):
                self.piped = False
            elif b"\n" in data:
                self.piped = True
            self._last = data[-1:]
        return _returned(data) if self.piped else data


def _returned(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
