"""The lines that rows of a screen may be parts of: a word that a program has broken is put together again.

A terminal says where it has wrapped a line. A program that breaks lines itself says nothing: in a box with borders, in a
pane beside another, below the sign or the number of a line. So rows are read in several ways, and each way has its lines.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from claude_sessions.screen.canvas import Row

_MARGIN = 12
_MARGIN_IN_BOX = 3
"""A row that ends so near to the right edge, or to the border of a box, with the middle of a word may go on in the next."""

_BORDERS = "│┃|║▏▕"
_BLANK = " \t\xa0\u3000"
_NARROWEST = 8
_SHORTEST = 12
"""What is broken has so many characters: most words of prose, which breaks at the edge all the time, have fewer."""

_LONG = 16
"""A word that is broken farther from the edge has so many characters in its first row."""

_KNOWN = 16_384

_HEAD = re.compile(rf"[\s{_BORDERS}⎿❯>]*")
_NUMBERED = re.compile(rf"[\s{_BORDERS}⎿❯>]*(?:[0-9]{{1,6}}(?=[\s{_BORDERS}→:+-])[\s{_BORDERS}→:]*)?(?:[+-] *)?")
"""The same with the number of a line and the sign of a diff."""

_BORDER = re.compile(f"[{_BORDERS}]")
_GOING_ON = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_.~%-")
_WORD = re.compile(r"[A-Za-z0-9+/=_.~%-]+")
_LAST_WORD = re.compile(r"[A-Za-z0-9+/=_.~%-]+\Z")
_MIXED = re.compile(r"[0-9][A-Za-z]|[A-Za-z][0-9]|[a-z][A-Z]")


class Piece(NamedTuple):
    """A part of a line: so many characters of the text of a row from `start` on."""

    row: int
    start: int
    length: int


class Line(NamedTuple):
    """A line as it may have been meant, and where its parts stand."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def where(self) -> list[tuple[int, int]]:
        """For each character the number of its row, and its place in the text of that row."""
        return [(row, start + at) for row, start, length in self.pieces for at in range(length)]


class _Part(NamedTuple):
    """What stands between two columns of a row."""

    row: int
    start: int
    text: str
    wrapped: bool


_Head = Callable[[str], int]


def broken_lines(rows: Sequence[Row]) -> Iterator[list[Line]]:
    """Yield the lines that may go over several rows: for each way to read them those that it gives."""
    return _readings(rows, broken=True)


def readings(rows: Sequence[Row]) -> Iterator[list[Line]]:
    """Yield all lines: as they stand, and in every other way that gives other ones."""
    return _readings(rows, broken=False)


def _readings(rows: Sequence[Row], *, broken: bool) -> Iterator[list[Line]]:
    parts = [_Part(number, 0, row.text, row.wrapped) for number, row in enumerate(rows)]
    if not broken or True in [row.wrapped for row in rows]:
        yield _put_together(parts, [False] * len(parts), _begin_of, broken=broken)
    yield from _joined(parts, broken=broken)
    for column in _columns(rows):
        yield from _joined(column, broken=broken)


def _joined(parts: Sequence[_Part], *, broken: bool) -> Iterator[list[Line]]:
    """Yield the lines of rows below each other with words joined, where there are such."""
    texts = [part.text for part in parts]
    joins = [*map(_goes_on, texts, texts[1:]), False]
    if True not in joins:
        return
    joins = [join and not part.wrapped for part, join in zip(parts, joins, strict=True)]
    yield _put_together(parts, joins, _begin_of, broken=broken)
    below = [text for text, join in zip(texts[1:], joins, strict=False) if join]
    if any(_begin_behind_number(text) != _begin_of(text) for text in below):
        yield _put_together(parts, joins, _begin_behind_number, broken=broken)


def _put_together(parts: Sequence[_Part], joins: Sequence[bool], begin_of: _Head, *, broken: bool) -> list[Line]:
    """Return the lines, or those that are `broken`; a row that joins goes on in the next without border and indent."""
    lines: list[Line] = []
    texts: list[str] = []
    pieces: list[Piece] = []
    skip = 0
    for at, (part, join) in enumerate(zip(parts, joins, strict=True)):
        goes_on = join or part.wrapped
        if broken and not goes_on and not texts:
            continue
        text = part.text[skip : _end_of(part.text)] if join else part.text[skip:]
        if not goes_on:
            text = text.rstrip()
        texts.append(text)
        pieces.append(Piece(part.row, part.start + skip, len(text)))
        skip = begin_of(parts[at + 1].text) if join else 0
        if not goes_on:
            lines.append(Line("".join(texts), tuple(pieces)))
            texts, pieces = [], []
    if texts:
        lines.append(Line("".join(texts), tuple(pieces)))
    return lines


@lru_cache(_KNOWN)
def _goes_on(text: str, below: str) -> bool:
    """Tell whether a row that ends with a word goes on in the one below."""
    if len(text) < _NARROWEST:
        return False
    end = _end_of(text)
    if not end or text[end - 1] not in _GOING_ON:
        return False
    begin = _begin_of(below)
    if begin >= len(below) or below[begin] not in _GOING_ON:
        return False
    if len(text[:end].rsplit(None, 1)[-1]) + len(below[begin:].split(None, 1)[0]) < _SHORTEST:
        return False
    bare = len(text.rstrip(_BLANK))
    if bare > end:
        return bare - 1 - end <= _MARGIN_IN_BOX or _is_broken(text[:end], below)
    return len(text) - end <= min(_MARGIN, len(text) // 4) or _is_broken(text[:end], below)


def _is_broken(text: str, below: str) -> bool:
    """Tell whether a long word at the end of `text` goes on in the row below, far from any edge: both look like keys.

    What is broken fills its rows, so the second one is no longer than the first, and begins no farther to the right.
    """
    last = _LAST_WORD.search(text)
    if last is None or len(last[0]) < _LONG or not _MIXED.search(last[0]):
        return False
    first = _WORD.match(below, _begin_behind_number(below))
    if first is None or first.end() > len(text) or first.start() > last.start():
        return False
    alone = not below[first.end() :].strip(_BLANK + _BORDERS + "\"',;")
    return _MIXED.search(first[0]) is not None and (alone or len(first[0]) >= _LONG)


def _end_of(text: str) -> int:
    return len(text.rstrip(_BLANK + _BORDERS))


def _begin_of(text: str) -> int:
    found = _HEAD.match(text)
    return found.end() if found else 0


def _begin_behind_number(text: str) -> int:
    found = _NUMBERED.match(text)
    return found.end() if found else 0


def _columns(rows: Sequence[Row]) -> Iterator[list[_Part]]:
    """Yield what stands below each other between the same borders, in two rows or more: the panes and cells of a table."""
    if not any(_border_places(row.text) for row in rows):
        return
    open_ones: dict[tuple[int, int], list[_Part]] = {}
    borders = [_borders(row) for row in rows]
    for number, row in enumerate(rows):
        spans: set[tuple[int, int]] = set()
        for other in (number - 1, number + 1):
            if borders[number] and 0 <= other < len(rows):
                shared = [column for column in borders[number] if column in borders[other]]
                edges = [-1, *shared, row.columns]
                spans |= {(left + 1, right) for left, right in pairwise(edges) if shared and right - left > _NARROWEST}
        for span in [span for span in open_ones if span not in spans]:
            yield from _worth_reading(open_ones.pop(span))
        for span in spans:
            start, end = _cut(row, *span)
            open_ones.setdefault(span, []).append(_Part(number, start, row.text[start:end], wrapped=False))
    for column in open_ones.values():
        yield from _worth_reading(column)


def _worth_reading(column: list[_Part]) -> Iterator[list[_Part]]:
    if len(column) > 1:
        yield column


def _borders(row: Row) -> frozenset[int]:
    """Return the columns in which there is an upright border."""
    found = _border_places(row.text)
    if not found or row.text.isascii() or row.columns == len(row.text):
        return found
    places = row.places
    return frozenset(places[at] for at in found)


@lru_cache(_KNOWN)
def _border_places(text: str) -> frozenset[int]:
    return frozenset(found.start() for found in _BORDER.finditer(text))


def _cut(row: Row, left: int, right: int) -> tuple[int, int]:
    """Return the places of a row's text from a column to another."""
    if row.text.isascii() or row.columns == len(row.text):
        return left, right
    places = row.places
    inside = [at for at, place in enumerate(places) if left <= place < right]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)
