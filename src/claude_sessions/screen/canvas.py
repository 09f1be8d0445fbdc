"""The screen cell by cell, with colours: for what is drawn anew instead of passed on."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import avt

from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.pens import pen_parameters


class Cell(NamedTuple):
    """One place on the screen. What is two columns wide is followed by a cell of width 0."""

    char: str
    """The character with all that belongs to it, such as marks."""
    width: int
    style: str
    """The parameters of the SGR sequence that gives its colours; empty for plain text."""


BLANK = Cell(" ", 1, "")


_MOST_CELLS = 100_000


class Row:
    """A row of cells; `wrapped` says that its line goes on in the next one. Never changed."""

    __slots__ = ("cells", "text", "wrapped")

    def __init__(self, cells: tuple[Cell, ...], *, wrapped: bool = False) -> None:
        self.cells = cells
        self.wrapped = wrapped
        self.text = "".join([cell.char for cell in cells if cell.width])

    @property
    def places(self) -> Sequence[int]:
        """For each code point of `text` the number of its cell."""
        if self.text.isascii():
            return range(len(self.cells))
        return [place for place, cell in enumerate(self.cells) if cell.width for _ in cell.char]

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Row) and self.wrapped == other.wrapped and self.cells == other.cells)

    def __hash__(self) -> int:
        return hash((self.cells, self.wrapped))


class Picture(NamedTuple):
    """What a screen shows at one moment."""

    gone: list[Row]
    """The rows that have left the screen at its top since the last picture."""
    rows: list[Row]
    cursor: tuple[int, int]
    """Column and row, counted from 0."""
    cursor_visible: bool
    alternate: bool


class Canvas(Emulator):
    """An emulator that hands out cells. What scrolls off is kept until the next picture."""

    def __init__(self, columns: int = 80, rows: int = 24, before_switch: Callable[[], None] | None = None) -> None:
        self._gone: list[Row] = []
        self._rows: list[Row] = []
        self._styles: dict[str, str] = {}
        self._cells: dict[tuple[str, int, str], Cell] = {}
        super().__init__(columns, rows, before_switch)

    def picture(self) -> Picture:
        """Return what is there now, in place of `look`. Rows that have not changed are the same objects as before."""
        changed = list(self._changed)
        self.look()
        if len(self._rows) != self.size[1]:
            self._rows = [Row(())] * self.size[1]
        for row in changed:
            self._rows[row] = self._row(self._vt[row], wrapped=self._wraps[row])
        gone, self._gone = self._gone, []
        return Picture(gone, self._rows.copy(), self.cursor, self._vt.cursor.visible, self.alternate)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size. Rows that leave it by this are not among those that are gone."""
        super().resize(columns, rows)
        self._gone.clear()

    def _draw(self, data: bytes) -> None:
        self._feed(data)  # every cell counts: there is no shorter way for plain text

    def _unwrap(self, rows: list[avt.Line]) -> list[str]:
        self._gone += [self._row(row, wrapped=self._read(row)[1]) for row in rows]
        return super()._unwrap(rows)

    def _row(self, line: avt.Line, *, wrapped: bool) -> Row:
        return Row(tuple([self._cell(cell) for cell in line.cells]), wrapped=wrapped)

    def _cell(self, cell: avt.Cell) -> Cell:
        """Return a cell; those that look the same are one object, since thousands of rows may be gone at once."""
        char, width, style = cell.char, cell.width, self._style(cell.pen)
        known = self._cells.get((char, width, style))
        if known is None:
            if len(self._cells) > _MOST_CELLS:
                self._cells.clear()
            known = Cell(char if char.isascii() else self._restored(char), width, style)
            self._cells[char, width, style] = known
        return known

    def _style(self, pen: avt.Pen) -> str:
        if pen.is_default():
            return ""
        name = repr(pen)
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = pen_parameters(pen)
        return style
