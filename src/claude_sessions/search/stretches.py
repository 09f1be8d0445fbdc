"""All lines of a recording, or those of a stretch of time, many at once: nobody asks what stands in them.

Most lines of a long recording come in bursts that have one time, so it is bursts that are put in order, not lines.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.timeline.pages import Page


class Burst(NamedTuple):
    """Lines of one time that stand one below the other. They sort by time, then by place."""

    time_ns: int
    number: int
    """How many bursts were before it in the order of the screen."""
    offset_s: float
    """The time in seconds from the start of the recording."""
    text: bytes
    """The lines with a line feed between each two."""


class Stretch:
    """A stretch of a recording; both times still belong to it, in nanoseconds since the epoch; None has no bound."""

    def __init__(self, since_ns: int | None, until_ns: int | None) -> None:
        self._since_ns = since_ns
        self._until_ns = until_ns
        self._number = 0

    def holds(self, time_ns: int) -> bool:
        """Tell whether a time belongs to it."""
        return (self._since_ns is None or time_ns >= self._since_ns) and (
            self._until_ns is None or time_ns <= self._until_ns
        )

    def of_screen(self, pages: Iterable[Page]) -> Iterator[list[Burst]]:
        """Yield the bursts in the order of the screen, those of a page together."""
        for page in pages:
            if bursts := self._bursts(page):
                yield bursts

    def by_time(self, pages: Iterable[Page]) -> Iterator[list[Burst]]:
        """Yield them in the order of time, as soon as no earlier one can come."""
        waiting: list[Burst] = []
        for page in pages:
            waiting += self._bursts(page)
            waiting.sort()
            end = bisect_left(waiting, (page.earliest_ns,))
            if end:
                yield waiting[:end]
            del waiting[:end]
        if waiting:
            yield waiting

    def _bursts(self, page: Page) -> list[Burst]:
        kept: list[tuple[int, bytes]] = []
        if len(page.runs) == 1:
            kept = [(page.runs[0][1], page.text)]
        else:
            texts = page.text.split(b"\n")
            at = 0
            for count, time in page.runs:
                kept.append((time, b"\n".join(texts[at : at + count])))
                at += count
        started = page.started_ns
        found = [
            Burst(time, number, max(0, time - started) / NANOSECONDS, text)
            for number, (time, text) in enumerate(kept, self._number)
            if self.holds(time)
        ]
        self._number += len(kept)
        return found
