"""Playing a recording: entries in, sanitized bytes out at their time."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import EXIT, RESIZE, SHOWN, START, Entry
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info, decode_resize
from claude_sessions.playback.schedule import Moment, Schedule
from claude_sessions.playback.stage import HOLD_PICTURE, SHOW_PICTURE, Stage
from claude_sessions.playback.window import Window
from claude_sessions.screen.modes import ModeTracker
from claude_sessions.screen.sanitizer import Sanitizer

if TYPE_CHECKING:
    from claude_sessions.timeline.prompts import Prompt

Entries = Iterable[Entry | BadLine]

_BATCH: Final = 128 * 1024
"""Bytes shown in one go where no time is kept: sanitizing 300 bytes at a time would cost three times as much."""

_FRAMES = re.compile(rb"\x1b\[\?2026[hl]")
_ENTERING = re.compile(rb"\x1b\[\?(?:1049|1047|47)h")

_REPORTED: Final = 5

_ANNOUNCED_FOR: Final = 2.0
"""Seconds for which the prompt that was jumped to stands over the picture."""

_FIRST: Final = 1e-6
"""Seconds: a jump to the very beginning draws a picture too."""

_JUST_NOW: Final = 1.0
"""A prompt that is so few seconds past is where we are; the one before it is meant."""


class _JumpError(Exception):
    """The person wants to be elsewhere: `offset_s` seconds from the start."""

    def __init__(self, offset_s: float) -> None:
        super().__init__()
        self.offset_s = offset_s


def _none() -> "Sequence[Prompt]":
    """Find no prompts."""
    return ()


class Player:
    """Plays one recording on one stage.

    `entries` opens the recording from its beginning each time it is called. What is no entry is counted in
    `bad_lines`; the first few are kept in `first_bad_lines`. `prompts` is asked once the person jumps to one.
    """

    def __init__(
        self, entries: Callable[[], Entries], stage: Stage, prompts: "Callable[[], Sequence[Prompt]]" = _none
    ) -> None:
        self.bad_lines = 0
        self.first_bad_lines: list[BadLine] = []
        self.ended = False
        """Whether the program's own end has been reached: it left the cursor where the next prompt belongs."""
        self.torn = False
        """Whether the very last line was a bad one: a running session's may be half written."""
        self.window = Window()
        self._entries = entries
        self._stage = stage
        self._sanitizer = Sanitizer()
        self._picture = _Picture(entries)
        self._find_prompts = prompts
        self._prompts: Sequence[Prompt] | None = None
        self._announced = ""

    def play(self, *, speed: float = 1, idle_limit: float = 0, at: float = 0) -> None:
        """Show each output at its time; what happened up to `at` seconds is shown at once on a terminal, elsewhere left out.

        The time of each is computed from the start, so no delay adds up. `speed` 2 is twice as fast.
        """
        while True:
            try:
                return self._play(speed, idle_limit, at)
            except _JumpError as jump:
                at = max(jump.offset_s, _FIRST)
                self._begin_anew()

    def _play(self, speed: float, idle_limit: float, at: float) -> None:
        """Play once from a moment on. Raises _JumpError where the person wants to see another one."""
        schedule = Schedule(idle_limit)
        past = self._past(at)
        origin: float | None = None
        last = Moment(0.0, 0.0)
        for entry in self._good():
            moment = schedule.place(entry, shown=entry.direction in SHOWN)
            if entry.direction not in SHOWN:
                past.pause_for(entry)
                self._note(entry)
                continue
            if moment.recorded <= at:
                past.add(entry)
                last = moment
                continue
            if origin is None:
                past.show()
                self._announce(at)
                ahead = min(moment.played - last.played, moment.recorded - max(at, last.recorded))
                origin = self._stage.clock() - (moment.played - ahead) / speed
            due = origin + moment.played / speed
            self._wait_until(due)
            while self._stage.jump:
                now = moment.recorded - max(0.0, due - self._stage.clock()) * speed
                self._jump(max(at, last.recorded, now))
                self._wait_until(due)
            self._draw(entry.data)
            last = moment
        if origin is None:
            past.show()
            self._announce(at)

    def pour(self, *, at: float = 0) -> None:
        """Show everything as fast as the stage takes it; what happened up to `at` seconds as `play` does."""
        schedule = Schedule()
        past = self._past(at)
        reached = at <= 0
        for entry in self._good():
            if not reached and schedule.place(entry, shown=False).recorded > at:
                reached = True
                past.show()
                past = self._past(0)
            if entry.direction in SHOWN:
                past.add(entry)
            else:
                past.pause_for(entry)
                self._note(entry)
        past.show()

    def _jump(self, now: float) -> None:
        """Go to the prompt that the person wants to see, `now` seconds from the start; do nothing where there is none."""
        forward, self._stage.jump = self._stage.jump > 0, 0
        if self._prompts is None:
            self._prompts = self._find_prompts()
        if forward:
            wanted = [prompt for prompt in self._prompts if prompt.offset_s > now][:1]
        else:
            wanted = [prompt for prompt in self._prompts if prompt.offset_s < now - _JUST_NOW][-1:]
        for prompt in wanted:
            self._announced = prompt.text
            raise _JumpError(prompt.offset_s)

    def _announce(self, at: float) -> None:
        """Show the prompt that was jumped to. What it covers is drawn anew after it."""
        text, self._announced = self._announced, ""
        if text:
            self._stage.announce(text, _ANNOUNCED_FOR)
            if self._stage.jump:
                self._jump(at)
            raise _JumpError(at)

    def _begin_anew(self) -> None:
        self._stage.begin_anew()
        self.ended = self.torn = False
        self.bad_lines = 0
        self.first_bad_lines.clear()
        self.window = Window()
        self._sanitizer = Sanitizer()
        self._picture = _Picture(self._entries)

    def _past(self, at: float) -> "_Past":
        """Return what takes the entries up to `at` seconds."""
        if at > 0 and not self._stage.is_terminal:
            return _Past(self._leave_out, at_once=False)
        return _Past(self._draw, at_once=at > 0)

    def _good(self) -> Iterator[Entry]:
        for entry in self._entries():
            self.torn = isinstance(entry, BadLine)
            if isinstance(entry, BadLine):
                self.bad_lines += 1
                if len(self.first_bad_lines) < _REPORTED:
                    self.first_bad_lines.append(entry)
                continue
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

    def _draw(self, data: bytes, entries: int = 1, without: re.Pattern[bytes] | None = None) -> None:
        data = self._sanitizer.feed(data)
        if self._stage.is_terminal:
            on_alternate = self._picture.on_alternate_screen
            self._stage.write(self.window.before(data, self._stage.size(), alternate_screen=on_alternate))
            self._picture.add(data, entries)
        self._stage.write(without.sub(b"", data) if without else data)

    def _leave_out(self, data: bytes, _entries: int, _without: re.Pattern[bytes] | None) -> None:
        self._sanitizer.feed(data)  # a sequence may end in what is shown

    def _wait_until(self, due: float) -> None:
        self._stage.wait_until(due)
        while self._stage.resumed:
            self._stage.resumed = False
            for data in self._picture.again():
                self._stage.write(data)
            if self._picture.on_alternate_screen and self.window.size != self.window.largest:
                self._stage.write(self.window.erase_outside(self._stage.size()))
            self._stage.wait_until(due)


class _Past:
    """What is shown at once: many entries in one go, and where `at_once` is wanted without the frames they were drawn in."""

    def __init__(self, draw: Callable[[bytes, int, re.Pattern[bytes] | None], None], *, at_once: bool) -> None:
        self._draw = draw
        self._at_once = at_once
        self._held: list[bytes] = []
        self._size = 0
        if at_once:
            draw(HOLD_PICTURE, 0, None)

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
            self._draw(SHOW_PICTURE, 0, None)

    def _flush(self) -> None:
        if self._held:
            self._draw(b"".join(self._held), len(self._held), _FRAMES if self._at_once else None)
        self._held = []
        self._size = 0


class _Picture:
    """Knows how to draw the alternate screen again after something else was on the terminal.

    Its contents are lost with it, and only what was written since it was entered can bring them back. The main screen
    keeps its own.
    """

    def __init__(self, entries: Callable[[], Entries]) -> None:
        self._entries = entries
        self._modes = ModeTracker()
        self._count = 0
        self._entered = 0

    @property
    def on_alternate_screen(self) -> bool:
        """Whether the alternate screen is shown."""
        return self._modes.alternate_screen

    def add(self, data: bytes, entries: int) -> None:
        """Note `data`, drawn by so many entries."""
        was_entered = self._modes.alternate_screen
        self._modes.feed(data)
        if not was_entered:
            self._entered = self._count
        self._count += entries

    def again(self) -> Iterator[bytes]:
        """Yield what draws the present picture on an empty alternate screen; nothing while the main screen is shown."""
        if not self._modes.alternate_screen:
            return
        sanitizer = Sanitizer()
        modes = ModeTracker()
        shown = (entry for entry in self._entries() if isinstance(entry, Entry) and entry.direction in SHOWN)
        for number, entry in zip(range(self._count), shown, strict=False):
            data = sanitizer.feed(entry.data)
            if number < self._entered:
                continue
            was_entered = modes.alternate_screen
            modes.feed(data)
            if modes.alternate_screen:
                yield data if was_entered else _ENTERING.split(data)[-1]
