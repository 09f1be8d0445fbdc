"""Which lines of a recording are wanted, as grep tells it: those that match or do not, with some around them.

Lines leave the screen in another order than that in which they were seen: a headline stays while text goes by below it. So
they wait here until no earlier one can come any more; of plain output that is little more than a screenful. Where
neighbours are wanted too the order is that of the screen: around an answer a person looks for what stood above and below
it, and what was seen at the same time is the status line.
"""

import re
import sys
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol, Self

import msgspec
import re2

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.search.pattern import Pattern
from claude_sessions.search.stretches import Stretch
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
    before: int | None = None
    after: int | None = None
    """How many lines above and below each wanted one are shown too. With 0 there are none, but gaps are told."""
    since_ns: int | None = None
    until_ns: int | None = None
    """Both still belong to it; nanoseconds since the epoch."""
    in_page: PageSearch | None = None
    """Finds the next place in many lines, from an offset on, where one may match; see `page_search`."""

    @property
    def grouped(self) -> bool:
        """Whether neighbours or gaps are wanted."""
        return self.before is not None or self.after is not None


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

    A line that matches does so among others too, at the same place: line feeds delimit words as ends of the text do. But
    not all that is found there is a match in a line: it may go on in the next one.
    """
    if text and not ignore_case and (fixed or text == re.escape(text)):
        return _Text(text.encode()).search
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


class _Text:
    """Looks for a text as it is; a call of RE2 takes ten times as long."""

    def __init__(self, wanted: bytes) -> None:
        self._wanted = wanted
        self._at = 0

    def search(self, text: bytes, begin: int) -> Self | None:
        self._at = text.find(self._wanted, begin)
        return None if self._at < 0 else self

    def span(self) -> Span:
        return self._at, self._at + len(self._wanted)


def _find(page: Page, search: PageSearch) -> Iterator[tuple[int, Line, Span | None]]:
    """Yield the lines that a match in the text of a page touches: number, line, and where in it that is.

    None instead where the match goes on in the next line: nobody knows then whether one of them matches by itself.
    """
    text = page.text
    times = page.times()
    started = page.started_ns
    is_ascii = text.isascii()
    begin = number = 0
    while begin < len(text) and (place := search(text, begin)) is not None:
        start, stop = place.span()
        number += text.count(b"\n", begin, start)
        begin = max(begin, text.rfind(b"\n", begin, start) + 1)
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        if stop <= end:
            span = start - begin, stop - begin
            if not is_ascii:
                span = len(text[begin:start].decode()), len(text[begin:stop].decode())
            time = times[number]
            yield number, Line(text[begin:end].decode(), time, max(0, time - started) / NANOSECONDS), span
            number += 1
        else:
            end = text.find(b"\n", stop)
            end = len(text) if end < 0 else end
            for part in text[begin:end].decode().split("\n"):
                time = times[number]
                yield number, Line(part, time, max(0, time - started) / NANOSECONDS), None
                number += 1
        begin = end + 1


def _near(hits: Iterable[int], before: int, after: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches (from, to) of `end` lines that are near a hit, or may be near one of another page."""
    begin, stop = 0, min(after, end)
    for hit in hits:
        if hit - before > stop:
            yield begin, stop
            begin = hit - before
        stop = max(stop, min(hit + after + 1, end))
    if end - before > stop:
        yield begin, stop
        begin = end - before
    yield begin, end


class _Judged(NamedTuple):
    """A line, by time and then by its place, with what the pattern says of it."""

    time: int
    number: int
    line: Line
    wanted: bool
    span: Span | None


class Selection:
    """Takes lines and gives back those that are to be shown: by time, or with neighbours in the order of the screen."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._stretch = Stretch(wanted.since_ns, wanted.until_ns)
        self._waiting: list[_Judged] = []
        self._count = 0
        self._grouped = wanted.grouped
        self._most_before = wanted.before or 0
        self._most_after = wanted.after or 0
        self._before: deque[Line] = deque(maxlen=self._most_before)
        self._after = 0
        self._shown = False
        self._gap = False

    def select(self, pages: Iterable[Page]) -> Iterator[list[Selected]]:
        """Yield what is selected of pages."""
        if self._grouped:
            for page in pages:
                if found := self._with_neighbours(page):
                    yield found
            return
        for page in pages:
            if any(self._stretch.holds(time) for _, time in page.runs):
                self._waiting += self._judge_page(page)
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

    def _judge_page(self, page: Page) -> Iterator[_Judged]:
        """Yield the wanted lines of a page that are in time."""
        search, pattern = self._wanted.in_page, self._wanted.pattern
        if search is None or pattern is None or self._wanted.inverted:
            yield from self._judge(page.lines())
            return
        holds = self._stretch.holds
        for number, line, found in _find(page, search):
            span = pattern.search(line.text) if found is None else found
            if span is not None and holds(line.time_ns):
                yield _Judged(line.time_ns, self._count + number, line, True, span)
        self._count += sum([count for count, _ in page.runs])

    def _with_neighbours(self, page: Page) -> list[Selected]:
        search = self._wanted.in_page
        if search is None or self._wanted.inverted or not all(self._stretch.holds(time) for _, time in page.runs):
            return self.take(page.lines())
        times = page.times()
        texts = page.text.split(b"\n")
        hits = [number for number, *_ in _find(page, search)]
        found: list[Selected] = []
        done = 0
        for begin, end in _near(hits, self._most_before, self._most_after, len(texts)):
            if begin > done:
                self._before.clear()
                self._gap = True
            found += self.take(
                Line(text.decode(), time, max(0, time - page.started_ns) / NANOSECONDS)
                for text, time in zip(texts[begin:end], times[begin:end], strict=True)
            )
            done = end
        return found

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
            if (is_wanted or self._grouped) and since <= line.time_ns <= until:
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
                self._after = self._most_after
            elif self._after:
                self._show(found, line, wanted=False)
                self._after -= 1
            else:
                self._gap = self._gap or len(self._before) == self._most_before
                self._before.append(line)
        return found

    def _show(self, found: list[Selected], line: Line, *, wanted: bool, span: Span | None = None) -> None:
        found.append(Selected(line, wanted, span, self._gap and self._shown))
        self._gap = False
        self._shown = True
