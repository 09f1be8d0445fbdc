"""A conversation in one file, for another machine: a tar archive, its manifest first, packed with zstd or gzip.

The manifest names every file with its size and digest; the members follow in the same order.
"""

import contextlib
import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from claude_sessions.base import target
from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import PRIVATE_FILE
from claude_sessions.transcript.packed import zstd
from claude_sessions.upkeep.manifest import FileRecord
from claude_sessions.upkeep.restore import pieces
from claude_sessions.upkeep.vault import Stored, Vault

MANIFEST = "manifest.json"
SUFFIXES = (".tar.zst", ".tar.gz")


def check_target(path: Path, *, force: bool = False) -> None:
    """Raise UsageError where a file's name has another suffix, or it may not be written."""
    if not path.name.endswith(SUFFIXES):
        raise UsageError(f"{path} must end in {' or '.join(SUFFIXES)}")
    target.check_target(path, force=force)


def write_bundle(vault: Vault, stored: Stored, path: Path, *, force: bool = False) -> int:
    """Write an archived session into a file, mode 0600; return its size in bytes.

    Raises what `check_target` raises, UsageError where the archive is damaged or the file cannot be made.
    Then what was there is as it was.
    """
    check_target(path, force=force)
    with target.open_target(path, force=force) as file:
        with _packing(file, path.name) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
            _write(tar, vault, stored)
        return file.tell()


def _write(tar: tarfile.TarFile, vault: Vault, stored: Stored) -> None:
    records = [FileRecord(each.path, each.size, each.digest, each.mtime_ns) for each in stored.manifest.files]
    manifest = msgspec.structs.replace(stored.manifest, files=tuple(records), projects="")
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    tar.addfile(_member(MANIFEST, len(text), 0), io.BytesIO(text))
    for record in stored.manifest.files:
        member = _member(record.path, record.size, record.mtime_ns)
        tar.addfile(member, _Reader(pieces(vault, stored, record)))  # type: ignore[arg-type]  # read is all it needs


def _member(name: str, size: int, mtime_ns: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, mtime_ns // 10**9, PRIVATE_FILE
    return member


@contextlib.contextmanager
def _packing(file: IO[bytes], name: str) -> Iterator[Any]:
    packed: Any = gzip.GzipFile("", "wb", fileobj=file) if name.endswith(".gz") else zstd.ZstdFile(file, "wb")
    with packed:
        yield packed


class _Reader:
    """Pieces of any size, read in sizes that somebody else chooses; the last read makes sure that they end well."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._rest = bytearray()

    def read(self, size: int) -> bytes:
        while len(self._rest) <= size and (piece := next(self._source, None)) is not None:
            self._rest += piece
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken
