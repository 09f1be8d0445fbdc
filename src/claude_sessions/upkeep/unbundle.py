"""A conversation from another machine, which may be made to do harm: nothing of it is believed before it is checked.

The manifest decides which files there are; a member that is not exactly the next of them ends the import. Nothing is
read that was not announced, so that nothing small can become large, and no name of a member is ever a path.
"""

import contextlib
import gzip
import os
import shutil
import stat
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.log.segment import is_session_id
from claude_sessions.transcript.packed import zstd
from claude_sessions.upkeep.bundle import MANIFEST, SUFFIXES
from claude_sessions.upkeep.manifest import Manifest, decode_manifest
from claude_sessions.upkeep.originals import running_ids
from claude_sessions.upkeep.packing import Advance, untold
from claude_sessions.upkeep.placement import Placement, Standing, refusal, standing

LARGEST = 16 * 1024**3
"""Bytes of a whole session; the largest file that anybody has seen had 4.6 GB."""

_LARGEST_MANIFEST = 16 * 1024 * 1024
_LARGEST_HEADER = 64 * 1024
_BLOCK = 1 << 20
_TAR_BLOCK = 512
_DESCRIPTIONS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME)
"""Members that only describe the next one: they are skipped, since the manifest knows better."""


def read_bundle(
    path: Path, folder: Path, advance: Advance = untold, *, force: bool = False, dry_run: bool = False
) -> Manifest:
    """Put the session that is in a file into a project's folder, and return its manifest; `dry_run`: only check it.

    Raises NotFoundError where there is no such file, UsageError where it is damaged, dangerous, too large for the disk,
    or where other files are in the way (unless `force`). Then nothing is left of it.
    """
    with _open(path) as file, Placement(folder) as placement:
        tar = _Tar(file, str(path))
        manifest = _read_manifest(tar, folder)
        if manifest.session_id in running_ids():
            raise UsageError(f"session {manifest.session_id} is running here; end it before its files are replaced")
        for record in manifest.files:
            tar.expect(record.path, record.size)
            if dry_run:
                if standing(folder / record.path, tar.pieces()) is Standing.OTHER and not force:
                    raise refusal(folder / record.path)
                for piece in tar.pieces():  # what the comparison left
                    advance(len(piece))
            else:
                placement.add(record, _told(tar.pieces(), advance))
        tar.expect_end()
        if not force:
            placement.refuse_others()
        placement.commit()
    return manifest


def _read_manifest(tar: "_Tar", folder: Path) -> Manifest:
    size = tar.expect(MANIFEST, None)
    if size > _LARGEST_MANIFEST:
        raise UsageError(f"{tar.name} has a manifest of {size} bytes, which cannot be meant")
    manifest = decode_manifest(b"".join(tar.pieces()), f"{MANIFEST} in {tar.name}")
    if not is_session_id(manifest.session_id.lower()):
        raise UsageError(f"{tar.name} holds {manifest.session_id!r}, which is no session of Claude Code's")
    if not any(record.path == f"{manifest.session_id}.jsonl" for record in manifest.files):
        raise UsageError(f"{tar.name} lacks the transcript of its session")
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    if manifest.size > min(LARGEST, shutil.disk_usage(there).free):
        raise UsageError(f"{tar.name} unpacks to {manifest.size} bytes; that is too much for {there}")
    return manifest


class _Tar:
    """Reads a tar archive onwards, member by member, and holds no more of it than a block."""

    def __init__(self, file: Any, name: str) -> None:
        self.name = name
        self._file = file
        self._left = 0
        self._padding = 0

    def expect(self, path: str, size: int | None) -> int:
        """Go on to the next member, which must be this file (of this size); return its size."""
        described = 0
        while (member := self._header()) is not None and member.type in _DESCRIPTIONS:
            described += 1
            if member.size > _LARGEST_HEADER or described > len(_DESCRIPTIONS):
                raise UsageError(f"{self.name} is not what archive export writes")
            for _ in self.pieces():
                pass
        if member is None:
            raise UsageError(f"{self.name} lacks {path}")
        if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or (member.name != path and not described):
            raise UsageError(f"{self.name} has {member.name!r} where the plain file {path} should be")
        if size is not None and member.size != size:
            raise UsageError(f"{self.name} has {member.size} bytes of {path}, its manifest says {size}")
        return member.size

    def expect_end(self) -> None:
        """Make sure that nothing follows."""
        member = self._header()
        if member is not None:
            raise UsageError(f"{self.name} has {member.name!r} in it, which its manifest does not name")

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes of the present member."""
        while self._left:
            piece = self._read(min(_BLOCK, self._left))
            self._left -= len(piece)
            yield piece

    def _header(self) -> tarfile.TarInfo | None:
        self._exactly(self._padding)
        block = self._exactly(_TAR_BLOCK)
        try:
            member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # its stub does not know it
            return None
        except tarfile.HeaderError:
            raise UsageError(f"{self.name} is no tar archive, or damaged") from None
        if member.size < 0:
            raise UsageError(f"{self.name} is damaged: a member of {member.size} bytes")
        self._left = member.size
        self._padding = -member.size % _TAR_BLOCK
        return member

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self._read(size - len(data))
        return data

    def _read(self, size: int) -> bytes:
        """Return up to `size` bytes, at least one."""
        try:
            data: bytes = self._file.read(size)
        except (zstd.ZstdError, zlib.error, EOFError, OSError) as error:
            raise UsageError(f"{self.name} is damaged: {error}") from None
        if not data:
            raise UsageError(f"{self.name} is cut off")
        return data


@contextlib.contextmanager
def _open(path: Path) -> Iterator[Any]:
    if not path.name.endswith(SUFFIXES):
        raise UsageError(f"{path} must end in {' or '.join(SUFFIXES)}, as archive export writes it")
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise NotFoundError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}") from None
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise UsageError(f"{path} is no file")
        yield _unpacking(file, path.name)


def _unpacking(file: IO[bytes], name: str) -> Any:
    return gzip.GzipFile("", "rb", fileobj=file) if name.endswith(".gz") else zstd.ZstdFile(file)


def _told(source: Iterator[bytes], advance: Advance) -> Iterator[bytes]:
    for piece in source:
        advance(len(piece))
        yield piece
