"""Drawing pictures one after the other on a terminal: bytes of our own that change what is there into what shall be."""

from collections.abc import Iterable, Sequence

from claude_sessions.screen.canvas import BLANK, Picture, Row

_CONTROLS = dict.fromkeys([*range(0x20), 0x7F], " ")


class Painter:
    """Knows what it has drawn on a terminal of some size, both screens, and draws only what differs."""

    def __init__(self, columns: int, rows: int) -> None:
        self._begin(columns, rows)

    def _begin(self, columns: int, rows: int) -> None:
        self._blank = Row((BLANK,) * columns)
        self._size = columns, rows
        self._alternate = False
        self._rows = [self._blank] * rows
        self._other: list[Row] | None = None
        self._cursor = (0, 0)
        self._cursor_visible = True
        self._style = ""

    def resize(self, columns: int, rows: int) -> bytes:
        """Return what clears a terminal that has got another size: nobody knows how it wraps what was there."""
        alternate, visible = self._alternate, self._cursor_visible
        self._begin(columns, rows)
        self._alternate, self._cursor_visible = alternate, visible
        self._other = None if alternate else [self._blank] * rows
        return b"\x1b[m\x1b[H\x1b[2J"

    def paint(self, picture: Picture) -> bytes:
        """Return what shows `picture` in place of the one before; empty where nothing differs."""
        out: list[str] = []
        if picture.alternate != self._alternate:
            self._switch(out)
        if picture.gone and not self._alternate:
            self._scroll(picture.gone, picture.rows, out)
        self._change(picture.rows, out)
        if out or picture.cursor != self._cursor:
            self._set_style("", out)
            out.append(_at(*picture.cursor))
            self._cursor = picture.cursor
        if picture.cursor_visible != self._cursor_visible:
            self._cursor_visible = picture.cursor_visible
            out.append("\x1b[?25h" if self._cursor_visible else "\x1b[?25l")
        return "".join(out).encode(errors="replace")

    def _switch(self, out: list[str]) -> None:
        self._set_style("", out)
        self._alternate = not self._alternate
        out.append("\x1b[?1049h\x1b[H\x1b[2J" if self._alternate else "\x1b[?1049l")
        kept, self._other = self._other, self._rows
        if self._alternate:
            self._rows = [self._blank] * self._size[1]
        elif kept is not None:
            self._rows = kept
        else:
            out.append("\x1b[H\x1b[2J")
            self._rows = [self._blank] * self._size[1]

    def _scroll(self, gone: Sequence[Row], rows: Sequence[Row], out: list[str]) -> None:
        """Let rows leave the screen at its top, each as it was: as many at a time as stand on it with whole lines."""
        height = self._size[1]
        everything = [*gone, *rows]
        position = 0
        while position < len(gone):
            window = everything[position : position + height]
            self._change(window, out)
            count = len(window)
            while count and window[count - 1].wrapped:
                count -= 1
            count = min(count or height, len(gone) - position)
            self._set_style("", out)
            out += [_at(0, height - 1), "\n" * count]
            self._rows = [*self._rows[count:], *[self._blank] * count]
            position += count

    def _change(self, rows: Sequence[Row], out: list[str]) -> None:
        """Draw the rows that differ, from the top of the screen on. A line is drawn in one go: so it stays one line."""
        rows = list(map(_as_drawn, rows, [*rows[1:], self._blank]))
        begin = 0
        while begin < len(rows):
            end = begin + 1
            while end < len(rows) and rows[end - 1].wrapped:
                end += 1
            old = self._rows[begin]
            if (rows[begin] is not old and rows[begin] != old) or (
                end > begin + 1 and rows[begin + 1 : end] != self._rows[begin + 1 : end]
            ):
                self._part(range(begin, end), rows, out)
                if end == begin + 1 and not self._rows[begin].wrapped and not (begin and self._rows[begin - 1].wrapped):
                    self._change_row(begin, rows[begin], out)
                else:
                    out.append(_at(0, begin))
                    for row in rows[begin:end]:
                        self._write(row, 0, len(row.cells) if row.wrapped else row.end, out)
            self._rows[begin:end] = rows[begin:end]
            begin = end

    def _part(self, places: Iterable[int], rows: Sequence[Row], out: list[str]) -> None:
        """Erase the rows that no longer go on in the next one: where they are only written over, that stays."""
        for at in places:
            if self._rows[at].wrapped and not rows[at].wrapped:
                self._set_style("", out)
                out += [_at(0, at), "\x1b[K"]

    def _change_row(self, at: int, row: Row, out: list[str]) -> None:
        """Draw what is different in one row."""
        old, new = self._rows[at].cells, row.cells
        first = 0
        if len(old) == len(new) and row.text.isascii() and len(row.text) == len(new):
            while first < len(new) and old[first] == new[first]:
                first += 1
        out.append(_at(first, at))
        self._write(row, first, max(row.end, first), out, clear=self._rows[at].end > row.end)

    def _write(self, row: Row, first: int, end: int, out: list[str], *, clear: bool = True) -> None:
        """Write the cells up to `end` where the cursor is, and clear the rest of the row unless it is clear."""
        cells = row.cells[first:end]
        if row.text.isascii() and len({cell.style for cell in cells}) == 1:
            self._set_style(cells[0].style, out)
            out.append(row.text[first:end].translate(_CONTROLS))
            cells = ()
        for cell in cells:
            if cell.width:
                if cell.style != self._style:
                    self._set_style(cell.style, out)
                out.append(cell.char if cell.char >= " " and not "\x7f" <= cell.char <= "\x9f" else " ")
        if clear and end < len(row.cells):
            self._set_style("", out)
            out.append("\x1b[K")

    def _set_style(self, style: str, out: list[str]) -> None:
        if style != self._style:
            self._style = style
            out.append(f"\x1b[0;{style}m" if style else "\x1b[m")


def _at(column: int, row: int) -> str:
    return f"\x1b[{row + 1};{column + 1}H"


def _as_drawn(row: Row, below: Row) -> Row:
    """Return `row` as one that does not wrap where nothing is printed below that could make it wrap."""
    return row.alone if row.wrapped and not below.end else row
