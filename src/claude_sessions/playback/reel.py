"""The recording on its way to the picture: wound to a moment, and read on from there, sanitized."""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import EXIT, RESIZE, SHOWN, START, Entry
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info, decode_resize
from claude_sessions.playback.damage import Damage
from claude_sessions.playback.keyframes import Keyframe
from claude_sessions.playback.schedule import Moment, Schedule
from claude_sessions.playback.tape import Tape
from claude_sessions.playback.window import Window
from claude_sessions.screen.cells import Pane
from claude_sessions.screen.sanitizer import Sanitizer

_BATCH: Final = 128 * 1024
"""Bytes drawn in one go where no time is kept: sanitizing 300 bytes at a time would cost three times as much."""


class Shot(NamedTuple):
    """Something to look at, and its place in time."""

    data: bytes
    moment: Moment


class Reel:
    """Reads a recording from some moment on: `next` is what comes next to look at, `take` gives its bytes."""

    def __init__(self, tape: Tape) -> None:
        self.damage = Damage()
        self.next: Shot | None = None
        """None at the end."""
        self.last = Moment(0.0, 0.0)
        """The moment of the latest thing that was seen."""
        self.ended = False
        """Whether the program has ended by itself."""
        self.window = Window()
        self._tape = tape
        self._sanitizer = Sanitizer()
        self._idle_limit = 0.0
        self._end = math.inf
        self._at_end = False
        self._schedule = Schedule()
        self._sizes: list[tuple[float, tuple[int, int]]] = []
        self._since = 0.0
        self._entries = self._open()
        first = next((entry for entry in self._tape.entries(None) if isinstance(entry, Entry)), None)
        if first and first.direction == START and (start := decode_info(first, StartInfo)):
            self.window.resize((start.columns, start.rows))

    def time_ns(self, seconds: float) -> int:
        """Return the time of a moment of the recording in nanoseconds since the epoch."""
        return self._tape.started_ns + round(seconds * NANOSECONDS)

    def begin(self, idle_limit: float, end: float = math.inf) -> None:
        """Go to the beginning; of a wait at most so many seconds are made from here on (0: no limit).

        At the second `end`, where there is one, an empty shot is the last: the time up to there belongs to the replay.
        """
        self._idle_limit = idle_limit
        self._end = end
        self._schedule = Schedule(idle_limit)
        self._entries = self._open()
        self._at_end = False
        self._read_on()

    def shots_before(self, at: float) -> Iterator[float]:
        """Yield, latest first, when there was something new to look at before a moment; at last where the search for it began."""
        frame = self._tape.keyframe_before(self.time_ns(at) - 1)
        schedule = Schedule()
        times = [0.0]
        if frame is not None:
            schedule.go_on(self._tape.started_ns, frame.time_ns, frame.held)
            times = [(frame.time_ns - self._tape.started_ns) / NANOSECONDS]
        for entry in self._open(frame):
            if isinstance(entry, BadLine):
                continue
            moment = schedule.place(entry, shown=False).recorded
            if moment >= at:
                break
            if entry.direction in SHOWN and moment > times[-1]:
                times.append(moment)
        return reversed(times)

    def wind(self, at: float) -> Pane:
        """Go to a moment and return the screen as it was then. What comes after it is `next`."""
        frame = self._tape.keyframe_before(self.time_ns(at))
        self._entries = self._open()
        self._sanitizer = Sanitizer()
        self._schedule = Schedule(self._idle_limit)
        self._sizes = []
        self.last = Moment(0.0, 0.0)
        self.ended = self._at_end = False
        self.window = Window()
        emulator = Pane()
        pending: list[bytes] = []
        if frame is not None:
            self._schedule.go_on(self._tape.started_ns, frame.time_ns, frame.held)
            self.window.resize((frame.columns, frame.rows))
            emulator = Pane(frame.columns, frame.rows)
            emulator.feed(self._sanitizer.feed(frame.picture))
            self.last = Moment((frame.time_ns - self._tape.started_ns) / NANOSECONDS, 0.0)
            self._entries = self._open(frame)
        size = 0
        while True:
            self._read_on()
            reached = self.next is None or self.next.moment.recorded > at
            sizes = self.resized(at)
            if pending and (reached or sizes or size >= _BATCH):
                _draw(emulator, self._sanitizer.feed(b"".join(pending)))
                pending, size = [], 0
            for columns, rows in sizes:
                emulator.resize(columns, rows)
            if reached or self.next is None:
                self._since = max(at, self.last.recorded)
                return emulator
            pending.append(self.next.data)
            size += len(self.next.data)
            self.last = self.next.moment

    def _read_on(self) -> None:
        """Find what comes next."""
        self.next = None if self._at_end else self._read_shot()
        moment = self.next.moment if self.next else self._schedule.now()
        if self._end < math.inf and not self._at_end and (self.next is None or moment.recorded > self._end):
            self._at_end = True
            end = min(moment.recorded, self._end)
            self.next = Shot(b"", Moment(end, min(moment.played, self.last.played + end - self.last.recorded)))

    def _read_shot(self) -> Shot | None:
        for entry in self._entries:
            self.damage.note(entry)
            if isinstance(entry, BadLine):
                continue
            moment = self._schedule.place(entry, shown=entry.direction in SHOWN)
            if entry.direction in SHOWN:
                return Shot(entry.data, moment)
            self._note(entry, moment)
        return None

    def take(self) -> bytes:
        """Return what may be shown of `next`, and go on to the one after it."""
        if self.next is None:
            return b""
        shot = self.next
        self.last = shot.moment
        self._read_on()
        return self._sanitizer.feed(shot.data)

    def resized(self, until: float = math.inf) -> list[tuple[int, int]]:
        """Return the sizes that the recorded terminal got up to that moment and since this was asked last."""
        sizes = [size for when, size in self._sizes if when <= until]
        self._sizes = self._sizes[len(sizes) :]
        for size in sizes:
            self.window.resize(size)
        return sizes

    def recorded_at(self, played: float) -> float:
        """Return which moment of the recording that position of the replay is."""
        earliest = max(self._since, self.last.recorded)
        if self.next is None:
            return earliest
        return max(earliest, self.next.moment.recorded - max(0.0, self.next.moment.played - played))

    def played_at(self, recorded: float) -> float:
        """Return the position of the replay at a moment between the latest thing that was seen and the next one."""
        if self.next is None:
            return self.last.played
        moment = self.next.moment
        ahead = min(moment.played - self.last.played, moment.recorded - max(recorded, self.last.recorded))
        return moment.played - ahead

    def _open(self, since: Keyframe | None = None) -> Iterator[Entry | BadLine]:
        return iter(self._tape.entries(since))

    def _note(self, entry: Entry, moment: Moment) -> None:
        """Take notice of an entry that is nothing to look at."""
        if entry.direction == EXIT:
            info = decode_info(entry, ExitInfo)
            self.ended = info is not None and info.signal is None
        elif entry.direction == RESIZE:
            if size := decode_resize(entry):
                self._sizes.append((moment.recorded, size))
        elif entry.direction == START and (start := decode_info(entry, StartInfo)):
            self._sizes.append((moment.recorded, (start.columns, start.rows)))


def _draw(emulator: Pane, data: bytes) -> None:
    emulator.feed(data)
    emulator.look()  # or it keeps all that has scrolled off
