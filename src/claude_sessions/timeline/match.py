"""Which lines of two looks are the same line: equal, moved, ticking, growing, or back again. Functions on texts only."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

Pair = tuple[int, int]
"""An index into the old texts and one into the new."""

_TICKING = re.compile(
    r"(?:(?:[0-9][0-9.,:]*(?:ms|[hmskKMG])?(?![A-Za-z])|[0-9]+)|[ +·~✢✳✶✻✽∗*●○⏺◐◓◑◒◴◷◶◵|/\\\-\u2580-\u259f\u2800-\u28ff])+"
)
"""Numbers, some with a unit, and the glyphs of spinners and progress bars."""

_FEW = 3
"""A change of no more lines than this needs no further sign that it is one in place."""

_PLACES = 20
"""How many of the places at which a text occurs are tried."""

_DEPTH = 12


def match(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Pair equal texts, in order on both sides (patience: what is unique on both sides first)."""
    pairs: list[Pair] = []
    pending = [(0, len(old), 0, len(new))]
    while pending:
        low, high, new_low, new_high = pending.pop()
        while low < high and new_low < new_high and old[low] == new[new_low]:
            pairs.append((low, new_low))
            low, new_low = low + 1, new_low + 1
        while low < high and new_low < new_high and old[high - 1] == new[new_high - 1]:
            high, new_high = high - 1, new_high - 1
            pairs.append((high, new_high))
        if low == high or new_low == new_high:
            continue
        anchors = _anchors(old, new, (low, high, new_low, new_high))
        if not anchors:
            continue
        for at, new_at in anchors:
            pairs.append((at, new_at))
            pending.append((low, at, new_low, new_at))
            low, new_low = at + 1, new_at + 1
        pending.append((low, high, new_low, new_high))
    pairs.sort()
    return pairs


def _anchors(old: Sequence[str], new: Sequence[str], bounds: tuple[int, int, int, int]) -> list[Pair]:
    """Return the longest rising run of the texts that occur once on each side."""
    low, high, new_low, new_high = bounds
    counts = Counter(old[low:high])
    places = {text: at for at, text in enumerate(new[new_low:new_high], new_low) if text in counts}
    new_counts = Counter(text for text in new[new_low:new_high] if text in counts)
    unique = [(at, places[old[at]]) for at in range(low, high) if counts[old[at]] == 1 and new_counts[old[at]] == 1]
    return _rising(unique)


def _rising(pairs: list[Pair]) -> list[Pair]:
    """Return the longest subsequence whose second members rise."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, at) in enumerate(pairs):
        place = bisect_left(ends, at)
        before.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [at]
        last[place : place + 1] = [number]
    chain = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def match_in_place(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Pair the lines of a changed stretch that tick, grow or shrink where they stand.

    They stand equally far from the stretch's top, or from its bottom. A stretch of many lines that mostly became others
    is another page and not a change in place: there a 3 that stands where a 30 stood before is not the same line.
    """
    keys, new_keys = [*map(key, old)], [*map(key, new)]
    counts, new_counts = Counter(keys), Counter(new_keys)
    best: list[Pair] = []
    for shift in {0, len(new) - len(old)}:
        pairs = []
        for at in range(max(0, -shift), min(len(old), len(new) - shift)):
            text, other, name = old[at], new[at + shift], keys[at]
            ticks = name == new_keys[at + shift] and counts[name] == new_counts[name] == 1
            if ticks or other.startswith(text) or text.startswith(other):
                pairs.append((at, at + shift))
        if len(pairs) > len(best):
            best = pairs
    return best if len(old) <= _FEW or 2 * len(best) >= len(old) else []


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Return what stays the same of a line while its digits and its spinner tick.

    >>> key("✻ Thinking… (59s · 1.2k tokens)") == key("* Thinking… (1m 2s · 987 tokens)")
    True
    """
    return _TICKING.sub(" ", text).strip()


def locate(wanted: Sequence[str], known: Sequence[str]) -> list[Pair]:
    """Pair lines that are back on the screen, `wanted`, with those they were, in `known`: (known, wanted).

    A screen is a window on what is known: most of it must be found in one piece. Nothing is paired where less than half is found,
    for then a stray brace of a new page would be taken for an old one.
    """
    pairs = list(_locate(wanted, known, 0, 0, _DEPTH))
    pairs.sort()
    return pairs if 2 * len(pairs) >= len(wanted) else []


def _locate(wanted: Sequence[str], known: Sequence[str], first: int, known_first: int, depth: int) -> Iterator[Pair]:
    if not wanted or not known or not depth:
        return
    texts = set(wanted)
    places: dict[str, list[int]] = {}
    for place, text in enumerate(known):
        if text in texts:
            places.setdefault(text, []).append(place)
    votes = Counter(place - at for at, text in enumerate(wanted) for place in places.get(text, ())[-_PLACES:])
    if not votes:
        return

    def likelihood(shift: int) -> tuple[int, int]:
        """Most lines found, then nearest to one of the neighbours: text scrolls in next to what is there."""
        return votes[shift], -min(abs(shift), abs(len(known) - len(wanted) - shift))

    shift = max(votes, key=likelihood)
    block = [
        at for at in range(max(0, -shift), min(len(wanted), len(known) - shift)) if wanted[at] == known[at + shift]
    ]
    low, high = block[0], block[-1] + 1
    for at in block:
        yield at + shift + known_first, at + first
    yield from _locate(wanted[:low], known[: low + shift], first, known_first, depth - 1)
    yield from _locate(wanted[high:], known[high + shift :], first + high, known_first + high + shift, depth - 1)
