"""The document behind a screen: every line that was seen on it, in order, each reported once.

A full-screen program shows a window on a text of its own and redraws it to scroll; the terminal sees only rows that
change. So what is on the screen is matched with what was there before, and what appears is looked for among the lines
that were there earlier, between the same neighbours: only what is found in neither is a new line.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from claude_sessions.screen.emulator import Look
from claude_sessions.timeline.bygone import MEMORY, Bygone, find_rewrapped
from claude_sessions.timeline.chain import Chain
from claude_sessions.timeline.item import LAST_ROW, Item, Version, start_of, time_at
from claude_sessions.timeline.labels import Labels
from claude_sessions.timeline.match import Run, common_ends, locate, match, match_in_place
from claude_sessions.timeline.recurring import FOOT, STROKES, Recurring

_SHORT = 3
_NEARBY = 1024
"""So near to its neighbours a stretch is looked for; one of more than `_SHORT` lines (no menu, no status line) also farther,
where programs scroll their own text.
"""


class _Gap(NamedTuple):
    """Where a stretch of lines is: between which two, how many are above it, and how many there are in all."""

    above: Item
    below: Item
    row: int
    rows: int


class Document:
    """The lines of one of a terminal's two screens.

    With `keeps_scrolled`, a line that scrolled off can come back by a redraw (the alternate screen, where a program
    scrolls its own text). Without, it is gone, unless the program clears the screen and prints everything anew, or the
    window grows.
    """

    def __init__(self, *, keeps_scrolled: bool) -> None:
        self._keeps_scrolled = keeps_scrolled
        self._chain = Chain()
        self._edge = self._chain.edge
        self._screen: list[Item] = []
        self._shown: list[str] = []  # their texts
        self._looked: list[str] | None = None
        self._scrolled = Bygone()
        self._rewrapped = False
        self._picture: list[str] = []  # what was shown before the window changed its size
        self._labels = Labels()
        self._leaving: list[Item] = []
        self._recurring = Recurring()

    def update(self, look: Look, now: int, *, rewrapped: bool = False) -> list[Version]:
        """Take what a look at the screen found at the time `now`; return the lines that are complete by this.

        `rewrapped`: what was there may be there again as other lines, of another width. A line that was erased is
        reported by the next update, unless it is back by then: a look may fall into the middle of a redraw.
        """
        leaving, self._leaving = self._leaving, []
        if look.lines is self._looked and not look.scrolled and not look.returned:
            self._let_go(leaving, self._screen, now)
            return self._chain.take()
        self._looked = look.lines
        if look.returned:
            self._bring_back(look.returned)
        lines = self._labels.lift(look.lines, self._shown, self._chain.upwards) if self._keeps_scrolled else look.lines
        gone = [*filter(None, look.scrolled)]
        redrawn = look.redrawn
        new = [*gone, *filter(None, lines)]
        in_place = not gone
        if not redrawn and len(gone) > len(self._screen) and self._goes_on(new, now):
            self._let_go(leaving, self._screen, now)
            leaving = []
            self._scroll_on(gone, now)
            new = new[len(gone) :]
            gone = []
        if rewrapped and not self._rewrapped:
            self._picture = self._shown
        self._rewrapped = rewrapped
        items = self._settle(new, now, redrawn=redrawn or in_place)
        if leaving or now >= self._recurring.due:
            self._let_go(leaving, items, now)
        if gone:
            self._scroll_off(items[: len(gone)])
            self._screen, self._shown = items[len(gone) :], new[len(gone) :]
        else:
            self._screen, self._shown = items, new
        if self._chain.size > MEMORY:
            self._chain.trim(MEMORY)
        return self._chain.take()

    def settle(self, until: int, *, again: bool = False) -> list[Version]:
        """Return the lines on the screen that have not changed since `until`, before they leave it.

        They are not reported again unless they leave it with another text; one that changes meanwhile waits for that,
        or with `again` is reported with its present text too.
        """
        for item in self._screen:
            if (not item.reported or (again and item.reported != item.text)) and start_of(item.time) <= until:
                self._chain.tell(item, (item.text, item.time))
                item.reported = item.text
        self._chain.complete(self._recurring.release(until))
        return self._chain.take(all_held=True)

    def earliest(self) -> int | None:
        """Return a time before which no line is that is still to be reported; None where none is waiting."""
        unsettled = (*self._screen, *self._leaving, *self._recurring.held())
        waiting = (item for item in unsettled if item.longer or item.reported != item.text)
        times = (item.longer[1] if item.longer else item.time for item in waiting)
        return min((*times, *self._chain.held_since()), default=None)

    def close(self) -> list[Version]:
        """Return what has not been reported yet: the screen is left, or the recording ends. It may be opened again."""
        self._chain.complete(item for item in self._leaving if not item.shown)
        self._chain.complete(self._recurring.release())
        self._chain.complete(self._screen)
        for item in self._screen:
            item.shown = False
        self._leaving = []
        self._looked = None
        self._screen, self._shown = [], []
        return self._chain.take(all_held=True)

    def _goes_on(self, new: list[str], now: int) -> bool:
        """Tell whether all that was on the screen stands above what is new: plain printing, the fast way."""
        old, above = self._screen, self._shown[:-1]
        if self._keeps_scrolled or new[: len(above)] != above:
            return False
        if old and not new[len(old) - 1].startswith(old[-1].text):
            return False
        if old:
            self._revise(old[-1], new[len(old) - 1], now)
        return True

    def _bring_back(self, texts: list[str]) -> None:
        """Put lines on top of the screen that had scrolled off: the window has grown."""
        self._scrolled.take_back(texts)
        items = []
        below = self._screen[0] if self._screen else self._edge
        for text in reversed(texts):
            below = self._chain.insert(Item.known(text), below)
            items.append(below)
        self._screen[:0] = reversed(items)
        self._shown[:0] = texts

    def _scroll_on(self, gone: list[str], now: int) -> None:
        """Let everything on the screen scroll off, and `gone` after it."""
        old = self._screen
        self._scroll_off(old)
        fresh = gone[len(old) :]
        self._chain.append([(text, now) for text in fresh])
        self._scrolled.extend(fresh)
        self._screen, self._shown = [], []

    def _settle(self, new: list[str], now: int, *, redrawn: bool) -> list[Item]:
        """Return for every text of `new` its line: one of the screen's, one from earlier, or a new one."""
        old, texts = self._screen, self._shown
        if texts == new:
            return old
        before, after = common_ends(texts, new)
        end, new_end = len(old) - after, len(new) - after
        runs: list[Run] = []
        if before < end and before < new_end and end + new_end > 2 * (before + 1):
            runs = match(texts[before:end], new[before:new_end])
        items = old[:before]
        low = before
        for start, new_start, size in (*runs, (end - before, new_end - before, after)):
            at, new_at = start + before, new_start + before
            if low < at or len(items) < new_at:
                above = old[low - 1] if low else self._edge
                below = old[at] if at < len(old) else self._edge
                gone, come = old[low:at], new[len(items) : new_at]
                items += self._settle_stretch(gone, come, _Gap(above, below, len(items), len(new)), now, redrawn)
                if gone:
                    self._recurring.note(gone, len(old) - low, now)
            low = at + size
            items += old[at:low]
        return items

    def _settle_stretch(self, old: list[Item], new: list[str], gap: _Gap, now: int, redrawn: bool) -> list[Item]:
        """Settle a stretch that changed: `old` became `new`, in the gap between two lines that stayed."""
        for item in old:
            item.shown = False
        if not new:
            self._leaving += old
            return []
        above, below, first, rows = gap
        found = self._find_known(old, new, (above, below), redrawn)
        moved: set[int] = set()
        if old:
            old, moved = self._find_in_place(old, new, found, gap, now)
        items = []
        row = first + len(new)
        for known, text in zip(reversed(found), reversed(new), strict=True):
            row -= 1
            if known is None:
                below = self._come(text, below, row, rows, now)
            else:
                if id(known) in moved and known.after is not below:
                    self._chain.unlink(known)
                    self._chain.insert(known, below)
                below = known
            below.shown = True
            items.append(below)
        if self._is_headline_of(below, above):
            below.reported = below.text
        self._leaving += [item for item in old if not item.shown]
        items.reverse()
        return items

    def _find_in_place(
        self, old: list[Item], new: list[str], found: list[Item | None], gap: _Gap, now: int
    ) -> tuple[list[Item], set[int]]:
        """Find the lines of `old` that have changed where they stand; return what was not `found` before as another.

        And the identities of those that may stand on the other side of one that was.
        """
        left: Sequence[int] = range(len(new))
        if found.count(None) < len(new):
            left = [at for at, item in enumerate(found) if item is None]
            used = set(map(id, found))
            old = [item for item in old if id(item) not in used]
        moved = set()
        if old and left:
            for at, place in match_in_place([item.text for item in old], [new[at] for at in left]):
                item = found[left[place]] = old[at]
                text, row = new[left[place]], gap.row + left[place]
                self._revise(item, text, time_at(now, row))
                if self._recurring.is_of_foot(text, gap.rows - 1 - row):
                    item.reported = text
                if len(left) < len(new):
                    moved.add(id(item))
        return old, moved

    def _come(self, text: str, below: Item, row: int, rows: int, now: int) -> Item:
        """Return a line that comes to the screen, in one of so many rows."""
        recurring = self._recurring
        away = recurring.away
        if (
            (row >= rows - FOOT and recurring.is_of_foot(text, rows - 1 - row))
            or (away and (text[2:] in away or "…" in text))
            or text[-1] in STROKES
        ):
            return self._again(text, below, time_at(now, row), rows - 1 - row)
        return self._chain.insert(Item(text, now + row if row < LAST_ROW else time_at(now, row)), below)

    def _again(self, text: str, below: Item, time: int, height: int) -> Item:
        """Return a line that comes to the screen and may have been there before, in this form or in another."""
        item = self._recurring.find(text, height, time, rewrapped=self._rewrapped)
        if item is None:
            return self._chain.insert(Item(text, time), below)
        if item.is_linked:
            self._chain.unlink(item)
        self._chain.insert(item, below)
        was_reported = bool(item.reported)
        self._revise(item, text, time)
        if was_reported:
            item.reported = text
        return item

    def _let_go(self, leaving: list[Item], on_screen: list[Item], now: int) -> None:
        """Report what has left the screen and is not back."""
        gone = [item for item in leaving if not item.shown]
        recurring = self._recurring
        if now >= recurring.due or "…" in "".join([item.text for item in gone]):
            gone = [*recurring.keep(gone, on_screen, now)]
        self._chain.complete(gone)

    def _find_known(
        self, old: list[Item], new: list[str], neighbours: tuple[Item, Item], redrawn: bool
    ) -> list[Item | None]:
        """Return for every text of `new` the line that it was already, if it was one."""
        above, below = neighbours
        found: list[Item | None] = [None] * len(new)
        texts = self._chain.texts
        wanted = sum([text in texts for text in new])
        if wanted:
            self._find_earlier(new, found, neighbours, wanted)
        inserted_above = not old and below is not self._edge
        if above is self._edge and (redrawn or inserted_above):
            self._find_scrolled(new, found, below)
        if wanted and old and self._keeps_scrolled:
            self._find_elsewhere(new, found, below)
        if self._rewrapped and (old or below is not self._edge):  # what comes last was printed just now
            self._find_rewrapped(new, found, below)
        return found

    def _is_headline_of(self, item: Item, above: Item) -> bool:
        """Tell whether the top line repeats the one below it: a program keeps the last prompt in sight as a headline."""
        return self._keeps_scrolled and item.text == above.text and self._screen[0] is above

    def _find_earlier(
        self, new: list[str], found: list[Item | None], neighbours: tuple[Item, Item], wanted: int
    ) -> None:
        """Find the lines that are back, or have moved: they were between the same neighbours before."""
        is_near = len(new) <= _SHORT or not self._keeps_scrolled
        for reach in (_NEARBY,) if is_near else (_NEARBY, MEMORY):
            known = self._chain.between(*neighbours, reach)
            pairs = locate(new, [item.text for item in known])
            if len(known) < reach or 2 * len(pairs) >= wanted:
                break
        for at, new_at in pairs:
            found[new_at] = known[at]

    def _find_elsewhere(self, new: list[str], found: list[Item | None], below: Item) -> None:
        """Find lines that are back where nobody looks for them: a short line in between was taken for another one."""
        missing = [text for text, item in zip(new, found, strict=True) if item is None and text in self._chain.texts]
        if len(missing) <= _SHORT:
            return
        known = [item.text for item in self._chain.between(self._edge, self._edge, MEMORY)]
        self._put_known(new, found, below, (at for _, at in locate(new, known)))

    def _find_scrolled(self, new: list[str], found: list[Item | None], below: Item) -> None:
        """Find the lines that had scrolled off and were printed anew; they are not reported again."""
        if self._scrolled.knows_some_of(new):
            self._put_known(new, found, below, (at for _, at in locate(new, self._scrolled.texts())))

    def _find_rewrapped(self, new: list[str], found: list[Item | None], below: Item) -> None:
        """Find the lines that hold text which was there before, wrapped at another width."""
        wanted = [text if item is None else None for text, item in zip(new, found, strict=True)]
        if any(wanted):
            known = [*self._scrolled.latest(), *reversed(list(self._chain.upwards())), *self._picture]
            self._put_known(new, found, below, find_rewrapped(wanted, known))

    def _put_known(self, new: list[str], found: list[Item | None], below: Item, places: Iterable[int]) -> None:
        """Put lines into their places that are not to be reported again."""
        for at in reversed(list(places)):
            if found[at] is None:
                found[at] = self._chain.insert(
                    Item.known(new[at]), next((later for later in found[at + 1 :] if later), below)
                )

    def _scroll_off(self, items: list[Item]) -> None:
        self._chain.complete(items)
        for item in items:
            item.shown = False
        if not self._keeps_scrolled:
            self._scrolled.extend([item.text for item in items])
            if items:
                self._chain.settle_above(items[-1])
            for item in items:
                self._chain.forget(item)

    def _revise(self, item: Item, text: str, now: int) -> None:
        """Give a line its next version. What it shrank from is reported once it becomes something else."""
        if item.text == text:
            return
        if item.text.startswith(text):
            if item.longer is None and item.reported != item.text:
                item.longer = item.text, item.time
        elif item.longer is not None and not item.longer[0].startswith(text):
            if not text.startswith(item.longer[0]):
                self._chain.tell(item, item.longer)
            item.longer = None
        self._chain.rename(item, text, now)
