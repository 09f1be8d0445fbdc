"""The pictures of a recording about every megabyte: from the one before a moment it is a short way to there.

They are made by a first pass, which only draws, as fast as the emulator goes, and no further than somebody wants to be.
"""

import os
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from claude_sessions.log.blocks import Block
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import INPUT, RESIZE, SHOWN, START, Entry, parse_timestamp
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.log.segment import parse_segment_name
from claude_sessions.playback.schedule import Schedule
from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.keyframe import keyframe
from claude_sessions.screen.modes import ModeTracker
from claude_sessions.store.recording import Position, Recording

STEP: Final = 1 << 20
"""Bytes of output from one to the next: sanitized and drawn in some 20 ms."""

_LARGEST: Final = 64 << 20
"""Bytes of a picture unpacked; the largest screen has about 20 MB."""

_PLAIN: Final = SHOWN | {INPUT}
"""What changes nothing but the picture."""


class Keyframe(msgspec.Struct, frozen=True):
    """The state of everything between two lines of the log."""

    position: Position
    """Of the next line."""
    time_ns: int
    """The latest time before it, in nanoseconds since the epoch."""
    columns: int
    rows: int
    held: tuple[str, ...]
    """Why time stands still in a replay, see `Schedule`."""
    packed: bytes

    @property
    def picture(self) -> bytes:
        """What draws the screen on a new terminal of that size; for the sanitizer, like the recording itself."""
        return zlib.decompressobj().decompress(self.packed, _LARGEST)


class Keyframes:
    """Those of one recording, in the order of time, as far as they have been made."""

    def __init__(self, recording: Recording, frames: list[Keyframe]) -> None:
        self.frames = frames
        self.complete = False
        """Whether the end of the log has been reached."""
        self._recording = recording
        self._pass: Iterator[int] | None = None
        self._reached_ns = frames[-1].time_ns if frames else 0

    def before(self, time_ns: int) -> Keyframe | None:
        """Return the last one that is not later than that; None for the beginning of the recording."""
        return next((frame for frame in reversed(self.frames) if frame.time_ns <= time_ns), None)

    def extend(self, until_ns: int) -> Iterator[int]:
        """Make those up to a moment; yield now and then how many more bytes of the log have been read."""
        if self._pass is None:
            self._pass = self._first_pass()
        while self._reached_ns <= until_ns and not self.complete:
            yield next(self._pass, 0)

    def _first_pass(self) -> Iterator[int]:
        last = self.frames[-1] if self.frames else None
        drawing = _Drawing(last)
        for block in self._recording.blocks(last.position if last else None):
            if isinstance(block, BadLine):
                continue
            drawing.take(block)
            self._reached_ns = drawing.schedule.now_ns
            if drawing.size >= STEP:
                self.frames.append(drawing.keyframe())
            yield len(block.lines)
        self.complete = True


class _Drawing:
    """A screen that is drawn block by block."""

    def __init__(self, begin: Keyframe | None) -> None:
        self.size = 0
        """Bytes drawn since the last keyframe."""
        self.schedule = Schedule()
        self._modes = ModeTracker()
        self._pending: list[bytes] = []
        if begin is None:
            self._position = Position()
            self._emulator = Emulator()
        else:
            self._position = begin.position
            self._emulator = Emulator(begin.columns, begin.rows)
            self.schedule.go_on(begin.time_ns, begin.time_ns, begin.held)
            self._pending.append(begin.picture)
            self._draw()
            self.size = 0

    def take(self, block: Block) -> None:
        """Draw a block; afterwards the position is behind it."""
        if not self._take_plain(block):
            for part in block.parts:
                self._take_entry(Entry(part.timestamp, "", part.direction, part.data, part.size))
        self._draw()
        place = block.place
        self._position = Position(
            _segment(place.file), place.offset + len(block.lines), place.line + block.lines.count(b"\n")
        )

    def keyframe(self) -> Keyframe:
        """Return one of the present state."""
        self.size = 0
        columns, rows = self._emulator.size
        packed = zlib.compress(keyframe(self._emulator, self._modes), 1)
        return Keyframe(self._position, self.schedule.now_ns, columns, rows, self.schedule.held, packed)

    def _take_plain(self, block: Block) -> bool:
        """Take a block in which nothing happens but output and input, without looking at each entry."""
        if not _PLAIN.issuperset([part.direction for part in block.parts]):
            return False
        try:  # texts of one form have the order of their times
            latest = parse_timestamp(max([part.timestamp for part in block.parts]))
        except (ValueError, OverflowError):
            return False
        self.schedule.reach(latest)
        self._pending += [part.data for part in block.parts if part.direction != INPUT]
        return True

    def _take_entry(self, entry: Entry) -> None:
        self.schedule.place(entry, shown=False)
        if entry.direction in SHOWN:
            self._pending.append(entry.data)
        elif entry.direction == RESIZE:
            self._resize(decode_resize(entry))
        elif entry.direction == START and (start := decode_info(entry, StartInfo)):
            self._resize((start.columns, start.rows))

    def _resize(self, size: tuple[int, int] | None) -> None:
        if size is not None:
            self._draw()
            self._emulator.resize(*size)

    def _draw(self) -> None:
        if self._pending:
            data = b"".join(self._pending)
            self._emulator.feed(data)
            self._emulator.look()  # or it keeps all that has scrolled off
            self._modes.feed(data)
            self.size += len(data)
            self._pending = []


def _segment(file: str) -> int:
    name = parse_segment_name(os.path.basename(file))
    return name.number if name else 0
