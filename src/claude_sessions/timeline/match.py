"""Which lines of two looks are the same line: equal, moved, ticking, growing, or back again. Functions on texts only."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

Pair = tuple[int, int]
"""An index into the old texts and one into the new."""

_TICKING = re.compile(
    r"(?:(?:[0-9][0-9.,:]*(?:ms|[hmskKMG])?(?![A-Za-z])|[0-9]+)|[ +·~✢✳✶✻✽∗*●○⏺◐◓◑◒◴◷◶◵|/\\\-\u2580-\u259f\u2800-\u28ff])+"
)
"""Numbers, some with a unit, and the glyphs of spinners and progress bars."""

_FEW = 3
"""A change of no more lines than this needs no further sign that it is one in place."""

_ROWS_AT_ONCE = 5

_PLACES = 20
"""How many of the places at which a text occurs are tried."""

_DEPTH = 12

_TELLING = 4
"""So many characters that are found again are the same text and no coincidence."""

_LONG = 6
_WEIGHT = 3
"""A text of so many characters that occurs once counts as much as so many others when a place is chosen."""


def common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many texts are equal at the beginning, and how many of the others at the end."""
    most = min(len(old), len(new))
    before = 0
    for text, other in zip(old, new, strict=False):
        if text != other:
            break
        before += 1
    after = 0
    while after < most - before and old[-1 - after] == new[-1 - after]:
        after += 1
    return before, after


def match(old: Sequence[str], new: Sequence[str], *, inner: bool = False) -> list[Pair]:
    """Pair equal texts, in order on both sides (patience: what is unique on both sides first).

    `inner`: they are the middle of something longer.
    """
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
        if scrolled := _scrolled(old, new, (low, high, new_low, new_high)):
            pairs += scrolled
            pending.append((scrolled[-1][0] + 1, high, scrolled[-1][1] + 1, new_high))
            continue
        anchors = _anchors(old, new, (low, high, new_low, new_high))
        if not anchors:
            continue
        for at, new_at in anchors:
            pairs.append((at, new_at))
            if low < at and new_low < new_at:
                pending.append((low, at, new_low, new_at))
            low, new_low = at + 1, new_at + 1
        pending.append((low, high, new_low, new_high))
    pairs.sort()
    return [pair for run in _runs(pairs) if _is_sound(run, old, new, inner=inner) for pair in run]


def _scrolled(old: Sequence[str], new: Sequence[str], bounds: tuple[int, int, int, int]) -> list[Pair]:
    """Return the pairs of a text that a program has scrolled up by a few rows as it writes: what most frames do."""
    low, high, new_low, new_high = bounds
    for start in range(low + 1, min(low + _ROWS_AT_ONCE, high)):
        if old[start] == new[new_low]:
            size = 1
            while start + size < high and new_low + size < new_high and old[start + size] == new[new_low + size]:
                size += 1
            if 2 * size > high - low and size > _FEW:
                return [(start + at, new_low + at) for at in range(size)]
    return []


def _runs(pairs: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Yield the pairs in groups of neighbours on both sides."""
    run: list[Pair] = []
    for pair in pairs:
        if run and pair != (run[-1][0] + 1, run[-1][1] + 1):
            yield run
            run = []
        run.append(pair)
    if run:
        yield run


def _is_sound(run: Sequence[Pair], old: Sequence[str], new: Sequence[str], *, inner: bool) -> bool:
    """Tell whether these are the same lines: a lone brace in the middle of another page is not the one that was here."""
    at_end = run[0] == (0, 0) or run[-1] == (len(old) - 1, len(new) - 1)
    return (at_end and not inner) or _is_telling(old[at] for at, _ in run)


def _is_telling(texts: Iterable[str]) -> bool:
    return sum(len(text.strip()) for text in texts) >= _TELLING


def _anchors(old: Sequence[str], new: Sequence[str], bounds: tuple[int, int, int, int]) -> list[Pair]:
    """Return the longest rising run of the texts that occur once on each side."""
    low, high, new_low, new_high = bounds
    counts = Counter(old[low:high])
    places = {text: at for at, text in enumerate(new[new_low:new_high], new_low) if text in counts}
    new_counts = Counter(text for text in new[new_low:new_high] if text in counts)
    unique = [(at, places[old[at]]) for at in range(low, high) if counts[old[at]] == 1 and new_counts[old[at]] == 1]
    return _rising([pair for pair in unique if len(old[pair[0]].strip()) >= _LONG] or unique)


def _rising(pairs: list[Pair]) -> list[Pair]:
    """Return the longest subsequence whose second members rise."""
    if all(pair[1] < after[1] for pair, after in pairwise(pairs)):
        return pairs
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
    if len(old) == len(new) == 1:
        text, other = old[0], new[0]
        same = other.startswith(text) or text.startswith(other) or key(text) == key(other)
        return [(0, 0)] if same else []
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

    A screen is a window on what is known, so they are found in runs, the longest first. A run counts where most of it is
    found and it says something: a stray brace of a new page is not taken for an old one, unless it stands right at
    the edge, where text scrolls in.
    """
    return sorted(_locate(wanted, known, (0, len(wanted), 0, len(known)), _DEPTH))


def _locate(
    wanted: Sequence[str], known: Sequence[str], bounds: tuple[int, int, int, int], depth: int
) -> Iterator[Pair]:
    first, last, known_first, known_last = bounds
    if first >= last or known_first >= known_last or not depth:
        return
    texts = set(wanted[first:last])
    places: dict[str, list[int]] = {}
    for place in range(known_first, known_last):
        if known[place] in texts:
            places.setdefault(known[place], []).append(place)
    votes: Counter[int] = Counter()
    for at in range(first, last):
        found = places.get(wanted[at], ())
        for place in found[-_PLACES:]:
            votes[place - at] += _WEIGHT if len(found) == 1 and len(wanted[at].strip()) >= _LONG else 1
    if not votes:
        return

    def likelihood(shift: int) -> tuple[int, int]:
        """Most lines found, then nearest to one of the edges."""
        return votes[shift], -min(abs(first + shift - known_first), abs(last + shift - known_last))

    shift = max(votes, key=likelihood)
    low, high = max(first, known_first - shift), min(last, known_last - shift)
    block = [at for at in range(low, high) if wanted[at] == known[at + shift]]
    at_edge = (block[0] == first and block[0] + shift == known_first) or (
        block[-1] == last - 1 and block[-1] + shift == known_last - 1
    )
    low, high = block[0], block[-1] + 1
    if 2 * len(block) < high - low or not (at_edge or _is_telling(wanted[at] for at in block)):
        return
    for at in block:
        yield at + shift, at
    yield from _locate(wanted, known, (first, low, known_first, low + shift), depth - 1)
    yield from _locate(wanted, known, (high, last, high + shift, known_last), depth - 1)
