"""The index on disk: one SQLite database in the home's cache folder, thrown away and made anew when in doubt.

    source     what was read: transcripts by path, recordings by id; how far, and what tells that it has changed
    passage    one row for each text: its source, its place and time, who speaks
    words      FTS5 without a copy of the text, by the passage's id: hits read their text where it stands
    screen     for passages of recordings, whose text no file holds as such: their lines, packed
    link       from when on a recording shows which session of Claude's

FTS5 cannot forget the words of a text that it is not shown again, and a changed transcript's are gone. Their passages are
forgotten: words without a passage are no hit, and when they are too many the index is built anew.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from claude_sessions.store.cache import IN_MEMORY, place_cache

NAME = "search.db"
VERSION = 3
"""Goes up with every change of the tables or of what is indexed."""

PATIENCE_S = 120.0
"""How long we wait for another process that builds the index."""

_WORDS_IN_MEMORY = 8 << 20
"""Bytes of new words that are held before they are written: SQLite's own megabyte makes building take 2.5 times as long."""

_PAGES_IN_MEMORY = 16 << 10
"""In kB. More than is written at once, so that readers wait for the commit only."""

_TABLES = """
CREATE TABLE source (
    id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, version BLOB NOT NULL, recording TEXT NOT NULL,
    session TEXT NOT NULL, agent INTEGER NOT NULL, directory TEXT NOT NULL, written INTEGER NOT NULL,
    started INTEGER NOT NULL, ended INTEGER NOT NULL, reached INTEGER NOT NULL, mark BLOB NOT NULL
);
CREATE TABLE passage (
    id INTEGER PRIMARY KEY, source INTEGER NOT NULL, place INTEGER NOT NULL, time INTEGER NOT NULL,
    kind INTEGER NOT NULL, key INTEGER NOT NULL
);
CREATE INDEX passage_by_place ON passage (source, place);
CREATE TABLE screen (id INTEGER PRIMARY KEY, lines BLOB NOT NULL);
CREATE TABLE link (session TEXT NOT NULL, source INTEGER NOT NULL, since INTEGER NOT NULL);
CREATE INDEX link_by_session ON link (session);
CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize="unicode61 remove_diacritics 2");
"""

Tell = Callable[[str], None]


@contextlib.contextmanager
def open_database(home: Path | None, tell: Tell) -> Iterator[sqlite3.Connection]:
    """Open the index of a home, made where it is missing; `tell` takes a sentence where it cannot be used as it is.

    Where no file can be made, the index lives in memory.
    """
    path = place_cache(NAME, home)
    if path == IN_MEMORY:
        tell("the cache folder cannot be used: everything is read anew for this search")
    connection = _connect(path, tell)
    if connection is None:
        path = discard(path, home)
        connection = _connect(path, tell)
    connection = connection or _connect(IN_MEMORY, tell)
    assert connection is not None, "a database in memory can always be made"
    with contextlib.closing(connection):
        yield connection


def discard(path: str, home: Path | None) -> str:
    """Remove an index that cannot be used, and return where to make another. Who has it open keeps what he has."""
    if path == IN_MEMORY:
        return path
    try:
        for suffix in ("-journal", ""):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + suffix)
    except OSError:
        return IN_MEMORY
    return place_cache(NAME, home)


def path_of(connection: sqlite3.Connection) -> str:
    """Return the file behind a connection."""
    return connection.execute("PRAGMA database_list").fetchone()[2] or IN_MEMORY


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error means that the file is no good, and not that it is locked or the disk is full."""
    return isinstance(error, sqlite3.DatabaseError) and (
        not isinstance(error, sqlite3.OperationalError) or "no such" in str(error)
    )


def _connect(path: str, tell: Tell) -> sqlite3.Connection | None:
    """Return a connection to tables of our version; None where the file holds something else."""
    connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # it can be made again
        connection.execute(f"PRAGMA cache_size = -{_PAGES_IN_MEMORY}")
        if _version(connection) == 0:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) == 0:  # nobody was faster
                for statement in filter(str.strip, _TABLES.split(";")):
                    connection.execute(statement)
                connection.execute("INSERT INTO words(words, rank) VALUES ('hashsize', ?)", (_WORDS_IN_MEMORY,))
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        if _version(connection) == VERSION:
            return connection
        tell("the search index is of another version of claude-sessions: it is built anew")
    except sqlite3.Error as error:
        if not is_damage(error):
            connection.close()
            tell(f"the search index cannot be used ({error}): everything is read anew for this search")
            return _connect(IN_MEMORY, tell)
        tell(f"the search index cannot be used ({error}): it is built anew")
    connection.close()
    return None


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found
