"""Databases of the home's `cache` folder: what can be computed again, kept so that it need not be.

A cache never stands in the way: where the folder is missing, somebody else's, full or read-only, the database lives in
memory and is forgotten. A file that is damaged, or was written by another version of us, is thrown away.
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.store.home import Home

CACHE = "cache"
PATIENCE_S = 10.0
"""How long a statement waits for another process that writes."""

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

IN_MEMORY = ":memory:"
"""Stands for the path of a database that nobody keeps."""


@contextlib.contextmanager
def open_cache(
    name: str, version: int, create: Callable[[sqlite3.Connection], None], home: Path | None = None
) -> Iterator[sqlite3.Connection]:
    """Open the database `name` (a file name) of the home's cache folder, autocommitting; make it where it is missing.

    `create` makes its tables when it is new; `version` (above 0) is that of the tables. Raises nothing of the file's faults.
    """
    path = place_cache(name, home)
    connection = _connect(path, version, create) or _connect(_discard(path), version, create)
    connection = connection or _connect(IN_MEMORY, version, create)
    assert connection is not None, "a database in memory can always be made"
    with contextlib.closing(connection):
        yield connection


def place_cache(name: str, home: Path | None) -> str:
    """Return the path of a private file that is there; the database in memory where none can be made.

    SQLite opens it by this path: a link or a pipe of that name is replaced, so that nothing else is opened or written.
    """
    try:
        with Home.open(home, create=True) as opened:
            folder = opened.folder(CACHE, create=True)
            try:
                os.close(open_for_reading(name, folder))
            except OSError:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=folder)
                os.close(create_private_file(name, folder))
            return str(opened.path / CACHE / name)
    except (ClaudeSessionsError, OSError):
        return IN_MEMORY


def _connect(path: str, version: int, create: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection | None:
    """Return a connection to tables of this version; None where the file holds something else and must go."""
    connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # it can be computed again
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            create(connection)
            connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode in _BUSY:
            return _connect(IN_MEMORY, version, create)  # somebody holds it: it is his, and no fault of the file
        return None
    except sqlite3.Error:
        connection.close()
        return None
    if found in (0, version):
        return connection
    connection.close()
    return None


def _discard(path: str) -> str:
    """Remove a file that cannot be used; who has it open keeps what he has. Return where to begin anew."""
    if path != IN_MEMORY:
        with contextlib.suppress(OSError):
            for suffix in ("", "-journal", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path + suffix)
            return place_cache(os.path.basename(path), Path(path).parent.parent)
    return IN_MEMORY
