"""Entries of a log on their way to viewers: a screen that is kept up to date, and what changes it as frames of ALiS."""

import codecs
import contextlib
from collections.abc import Callable
from typing import Any

from claude_sessions.live import alis
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import EXIT, LONGEST_LABEL, MARKER, RESIZE, SHOWN, START, Entry
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info, decode_resize
from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.keyframe import keyframe
from claude_sessions.screen.modes import ModeTracker

_TOGETHER_US = 16_000
"""Output that came within the time of one picture on a display is one event."""

_MOST_BYTES = 64 * 1024
"""Output of one event, about: a burst is several."""

_decode = codecs.utf_8_decode


class TerminalScreen:
    """What the terminal of a recording shows. Belongs to one thread at a time."""

    def __init__(self) -> None:
        self.number = 0
        """Of the last event."""
        self.watched = False
        """Whether anybody is told of events; until then there are none."""
        self._emulator = Emulator()
        self._modes = ModeTracker()
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._began_ns: int | None = None
        self._now_us = self._told_us = 0
        self._output: list[bytes] = []
        self._output_size = self._output_us = 0
        self._frames: list[tuple[int, bytes]] = []

    def take(self, item: Entry | BadLine) -> None:
        """Draw what an entry shows, and note what viewers are to be told."""
        if isinstance(item, BadLine):
            return
        with contextlib.suppress(ValueError, OverflowError):  # a time that is none: as late as the one before
            self._reach(item.time_ns)
        if item.direction in SHOWN:
            self._take_output(item.data)
        elif item.direction == RESIZE:
            self._resize(decode_resize(item))
        elif item.direction == START and (start := decode_info(item, StartInfo)):
            self._resize((start.columns, start.rows) if start.columns and start.rows else None)
        elif item.direction == MARKER:
            self._tell(alis.marker, item.data.decode(errors="replace")[:LONGEST_LABEL])
        elif item.direction == EXIT and (leaving := decode_info(item, ExitInfo)):
            self._tell(alis.leave, leaving.status)

    def frames(self) -> list[tuple[int, bytes]]:
        """Return the frames of what was taken since the last call, each with its event's number."""
        self._draw()
        frames, self._frames = self._frames, []
        return frames

    def picture(self) -> bytes:
        """Return the frame with the whole screen as it is after the last event."""
        self._draw()
        drawn, _ = _decode(
            keyframe(self._emulator, self._modes), "replace", False
        )  # a character's beginning comes again
        return alis.init(self.number, self._told_us, self._emulator.size, drawn.encode())

    def _reach(self, time_ns: int) -> None:
        """Let it be that late: time does not go back."""
        if self._began_ns is None:
            self._began_ns = time_ns
        self._now_us = max(self._now_us, (time_ns - self._began_ns) // 1000)

    def _take_output(self, data: bytes) -> None:
        late = self.watched and self._now_us - self._output_us > _TOGETHER_US
        if self._output and (late or self._output_size > _MOST_BYTES):
            self._draw()
        if not self._output:
            self._output_us = self._now_us
        self._output.append(data)
        self._output_size += len(data)

    def _resize(self, size: tuple[int, int] | None) -> None:
        if size is not None and size != self._emulator.size:
            self._draw()
            self._emulator.resize(*size)
            self._tell(alis.resize, self._emulator.size)

    def _draw(self) -> None:
        """Draw the output that waits, and make it an event."""
        if not self._output:
            return
        data = b"".join(self._output)
        self._output, self._output_size = [], 0
        self._emulator.feed(data)
        self._emulator.look()  # or it keeps all that has scrolled off
        self._modes.feed(data)
        if text := self._text.decode(data):
            now, self._now_us = self._now_us, max(self._output_us, self._told_us)
            self._tell(alis.output, text)
            self._now_us = now

    def _tell(self, frame: Callable[..., bytes], *about: Any) -> None:
        self._draw()
        if not self.watched:
            self._told_us = self._now_us
            return
        self.number += 1
        self._frames.append((self.number, frame(self.number, self._now_us - self._told_us, *about)))
        self._told_us = self._now_us
