"""A plain table that fits a terminal. Ours, because importing one costs more time than listing 1,000 sessions."""

import itertools
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

GAP = "  "


class Column(NamedTuple):
    """How a column gives way when the terminal is narrow."""

    name: str
    least: int = 0
    """The width below which it is left out; 0 where it must keep its whole width."""
    left_out: int = 0
    """Columns with higher numbers are left out first; 0: never."""
    right: bool = False
    """Aligned to the right."""
    last: bool = False
    """Shrinks only when the others are at their least."""
    keep_end: bool = False
    """When shortened, the end is what matters: a path."""


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None, styles: Sequence[str] = ()
) -> list[str]:
    """Return the header and the rows as lines of at most `width` cells; as wide as it takes where that is None.

    `styles` has an SGR sequence, or nothing, for the last cell of each row.
    """
    cells: list[Sequence[str]] = [[column.name for column in columns], *rows]
    widths = _widths(cells)
    shown = _shown(columns, widths, width)
    if width is not None:
        _shrink(columns, widths, shown, width)
    lines = []
    for row, style in itertools.zip_longest(cells, ("", *styles), fillvalue=""):
        fitted = [fit(row[at], widths[at], columns[at]) for at in shown]
        line = GAP.join(fitted).rstrip()
        if width is not None:
            line = shorten(line, width)
        start = len(line) - len(fitted[-1].rstrip())
        lines.append(f"{line[:start]}\x1b[{style}m{line[start:]}\x1b[0m" if style else line)
    return lines


def left_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Return the names of the columns for which `table` has no room."""
    shown = _shown(columns, _widths([[column.name for column in columns], *rows]), width)
    return [column.name for at, column in enumerate(columns) if at not in shown]


def display_width(text: str) -> int:
    """Return how many cells of a terminal `text` takes. An estimate: terminals differ on joined emoji."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def shorten(text: str, width: int, *, keep_end: bool = False) -> str:
    """Return `text` in at most `width` cells, with an ellipsis where something was left out."""
    if display_width(text) <= width:
        return text
    if width <= 0:
        return ""
    kept, room = [], width - 1
    for character in reversed(text) if keep_end else text:
        room -= _cells(character)
        if room < 0:
            break
        kept.append(character)
    return "…" + "".join(reversed(kept)) if keep_end else "".join(kept) + "…"


def fit(text: str, width: int, column: Column) -> str:
    """Return `text` in exactly `width` cells."""
    text = shorten(text, width, keep_end=column.keep_end)
    blanks = " " * (width - display_width(text))
    return blanks + text if column.right else text + blanks


def _cells(character: str) -> int:
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1


def _least(column: Column, width: int) -> int:
    return min(width, column.least) if column.least else width


def _widths(cells: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(display_width, column)) for column in zip(*cells, strict=True)]


def _shown(columns: Sequence[Column], widths: Sequence[int], width: int | None) -> list[int]:
    shown = list(range(len(columns)))
    while width is not None and _least_total(columns, widths, shown) > width:
        out = _next_out(columns, shown)
        if out is None:
            break
        shown.remove(out)
    return shown


def _least_total(columns: Sequence[Column], widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(_least(columns[at], widths[at]) for at in shown) + len(GAP) * (len(shown) - 1)


def _next_out(columns: Sequence[Column], shown: Sequence[int]) -> int | None:
    out = max(shown, key=lambda at: columns[at].left_out)
    return out if columns[out].left_out else None


def _shrink(columns: Sequence[Column], widths: list[int], shown: Sequence[int], width: int) -> None:
    """Take what is too much from the widest of the columns that may shrink, cell by cell."""
    too_much = sum(widths[at] for at in shown) + len(GAP) * (len(shown) - 1) - width
    for _ in range(too_much):
        able = [at for at in shown if widths[at] > _least(columns[at], widths[at])]
        if not able:
            return
        widest = max(able, key=lambda at: (not columns[at].last, widths[at]))
        widths[widest] -= 1
