"""The document behind a screen: every line that was seen on it, in order, each reported once.

A full-screen program shows a window on a text of its own and redraws it to scroll; the terminal sees only rows that
change. So what is on the screen is matched with what was there before, and what appears is looked for among the lines
that were there earlier, between the same neighbours: only what is found in neither is a new line.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from claude_sessions.timeline.labels import Labels
from claude_sessions.timeline.match import locate, match, match_in_place

Version = tuple[str, int]
"""A text, and the time (nanoseconds since the epoch) at which it was first complete."""

_MEMORY = 16_384
"""How many lines that left the screen are remembered, to know them again."""

_SHORT = 3
_NEARBY = 1024
"""A stretch of no more than `_SHORT` lines (a menu, a status line) is looked for only so near to its neighbours."""


class _Item:
    """One line: its text and since when, a longer version that it shrank from, and its neighbours in the document."""

    __slots__ = ("after", "before", "longer", "reported", "shown", "text", "time")

    def __init__(self, text: str, time: int) -> None:
        self.text = text
        self.time = time
        self.longer: Version | None = None
        self.reported = ""
        self.shown = True
        self.before: _Item = self
        self.after: _Item = self


class Document:
    """The lines of one of a terminal's two screens.

    With `keeps_scrolled`, a line that scrolled off can come back by a redraw (the alternate screen, where a program
    scrolls its own text). Without, it is gone, unless the program clears the screen and prints everything anew, or the
    window grows.
    """

    def __init__(self, *, keeps_scrolled: bool) -> None:
        self._keeps_scrolled = keeps_scrolled
        self._edge = _Item("", 0)  # stands before the first line and after the last
        self._linked = 0
        self._screen: list[_Item] = []
        self._scrolled: deque[str] = deque(maxlen=_MEMORY)
        self._labels = Labels()
        self._leaving: list[_Item] = []
        self._report: list[Version] = []

    def update(
        self, scrolled: Sequence[str], lines: Sequence[str], now: int, *, redrawn: bool = False
    ) -> list[Version]:
        """Take what a look at the screen found at the time `now`; return the lines that are complete by this.

        `redrawn`: what had scrolled off may be there again. A line that was erased is reported by the next update, unless
        it is back by then: a look may fall into the middle of a redraw.
        """
        leaving, self._leaving = self._leaving, []
        gone = list(filter(None, scrolled))
        new = [*gone, *filter(None, self._without_labels(lines))]
        if not redrawn and len(gone) > len(self._screen) and self._goes_on(new, now):
            self._complete(item for item in leaving if not item.shown)
            self._scroll_on(gone, now)
            new = new[len(gone) :]
            gone = []
        items = self._settle(new, now, redrawn=redrawn)
        self._complete(item for item in leaving if not item.shown)
        if gone:
            self._scroll_off(items[: len(gone)])
        self._screen = items[len(gone) :]
        self._trim()
        return self._take_report()

    def settle(self, until: int, *, again: bool = False) -> list[Version]:
        """Return the lines on the screen that have not changed since `until`, before they leave it.

        They are not reported again unless they leave it with another text; one that changes meanwhile waits for that,
        or with `again` is reported with its present text too.
        """
        for item in self._screen:
            if (not item.reported or (again and item.reported != item.text)) and item.time <= until:
                self._report.append((item.text, item.time))
                item.reported = item.text
        return self._take_report()

    def earliest(self) -> int | None:
        """Return a time before which no line is that is still to be reported; None where none is waiting."""
        waiting = (item for item in (*self._screen, *self._leaving) if item.longer or item.reported != item.text)
        return min((item.longer[1] if item.longer else item.time for item in waiting), default=None)

    def close(self) -> list[Version]:
        """Return what has not been reported yet: the screen is left, or the recording ends. It may be opened again."""
        self._complete(item for item in self._leaving if not item.shown)
        self._complete(self._screen)
        for item in self._screen:
            item.shown = False
        self._leaving = []
        self._screen = []
        return self._take_report()

    def _without_labels(self, lines: Sequence[str]) -> Sequence[str]:
        if not self._keeps_scrolled:
            return lines
        return self._labels.lift(lines, [item.text for item in self._screen], self._texts_upwards)

    def _texts_upwards(self) -> Iterator[str]:
        item = self._edge.before
        while item is not self._edge:
            yield item.text
            item = item.before

    def _goes_on(self, new: list[str], now: int) -> bool:
        """Tell whether all that was on the screen stands above what is new: plain printing, the fast way."""
        old = self._screen
        if self._keeps_scrolled or not all(item.text == text for item, text in zip(old[:-1], new, strict=False)):
            return False
        if old and not new[len(old) - 1].startswith(old[-1].text):
            return False
        if old:
            self._revise(old[-1], new[len(old) - 1], now)
        return True

    def _scroll_on(self, gone: list[str], now: int) -> None:
        """Let everything on the screen scroll off, and `gone` after it."""
        old = self._screen
        self._scroll_off(old)
        fresh = gone[len(old) :]
        self._report += [(text, now) for text in fresh]
        self._scrolled += fresh
        self._screen = []

    def _settle(self, new: list[str], now: int, *, redrawn: bool) -> list[_Item]:
        """Return for every text of `new` its line: one of the screen's, one from earlier, or a new one."""
        old = self._screen
        old_texts = [item.text for item in old]
        if old_texts == new:
            return old
        items: list[_Item] = []
        low = 0
        above = self._edge
        for at, new_at in (*match(old_texts, new), (len(old), len(new))):
            below = old[at] if at < len(old) else self._edge
            if low < at or len(items) < new_at:
                items += self._settle_stretch(old[low:at], new[len(items) : new_at], (above, below), now, redrawn)
            if at < len(old):
                items.append(below)
            low, above = at + 1, below
        return items

    def _settle_stretch(
        self, old: list[_Item], new: list[str], neighbours: tuple[_Item, _Item], now: int, redrawn: bool
    ) -> list[_Item]:
        """Settle a stretch that changed: `old` became `new`, both between two `neighbours` that stayed."""
        above, below = neighbours
        found: list[_Item | None] = [None] * len(new)
        if new:
            self._find_earlier(new, found, above, below)
            if redrawn and above is self._edge:
                self._find_scrolled(new, found, below)
        for item in old:
            item.shown = False
        left = [at for at, item in enumerate(found) if item is None]
        used = set(map(id, found))
        old = [item for item in old if id(item) not in used]
        if old and left:
            for at, place in match_in_place([item.text for item in old], [new[at] for at in left]):
                found[left[place]] = old[at]
                self._revise(old[at], new[left[place]], now)
        items = []
        for at in range(len(new) - 1, -1, -1):
            item = found[at] or self._insert(_Item(new[at], now), below)
            if at == 0 and self._is_headline_of(item, above):
                item.reported = item.text
            item.shown = True
            items.append(item)
            below = item
        self._leaving += [item for item in old if not item.shown]
        items.reverse()
        return items

    def _is_headline_of(self, item: _Item, above: _Item) -> bool:
        """Tell whether the top line repeats the one below it: a program keeps the last prompt in sight as a headline."""
        return self._keeps_scrolled and item.text == above.text and self._screen[0] is above

    def _find_earlier(self, new: list[str], found: list[_Item | None], above: _Item, below: _Item) -> None:
        """Find the lines that are back, or have moved: they were between the same neighbours before."""
        reach = _NEARBY if len(new) <= _SHORT else _MEMORY
        known = list(islice(self._between(above, below), reach))
        if known:
            known.reverse()
            for at, new_at in locate(new, [item.text for item in known]):
                found[new_at] = known[at]

    def _between(self, above: _Item, below: _Item) -> Iterator[_Item]:
        """Yield the lines between two others, from the lower one upwards."""
        item = below.before
        while item is not above and item is not self._edge:
            yield item
            item = item.before

    def _find_scrolled(self, new: list[str], found: list[_Item | None], below: _Item) -> None:
        """Find the lines that had scrolled off and were printed anew; they are not reported again."""
        if not self._scrolled:
            return
        for _, at in reversed(locate(new, list(self._scrolled))):
            if found[at] is None:
                item = _Item(new[at], 0)
                item.reported = item.text
                found[at] = self._insert(item, next((later for later in found[at + 1 :] if later), below))

    def _scroll_off(self, items: list[_Item]) -> None:
        self._complete(items)
        for item in items:
            item.shown = False
            if not self._keeps_scrolled:
                self._scrolled.append(item.text)
                self._unlink(item)

    def _revise(self, item: _Item, text: str, now: int) -> None:
        """Give a line its next version. What it shrank from is reported once it becomes something else."""
        if item.text == text:
            return
        if item.text.startswith(text):
            if item.longer is None and item.reported != item.text:
                item.longer = item.text, item.time
        elif item.longer is not None and not item.longer[0].startswith(text):
            if not text.startswith(item.longer[0]):
                self._report.append(item.longer)
            item.longer = None
        item.text, item.time = text, now

    def _complete(self, items: Iterator[_Item] | list[_Item]) -> None:
        """Report lines, unless they were and have not changed since."""
        for item in items:
            if item.longer is not None:
                self._report.append(item.longer)
                item.longer = None
            if item.reported != item.text:
                self._report.append((item.text, item.time))
                item.reported = item.text

    def _take_report(self) -> list[Version]:
        report, self._report = self._report, []
        return report

    def _insert(self, item: _Item, below: _Item) -> _Item:
        item.before, item.after = below.before, below
        below.before.after = item
        below.before = item
        self._linked += 1
        return item

    def _unlink(self, item: _Item) -> None:
        item.before.after, item.after.before = item.after, item.before
        self._linked -= 1

    def _trim(self) -> None:
        """Forget the oldest lines that are off the screen, so that memory stays bounded."""
        item = self._edge.after
        while self._linked > _MEMORY and item is not self._edge:
            if not item.shown:
                self._unlink(item)
            item = item.after
