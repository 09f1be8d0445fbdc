"""How far each transcript was read, on disk: a server that starts again goes on where the last one was, however that ended.

A small database of the state folder. What it lags behind by is told once more, never left out; where it is damaged it is
begun anew, and what was written meanwhile is then history.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from claude_sessions.base.paths import create_private_file, open_for_reading, open_private_folder
from claude_sessions.live.position import Position

_NAME = "positions.db"
_VERSION = 1

_PATIENCE_S = 5.0
"""How long a statement waits for another process that writes."""

Changed = Mapping[str, Position | None]
"""By path; None: it is gone."""


class SavedPositions:
    """See the module. `save` may be called in any thread, one at a time."""

    def __init__(self, folder: Path) -> None:
        """Open the positions that are kept in `folder`, which is made where it is missing, mode 0700.

        Raises InsecureHomeError and UnwritableHomeError for the folder.
        """
        self.warnings: list[str] = []
        """A sentence for what a person ought to know: it was damaged, it cannot be written."""
        self.positions: dict[str, Position] = {}
        """What was there when it was opened."""
        self.looked_ns: dict[str, int] = {}
        """For each folder that was watched when its transcripts were last known to be all here, since the epoch."""
        os.close(open_private_folder(folder, create=True))
        self._path = folder / _NAME
        self._database: sqlite3.Connection | None = None
        try:
            self._open()
        except (sqlite3.OperationalError, OSError) as error:
            self._give_up(error)  # also where something else has its name: that is not touched
        except (sqlite3.Error, ValueError, TypeError) as error:
            self._begin_anew(error)

    def save(self, changed: Changed, folders: Iterable[str], looked_ns: int) -> None:
        """Keep what has changed: all of it, or after a crash none. A failure is told in `warnings`, once."""
        database = self._database
        if database is None:
            return
        try:
            with database:  # one transaction
                database.execute("BEGIN IMMEDIATE")
                database.executemany(
                    "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?)",
                    [_row(path, position) for path, position in changed.items() if position is not None],
                )
                gone = [(os.fsencode(path),) for path, position in changed.items() if position is None]
                database.executemany("DELETE FROM positions WHERE path = ?", gone)
                rows = [(os.fsencode(folder), looked_ns) for folder in folders]
                database.executemany("INSERT OR REPLACE INTO folders VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Close the file. What was saved is there."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> None:
        """Open the database and read what is in it."""
        folder = open_private_folder(self._path.parent, create=False)
        try:
            with contextlib.suppress(FileExistsError):
                os.close(create_private_file(_NAME, folder))
            os.close(open_for_reading(_NAME, folder))  # SQLite opens it by its path: a link is not followed
        finally:
            os.close(folder)
        database = sqlite3.connect(self._path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        self._database = database
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            with database:
                database.execute("BEGIN IMMEDIATE")
                database.execute(_POSITIONS)
                database.execute("CREATE TABLE IF NOT EXISTS folders (path BLOB PRIMARY KEY, looked_ns INTEGER) STRICT")
                database.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise sqlite3.DatabaseError(f"it was written by another version of claude-sessions ({version})")
        for path, device, inode, offset, line, before in database.execute("SELECT * FROM positions"):
            self.positions[os.fsdecode(path)] = Position(device % 2**64, inode % 2**64, offset, line, before)
        self.looked_ns = {os.fsdecode(path): at for path, at in database.execute("SELECT * FROM folders")}

    def _begin_anew(self, error: Exception) -> None:
        self.warnings.append(
            f"{self._path} cannot be used ({error}); it is begun anew, and what was written into transcripts "
            "while nothing watched them is not told"
        )
        self.positions, self.looked_ns = {}, {}
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self._path}{suffix}")
        try:
            self._open()
        except sqlite3.Error as again:
            self._give_up(again)

    def _give_up(self, error: Exception) -> None:
        self.warnings.append(f"{self._path} cannot be written ({error}); after a restart only what is new is told")
        with contextlib.suppress(sqlite3.Error):
            self.close()
        self._database = None


_POSITIONS = """CREATE TABLE IF NOT EXISTS positions (
    path BLOB PRIMARY KEY, device INTEGER, inode INTEGER, offset INTEGER, line INTEGER, before BLOB
) STRICT"""


def _row(path: str, position: Position) -> tuple[bytes, int, int, int, int | None, bytes]:
    """Return a row; SQLite's numbers have a sign, and those of some file systems use all 64 bits."""
    device, inode = (number - 2**64 if number >= 2**63 else number for number in (position.device, position.inode))
    return os.fsencode(path), device, inode, position.offset, position.line, position.before
