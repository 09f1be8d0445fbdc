"""The lines of a document in the order in which they stand below each other, and what is told of them in that order.

What is complete waits until all above it is: a dialog at the foot of the screen is gone long before the banner at its
top, and is told after it all the same.
"""

from collections.abc import Iterable, Iterator

from claude_sessions.timeline.item import Item, Version
from claude_sessions.timeline.match import spinning


class Chain:
    """The lines, linked both ways; those that have left the screen too, until they are unlinked."""

    def __init__(self) -> None:
        self.edge = Item("", 0)
        """Stands before the first line and after the last."""
        self.size = 0
        self.texts: dict[str, int] = {}
        """How many lines have which text."""
        self._front = self.edge
        """The first line that is not complete, or behind one that is not; those above it are `passed`."""
        self._holds = False
        self._report: list[Version] = []

    def insert(self, item: Item, below: Item) -> Item:
        """Put a line above another one, or with the edge at the end; return it."""
        item.before, item.after = below.before, below
        below.before.after = item
        below.before = item
        item.passed = below.passed
        if below is self._front:
            self._front = item
        elif item.held is not None and item.passed:
            self._tell(item)
        self.size += 1
        text = item.text
        self.texts[text] = self.texts.get(text, 0) + 1
        return item

    def unlink(self, item: Item) -> None:
        """Take a line out."""
        if item is self._front:
            self._front = item.after
        item.before.after, item.after.before = item.after, item.before
        item.before = item.after = item
        self.size -= 1
        self._forget_text(item.text)

    def settle_above(self, last: Item) -> None:
        """Complete the lines above one that has scrolled off for good: what was erased there does not come back.

        A spinner may go on elsewhere.
        """
        item = self._front
        if last.passed:
            return
        while item is not last and item is not self.edge:
            if not (item.shown or spinning(item.text)):
                self.complete((item,))
            if item.held is not None:
                self._tell(item)
            item = item.after

    def forget(self, item: Item) -> None:
        """Take a line out for good, and what it waited with is told now."""
        self.unlink(item)
        if item.held is not None:
            self._tell(item)

    def trim(self, most: int) -> None:
        """Forget the oldest lines that are off the screen, so that no more than `most` are left."""
        item = self.edge.after
        while self.size > most and item is not self.edge:
            after = item.after
            if not item.shown:
                self.forget(item)
            item = after

    def rename(self, item: Item, text: str, time: int) -> None:
        """Give a line another text."""
        self._forget_text(item.text)
        self.texts[text] = self.texts.get(text, 0) + 1
        item.text, item.time = text, time

    def upwards(self) -> Iterator[str]:
        """Yield all texts from the last to the first."""
        item = self.edge.before
        while item is not self.edge:
            yield item.text
            item = item.before

    def between(self, above: Item, below: Item, reach: int) -> list[Item]:
        """Return the lines between two others, the lowest `reach` of them."""
        items: list[Item] = []
        item, edge = below.before, self.edge
        for _ in range(reach):
            if item is above or item is edge:
                break
            items.append(item)
            item = item.before
        items.reverse()
        return items

    def tell(self, item: Item, version: Version) -> None:
        """Take a version of a line that is to be told when it is its turn; at once where that has been."""
        if item.passed or not item.is_linked:
            self._report.append(version)
        elif item.held is None:
            item.held = [version]
            self._holds = True
        else:
            item.held.append(version)

    def complete(self, items: Iterable[Item]) -> None:
        """Tell the last versions of lines, unless that was done and they have not changed since."""
        for item in items:
            if item.longer is not None:
                self.tell(item, item.longer)
                item.longer = None
            if item.reported != item.text:
                self.tell(item, (item.text, item.time))
                item.reported = item.text

    def append(self, versions: Iterable[Version]) -> None:
        """Tell of lines that are no part of the chain; they are below all that is complete."""
        self._pass()
        self._report += versions

    def take(self, *, all_held: bool = False) -> list[Version]:
        """Return what is to be told now; with `all_held` also what waits for lines above it."""
        self._pass()
        if all_held and self._holds:
            item = self._front
            while item is not self.edge:
                if item.held is not None:
                    self._tell(item)
                item = item.after
            self._holds = False
        if not self._report:
            return []
        report, self._report = self._report, []
        return report

    def held_since(self) -> Iterator[int]:
        """Yield the times of the versions that wait for lines above them."""
        item = self._front if self._holds else self.edge
        while item is not self.edge:
            yield from (time for _, time in item.held or ())
            item = item.after

    def _pass(self) -> None:
        """Go on to the first line that is not complete."""
        item, edge = self._front, self.edge
        while item is not edge and item.reported == item.text and item.longer is None:
            if item.held is not None:
                self._tell(item)
            item.passed = True
            item = item.after
        self._front = item
        if item is edge:
            self._holds = False

    def _tell(self, item: Item) -> None:
        self._report += item.held or ()
        item.held = None

    def _forget_text(self, text: str) -> None:
        left = self.texts[text] - 1
        if left:
            self.texts[text] = left
        else:
            del self.texts[text]
