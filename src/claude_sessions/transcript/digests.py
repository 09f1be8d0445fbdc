"""What was found out about each transcript, kept in the cache: a file is read again only when it has changed.

A reader that goes over all transcripts (hundreds of files, hundreds of megabytes) says how one file is summed up, as a
small struct; the cache keeps one for each file with what tells that it has changed (`LogFile.version`).
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.store.cache import open_cache
from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.second import second_process

T = TypeVar("T")

_KEPT_AT_ONCE = 64
"""After so many new digests they are written: an interrupted run has not been for nothing."""

_WORTH_HELP = 32_000_000
"""Bytes to be read from which a second process is of use: a fork costs some milliseconds."""

_LAYOUT = 2
"""Of the table. Goes up when its columns change."""

Row = tuple[bytes, bytes, bytes]
"""Path, version, digest."""


def _nothing(size: int) -> None:
    """Report no progress."""


class DigestCache(Generic[T]):
    """The digests of one kind, in a database of their own."""

    def __init__(self, name: str, version: int, kind: type[T], home: Path | None = None) -> None:
        """`version` is that of `kind` and of how it is computed: another one makes the cache start anew."""
        self.warnings: list[str] = []
        """A sentence for every file that the last call could not read."""
        self._name = f"{name}.db"
        self._version = version << 8 | _LAYOUT
        self._home = home
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(kind).decode

    def digests(
        self,
        files: Sequence[LogFile],
        compute: Callable[[LogFile], T],
        progress: Callable[[int], None] = _nothing,
    ) -> list[tuple[LogFile, T]]:
        """Return each file's digest, in the order of the files; `compute` is called for those that have changed.

        `progress` is told the size of each file that is done, in bytes. A file that has gone, or cannot be read, is left
        out and stands in `warnings`.
        """
        self.warnings = []
        found: list[tuple[LogFile, T]] = []
        with open_cache(self._name, self._version, _create, self._home) as database:
            kept = _Kept(database)
            changed = {file.path: file for file in files if kept.value(file) is None}
            with self._computed(list(changed.values()), compute) as computed:
                for file in files:
                    digest = self._kept(kept.value(file))
                    if digest is None:
                        try:
                            digest, encoded = computed(file)
                        except ClaudeSessionsError as error:
                            self.warnings.append(str(error))
                            continue
                        except UNDECODABLE as error:
                            self.warnings.append(f"{file.path} cannot be summed up: {why_undecodable(error)}")
                            continue
                        kept.keep(file, encoded)
                    found.append((file, digest))
                    progress(file.size)
            kept.write(forget=True)
        return found

    @contextlib.contextmanager
    def _computed(
        self, changed: Sequence[LogFile], compute: Callable[[LogFile], T]
    ) -> Iterator[Callable[[LogFile], tuple[T, bytes]]]:
        """Yield what computes a digest and its encoded form; where much has changed, a second process helps."""

        def alone(file: LogFile) -> tuple[T, bytes]:
            digest = compute(file)
            return digest, self._encode(digest)

        def helped(file: LogFile) -> tuple[T, bytes]:
            number = numbers.get(file.path)
            encoded = helper.result(number) if helper and number is not None else None
            return alone(file) if encoded is None else (self._decode(encoded), encoded)

        if len(changed) < 2 or sum(file.size for file in changed) < _WORTH_HELP:
            yield alone
            return
        numbers = {file.path: number for number, file in enumerate(changed)}
        with second_process(len(changed), lambda number: self._encode(compute(changed[number]))) as helper:
            yield helped

    def known(self, files: Iterable[LogFile], *, stale: bool = False) -> Iterator[tuple[LogFile, T]]:
        """Yield the digests that are there already, reading no transcript; with `stale` also those of changed ones."""
        with open_cache(self._name, self._version, _create, self._home) as database:
            kept = _Kept(database)
            for file in files:
                digest = self._kept(kept.value(file, stale=stale))
                if digest is not None:
                    yield file, digest

    def _kept(self, value: bytes | None) -> T | None:
        try:
            return None if value is None else self._decode(value)
        except UNDECODABLE:
            return None


class _Kept:
    """The rows of the database, and those still to be written."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._pending: list[Row] = []
        self._rows: dict[bytes, tuple[bytes, bytes]] = {}
        try:
            for path, version, value in database.execute("SELECT path, version, value FROM digest"):
                self._rows[path] = version, value
        except sqlite3.Error:
            self._rows.clear()
            self._begin_anew()

    def value(self, file: LogFile, *, stale: bool = False) -> bytes | None:
        version, value = self._rows.get(os.fsencode(file.path), (b"", None))
        return value if stale or version == _encoded(file) else None

    def keep(self, file: LogFile, value: bytes) -> None:
        self._pending.append((os.fsencode(file.path), _encoded(file), value))
        if len(self._pending) >= _KEPT_AT_ONCE:
            self.write()

    def write(self, *, forget: bool = False) -> None:
        """Write what is pending, and forget files that are gone; a disk that takes nothing loses nothing but time."""
        if not self._pending:
            return
        gone = [(path,) for path in self._rows if not os.path.exists(path)] if forget else []
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("REPLACE INTO digest VALUES (?, ?, ?)", self._pending)
            self._database.executemany("DELETE FROM digest WHERE path = ?", gone)
            self._database.execute("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
        self._pending.clear()

    def _begin_anew(self) -> None:
        """Replace a table that cannot be read; one that somebody else is writing comes back with his COMMIT."""
        with contextlib.suppress(sqlite3.Error):
            self._database.execute("DROP TABLE IF EXISTS digest")
            _create(self._database)


def _encoded(file: LogFile) -> bytes:
    return b"%d %d %d %d %d" % file.version


def _create(database: sqlite3.Connection) -> None:
    database.execute("CREATE TABLE digest (path BLOB PRIMARY KEY, version BLOB, value BLOB)")
