"""What a replay shows: at first the recording's own bytes, on the person's own screen; then pictures on a screen of its own.

An emulator of the recorded size is fed with everything. As long as nobody has pressed a key and it all fits, the terminal gets the
recording's bytes as they are (sanitized), and its text stays there. For whatever the recording itself would not show (a
status line, another moment, a part of a screen that is too large) we go to the alternate screen, and stay there: it is drawn row by
row from the emulator's cells, whichever screen the recording is on. So the person's screen is not written to any more.
"""

import re
from collections.abc import Sequence
from typing import Final

from claude_sessions.playback.caption import box, box_width, caption
from claude_sessions.playback.stage import HOLD_PICTURE, SHOW_PICTURE, Stage
from claude_sessions.playback.window import Window
from claude_sessions.screen.cells import Pane

_LEAVE_ALTERNATE: Final = b"\x1b[?1049l"
_ROWS_ALONE: Final = b"\x1b[?7l\x1b[?25l"
"""So that a row can be written anywhere without effect on others."""
_COLOURS: Final = re.compile(rb"\x1b\[[0-9;:]*m")

_UNKNOWN: Final = (80, 24)

_LOOK_AFTER: Final = 64 * 1024
"""Bytes after which the emulator is asked to let go of what has scrolled off."""


class View:
    """The picture on a stage. It begins with what the terminal shows by itself; `turn_to` gives it another one."""

    def __init__(self, stage: Stage, recorded: tuple[int, int]) -> None:
        self.window = Window()
        self._stage = stage
        self._bar: tuple[str, str] | None = None
        self._box: Sequence[tuple[str, str]] = ()
        self._ours = False
        """Whether we are on a screen of our own."""
        self._painted: list[bytes] = []
        """The rows that stand there."""
        self._dirty = False
        self._since_look = 0
        self.window.resize(recorded)
        self._terminal = self._room()
        self._emulator = Pane(*(recorded if min(recorded) > 0 else self._terminal))

    @property
    def cropped(self) -> bool:
        """Whether the terminal is too small for the recording."""
        recorded = self.window.size
        return min(recorded) > 0 and (self._terminal[0] < recorded[0] or self._terminal[1] < recorded[1])

    @property
    def columns(self) -> int:
        """Those of the terminal."""
        return self._terminal[0]

    def state(self) -> bytes:
        """Return something that is the same for the same picture, wherever the cursor is."""
        return b"\n".join(self._emulator.picture(self._emulator.size).rows)

    def room_for(self, lines: Sequence[tuple[str, str]]) -> int:
        """Return how many of these lines a box can hold; 0 where they are too wide."""
        columns, rows = self._terminal
        return max(0, rows - 3) if box_width(list(lines)) <= columns else 0

    def turn_to(self, emulator: Pane, window: Window) -> None:
        """Show another picture: that of an emulator of the recorded size. It belongs to us from then on."""
        self.window = window
        self._emulator = emulator
        self._since_look = 0
        self._dirty = True
        if not self._ours:
            self.draw_anew()

    def show(self, data: bytes) -> None:
        """Show sanitized bytes: at once, or with the next `flush`."""
        if not self._ours:
            alternate = self._emulator.alternate
            self._stage.write(self.window.before(data, self._terminal, alternate_screen=alternate) + data)
        self._dirty = True
        self._emulator.feed(data)
        self._since_look += len(data)
        if self._since_look >= _LOOK_AFTER:
            self._emulator.look()
            self._since_look = 0

    def resize(self, size: tuple[int, int]) -> None:
        """Follow the recorded terminal, which has another size from here on."""
        self.window.resize(size)
        self._emulator.resize(*size)
        self._dirty = True
        if self.cropped and not self._ours:
            self.draw_anew()

    def overlay(self, bar: tuple[str, str] | None, box: Sequence[tuple[str, str]] = ()) -> None:
        """Show a line at the bottom, its left and right part, and a box of two columns; or neither."""
        if (bar, box) != (self._bar, self._box):
            self._bar, self._box = bar, box
            self._dirty = True

    def flush(self) -> None:
        """Bring the terminal up to date."""
        if not self._ours and (self._bar or self._box):
            self.draw_anew()
        if self._ours and self._dirty:
            self._stage.write(self._rows())
        self._dirty = False

    def draw_anew(self) -> None:
        """Draw everything on a screen of our own, whatever is on the terminal and however large it is now."""
        self._terminal = self._room()
        self._ours = True
        self._painted = [b""] * self._terminal[1]
        self._stage.begin_anew()
        self._dirty = False
        self._stage.write(self._rows())

    def leave_behind(self) -> None:
        """Leave our screen at the end, and put the last picture of the recording's main screen below what the person had on theirs."""
        if not self._ours:
            return
        if self._emulator.alternate:
            self._emulator.feed(_LEAVE_ALTERNATE)
        rows = self._emulator.picture(self._terminal).rows
        while rows and not _COLOURS.sub(b"", rows[-1]).strip():
            rows.pop()
        self._ours = False
        self._stage.write(b"\x1b[0m" + _LEAVE_ALTERNATE + b"\r\n".join(rows))

    def _room(self) -> tuple[int, int]:
        """Return the columns and rows of the terminal; of one that does not know, those that were recorded."""
        return next(size for size in (self._stage.size(), self.window.size, _UNKNOWN) if min(size) > 0)

    def _rows(self) -> bytes:
        """Return what writes the rows that are not as they should be."""
        columns, rows = self._terminal
        shown = self._emulator.picture(self._terminal)
        wanted = shown.rows[:rows] + [b""] * (rows - len(shown.rows))
        if rows > 1:
            self._lay_over(wanted, columns)
        parts = [HOLD_PICTURE, _ROWS_ALONE]
        for number, row in enumerate(wanted):
            if row != self._painted[number]:
                parts.append(b"\x1b[%d;1H\x1b[0m\x1b[2K%b" % (number + 1, row))
        self._painted = wanted
        column, row_number = shown.cursor
        parts.append(b"\x1b[%d;%dH" % (row_number + 1, column + 1))
        if shown.cursor_visible and not self._box:
            parts.append(b"\x1b[?25h")
        return b"".join([*parts, SHOW_PICTURE])

    def _lay_over(self, rows: list[bytes], columns: int) -> None:
        if self._box:
            drawn = box(list(self._box))[: len(rows) - 1]
            left = (columns - box_width(list(self._box))) // 2 + 1
            top = max(0, (len(rows) - len(drawn)) // 2)
            for number, row in enumerate(drawn, top):
                rows[number] += b"\x1b[%d;%dH%b" % (number + 1, max(1, left), row)
        if self._bar:
            rows[-1] = caption(self._bar[0], columns, self._bar[1])
