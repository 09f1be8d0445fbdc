"""Which lines of two looks are the same line: equal, moved, ticking, growing, or back again. Functions on texts only."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, compress, count, islice, pairwise
from operator import ne

Pair = tuple[int, int]
"""An index into the old texts and one into the new."""

Run = tuple[int, int, int]
"""Equal texts below each other: the index of the first one in the old texts, that in the new ones, and their number."""

_TICKING = re.compile(
    r"(?:(?:[0-9][0-9.,:]*(?:ms|[hmskKMG])?(?![A-Za-z])|[0-9]+)|[ +·~✢✳✶✻✽∗*●○⏺◐◓◑◒◴◷◶◵|/\\\-\u2580-\u259f\u2800-\u28ff])+"
)
"""Numbers, some with a unit, and the glyphs of spinners and progress bars."""

_SPINNER = re.compile(r"\s*(?:[·✢✳✶✻✽∗*+|/\\-]|[\u2800-\u28ff]) (\w[^…]*)….*")
"""What a program does and how long, how many: `✻ Thinking… (59s · 1.2k tokens)`."""

_BETWEEN_HINTS = " · "

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
    before = _count_equal(old, new)
    return before, min(_count_equal(reversed(old), reversed(new)), min(len(old), len(new)) - before)


def _count_equal(texts: Iterable[str], others: Iterable[str]) -> int:
    """Return how many are equal before the first that are not, in C: every look asks this of the whole screen."""
    return next(compress(count(), chain(map(ne, texts, others), (True,))))


def match(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Match equal texts, in order on both sides (patience: what is unique on both sides first).

    Both are the middle of something longer: a lone brace in the middle of another page is not the one that was here.
    """
    runs: list[Run] = []
    pending = [(0, len(old), 0, len(new))]
    if run := _scrolled(old, new, pending[0]):
        start, new_start, size = run
        end = start + size
        if set(old[end:]).isdisjoint(new[new_start + size :]) and _is_telling(old[start:end]):
            return [run]
    while pending:
        low, high, new_low, new_high = pending.pop()
        if low == high or new_low == new_high:
            continue
        if old[low] == new[new_low] or old[high - 1] == new[new_high - 1]:
            before, after = common_ends(old[low:high], new[new_low:new_high])
            runs += (low, new_low, before), (high - after, new_high - after, after)
            pending.append((low + before, high - after, new_low + before, new_high - after))
            continue
        if scrolled := _scrolled(old, new, (low, high, new_low, new_high)):
            start, new_start, size = scrolled
            runs.append(scrolled)
            pending.append((start + size, high, new_start + size, new_high))
            continue
        anchors = _anchors(old, new, (low, high, new_low, new_high))
        if not anchors:
            continue
        for at, new_at in anchors:
            runs.append((at, new_at, 1))
            if low < at and new_low < new_at:
                pending.append((low, at, new_low, new_at))
            low, new_low = at + 1, new_at + 1
        pending.append((low, high, new_low, new_high))
    joined = runs if len(runs) < 2 else _joined(runs)
    return [run for run in joined if _is_telling(old[run[0] : run[0] + run[2]])]


def _scrolled(old: Sequence[str], new: Sequence[str], bounds: tuple[int, int, int, int]) -> Run | None:
    """Return the run of a text that a program has scrolled up by a few rows as it writes: what most frames do."""
    low, high, new_low, new_high = bounds
    for start in range(low + 1, min(low + _ROWS_AT_ONCE, high)):
        if old[start] == new[new_low]:
            size = _count_equal(islice(old, start, high), islice(new, new_low, new_high))
            if 2 * size > high - low and size > _FEW:
                return start, new_low, size
    return None


def _joined(runs: list[Run]) -> Iterator[Run]:
    """Yield the runs in order, those that are neighbours on both sides as one."""
    start = new_start = size = 0
    for at, new_at, more in sorted(runs):
        if more and (at, new_at) != (start + size, new_start + size):
            if size:
                yield start, new_start, size
            start, new_start, size = at, new_at, 0
        size += more
    if size:
        yield start, new_start, size


def _is_telling(texts: Iterable[str]) -> bool:
    size = 0
    for text in texts:
        size += len(text.strip())
        if size >= _TELLING:
            return True
    return False


def _anchors(old: Sequence[str], new: Sequence[str], bounds: tuple[int, int, int, int]) -> list[Pair]:
    """Return the longest rising run of the texts that occur once on each side."""
    low, high, new_low, new_high = bounds
    if set(old[low:high]).isdisjoint(new[new_low:new_high]):
        return []
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
        same = other.startswith(text) or text.startswith(other) or key(text) == key(other) or _are_hints(text, other)
        return [(0, 0)] if same else []
    ticking: set[str] | None = None
    best: list[Pair] = []
    for shift in (0, len(new) - len(old)):
        pairs = []
        places = range(max(0, -shift), min(len(old), len(new) - shift))
        for at in places if len(places) > len(best) else ():
            text, other = old[at], new[at + shift]
            same = other.startswith(text) or text.startswith(other)
            if not same and (name := key(text)) == key(other):
                if ticking is None:
                    ticking = _once([*map(key, old)]) & _once([*map(key, new)])
                same = name in ticking
            if same:
                pairs.append((at, at + shift))
        if len(pairs) > len(best):
            best = pairs
    return best if len(old) <= _FEW or 2 * len(best) >= len(old) else []


def _once(texts: list[str]) -> set[str]:
    """Return those that occur once."""
    once = set(texts)
    if len(once) == len(texts):
        return once
    counts = Counter(texts)
    return {text for text in once if counts[text] == 1}


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Return what stays the same of a line while its digits and its spinner tick.

    >>> key("✻ Thinking… (59s · 1.2k tokens)") == key("* Thinking… (1m 2s · 987 tokens)")
    True
    """
    return spinning(text) or _TICKING.sub(" ", text).strip()


def spinning(text: str) -> str:
    """Return what a spinner says that it does; nothing of a line that has none.

    >>> spinning("✻ Thinking… (59s · ↓ 1.2k tokens)")
    'Thinking'
    """
    found = _SPINNER.fullmatch(text) if "…" in text else None
    return found[1] if found else ""


def _are_hints(text: str, other: str) -> bool:
    """Tell whether these are lists of hints on one line, and most of them the same."""
    if _BETWEEN_HINTS not in text or _BETWEEN_HINTS not in other:
        return False
    hints, others = ({hint.strip() for hint in each.split(_BETWEEN_HINTS)} for each in (text, other))
    return 2 * len(hints & others) >= max(len(hints), len(others))


def locate(wanted: Sequence[str], known: Sequence[str]) -> list[Pair]:
    """Pair lines that are back on the screen, `wanted`, with those they were, in `known`: (known, wanted).

    A screen is a window on what is known, so they are found in runs, the longest first. A run counts where most of it is
    found and it says something: a stray brace of a new page is not taken for an old one, unless it stands right at
    the edge, where text scrolls in.
    """
    places: dict[str, list[int]] = {text: [] for text in wanted}
    for place, text in enumerate(known):
        if text in places:
            places[text].append(place)
    pairs: list[Pair] = []
    pending = [(0, len(wanted), 0, len(known), _DEPTH)]
    while pending:
        first, last, known_first, known_last, depth = pending.pop()
        if first >= last or known_first >= known_last or not depth:
            continue
        found = _find_block(wanted, known, places, (first, last, known_first, known_last))
        if found is None:
            continue
        shift, block = found
        pairs += [(at + shift, at) for at in block]
        low, high = block[0], block[-1] + 1
        pending.append((first, low, known_first, low + shift, depth - 1))
        pending.append((high, last, high + shift, known_last, depth - 1))
    pairs.sort()
    return pairs


def _find_block(
    wanted: Sequence[str], known: Sequence[str], places: dict[str, list[int]], bounds: tuple[int, int, int, int]
) -> tuple[int, list[int]] | None:
    """Return how far most of `wanted` has moved and which of it: most lines, then nearest to one of the edges.

    `places` tells where in `known` each text is.
    """
    first, last, known_first, known_last = bounds
    votes: dict[int, int] = {}
    for at in range(first, last):
        found = places[wanted[at]]
        found = found[bisect_left(found, known_first) : bisect_left(found, known_last)]
        weight = _WEIGHT if len(found) == 1 and len(wanted[at].strip()) >= _LONG else 1
        for place in found[-_PLACES:]:
            votes[place - at] = votes.get(place - at, 0) + weight
    if not votes:
        return None
    most = max(votes.values())
    shifts = [shift for shift, count in votes.items() if count == most]
    shift = min(shifts, key=lambda shift: min(abs(first + shift - known_first), abs(last + shift - known_last)))
    low, high = max(first, known_first - shift), min(last, known_last - shift)
    block = [at for at in range(low, high) if wanted[at] == known[at + shift]]
    at_edge = (block[0] == first and block[0] + shift == known_first) or (
        block[-1] == last - 1 and block[-1] + shift == known_last - 1
    )
    if 2 * len(block) < block[-1] + 1 - block[0] or not (at_edge or _is_telling([wanted[at] for at in block])):
        return None
    return shift, block
