"""The search index as its users see it: opened, brought up to date, asked."""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from claude_sessions.base.errors import UsageError
from claude_sessions.search.database import Tell, discard, is_damage, open_database, path_of
from claude_sessions.search.gather import Gatherer
from claude_sessions.search.hits import COLUMNS, EVERYTHING, Filter, Hit, HitMaker, Place
from claude_sessions.search.pattern import Pattern
from claude_sessions.search.scan import scan
from claude_sessions.search.snippet import WIDTH
from claude_sessions.search.update import Progress, Updater, no_progress
from claude_sessions.search.words import Query

T = TypeVar("T")

_MOST_RANKED = 3000
"""Of what more texts have, the latest so many are ranked: it stands everywhere, and weighing 30,000 takes 60 ms."""

_RECORDING = Place.__struct_fields__.index("recording")

_RANKED = f"""
SELECT {COLUMNS} FROM (
    SELECT words.rowid AS found, bm25(words) AS worth
    FROM words JOIN passage ON passage.id = words.rowid JOIN source ON source.id = passage.source
    WHERE words MATCH ? AND {{condition}} ORDER BY words.rowid DESC LIMIT {_MOST_RANKED}
) JOIN passage ON passage.id = found JOIN source ON source.id = passage.source
ORDER BY round(worth, 1), passage.time DESC, source.written
"""  # noqa: S608 - put together of constants alone
"""Of a line and its copies in resumed sessions the first is that of the file that was written last the longest ago."""


def _silent(_sentence: str) -> None:
    """Tell nobody."""


class SearchIndex:
    """`with SearchIndex() as index: index.update(); index.find(Query("…"))`.

    `tell` takes a sentence for people where the index is damaged or old and built anew, where it cannot be kept, and for
    each transcript or recording that cannot be read.
    """

    def __init__(self, home: Path | None = None, tell: Tell = _silent) -> None:
        self._home = home
        self._tell = tell
        self._stack = contextlib.ExitStack()
        self._database: sqlite3.Connection

    def __enter__(self) -> Self:
        self._database = self._stack.enter_context(open_database(self._home, self._tell))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def update(self, progress: Progress = no_progress) -> None:
        """Read what has changed since the last time; see `Updater.update`."""
        self._mending(lambda: self._update(progress), progress)

    def find(self, query: Query, wanted: Filter = EVERYTHING, *, limit: int = 20, width: int = WIDTH) -> list[Hit]:
        """Return what has all words of a query, the best first, of the same worth the newest first."""
        return self._titled(self._mending(lambda: self._find(query, wanted, limit, width), no_progress))

    def scan(self, pattern: Pattern, wanted: Filter = EVERYTHING, *, limit: int = 20, width: int = WIDTH) -> list[Hit]:
        """Return the newest texts in which a pattern matches, the newest first. All of them are read for it."""
        return self._titled(self._mending(lambda: scan(self._database, pattern, wanted, limit, width), no_progress))

    def _titled(self, hits: list[Hit]) -> list[Hit]:
        if not hits:
            return hits
        from claude_sessions.search.titles import with_titles  # loads what reads transcripts

        try:
            return with_titles(self._database, self._home, hits)
        except sqlite3.Error:
            return hits  # a hit without a title is better than none

    def _update(self, progress: Progress) -> None:
        updater = Updater(self._database, self._home, self._tell)
        updater.update(progress)
        if updater.is_littered():
            self._begin_anew()
            Updater(self._database, self._home, self._tell).update(progress)

    def _mending(self, work: Callable[[], T], progress: Progress) -> T:
        """Return what `work` does; where the index turns out to be damaged, build it anew first."""
        try:
            return work()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise UsageError(f"the search index cannot be read ({error}); try again") from None
            self._tell(f"the search index is damaged ({error}): it is built anew")
        self._begin_anew()
        Updater(self._database, self._home, self._tell).update(progress)
        return work()

    def _begin_anew(self) -> None:
        path = path_of(self._database)
        self._stack.close()
        discard(path, self._home)
        self._stack = contextlib.ExitStack()
        self._database = self._stack.enter_context(open_database(self._home, self._tell))

    def _find(self, query: Query, wanted: Filter, limit: int, width: int) -> list[Hit]:
        condition, values = wanted.condition()
        rows = self._database.execute(_RANKED.format(condition=condition), (query.expression, *values))
        maker = HitMaker(self._database, query.spans, width)
        gatherer = Gatherer(limit)
        with contextlib.closing(rows):
            seen: set[tuple[int, int]] = set()
            for row in rows:
                if gatherer.is_done:
                    break
                if gatherer.is_full and row[_RECORDING]:
                    continue  # thousands, and a Place each would take as long as all the rest
                place = Place(*row)
                if place.key and place.identity in seen:
                    continue  # a copy of a line that a resumed session begins with
                seen.add(place.identity)
                if gatherer.wants(place):
                    gatherer.add(maker.read(place))
        return gatherer.hits
