"""Keeping the index up to date: what is new is appended, what has changed is read again, what is gone is forgotten."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.search.database import Tell
from claude_sessions.search.sources import Known, Source, find_sources

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Is told what is done and how many bytes there are to read; gives the function that takes how many more were read."""

_AT_ONCE = 256 << 20
"""After reading so many bytes, what was found is written: an interrupted first search was not in vain."""

_FORGOTTEN = 20_000
"""So many more passages may be forgotten than are left before the index is built anew."""


def no_progress(_what: str, _size: int) -> AbstractContextManager[Callable[[int], None]]:
    """Show no progress."""
    return nullcontext(lambda _size: None)


class _Changes(msgspec.Struct):
    read: list[tuple[Source, Known | None]]
    gone: list[int]

    def __bool__(self) -> bool:
        return bool(self.read or self.gone)

    @property
    def size(self) -> int:
        """Bytes to read, where nothing of them can be left out."""
        return sum(_left(source, known) for source, known in self.read)


class Updater:
    """Brings one index up to date. `tell` takes a sentence for each source that cannot be read."""

    def __init__(self, database: sqlite3.Connection, home: Path | None, tell: Tell) -> None:
        self._database = database
        self._home = home
        self._tell = tell

    def update(self, progress: Progress = no_progress) -> None:
        """Read what has changed since the last time. Where another process is at it, wait for it first.

        Where the index cannot be written (it stays locked, the disk is full), it stays as it was, and a sentence says so.
        """
        try:
            if not self._changes():
                return
            self._begin()
            changes = self._changes()  # somebody else may have done it meanwhile
            with progress("Reading what is new", changes.size) as advance:
                self._read(changes, advance)
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if "no such" in str(error):
                raise
            self._tell(f"the search index cannot be brought up to date ({error}); what is new is not found")
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")

    def _begin(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def _changes(self) -> _Changes:
        rows = self._database.execute("SELECT name, id, version, session, directory, reached, mark FROM source")
        known = {name: Known(*row) for name, *row in rows}
        read = []
        for source in find_sources(self._home):
            before = known.pop(source.name, None)
            if before is None or before.version != source.version:
                read.append((source, before))
        return _Changes(read, [one.id for one in known.values()])

    def _read(self, changes: _Changes, advance: Callable[[int], None]) -> None:
        from claude_sessions.search.readout import shared_work
        from claude_sessions.search.source_reader import SourceReader  # loads what draws screens: mostly nothing is new
        from claude_sessions.search.writer import Writer

        writer = Writer(self._database)
        reader = SourceReader(writer, self._home, *self._last_ids())
        for number in changes.gone:
            writer.forget(number)
        unwritten = 0
        with shared_work(changes.read, self._home) as work:
            for source, known, readout in work:
                share = _Share(advance, _left(source, known), work.fetch)
                try:
                    if readout:
                        reader.take_over(source, readout)
                    else:
                        reader.read(source, known, share.reach)
                except (ClaudeSessionsError, FileNotFoundError) as error:
                    self._tell(f"not searched: {error}")
                    reader.pass_over(source, known)
                share.reach(_left(source, known))
                unwritten += _left(source, known)
                if unwritten >= _AT_ONCE:
                    writer.finish()
                    self._database.execute("COMMIT")
                    self._begin()
                    unwritten = 0
        writer.finish()

    def _last_ids(self) -> tuple[int, int]:
        """Return the highest numbers that a source and a text ever had: those of forgotten passages are not given again."""
        execute = self._database.execute
        last_source = execute("SELECT max(id) FROM source").fetchone()[0]
        last_text = execute("SELECT max(id) FROM words_docsize").fetchone()[0]
        return last_source or 0, last_text or 0

    def is_littered(self) -> bool:
        """Tell whether so much was forgotten that the index should be built anew."""
        kept: int = self._database.execute("SELECT count(*) FROM passage").fetchone()[0]
        return self._last_ids()[1] > 2 * kept + _FORGOTTEN


class _Share:
    """Tells how much of one source is done: no more than there is of it, though it be read twice.

    `fetch` is called whenever it is told.
    """

    def __init__(self, advance: Callable[[int], None], size: int, fetch: Callable[[], None]) -> None:
        self._advance = advance
        self._fetch = fetch
        self._size = size
        self._done = 0

    def reach(self, done: int) -> None:
        """Take notice of how many bytes are done."""
        self._fetch()
        done = min(done, self._size)
        if done > self._done:
            self._advance(done - self._done)
            self._done = done


def _left(source: Source, known: Known | None) -> int:
    """Return how many bytes of a source are new if it only grew."""
    return max(0, source.size - (known.reached if known else 0))
