"""The cells of a screen, written out in sequences that every terminal understands: rows, or a part of them."""

from typing import NamedTuple

import avt

from claude_sessions.screen.clusters import is_stand_in
from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.pens import pen_parameters


class Picture(NamedTuple):
    """What an emulator shows, ready to be written anywhere."""

    rows: list[bytes]
    """One for each row, to be written from the first column on: its text with its colours, up to the last cell that is no
    plain blank; no line breaks, and no cursor moves but behind characters that terminals disagree on."""
    cursor: tuple[int, int]
    """Column and row of the cursor, counted from 0 from the upper left of the part."""
    cursor_visible: bool


class Pane(Emulator):
    """An emulator that hands out its screen, or a part of it, ready to be written on another one."""

    def picture(self, size: tuple[int, int]) -> Picture:
        """Return the part of the screen that has no more than `size` columns and rows: all of it, or what is around the cursor.

        The part moves in steps, and stays in the upper left corner for as long as the cursor can be seen there.
        """
        cursor = self._vt.cursor
        columns, rows = self.size
        left = _begin(cursor.col, columns, size[0])
        top = _begin(cursor.row, rows, size[1])
        width = min(columns, size[0])
        shown = [self._row(line, left, width) for line in self._vt.view()[top : top + size[1]]]
        at = (min(cursor.col - left, size[0] - 1), cursor.row - top)
        return Picture(shown, at, cursor.visible)

    def _row(self, line: avt.Line, left: int, width: int) -> bytes:
        """Return `width` cells of a row from `left` on. Half of a wide character is a blank.

        Terminals that do not know a cluster (a family, a flag) give it more cells: what follows is put where it belongs.
        """
        cells = line.cells[left : left + width]
        while cells and cells[-1] == _BLANK:
            del cells[-1]
        parts: list[str] = []
        pen = None
        column = 0
        clustered = False
        if left and cells and line[left - 1].width > 1:
            parts.append(" ")
            cells = cells[1:]
            column = 1
        if cells and cells[-1].width > 1:
            cells = [*cells[:-1], _BLANK]
        for cell in cells:
            if cell.width == 0:
                continue  # the second half of the one before
            if pen is None or cell.pen != pen:
                pen = cell.pen
                parts.append(f"\x1b[m\x1b[{pen_parameters(pen)}m")
            parts.append(cell.char)
            column += cell.width
            if column < width and is_stand_in(cell.char):
                clustered = True
                parts.append(f"\x1b[{column + 1}G")
        parts.append("\x1b[0m")
        if clustered and column < width:
            parts.append("\x1b[K")
        return self._clusters.unpack("".join(parts)).encode(errors="replace")


def _begin(cursor: int, whole: int, part: int) -> int:
    """Return where a part begins, in steps of half its length."""
    if whole <= part or cursor < part:
        return 0
    step = max(1, part // 2)
    return min((cursor - part + step) // step * step, whole - part)


_BLANK = avt.Cell()
