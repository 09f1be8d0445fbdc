"""The secrets of a recording: learned from all that was on its screen, and hidden in every picture, whole or in part.

While a key is typed there is first its beginning; a program that breaks lines itself shows a piece of it in each row;
what was scrolled shows the middle. So what is known is hidden by every stretch of a few characters.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from claude_sessions.redact.find import MASK, Secret, find_secrets, masked
from claude_sessions.redact.rules import RuleSet
from claude_sessions.screen.canvas import Cell, Picture, Row
from claude_sessions.screen.printable import printable

_STRETCH = 8
"""So many characters in a row of a secret are hidden wherever they stand."""

_BEGINNING = 4
"""A word of so many characters is hidden where a secret begins or ends with it."""

_LEAD, _SHORTEST_LEAD, _MOST_LEADS = 8, 3, 200
"""Behind the characters that stood before a secret its very first ones are hidden, too: there it is being typed."""

_MOST = 10_000
_MOST_PLACES = 1000
_MARGIN = 12
_MARGIN_IN_BOX = 3
"""A row that ends so near to the right edge, or to the border of a box, with the middle of a word may go on in the next."""

_SHORTEST_LINE = 16
_CONTEXT = 4
_LONG_CONTEXT = 120
_BEGINS_BLOCK = "-----BEGIN"

_WORD = re.compile(r"[^\s=:\"'`,;()\[\]{}<>…│┃|]+")
_FIRST_WORD = re.compile(r"\S+")
_TAIL = re.compile(r"[\s│┃|]*$")
_HEAD = re.compile(r"[\s│┃|⎿❯>]*")
_GOES_ON = re.compile(r"[A-Za-z0-9+/=_.~%-]")
_BLOCK_LINE = re.compile(r"[\s0-9│┃|→⎿+>-]*?([A-Za-z0-9+/]{16,}={0,2})[\s│┃|]*")
_PIECES = re.compile(r"[^\s│┃|⎿→\"',\\]+")


class Finding(NamedTuple):
    """A secret that was seen."""

    rule: str
    length: int
    time_ns: int
    """When it was first seen."""
    places: int = 1
    """So often it stood there, in different places: a screen that is drawn again is the same place."""


class SecretsSeen:
    """First `learn` everything, then `settle`, then `hide` pictures and text."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._values: dict[str, Finding] = {}
        self._places: dict[str, set[tuple[str, int]]] = {}
        self._context: list[Row] = []
        self._stretches: frozenset[str] = frozenset()
        self._ends: frozenset[str] = frozenset()
        self._lines: set[str] = set()
        self._leads: dict[str, set[str]] = {}
        self._last = ""
        self.findings: tuple[Finding, ...] = ()
        """What was learned, each secret once."""
        self._known_places = lru_cache(8192)(self._find_known)

    def learn(self, picture: Picture, time_ns: int) -> None:
        """Look for secrets in a picture, and in what has left the screen."""
        rows = [*self._context, *picture.gone, *picture.rows]
        for text, _ in self._texts(rows):
            if text != self._last:
                self._last = text
                self.learn_text(text, time_ns)
        self._learn_blocks(rows)
        self._remember(picture.gone)

    def learn_text(self, text: str, time_ns: int) -> None:
        """Look for secrets in text."""
        here: Counter[tuple[str, str]] = Counter()
        for secret in find_secrets(text, self._rules):
            value = text[secret.start : secret.end]
            if len(self._values) < _MOST:
                self._values.setdefault(value, Finding(secret.rule, len(value), time_ns))
            before = text[max(0, secret.start - _LEAD) : secret.start].rpartition("\n")[2]
            here[value, before] += 1
            places = self._places.setdefault(value, set()) if value in self._values else set()
            if len(places) < _MOST_PLACES:
                places.add((before, here[value, before]))
            if len(before) >= _SHORTEST_LEAD and len(self._leads) < _MOST_LEADS:
                self._leads.setdefault(before, set()).add(value[:_BEGINNING])
            if "\n" in value:
                self._lines.update(piece for piece in _PIECES.findall(value) if len(piece) >= _SHORTEST_LINE)

    def _learn_blocks(self, rows: Sequence[Row]) -> None:
        """A line right below one of a block of key material belongs to it, though its beginning is no longer there."""
        if not self._lines:
            return
        before = ""
        for row in rows:
            match = _BLOCK_LINE.fullmatch(row.text)
            line = match[1] if match else ""
            if line and before in self._lines and line not in self._lines and len(self._lines) < _MOST:
                self._lines.add(line)
            before = line

    def _remember(self, gone: list[Row]) -> None:
        self._context += gone
        at = max((n for n, row in enumerate(self._context) if _BEGINS_BLOCK in row.text), default=len(self._context))
        keep = _LONG_CONTEXT if len(self._context) - at <= _LONG_CONTEXT and at < len(self._context) else _CONTEXT
        del self._context[:-keep]

    def settle(self) -> None:
        """What was learned is all: make ready to hide it."""
        values = sorted(self._values, key=len, reverse=True)
        whole: list[str] = []
        text = ""
        for value in values:  # a key that was being typed was seen in all its lengths
            if value not in text:
                whole.append(value)
                text += value + "\0"
        found = [self._values[value]._replace(places=len(self._places[value])) for value in whole]
        self.findings = tuple(sorted(found, key=lambda one: one.time_ns))
        pieces = [value for value in whole if "\n" not in value] + sorted(self._lines)
        self._stretches = frozenset(
            piece[at : at + _STRETCH] for piece in pieces for at in range(len(piece) - _STRETCH + 1)
        )
        ends = {piece[:length] for piece in pieces for length in range(_BEGINNING, _STRETCH)}
        ends |= {piece[-length:] for piece in pieces for length in range(_BEGINNING, _STRETCH)}
        self._ends = frozenset(ends | {piece for piece in pieces if len(piece) < _STRETCH})
        self._context.clear()
        self._known_places.cache_clear()

    def hide(self, picture: Picture) -> Picture:
        """Return the picture with asterisks in the cells of secrets."""
        rows = [*self._context, *picture.gone, *picture.rows]
        hidden: dict[int, set[int]] = {}
        for text, place_of in self._texts(rows):
            for secret in find_secrets(text, self._rules):
                place_of.mark(secret, hidden)
        for number, row in enumerate(rows):
            if places := self._known_places(row.text):
                hidden.setdefault(number, set()).update(places)
        start = len(self._context)
        self._remember(picture.gone)
        if not hidden:
            return picture
        shown = [_masked(row, hidden.get(number)) for number, row in enumerate(rows)]
        end = start + len(picture.gone)
        return picture._replace(gone=shown[start:end], rows=shown[end:])

    def hide_text(self, text: str) -> str:
        """Return text with asterisks in place of secrets."""
        text = masked(text, find_secrets(text, self._rules))
        places = self._find_known(text)
        return "".join([MASK if at in places else char for at, char in enumerate(text)]) if places else text

    def _find_known(self, text: str) -> frozenset[int]:
        """Return the places of `text` that show known secrets, or stretches of them."""
        places: set[int] = set()
        if self._stretches:
            for at in range(len(text) - _STRETCH + 1):
                if text[at : at + _STRETCH] in self._stretches:
                    places.update(range(at, at + _STRETCH))
        if self._ends:
            for word in _WORD.finditer(text):
                if word[0] in self._ends:
                    places.update(range(*word.span()))
        for lead, beginnings in self._leads.items():
            at = text.find(lead)
            while at >= 0:
                start = at + len(lead)
                first = _FIRST_WORD.match(text, start)
                if first is not None and any(beginning.startswith(first[0]) for beginning in beginnings):
                    places.update(range(*first.span()))
                at = text.find(lead, start)
        return frozenset(places)

    def _texts(self, rows: Sequence[Row]) -> Iterator[tuple[str, "_Places"]]:
        """Yield the text of rows: as it stands, and with words joined that a program has broken at the edge."""
        yield _Places.of(rows, [False] * len(rows))
        joins = [_goes_on(row, below) for row, below in zip(rows, islice(rows, 1, None), strict=False)]
        if True in joins:
            yield _Places.of(rows, [*joins, False])


class _Places:
    """Which cells the characters of a text stand in."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, int, int, int]] = []

    @classmethod
    def of(cls, rows: Sequence[Row], joins: Sequence[bool]) -> tuple[str, "_Places"]:
        """Return the text of the rows with its places; one that joins goes on in the next without border and indent."""
        places = cls()
        pieces = []
        length = skip = 0
        places._rows = rows
        for number, (row, join) in enumerate(zip(rows, joins, strict=True)):
            text = row.text
            if join:
                text = text[: _end_of(text)]
            elif not row.wrapped:
                text = text.rstrip()
            text = text[skip:]
            places._parts.append((length, length + len(text), number, skip))
            skip = _begin_of(rows[number + 1].text) if join else 0
            if not (join or row.wrapped):
                text += "\n"
            pieces.append(text)
            length += len(text)
        return "".join(pieces), places

    _rows: Sequence[Row] = ()

    def mark(self, secret: Secret, hidden: dict[int, set[int]]) -> None:
        """Add the characters of a secret, by the number of their row."""
        for begin, end, number, skip in self._parts:
            first, last = max(begin, secret.start), min(end, secret.end)
            if first < last:
                hidden.setdefault(number, set()).update(range(first - begin + skip, last - begin + skip))


def _goes_on(row: Row, below: Row) -> bool:
    if row.wrapped or len(row.cells) < _MARGIN:
        return False
    text = row.text
    end = _end_of(text)
    bare = text.rstrip()
    free = len(bare) - 1 - end if len(bare) > end else len(text) - end
    if not end or free > (_MARGIN_IN_BOX if len(bare) > end else _MARGIN) or not _GOES_ON.match(text, end - 1):
        return False
    return _GOES_ON.match(below.text, _begin_of(below.text)) is not None


def _end_of(text: str) -> int:
    found = _TAIL.search(text)
    return found.start() if found else len(text)


def _begin_of(text: str) -> int:
    found = _HEAD.match(text)
    return found.end() if found else 0


def _masked(row: Row, places: Iterable[int] | None) -> Row:
    """Return a row with asterisks at those characters of its text; a wide one gets two."""
    if not places:
        return row
    cells = list(row.cells)
    for place in places:
        if place < len(row.places):
            at = row.places[place]
            style = cells[at].style
            cells[at] = Cell(MASK, 1, style)
            if at + 1 < len(cells) and not cells[at + 1].width:
                cells[at + 1] = Cell(MASK, 1, style)
    return Row(tuple(cells), wrapped=row.wrapped)


def describe(findings: Sequence[Finding]) -> str:
    """Return what was found in a few words: `2 secrets in 5 places (Anthropic key, password)`; empty where nothing was."""
    if not findings:
        return ""
    counts = Counter(finding.rule for finding in findings).most_common()
    names = ", ".join(printable(name) if count == 1 else f"{count} × {printable(name)}" for name, count in counts)
    secrets = "1 secret" if len(findings) == 1 else f"{len(findings)} secrets"
    return f"{secrets} in {in_places(sum(finding.places for finding in findings))} ({names})"


def in_places(number: int) -> str:
    """Return `1 place` or `5 places`."""
    return "1 place" if number == 1 else f"{number} places"
