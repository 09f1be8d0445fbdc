"""Playing a recording straight through: entries in, sanitized bytes out, at their time or as fast as possible.

That is what a file or pipe gets, and a terminal that nobody wants to wait at. Nobody presses keys here.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import EXIT, RESIZE, SHOWN, START, Entry
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info, decode_resize
from claude_sessions.playback.damage import Damage
from claude_sessions.playback.schedule import Moment, Schedule
from claude_sessions.playback.stage import HOLD_PICTURE, SHOW_PICTURE, Stage
from claude_sessions.playback.window import Window
from claude_sessions.screen.modes import ModeTracker
from claude_sessions.screen.sanitizer import Sanitizer

_BATCH: Final = 128 * 1024
"""Bytes shown in one go where no time is kept: sanitizing 300 bytes at a time would cost three times as much."""

_FRAMES = re.compile(rb"\x1b\[\?2026[hl]")


class StraightPlayer:
    """Plays one recording on one stage, once. `at` and `end` are seconds from its start."""

    def __init__(self, entries: Iterable[Entry | BadLine], stage: Stage) -> None:
        self.damage = Damage()
        self.ended = False
        """Whether the program's own end has been reached: it left the cursor where the next prompt belongs."""
        self.window = Window()
        self._entries = entries
        self._stage = stage
        self._sanitizer = Sanitizer()
        self._modes = ModeTracker()

    def play(self, *, speed: float = 1, idle_limit: float = 0, at: float = 0, end: float = math.inf) -> None:
        """Show each output at its time; leave out what happened up to `at`, and after `end`.

        The time of each is computed from the start, so no delay adds up. `speed` 2 is twice as fast.
        """
        schedule = Schedule(idle_limit)
        origin: float | None = None
        last = Moment(0.0, 0.0)
        for entry in self._good():
            moment = schedule.place(entry, shown=entry.direction in SHOWN)
            if moment.recorded > end:
                return
            if entry.direction not in SHOWN:
                self._note(entry)
                continue
            if moment.recorded <= at:
                self._leave_out(entry.data)
                last = moment
                continue
            if origin is None:
                ahead = min(moment.played - last.played, moment.recorded - max(at, last.recorded))
                origin = self._stage.clock() - (moment.played - ahead) / speed
            self._stage.wait_until(origin + moment.played / speed)
            self._draw(entry.data)

    def pour(self, *, at: float = 0, end: float = math.inf) -> None:
        """Show everything as fast as the stage takes it; what happened up to `at` as one frame, or not at all in a file or pipe."""
        schedule = Schedule()
        past = self._past(at)
        timed = at > 0 or end < math.inf
        reached = at <= 0
        for entry in self._good():
            moment = schedule.place(entry, shown=False).recorded if timed else 0.0
            if moment > end:
                break
            if not reached and moment > at:
                reached = True
                past.show()
                past = self._past(0)
            if entry.direction in SHOWN:
                past.add(entry)
            else:
                past.pause_for(entry)
                self._note(entry)
        past.show()

    def _past(self, at: float) -> "_Past":
        """Return what takes the entries up to `at` seconds."""
        if at > 0 and not self._stage.is_terminal:
            return _Past(self._leave_out, at_once=False)
        return _Past(self._draw, at_once=at > 0)

    def _good(self) -> Iterator[Entry]:
        for entry in self._entries:
            self.damage.note(entry)
            if not isinstance(entry, BadLine):
                yield entry

    def _note(self, entry: Entry) -> None:
        """Take notice of an entry that is nothing to look at."""
        if entry.direction == EXIT:
            info = decode_info(entry, ExitInfo)
            self.ended = info is not None and info.signal is None
        elif entry.direction == RESIZE:
            if size := decode_resize(entry):
                self.window.resize(size)
        elif entry.direction == START and (start := decode_info(entry, StartInfo)):
            self.window.resize((start.columns, start.rows))

    def _draw(self, data: bytes, without: re.Pattern[bytes] | None = None) -> None:
        data = self._sanitizer.feed(data)
        if self._stage.is_terminal:
            on_alternate = self._modes.alternate_screen
            self._stage.write(self.window.before(data, self._stage.size(), alternate_screen=on_alternate))
            self._modes.feed(data)
        self._stage.write(without.sub(b"", data) if without else data)

    def _leave_out(self, data: bytes, _without: re.Pattern[bytes] | None = None) -> None:
        self._sanitizer.feed(data)  # a sequence may end in what is shown


class _Past:
    """What is shown at once: many entries in one go, and where `at_once` is wanted without the frames they were drawn in."""

    def __init__(self, draw: Callable[[bytes, re.Pattern[bytes] | None], None], *, at_once: bool) -> None:
        self._draw = draw
        self._at_once = at_once
        self._held: list[bytes] = []
        self._size = 0
        if at_once:
            draw(HOLD_PICTURE, None)

    def add(self, entry: Entry) -> None:
        self._held.append(entry.data)
        self._size += entry.size
        if self._size >= _BATCH:
            self._flush()

    def pause_for(self, entry: Entry) -> None:
        """Draw first what came before a change of size."""
        if entry.direction == RESIZE:
            self._flush()

    def show(self) -> None:
        self._flush()
        if self._at_once:
            self._draw(SHOW_PICTURE, None)

    def _flush(self) -> None:
        if self._held:
            self._draw(b"".join(self._held), _FRAMES if self._at_once else None)
        self._held = []
        self._size = 0
