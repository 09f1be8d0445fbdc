"""What a replay shows: the recording's own bytes where they fit, otherwise the part of its screen around the cursor.

An emulator is fed with everything that is shown. As long as nothing stands over the picture, the recording's bytes go to
the terminal as they are (sanitized). A status line, the help, and a terminal that is too small are drawn row by row from the
emulator's cells; when they go, the whole picture is drawn anew, modes and all.
"""

import re
from collections.abc import Sequence
from typing import Final

from claude_sessions.playback.caption import box, box_width, caption
from claude_sessions.playback.stage import AS_BEFORE, HOLD_PICTURE, SHOW_PICTURE, Stage
from claude_sessions.playback.window import Window
from claude_sessions.screen.cells import Pane
from claude_sessions.screen.keyframe import keyframe

_ENTER: Final = b"\x1b[?1049h"
"""The one that keeps the cursor's place on the main screen, for when the alternate one is left."""
_SAVED: Final = b"\x1b7"
_ENTERING: Final = re.compile(rb"\x1b\[\?(?:1049|1047|47)h")
_ROWS_ALONE: Final = b"\x1b[?6l\x1b[?7l\x1b[4l\x0f\x1b(B\x1b[?25l"
"""So that a row can be written anywhere without effect on others."""
_AT_HOME: Final = b"\x1b[H\x1b7"
"""A keyframe counts on it that the saved place of the cursor is there."""
_RESET: Final = AS_BEFORE + b"\x1b[?25h\x1b[?7h\x1b[?6l\x1b[H\x1b[J" + _AT_HOME

_LOOK_AFTER: Final = 64 * 1024
"""Bytes after which the emulator is asked to let go of what has scrolled off."""


class View:
    """The picture on a stage. It begins with what the terminal shows by itself; `turn_to` gives it another one."""

    def __init__(self, stage: Stage, recorded: tuple[int, int]) -> None:
        self.window = Window()
        self._stage = stage
        self._bar: tuple[str, str] | None = None
        self._box: Sequence[tuple[str, str]] = ()
        self._known = False
        """Whether the terminal shows our picture and nothing else: at first the shell's last lines are there too."""
        self._painted: list[bytes] | None = None
        """The rows that were written one by one; None while the recording's bytes are."""
        self._dirty = False
        self._since_look = 0
        self._terminal = stage.size()
        self._shown_alternate = False
        self.window.resize(recorded)
        self.cropped = not self._fits()
        self._emulator = Pane(*(recorded if self.cropped or not min(self._terminal) else self._terminal))
        stage.on_leaving = self._without_overlay

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the terminal."""
        return self._terminal

    def state(self) -> bytes:
        """Return something that is the same for the same picture, wherever the cursor is."""
        return b"\n".join(self._emulator.picture(self._emulator.size).rows)

    def turn_to(self, emulator: Pane, window: Window) -> None:
        """Show another picture: that of an emulator of the recorded size. It belongs to us from then on."""
        self._terminal = self._stage.size()
        self.window = window
        self.cropped = not self._fits()
        self._emulator = emulator
        self._since_look = 0
        if not self.cropped and min(self._terminal) > 0:
            emulator.resize(*self._terminal)
        self.draw_anew()

    def show(self, data: bytes) -> None:
        """Show sanitized bytes: at once, or with the next `flush`."""
        if self._painted is None and not self.cropped:
            data = self.window.before(data, self._terminal, alternate_screen=self._emulator.alternate) + data
            self._feed(data)
            self._stage.write(data)
            self._shown_alternate = self._emulator.alternate
        else:
            self._feed(data)
            self._dirty = True

    def resize(self, size: tuple[int, int]) -> None:
        """Follow the recorded terminal, which has another size from here on."""
        self.window.resize(size)
        if self.cropped:
            self._emulator.resize(*size)
            self._dirty = True
        if self.cropped == self._fits():
            self._emulator.resize(*size)
            self.turn_to(self._emulator, self.window)

    def overlay(self, bar: tuple[str, str] | None, box: Sequence[tuple[str, str]] = ()) -> None:
        """Show a line at the bottom, its left and right part, and a box of two columns; or neither."""
        if (bar, box) != (self._bar, self._box):
            self._bar, self._box = bar, box
            self._dirty = True

    def flush(self) -> None:
        """Bring the terminal up to date."""
        if not self._dirty:
            return
        self._dirty = False
        if min(self._terminal) < 2:
            return
        covered = bool(self._bar or self._box)
        if not self.cropped and (not covered or not self._known or self._shown_alternate != self._emulator.alternate):
            self._draw_whole()
        if self.cropped or covered:
            self._stage.write(self._rows(overlay=True))

    def _fits(self) -> bool:
        recorded = self.window.size
        return min(*self._terminal, *recorded) <= 0 or (
            self._terminal[0] >= recorded[0] and self._terminal[1] >= recorded[1]
        )

    def _feed(self, data: bytes) -> None:
        self._emulator.feed(data)
        self._since_look += len(data)
        if self._since_look >= _LOOK_AFTER:
            self._emulator.look()
            self._since_look = 0

    def draw_anew(self) -> None:
        """Draw everything, whatever is on the terminal."""
        self._dirty = False
        self._painted = None
        self._known = False
        if self.cropped:
            self._stage.begin_anew()
            self._stage.write(_ENTER + SHOW_PICTURE)
        else:
            self._draw_whole()
        if self.cropped or self._bar or self._box:
            self._dirty = True
            self.flush()

    def _draw_whole(self) -> None:
        """Draw the picture with all its modes; the recording's next bytes go on from there."""
        main, alternate = _screens(keyframe(self._emulator), alternate=self._emulator.alternate)
        if self._known and self._shown_alternate == self._emulator.alternate:
            self._stage.write(HOLD_PICTURE + _RESET + (alternate or main) + SHOW_PICTURE)
        else:
            self._stage.begin_anew()
            self._stage.write(
                _AT_HOME + main + (_ENTER + _AT_HOME + alternate if self._emulator.alternate else b"") + SHOW_PICTURE
            )
        self._known = True
        self._shown_alternate = self._emulator.alternate
        self._painted = None

    def _rows(self, *, overlay: bool) -> bytes:
        """Return what writes the rows that are not as they should be."""
        rows = self._terminal[1]
        shown = self._emulator.picture(self._terminal)
        wanted = shown.rows[:rows] + [b""] * (rows - len(shown.rows))
        if self._painted is None:
            self._painted = [b"?"] * rows if self.cropped else list(wanted)
        if overlay:
            self._lay_over(wanted)
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

    def _lay_over(self, rows: list[bytes]) -> None:
        columns = self._terminal[0]
        if self._box and box_width(list(self._box)) <= columns:
            drawn = box(list(self._box))[: len(rows) - 1]
            left = (columns - box_width(list(self._box))) // 2 + 1
            top = max(0, (len(rows) - len(drawn)) // 2)
            for number, row in enumerate(drawn, top):
                rows[number] += b"\x1b[%d;%dH%b" % (number + 1, left, row)
        if self._bar:
            rows[-1] = caption(self._bar[0], columns, self._bar[1])

    def _without_overlay(self) -> bytes:
        """Return what uncovers the picture, where it stays on the terminal when we leave it."""
        if self.cropped or self._painted is None or self._shown_alternate:
            return b""
        return self._rows(overlay=False)


def _screens(drawn: bytes, *, alternate: bool) -> tuple[bytes, bytes]:
    """Return a keyframe's main screen, with the cursor where it is to be when the alternate one is left; and that."""
    entering = _ENTERING.search(drawn) if alternate else None
    if entering is None:
        return drawn, b""
    main = drawn[: entering.start()]
    return main if _SAVED in main else main + b"\x1b[H", drawn[entering.end() :]
