"""The forest that the lines of a transcript make, by indexes alone: its order, and the ways through it.

Every line has a parent (an index, or one of the words below) and a kind. All of it is loops over arrays.
"""

import heapq
from array import array
from collections.abc import Iterator

import msgspec

ROOT = -1
"""In place of a parent: there is none, or it is nowhere."""
LOOSE = -2
"""In place of a parent: the line has no uuid; it stays where it stands."""
COPY = -3
"""In place of a parent: a line with the same uuid came before; it is left out."""

FIRM, PASSING, PROMPT, COMMAND, ANSWER, COMPACTION, BEGINNING, QUEUED = range(8)
"""What a line is to branches. A prompt of a person begins one, and so does a command that Claude answers; what only passes
on from one line to the next (notes, attachments, a queued prompt, a command that needs no answer) may stand between the fork and the
prompt; anything else ends the way to it. Where there are two prompts of which Claude Code says itself that with them the
conversation begins, it was begun anew."""

_PROMPTS = (PROMPT, BEGINNING)
_PASSING = (PASSING, QUEUED)


class Branch(msgspec.Struct, frozen=True):
    """One way through a conversation. Indexes are those of the lines as they were added."""

    number: int
    """From 1, in the order in which the branches began."""
    start: int
    """Its first line that the others do not have; 0 where there is only one branch."""
    end: int
    """Its last line."""


class Forest:
    """A forest with its order worked out. A stretch is what stands between two forks, or behind the last one."""

    def __init__(self, parents: "array[int]", kinds: bytearray, forward: list[tuple[int, int]]) -> None:
        self.parents = parents
        for at, parent in forward:
            parents[at] = parent
        self.order = _ordered(parents) if forward else [at for at, parent in enumerate(parents) if parent != COPY]
        _part_trees(self.order, parents, kinds)
        self._stretch_of, self._before = _stretches(self.order, parents, kinds)
        self.branches = tuple(self._branches())
        self.newest = max(self.branches, key=lambda branch: branch.end, default=None)

    def thread(self, number: int | None) -> list[int]:
        """See `conversation.Order.thread`."""
        if len(self.branches) < 2 and number in (None, 1):
            return list(self.order)
        if number is None and self.newest:
            number = self.newest.number
        if number is None or not 1 <= number <= len(self.branches):
            raise IndexError(f"there is no branch {number}")
        stretch = self._leaves[number - 1]
        path = bytearray(len(self._before))
        while stretch >= 0:
            path[stretch] = 1
            stretch = self._before[stretch]
        stretch_of = self._stretch_of
        return [at for at in self.order if path[stretch_of[at]]]

    def _branches(self) -> Iterator[Branch]:
        """Yield a branch for every stretch after which nothing forks again."""
        inner = set(self._before)
        self._leaves = [stretch for stretch in range(len(self._before)) if stretch not in inner]
        if len(self._leaves) < 2:
            if self.order:
                yield Branch(1, 0, max(self.order))
            return
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        for at in self.order:
            if self.parents[at] != LOOSE:
                stretch = self._stretch_of[at]
                starts.setdefault(stretch, at)
                ends[stretch] = max(ends.get(stretch, 0), at)
        self._leaves.sort(key=starts.__getitem__)
        for number, stretch in enumerate(self._leaves, 1):
            yield Branch(number, starts[stretch], ends[stretch])


def _ordered(parents: "array[int]") -> list[int]:
    """Return the indexes so that each stands after its parent, and otherwise as in the file. Breaks cycles in `parents`."""
    emission = _Emission(len(parents))
    for at, parent in enumerate(parents):
        if parent == COPY:
            emission.done[at] = 1
        elif parent >= 0 and not emission.done[parent]:
            emission.waiting.setdefault(parent, []).append(at)
        else:
            emission.emit(at)
    if emission.waiting:
        for at in range(len(parents)):
            if not emission.done[at]:  # the first line of a cycle
                parents[at] = ROOT
                emission.emit(at)
    return emission.order


class _Emission:
    """Lines that were given out in order, and those that wait for their parent."""

    def __init__(self, count: int) -> None:
        self.order: list[int] = []
        self.done = bytearray(count)
        self.waiting: dict[int, list[int]] = {}

    def emit(self, at: int) -> None:
        """Give out a line, and then whatever has waited for it."""
        ready = [at]
        while ready:
            at = heapq.heappop(ready)
            if not self.done[at]:
                self.done[at] = 1
                self.order.append(at)
                for child in self.waiting.pop(at, ()):
                    heapq.heappush(ready, child)


def _part_trees(order: list[int], parents: "array[int]", kinds: bytearray) -> None:
    """Put trees one after the other that each begin with a prompt, where two processes wrote them at the same time.

    Any other tree is a piece whose parent was lost, or a subagent's: it stays where it stands.
    """
    starts = [at for at in order if parents[at] == ROOT and kinds[at] in _PROMPTS]
    if len(starts) < 2:
        return
    tree_of = array("i", bytes(4 * len(parents)))
    tree = newest = highest = 0
    parted = True
    for at in order:
        parent = parents[at]
        if parent >= 0:
            tree = tree_of[parent]
        elif parent == ROOT and kinds[at] in _PROMPTS:
            newest += 1
            tree = newest
        tree_of[at] = tree
        parted = parted and tree >= highest
        highest = max(highest, tree)
    if not parted:
        order.sort(key=tree_of.__getitem__)


def _stretches(order: list[int], parents: "array[int]", kinds: bytearray) -> tuple["array[int]", list[int]]:
    """Return for each line the stretch it belongs to, and for each stretch the one before it (-1: none).

    A stretch begins at the start and behind each fork at which a person took up the conversation anew.
    """
    stretch_of = array("i", bytes(4 * len(parents)))
    before = [-1]
    leads, forks = _forks(order, parents, kinds)
    anew = kinds.count(BEGINNING) > 1
    leaps = _Leaps(before)
    if not (forks or anew):
        return stretch_of, before
    stretch = 0
    for at in order:
        parent = parents[at]
        if parent >= 0:
            follows, stretch = stretch, stretch_of[parent]
            if parent in forks and leads[at]:
                before.append(stretch)
                stretch = len(before) - 1
            elif kinds[at] == COMPACTION and leaps.goes_on(stretch, follows):
                stretch = follows  # it sums up from an earlier line on, and what it sums up is the branch it belongs to
        elif anew and kinds[at] == BEGINNING:
            before.append(0)
            stretch = len(before) - 1
        stretch_of[at] = stretch
    return stretch_of, before


class _Leaps:
    """For each stretch one far before it, so that a walk back takes the logarithm of its length.

    The leap of a stretch is twice as long as that of the one before it where the two before are equally long.
    """

    def __init__(self, before: list[int]) -> None:
        self._before = before
        self._leaps = [0]
        self._depths = [0]

    def goes_on(self, stretch: int, later: int) -> bool:
        """Tell whether one stretch leads to a later one."""
        self._grow()
        while later > stretch:
            leap = self._leaps[later]
            later = leap if leap >= stretch else self._before[later]
        return later == stretch

    def _grow(self) -> None:
        leaps, depths = self._leaps, self._depths
        for at in range(len(leaps), len(self._before)):
            before = self._before[at]
            leap = leaps[before]
            equal = depths[before] - depths[leap] == depths[leap] - depths[leaps[leap]]
            leaps.append(leaps[leap] if equal else before)
            depths.append(depths[before] + 1)


def _forks(order: list[int], parents: "array[int]", kinds: bytearray) -> tuple[bytearray, set[int]]:
    """Return which lines lead to a prompt with nothing but passing ones between, and behind which several such begin."""
    leads = bytearray(len(parents))
    answered = bytearray(len(parents))
    seen: set[int] = set()
    forks: set[int] = set()
    for at in reversed(order):
        kind, parent = kinds[at], parents[at]
        if (kind == ANSWER or (answered[at] and kind in _PASSING)) and parent >= 0:
            answered[parent] = 1
        if kind in _PROMPTS or (kind == COMMAND and answered[at]):
            leads[at] = 1
        if leads[at] and parent >= 0:
            if parent in seen:
                forks.add(parent)
            seen.add(parent)
            if kinds[parent] in (*_PASSING, COMMAND):
                leads[parent] = 1
    return leads, forks
