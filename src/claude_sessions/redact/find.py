"""Finding secrets in text."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from claude_sessions.redact.rules import RuleSet, usual_rules

MASK = "*"
_KNOWN_LINES = 16_384


class Secret(NamedTuple):
    """A place in a text that nobody else should read, and the name of the rule that says so."""

    start: int
    end: int
    rule: str


def find_secrets(text: str, rules: RuleSet | None = None) -> list[Secret]:
    """Return the secrets in `text` in order; they do not overlap. Without `rules` those for keys and passwords apply.

    >>> find_secrets("postgres://app:hunter2@db.example")
    [Secret(start=15, end=22, rule='password in a URL')]
    """
    rules = rules or usual_rules()
    if not rules.unkeyed and rules.find_keyword(text) is None:
        return []
    lowered = text.lower()
    found = []
    for each in rules.compiled:
        keywords = each.rule.keywords
        if keywords and not any(word in lowered for word in keywords):
            continue
        for match in chain.from_iterable(finditer(text) for finditer in each.finditers):
            start, end = _span_of(match)
            value = text[start:end]
            if (
                value
                and all(search(value) for search in each.require)
                and not any(search(value) for search in each.refuse)
                and (not each.rule.entropy or entropy(value) >= each.rule.entropy)
            ):
                found.append(Secret(start, end, each.rule.name))
    return list(_apart(found))


class LineFinder:
    """Finds secrets in the lines of a screen, most of which it has seen before."""

    def __init__(self, rules: RuleSet) -> None:
        self._within, self._across = rules.parted()
        self.within = lru_cache(_KNOWN_LINES)(self._find_within)
        """Returns the secrets of a line that lie within it."""
        self._may_begin = lru_cache(_KNOWN_LINES)(self._find_keyword)

    def may_go_across(self, lines: Iterable[str]) -> bool:
        """Tell whether there may be a secret that goes over several lines."""
        return bool(self._across.rules) and (self._across.unkeyed or any(map(self._may_begin, lines)))

    def across(self, lines: Sequence[str]) -> list[Secret]:
        """Return the secrets that may go over several of these lines, as places in the lines put together with line feeds."""
        return find_secrets("\n".join(lines), self._across)

    def _find_within(self, line: str) -> tuple[Secret, ...]:
        return tuple(find_secrets(line, self._within))

    def _find_keyword(self, line: str) -> bool:
        return self._across.find_keyword(line) is not None


def masked(text: str, secrets: Iterable[Secret]) -> str:
    """Return `text` with an asterisk for every character of the secrets."""
    pieces = []
    position = 0
    for secret in secrets:
        pieces += [text[position : secret.start], MASK * (secret.end - secret.start)]
        position = secret.end
    return "".join([*pieces, text[position:]])


def entropy(text: str) -> float:
    """Return how many bits each character of `text` is worth, by how often each occurs in it."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def _span_of(match: Any) -> tuple[int, int]:
    group = next((number for number in range(1, len(match.groups()) + 1) if match.start(number) >= 0), 0)
    start, end = match.span(group)
    return start, end


def _apart(found: list[Secret]) -> Iterator[Secret]:
    """Yield the secrets in order, one for those that overlap: it has the name of the one that begins first."""
    last: Secret | None = None
    for secret in sorted(found, key=lambda one: (one.start, -one.end)):
        if last is not None and secret.start < last.end:
            last = last._replace(end=max(last.end, secret.end))
            continue
        if last is not None:
            yield last
        last = secret
    if last is not None:
        yield last
