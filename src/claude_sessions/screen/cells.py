"""The cells of a screen, written out in sequences that every terminal understands: rows, or a part of them."""

from typing import NamedTuple

import avt

from claude_sessions.screen.emulator import Emulator

_STYLES = (
    ("bold", "1"),
    ("faint", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("inverse", "7"),
    ("strikethrough", "9"),
)
_BRIGHT = 8
_PALETTE = 16


class Picture(NamedTuple):
    """What an emulator shows, ready to be written anywhere."""

    rows: list[bytes]
    """One for each row: its text with its colours, as wide as was asked for; no cursor moves, no line breaks."""
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
        """Return `width` cells of a row from `left` on. Half of a wide character is a blank."""
        cells = line.cells[left : left + width]
        parts: list[str] = []
        pen = None
        if left and cells and line[left - 1].width > 1:
            parts.append(" ")
            cells = cells[1:]
        if cells and cells[-1].width > 1:
            cells = [*cells[:-1], _BLANK]
        for cell in cells:
            if cell.width == 0:
                continue  # the second half of the one before
            if pen is None or cell.pen != pen:
                pen = cell.pen
                parts.append(_style(pen))
            parts.append(cell.char)
        return self._clusters.unpack("".join([*parts, "\x1b[0m"])).encode(errors="replace")


def _begin(cursor: int, whole: int, part: int) -> int:
    """Return where a part begins, in steps of half its length."""
    if whole <= part or cursor < part:
        return 0
    step = max(1, part // 2)
    return min((cursor - part + step) // step * step, whole - part)


_BLANK = avt.Cell()


def _style(pen: avt.Pen) -> str:
    codes = ["0", *(code for name, code in _STYLES if getattr(pen, name))]
    codes += _colour(pen.foreground, 30) + _colour(pen.background, 40)
    return f"\x1b[{';'.join(codes)}m"


def _colour(colour: avt.Color | None, base: int) -> list[str]:
    if colour is None:
        return []
    if isinstance(colour, avt.Color.RGB):
        return [f"{base + 8};2;{colour[0]};{colour[1]};{colour[2]}"]
    assert isinstance(colour, avt.Color.Indexed)
    index = colour[0]
    if index < _BRIGHT:
        return [str(base + index)]
    return [str(base + 60 + index - _BRIGHT)] if index < _PALETTE else [f"{base + 8};5;{index}"]
