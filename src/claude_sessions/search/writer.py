"""Writing to the index in the way in which SQLite is fast.

FTS5 gathers words in memory, and writes them whenever a statement begins that could have to be undone alone: one that
changes several rows, or replaces one. While texts are coming there are only plain inserts; all else waits for the end.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any

from claude_sessions.search.screens import text_of, unpack
from claude_sessions.search.texts import Kind
from claude_sessions.search.words import indexed

_CHARACTERS = 1 << 18
"""So much text is handed over at once."""

_ADD_TEXT = "INSERT INTO words(rowid, text) VALUES (?, ?)"
_ADD_PASSAGE = "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?)"
_ADD_SCREEN = "INSERT INTO screen VALUES (?, ?)"
_ADD_LINK = "INSERT INTO link VALUES (?, ?, ?)"
_SET_SOURCE = "REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

_SCREENS = "SELECT screen.id, lines FROM passage JOIN screen ON screen.id = passage.id WHERE source = ?"
_ONCE = (Kind.TITLE, Kind.SUMMARY, Kind.PROMPT)
_KEYS_OF_ONCE = f"SELECT key FROM passage WHERE source = ? AND kind IN ({', '.join(str(kind.value) for kind in _ONCE)})"  # noqa: S608 - numbers
_FORGET_QUEUED = f"DELETE FROM passage WHERE source = ? AND key = ? AND kind = {Kind.PROMPT.value}"  # noqa: S608 - a number
_FORGET_TEXT = "INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)"
_FORGET = (
    "DELETE FROM screen WHERE id IN (SELECT id FROM passage WHERE source = ?)",
    "DELETE FROM passage WHERE source = ?",
    "DELETE FROM link WHERE source = ?",
    "DELETE FROM source WHERE id = ?",
)

Row = tuple[Any, ...]


class Writer:
    """Takes what belongs into the index, within a transaction of the caller's; all of it is there after `finish`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._texts: list[tuple[int, str]] = []
        self._size = 0
        self._sources: list[Row] = []
        self._links: list[Row] = []
        self._sent: list[Row] = []

    def add_text(self, number: int, text: str) -> None:
        """Index a text under a number, higher than all before."""
        self._texts.append((number, indexed(text)))
        self._size += len(text)
        if self._size >= _CHARACTERS:
            self._flush()

    def keys_of_once(self, source: int) -> list[int]:
        """Return the keys of a source's titles, summaries and prompts, which may come again in what is new of it."""
        return [key for (key,) in self._database.execute(_KEYS_OF_ONCE, (source,))]

    def forget_queued(self, source: int, keys: Iterable[int]) -> None:
        """Forget prompts that only waited for their turn: they stand elsewhere now."""
        self._sent += [(source, key) for key in keys]

    def add_passages(self, rows: Iterable[Row]) -> None:
        """Add rows of `passage`."""
        self._database.executemany(_ADD_PASSAGE, rows)

    def add_screen(self, number: int, packed: bytes) -> None:
        """Add a row of `screen`."""
        self._database.execute(_ADD_SCREEN, (number, packed))

    def set_source(self, row: Row, links: Iterable[tuple[str, int]] = ()) -> None:
        """Set a row of `source`, and the rows of `link` that belong to it."""
        self._sources.append(row)
        self._links += [(session, row[0], since) for session, since in links]

    def forget(self, source: int) -> None:
        """Forget all of a source. Words are forgotten where their text is still there to be named: those of recordings."""
        self.finish()
        rows = self._database.execute(_SCREENS, (source,)).fetchall()
        texts = ((number, indexed(text_of(unpack(packed)))) for number, packed in rows)
        self._database.executemany(_FORGET_TEXT, texts)
        for statement in _FORGET:
            self._database.execute(statement, (source,))

    def finish(self) -> None:
        """Write what has been waiting."""
        self._flush()
        self._database.executemany("DELETE FROM link WHERE source = ?", [row[:1] for row in self._sources])
        self._database.executemany(_ADD_LINK, self._links)
        self._database.executemany(_SET_SOURCE, self._sources)
        self._database.executemany(_FORGET_QUEUED, self._sent)
        self._sent.clear()
        self._sources.clear()
        self._links.clear()

    def _flush(self) -> None:
        texts, self._texts, self._size = self._texts, [], 0
        self._database.executemany(_ADD_TEXT, texts)
