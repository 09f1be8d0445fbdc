"""Which lines of a recording are wanted, as grep tells it: those that match or do not, with some around them, by time.

Lines leave the screen in another order than that in which they were seen: a headline stays while text goes by below it. So
they wait here until no earlier one can come any more; of plain output that is little more than a screenful.
"""

import sys
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

import msgspec
import re2

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.search.pattern import Pattern
from claude_sessions.timeline.lines import Line
from claude_sessions.timeline.pages import Page

Span = tuple[int, int]


class _Place(Protocol):
    def span(self) -> Span: ...


PageSearch = Callable[[bytes, int], _Place | None]

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
    in_page: PageSearch | None = None
    """Finds the next place in many lines, from an offset on, where one may match; see `page_search`."""


class Selected(NamedTuple):
    """A line to be shown."""

    line: Line
    wanted: bool
    """False: it is shown because it stands near one."""
    span: Span | None
    """Where in the text the pattern matches."""
    follows_gap: bool
    """Whether there are lines between the one that was shown before and this one; only told where neighbours are shown."""


def page_search(text: str, *, ignore_case: bool, fixed: bool) -> PageSearch | None:
    """Return what looks for the pattern `text` in many lines at once; None where that may overlook one.

    A line that matches does so among others too: line feeds delimit words as ends of the text do. But not all that is
    found there is a match in a line.
    """
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.literal = fixed
    options.log_errors = False
    if not fixed:
        if any(part in text for part in _CONTEXT_FREE):
            return None
        text = f"(?m){text}"
    search: PageSearch = re2.compile(text, options).search
    return search


def _find(page: Page, search: PageSearch) -> Iterator[Line]:
    """Yield the lines that a match in the text of a page touches."""
    text = page.text
    times: list[int] = []
    begin = number = 0
    while begin < len(text) and (place := search(text, begin)) is not None:
        start, stop = place.span()
        number += text.count(b"\n", begin, start)
        begin = max(begin, text.rfind(b"\n", begin, start) + 1)
        end = text.find(b"\n", stop)
        end = len(text) if end < 0 else end
        times = times or page.times()
        for part in text[begin:end].decode().split("\n"):
            time = times[number]
            yield Line(part, time, max(0, time - page.started_ns) / NANOSECONDS)
            number += 1
        begin = end + 1


class _Judged(NamedTuple):
    """A line, by time and then by its place, with what the pattern says of it."""

    time: int
    number: int
    line: Line
    wanted: bool
    span: Span | None


class Selection:
    """Takes lines and gives back those that are to be shown, in the order of time."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._waiting: list[_Judged] = []
        self._count = 0
        self._neighbours = bool(wanted.before or wanted.after)
        self._before: deque[Line] = deque(maxlen=wanted.before)
        self._after = 0
        self._shown = False
        self._gap = False

    def select(self, pages: Iterable[Page]) -> Iterator[list[Selected]]:
        """Yield what is selected of pages."""
        for page in pages:
            if self._is_in_time(page):
                self._waiting += self._judge(self._candidates(page))
                self._waiting.sort()
            end = bisect_left(self._waiting, (page.earliest_ns,))
            if end and (found := self._choose(self._waiting[:end])):
                yield found
            del self._waiting[:end]
        if found := self._choose(self._waiting):
            yield found
        self._waiting = []

    def take(self, lines: Iterable[Line]) -> list[Selected]:
        """Return what is selected of lines in the order in which they come: who follows a recording waits for none."""
        return self._choose(self._judge(lines))

    def _is_in_time(self, page: Page) -> bool:
        since, until = self._wanted.since_ns, self._wanted.until_ns
        return any((since is None or time >= since) and (until is None or time <= until) for _, time in page.runs)

    def _candidates(self, page: Page) -> Iterable[Line]:
        """Return the lines of a page, without most of those that are not needed."""
        search = self._wanted.in_page
        if search is None or self._neighbours or self._wanted.inverted:
            return page.lines()
        return _find(page, search)

    def _judge(self, lines: Iterable[Line]) -> Iterator[_Judged]:
        """Yield lines that are in time; those that are not wanted only where they may be shown as neighbours."""
        wanted = self._wanted
        search = wanted.pattern.search if wanted.pattern is not None else None
        since = wanted.since_ns or 0
        until = sys.maxsize if wanted.until_ns is None else wanted.until_ns
        span = None
        is_wanted = True
        for number, line in enumerate(lines, self._count):
            if search is not None:
                span = search(line.text)
                is_wanted = (span is None) == wanted.inverted
            if (is_wanted or self._neighbours) and since <= line.time_ns <= until:
                yield _Judged(line.time_ns, number, line, is_wanted, span)
            self._count += 1

    def _choose(self, judged: Iterable[_Judged]) -> list[Selected]:
        found: list[Selected] = []
        for _, _, line, is_wanted, span in judged:
            if is_wanted:
                for neighbour in self._before:
                    self._show(found, neighbour, wanted=False)
                self._before.clear()
                self._show(found, line, wanted=True, span=None if self._wanted.inverted else span)
                self._after = self._wanted.after
            elif self._after:
                self._show(found, line, wanted=False)
                self._after -= 1
            else:
                self._gap = self._gap or len(self._before) == self._wanted.before
                self._before.append(line)
        return found

    def _show(self, found: list[Selected], line: Line, *, wanted: bool, span: Span | None = None) -> None:
        found.append(Selected(line, wanted, span, self._gap and self._shown))
        self._gap = False
        self._shown = True
