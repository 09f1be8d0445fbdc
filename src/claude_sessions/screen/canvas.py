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
_KNOWN_CELLS = 400_000
"""In the rows that are known again where they have only scrolled: 10 MB."""


class Row:
    """A row of cells; `wrapped` says that its line goes on in the next one. Never changed.

    One that was read off a screen makes its cells when somebody asks for them: whoever searches needs the text alone.
    """

    __slots__ = ("_alone", "_cells", "_end", "_line", "_make", "columns", "text", "wrapped")

    def __init__(self, cells: tuple[Cell, ...], *, wrapped: bool = False) -> None:
        self.text = "".join([cell.char for cell in cells if cell.width])
        self.columns = len(cells)
        self.wrapped = wrapped
        self._cells: tuple[Cell, ...] | None = cells
        self._end = -1
        self._alone: Row | None = None
        self._line: avt.Line | None = None
        self._make: Callable[[avt.Line], tuple[Cell, ...]] | None = None

    @classmethod
    def read(
        cls,
        line: avt.Line,
        text: str,
        columns: int,
        make: Callable[[avt.Line], tuple[Cell, ...]],
        *,
        wrapped: bool = False,
    ) -> "Row":
        """Return the row of a line with this text; `make` turns the line into cells, so many as there are columns."""
        row = cls((), wrapped=wrapped)
        row.text, row.columns, row._line, row._make, row._cells = text, columns, line, make, None
        return row

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells from left to right."""
        if self._cells is None:
            self._cells = self._make(self._line) if self._make is not None and self._line is not None else ()
        return self._cells

    @property
    def alone(self) -> "Row":
        """The same as a row that does not wrap."""
        if self._alone is None:
            self._alone = Row(self.cells) if self.wrapped else self
        return self._alone

    @property
    def end(self) -> int:
        """Where the blanks begin that fill it."""
        if self._end < 0:
            cells = self.cells
            end = len(self.text.rstrip(" ")) if self.text.isascii() else len(cells)
            if cells[end:].count(BLANK) < len(cells) - end:  # some have a colour
                end = len(cells)
            while end and cells[end - 1] == BLANK:
                end -= 1
            self._end = end
        return self._end

    @property
    def places(self) -> Sequence[int]:
        """For each code point of `text` the number of its cell."""
        if self.text.isascii():
            return range(len(self.text))
        return [place for place, cell in enumerate(self.cells) if cell.width for _ in cell.char]

    def is_of(self, line: avt.Line) -> bool:
        """Tell whether this row was read off such a line, colours included."""
        return bool(self._line == line)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Row) or self.wrapped != other.wrapped or self.text != other.text:
            return False
        if self._line is not None and other._line is not None and self._make == other._make:
            return bool(self._line == other._line)
        return self.cells == other.cells

    def __hash__(self) -> int:
        return hash((self.text, self.wrapped))


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
        self._known: dict[tuple[str, bool], Row] = {}
        self._make = self._make_cells
        self._slate = avt.Vt(1, 1, 0)
        self._plain = {chr(code): Cell(chr(code), 1, "") for code in range(0x80)} | {BLANK.char: BLANK}
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
        """Return a row; what was there before, such as what has only scrolled, is the same object."""
        text = self._restored(line.text)
        known = self._known.get((text, wrapped))
        if known is not None and known.is_of(line):
            return known
        if len(self._known) > _KNOWN_CELLS // self.size[0]:
            self._known.clear()
        row = self._known[text, wrapped] = Row.read(line, text, self.size[0], self._make, wrapped=wrapped)
        return row

    def _make_cells(self, line: avt.Line) -> tuple[Cell, ...]:
        """Return a line's cells; those that look the same are one object, since thousands of rows may be gone at once."""
        if (text := line.text).isascii() and self._is_plain(line, text):
            return tuple(map(self._plain.__getitem__, text))
        found = line.cells
        end = len(found)
        while end and found[end - 1].is_default():
            end -= 1
        cells: list[Cell] = []
        last, style = None, ""
        for cell in found[:end]:
            pen = cell.pen
            if pen != last:
                last = pen
                style = self._style(pen)
            look = cell.char, cell.width, style
            cells.append(self._cells.get(look) or self._new_cell(*look))
        return (*cells, *[BLANK] * (len(found) - end))

    def _is_plain(self, line: avt.Line, text: str) -> bool:
        """Tell whether a row has no colours: then it is what its text alone draws. Asking each cell takes much longer."""
        columns = self.size[0]
        if self._slate.size != (columns, 1):
            self._slate = avt.Vt(columns, 1, 0)
        self._slate.feed_str(f"\x1b[H\x1b[2K{text.rstrip()}")
        return bool(self._slate[0] == line)

    def _new_cell(self, char: str, width: int, style: str) -> Cell:
        if len(self._cells) > _MOST_CELLS:
            self._cells.clear()
        cell = self._cells[char, width, style] = Cell(char if char.isascii() else self._restored(char), width, style)
        return cell

    def _style(self, pen: avt.Pen) -> str:
        if pen.is_default():
            return ""
        name = repr(pen)
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = pen_parameters(pen)
        return style
