"""Which lines of a recording are wanted, as grep tells it: those that match or do not, with some around them, by time.

Lines leave the screen in another order than that in which they were seen: a headline stays while text goes by below it. So
they wait here until no earlier one can come any more; of plain output that is little more than a screenful.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec
import re2

from claude_sessions.search.pattern import Pattern
from claude_sessions.timeline.lines import Line
from claude_sessions.timeline.pages import Page

Span = tuple[int, int]

_CONTEXT_FREE = ("\\A", "\\z", "(?")
"""What in a pattern may mean the beginning or the end of the text it looks at, or change how `^` and `$` do."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for."""

    pattern: Pattern | None = None
    """What the lines hold; None: all are wanted."""
    inverted: bool = False
    """Those that do not match are wanted."""
    before: int = 0
    after: int = 0
    """How many lines before and after each wanted one are shown too."""
    since_ns: int | None = None
    until_ns: int | None = None
    """Both still belong to it; nanoseconds since the epoch."""
    may_match: Callable[[bytes], object] | None = None
    """Tells of many lines at once whether one of them may match."""


class Selected(NamedTuple):
    """A line to be shown."""

    line: Line
    wanted: bool
    """False: it is shown because it stands near one."""
    span: Span | None
    """Where in the text the pattern matches."""
    follows_gap: bool
    """Whether there are lines between the one that was shown before and this one; only told where neighbours are shown."""


def page_filter(text: str, *, ignore_case: bool, fixed: bool) -> Callable[[bytes], object] | None:
    """Return what tells of many lines at once whether one may match the pattern `text`, or None where that cannot be told.

    A line that matches does so among others too: line feeds delimit words as ends of the text do.
    """
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.literal = fixed
    options.log_errors = False
    if not fixed:
        if any(part in text for part in _CONTEXT_FREE):
            return None
        text = f"(?m){text}"
    search: Callable[[bytes], object] = re2.compile(text, options).search
    return search


class Selection:
    """Takes lines and gives back those that are to be shown, in the order of time."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._waiting: list[tuple[int, int, Line]] = []
        self._count = 0
        self._neighbours = bool(wanted.before or wanted.after)
        self._before: deque[Line] = deque(maxlen=wanted.before)
        self._after = 0
        self._shown = False
        self._gap = False

    def select(self, pages: Iterable[Page]) -> Iterator[list[Selected]]:
        """Yield what is selected of pages."""
        for page in pages:
            if self._may_hold(page):
                self._wait(page.lines())
            end = bisect_left(self._waiting, (page.earliest_ns,))
            if found := self._choose([line for *_, line in self._waiting[:end]]):
                yield found
            del self._waiting[:end]
        if found := self._choose([line for *_, line in self._waiting]):
            yield found
        self._waiting.clear()

    def take(self, lines: Iterable[Line]) -> list[Selected]:
        """Return what is selected of lines in the order in which they come: who follows a recording waits for none."""
        return self._choose([line for line in lines if self._is_in_time(line.time_ns)])

    def _may_hold(self, page: Page) -> bool:
        wanted = self._wanted
        if wanted.since_ns is not None and max(page.times, default=0) < wanted.since_ns:
            return False
        if wanted.until_ns is not None and min(page.times, default=0) > wanted.until_ns:
            return False
        if self._neighbours or wanted.inverted or wanted.may_match is None:
            return True
        return bool(wanted.may_match(page.text))

    def _is_in_time(self, time: int) -> bool:
        since, until = self._wanted.since_ns, self._wanted.until_ns
        return (since is None or time >= since) and (until is None or time <= until)

    def _wait(self, lines: list[Line]) -> None:
        pattern = self._wanted.pattern
        if pattern is not None and not self._neighbours:
            search, inverted = pattern.search, self._wanted.inverted
            lines = [line for line in lines if (search(line.text) is None) == inverted]
        for number, line in enumerate(lines, self._count):
            if self._is_in_time(line.time_ns):
                self._waiting.append((line.time_ns, number, line))
        self._count += len(lines)
        self._waiting.sort()

    def _choose(self, lines: list[Line]) -> list[Selected]:
        found: list[Selected] = []
        pattern, inverted = self._wanted.pattern, self._wanted.inverted
        for line in lines:
            span = pattern.search(line.text) if pattern is not None else None
            if pattern is None or (span is None) == inverted:
                for neighbour in self._before:
                    self._show(found, neighbour, wanted=False)
                self._before.clear()
                self._show(found, line, wanted=True, span=None if inverted else span)
                self._after = self._wanted.after
            elif self._after:
                self._show(found, line, wanted=False)
                self._after -= 1
            elif self._neighbours:
                self._gap = self._gap or len(self._before) == self._wanted.before
                self._before.append(line)
        return found

    def _show(self, found: list[Selected], line: Line, *, wanted: bool, span: Span | None = None) -> None:
        found.append(Selected(line, wanted, span, self._gap and self._shown))
        self._gap = False
        self._shown = True
