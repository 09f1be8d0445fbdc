"""The secrets of a recording: learned from all that was on its screen, and hidden in every picture, whole or in part."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.bare_text import bared, placed
from claude_sessions.formats.followed_by import FollowedBy
from claude_sessions.formats.known_values import BEGINNING, STRETCH, KnownValues
from claude_sessions.formats.row_readings import Line, broken_lines, readings
from claude_sessions.redact.find import MASK, LineFinder, Secret, find_secrets, masked
from claude_sessions.redact.rules import RuleSet
from claude_sessions.screen.canvas import Cell, Picture, Row
from claude_sessions.screen.printable import printable

_LEAD, _SHORTEST_LEAD, _MOST_LEADS = 8, 3, 200
"""Behind the characters that stood before a secret its very first ones are hidden, too: there it is being typed."""

_MOST = 20_000
_MOST_PLACES = 1000
_SHORTEST_LINE = 16
_CONTEXT = 4
_LONG_CONTEXT = 120
_KNOWN_TEXTS = 16_384
_BEGINS_BLOCK = "-----BEGIN"

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

    def __init__(self, rules: RuleSet, is_harmless: Callable[[str, str], bool] = lambda _before, _value: False) -> None:
        """`is_harmless` is asked for what stands behind a text within a line, where that text alone makes it a secret."""
        self._rules = rules
        self._is_harmless = is_harmless
        self._finder = LineFinder(rules)
        self._values: dict[str, Finding] = {}
        self._places: dict[str, set[tuple[str, int]]] = {}
        self._growing: dict[str, str] = {}
        self._context: list[Row] = []
        self._lines: set[str] = set()
        self._leads: dict[str, set[str]] = {}
        self._around: set[str] = set()
        self._followed = FollowedBy()
        self._known = KnownValues()
        self._places_in = lru_cache(_KNOWN_TEXTS)(self._find_places)
        self._looked_at: list[str] = []
        self._shown: dict[int, tuple[Row, frozenset[int], Row]] = {}
        self.findings: tuple[Finding, ...] = ()
        """What was learned, each secret once."""

    def learn(self, picture: Picture, time_ns: int) -> None:
        """Look for secrets in a picture, and in what has left the screen."""
        rows = [*self._context, *picture.gone, *picture.rows]
        texts = [row.text for row in rows]
        if texts != self._looked_at:
            self._looked_at = texts
            here: Counter[tuple[str, str]] = Counter()
            for text in texts:
                self._learn_within(text, here, time_ns, unbroken=True)
            for lines in broken_lines(rows):
                again = here.copy()
                for line in lines:
                    self._learn_within(line.text, again, time_ns)
            if self._finder.may_go_across(texts):
                self._learn_across(rows, time_ns)
            self._learn_blocks(texts)
        self._remember(picture.gone)

    def _learn_within(
        self, text: str, here: "Counter[tuple[str, str]]", time_ns: int, *, unbroken: bool = False
    ) -> None:
        bare, _ = bared(text)
        if secrets := self._finder.within(bare):
            if unbroken:
                self._followed.see(bare, secrets)
            self._learn(bare, self._judged(bare, secrets), here, time_ns)

    def _judged(self, text: str, secrets: Iterable[Secret]) -> Iterator[Secret]:
        """Yield the secrets of a line that are some, without a word of the row below that was joined to one."""
        for secret in secrets:
            if not self._is_harmless(text[: secret.start], text[secret.start : secret.end]):
                yield self._followed.without_word(text, secret)

    def _learn_across(self, rows: Sequence[Row], time_ns: int) -> None:
        for lines in readings(rows):
            bare = [bared(line.text)[0] for line in lines]
            self._learn("\n".join(bare), self._finder.across(bare), Counter(), time_ns)

    def learn_text(self, text: str, time_ns: int) -> None:
        """Look for secrets in text."""
        bare, _ = bared(text)
        if secrets := find_secrets(bare, self._rules):
            self._followed.see(bare, secrets)
            self._learn(bare, secrets, Counter(), time_ns)

    def learn_value(self, value: str, rule: str, time_ns: int) -> None:
        """Take a secret that something else than its looks tells."""
        self._learn(value, [Secret(0, len(value), rule)], Counter(), time_ns)

    def learn_around(self, words: Iterable[str]) -> None:
        """Take words that have a secret inside: they are hidden with it, and are no findings."""
        self._around.update(words)

    def _learn(self, text: str, secrets: Iterable[Secret], here: "Counter[tuple[str, str]]", time_ns: int) -> None:
        for secret in secrets:
            value = text[secret.start : secret.end]
            before = text[max(0, secret.start - _LEAD) : secret.start].rpartition("\n")[2]
            if value not in self._values:
                self._make_room(before, value)
                self._values[value] = Finding(secret.rule, len(value), time_ns)
            here[value, before] += 1
            places = self._places.setdefault(value, set())
            if len(places) < _MOST_PLACES:
                places.add((before, here[value, before]))
            if len(before) >= _SHORTEST_LEAD and len(self._leads) < _MOST_LEADS:
                self._leads.setdefault(before, set()).add(value[:BEGINNING])
            if "\n" in value:
                self._lines.update(piece for piece in _PIECES.findall(value) if len(piece) >= _SHORTEST_LINE)

    def _make_room(self, before: str, value: str) -> None:
        """Forget what was a secret's beginning: one that is typed is seen in all its lengths."""
        beginning = self._growing.get(before)
        if (
            beginning
            and value.startswith(beginning)
            and len(self._places.get(beginning, ())) == 1
            and beginning not in self._followed
        ):
            self._values.pop(beginning, None)
            self._places.pop(beginning, None)
        if len(self._growing) < _MOST:
            self._growing[before] = value
        if len(self._values) >= _MOST:
            raise UsageError(
                f"there are more than {_MOST} secrets in this recording, too many to remove them all; "
                "most of them are none: say by --pattern what shall go, with scrub"
            )

    def _learn_blocks(self, texts: Sequence[str]) -> None:
        """A line right below one of a block of key material belongs to it, though its beginning is no longer there."""
        if not self._lines:
            return
        before = ""
        for text in texts:
            match = _BLOCK_LINE.fullmatch(text)
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
        """What was learned is all: make ready to hide it. May be done again when there is more."""
        whole = _whole([value for value in self._values if not self._followed.has_word(value)])
        found = [self._values[value]._replace(places=len(self._places[value])) for value in whole]
        self.findings = tuple(sorted(found, key=lambda one: one.time_ns))
        pieces = [value for value in whole if "\n" not in value] + sorted(self._lines) + sorted(self._around)
        self._known = KnownValues(pieces, self._leads)
        self._places_in.cache_clear()
        self._context.clear()
        self._looked_at = []

    def typed_words(self, text: str) -> list[str]:
        """Return the words of what was typed that have a short secret inside, such as `-phunter2`."""
        return self._known.typed_words(text)

    def hide(self, picture: Picture) -> Picture:
        """Return the picture with asterisks in the cells of secrets."""
        rows = [*self._context, *picture.gone, *picture.rows]
        hidden: dict[int, frozenset[int]] = {}
        texts = [row.text for row in rows]
        for number, text in enumerate(texts):
            if places := self._places_in(text):
                hidden[number] = places
        for line in chain.from_iterable(broken_lines(rows)):
            _mark(line, self._places_in(line.text), hidden)
        if self._finder.may_go_across(texts):
            self._mark_across(rows, hidden)
        start = len(self._context)
        self._remember(picture.gone)
        if not hidden:
            return picture
        before, self._shown = self._shown, {}
        shown = [
            self._without(row, hidden[number], before) if number in hidden else row for number, row in enumerate(rows)
        ]
        end = start + len(picture.gone)
        return picture._replace(gone=shown[start:end], rows=shown[end:])

    def _find_places(self, text: str) -> frozenset[int]:
        """Return the places of a line that show what is secret by itself, or known to be."""
        bare, at = bared(text)
        found = [
            range(secret.start, secret.end) for secret in placed(self._judged(bare, self._finder.within(bare)), at)
        ]
        return self._known.places(text).union(*found)

    def _mark_across(self, rows: Sequence[Row], hidden: dict[int, frozenset[int]]) -> None:
        for lines in readings(rows):
            bare = [bared(line.text) for line in lines]
            for secret in self._finder.across([text for text, _ in bare]):
                position = 0
                for line, (text, places) in zip(lines, bare, strict=True):
                    first, last = max(secret.start - position, 0), min(secret.end - position, len(text))
                    if first < last:
                        _mark(line, range(places[first], places[last]), hidden)
                    position += len(text) + 1

    def _without(self, row: Row, places: frozenset[int], before: dict[int, tuple[Row, frozenset[int], Row]]) -> Row:
        """Return a row with asterisks, the same object for as long as it stands there."""
        known = self._shown.get(id(row)) or before.get(id(row))
        if known is None or known[0] is not row or known[1] != places:
            known = row, places, _masked(row, places)
        self._shown[id(row)] = known
        return known[2]

    def hide_text(self, text: str) -> str:
        """Return text with asterisks in place of secrets."""
        bare, at = bared(text)
        text = masked(text, placed(find_secrets(bare, self._rules), at))
        places = self._known.places(text)
        return "".join([MASK if at in places else char for at, char in enumerate(text)]) if places else text


def _mark(line: Line, places: Collection[int], hidden: dict[int, frozenset[int]]) -> None:
    """Add the places of a line, as places in rows, by their numbers."""
    where = line.where if places else []
    for at in places:
        number, place = where[at]
        hidden[number] = hidden.get(number, frozenset()) | {place}


def _whole(values: Iterable[str]) -> list[str]:
    """Return the values that are no part of another: a key that was being typed was seen in all its lengths."""
    whole: list[str] = []
    with_stretch: dict[str, list[str]] = {}
    beginnings: set[str] = set()
    for value in sorted(values, key=len, reverse=True):
        if len(value) < STRETCH:
            known = value in beginnings
        else:
            known = any(value in other for other in with_stretch.get(value[:STRETCH], ()))
        if known:
            continue
        whole.append(value)
        beginnings.update(value[:length] for length in range(1, STRETCH))
        for stretch in {value[at : at + STRETCH] for at in range(len(value) - STRETCH + 1)}:
            with_stretch.setdefault(stretch, []).append(value)
    return whole


def _masked(row: Row, places: Iterable[int]) -> Row:
    """Return a row with asterisks at those characters of its text; a wide one gets two."""
    cells = list(row.cells)
    at_cell = row.places
    for place in places:
        if place < len(at_cell):
            at = at_cell[place]
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
