"""Finding what is known to be secret, whole or in part, in a row or a text.

While a key is typed there is first its beginning; a program that breaks lines itself shows a piece of it in each row;
what was scrolled shows the middle. So what is known is found by every stretch of a few characters.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

import re2

from claude_sessions.formats.bare_text import bared

STRETCH = 8
"""So many characters in a row of a secret are hidden wherever they stand."""

BEGINNING = 4
"""A word of so many characters is hidden where a secret begins or ends with it."""

_TYPED = 6
"""A secret of so many characters or more is looked for inside the words that a person typed."""

_GRAM, _STEP = 4, 5
"""Each stretch holds so many characters that begin at a multiple of five: what has none of them is passed over at once."""

_WORD = re.compile(r"[^\s=:\"'`,;()\[\]{}<>…│┃|]+")
_FIRST_WORD = re.compile(r"\S+")
_FIRST_LETTERS = re.compile(r"[\w-]+")
_SIGNS = "+-"


class KnownValues:
    """What is known: the pieces of secrets, and what stood before each with its first characters (`leads`)."""

    def __init__(self, pieces: Iterable[str] = (), leads: Mapping[str, Collection[str]] | None = None) -> None:
        pieces = list(pieces)
        self._stretches = frozenset(
            piece[at : at + STRETCH] for piece in pieces for at in range(len(piece) - STRETCH + 1)
        )
        self._grams = frozenset(
            stretch[at : at + _GRAM] for stretch in self._stretches for at in range(STRETCH - _GRAM + 1)
        )
        ends = {piece[:length] for piece in pieces for length in range(BEGINNING, STRETCH)}
        ends |= {end for piece in pieces for length in range(BEGINNING, STRETCH) if not is_word(end := piece[-length:])}
        short = {piece for piece in pieces if len(piece) < STRETCH}
        self._ends = frozenset(ends | short)
        self._short = {piece for piece in short if len(piece) >= BEGINNING}
        self._inside = tuple(piece for piece in short if len(piece) >= _TYPED)
        self._firsts = frozenset(piece[:BEGINNING] for piece in self._short)
        self._leads = dict(leads or {})
        self._lead = _any_of(self._leads)

    def typed_words(self, text: str) -> list[str]:
        """Return the words of what was typed that have a short secret inside, as `-phunter2` has."""
        return [word for word in text.split() if any(short in word for short in self._inside)]

    def places(self, whole: str) -> frozenset[int]:
        """Return the places of a text that show what is known."""
        text, at = bared(whole)
        places: set[int] = set()
        for start, end in chain(
            self._stretches_in(text), self._ends_in(text), self._alone_in(text), self._begun_in(text)
        ):
            places.update(range(at[start], at[end]))
        return frozenset(places)

    def _stretches_in(self, text: str) -> Iterable[tuple[int, int]]:
        if self._grams.isdisjoint([text[at : at + _GRAM] for at in range(0, len(text), _STEP)]):
            return []
        stretches = self._stretches
        return [(at, at + STRETCH) for at in range(len(text) - STRETCH + 1) if text[at : at + STRETCH] in stretches]

    def _ends_in(self, text: str) -> Iterable[tuple[int, int]]:
        """Yield the words that a secret begins or ends with; the sign of a diff before one is none of it."""
        words = _WORD.findall(text) if self._ends else []
        if self._ends.isdisjoint([*words, *[word[1:] for word in words if word[0] in _SIGNS]]):
            return
        for word in _WORD.finditer(text):
            start, end = word.span()
            if word[0] in self._ends:
                yield start, end
            elif word[0][0] in _SIGNS and word[0][1:] in self._ends:
                yield start + 1, end

    def _alone_in(self, text: str) -> Iterable[tuple[int, int]]:
        """Yield short secrets between which and the next letter or digit stands something, as in `u:hunter2@host`."""
        firsts, short = self._firsts, self._short
        if not firsts or firsts.isdisjoint([text[at : at + BEGINNING] for at in range(len(text) - BEGINNING + 1)]):
            return
        for at in range(len(text) - BEGINNING + 1):
            if text[at : at + BEGINNING] in firsts and not text[at - 1 : at].isalnum():
                for end in range(at + BEGINNING, min(at + STRETCH, len(text) + 1)):
                    if text[at:end] in short and not text[end : end + 1].isalnum():
                        yield at, end

    def _begun_in(self, text: str) -> Iterable[tuple[int, int]]:
        """Yield words behind what stood before a secret that begin as it does: there it is being typed."""
        if self._lead is None or self._lead.search(text) is None:
            return
        for lead, beginnings in self._leads.items():
            at = text.find(lead)
            while at >= 0:
                start = at + len(lead)
                first, letters = _FIRST_WORD.match(text, start), _FIRST_LETTERS.match(text, start)
                if first is not None and any(beginning.startswith(first[0]) for beginning in beginnings):
                    yield first.span()
                elif letters is not None and letters[0].startswith(tuple(beginnings)):
                    yield letters.span()  # it goes on in another way: there it was mistyped
                at = text.find(lead, start)


def is_word(text: str) -> bool:
    """Tell whether this may be a word of prose, such as what stands below the end of a key."""
    return text.isalpha() and (text.islower() or text[1:].islower())


def _any_of(words: Collection[str]) -> Any:
    return re2.compile("|".join(map(re2.escape, words))) if words else None
