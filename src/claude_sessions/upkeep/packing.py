"""One file into the archive: packed, synced, read back and compared, and only then put in the old one's place.

What has grown since is added as a further Zstandard frame; what is no longer the beginning of the original (it was cut,
or replaced) is kept beside as an earlier copy. A reader never meets half a file.
"""

import contextlib
import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

import msgspec

from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.transcript.packed import PACKED, PackedSource, zstd
from claude_sessions.upkeep.manifest import Earlier, FileRecord

Advance = Callable[[int], None]
"""Is told how many more bytes are done."""


_BLOCK = 1 << 20
_OPTIONS: dict[int, int] = {zstd.CompressionParameter.compression_level: 6, zstd.CompressionParameter.checksum_flag: 1}
_MOST_FRAMES = 64
"""With more a file is packed anew: small frames pack badly."""

_PART = ".part"
"""What is being written, in the archive's own folder; the archive's lock makes it ours."""


def untold(_amount: int) -> None:
    """Take an amount of progress that nobody watches."""


class Change(StrEnum):
    """What has become of a file, or of a session, since it was archived last."""

    NEW = "new"
    GROWN = "grown"
    REPLACED = "replaced"
    """Cut or written anew: the archive keeps what it had as an earlier copy."""
    UNCHANGED = "unchanged"


class ChangedMeanwhileError(Exception):
    """A file became shorter while it was read: the next run sees what it is then."""


class UnreadableError(Exception):
    """Why an original cannot be read; the message ends a sentence."""


class Packer:
    """Packs files into folders of the archive. Whoever makes one holds the archive's lock."""

    def __init__(self, archive: int, advance: Advance) -> None:
        """`archive` is the descriptor of the archive's folder; `advance` is told how many bytes were read."""
        self._archive = archive
        self.advance = advance
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_PART, dir_fd=archive)  # of a run that was killed

    def keep(
        self, source: int, path: str, folder: int, known: FileRecord | None, *, whole: bool
    ) -> tuple[FileRecord, Change]:
        """Bring the packed copy of `path` in `folder` up to date with the open file `source`.

        Unless `whole`, a last line without its newline is left out: it is being written. Raises OSError
        for troubles of the archive's, ChangedMeanwhileError and UnreadableError for the original's.
        """
        found = os.fstat(source)
        end = found.st_size if whole else _last_newline(source, found.st_size)
        target = _Target(folder, os.path.basename(path) + PACKED, found.st_mtime_ns)
        earlier = known.earlier if known else ()
        if known is not None:
            begun = self._same_beginning(source, known) if found.st_size >= known.size else None
            if begun is not None and end <= known.size:
                return msgspec.structs.replace(known, mtime_ns=found.st_mtime_ns), Change.UNCHANGED
            if begun is not None:
                start, frames = (known.size, known.frames + 1) if known.frames < _MOST_FRAMES else (0, 1)
                packed_size, digest = self._write(source, start, end, begun if start else hashlib.sha256(), target)
                return FileRecord(path, end, digest, target.mtime_ns, packed_size, frames, earlier), Change.GROWN
            if not _is_description(path):
                earlier = (*earlier, Earlier(set_aside(target.name, folder), known.size, known.digest))
        packed_size, digest = self._write(source, 0, end, hashlib.sha256(), target)
        record = FileRecord(path, end, digest, target.mtime_ns, packed_size, 1, earlier)
        return record, Change.REPLACED if known else Change.NEW

    def _same_beginning(self, source: int, known: FileRecord) -> "hashlib._Hash | None":
        """Return the digest so far where the original still begins with what is archived, else None."""
        digest = hashlib.sha256()
        for piece in _pieces(source, 0, known.size):
            digest.update(piece)
            self.advance(len(piece))
        return digest if digest.hexdigest() == known.digest else None

    def _write(self, source: int, start: int, end: int, digest: "hashlib._Hash", target: "_Target") -> tuple[int, str]:
        """Write the packed file with a frame for the original's bytes from `start` to `end`.

        Before it come the frames that are there, unless `start` is 0; `digest` has what they hold. Returns the packed
        size and the digest of the whole.
        """
        fd = create_private_file(_PART, self._archive)
        try:
            before = _copy(target, fd) if start else 0
            part = hashlib.sha256()
            compressor = zstd.ZstdCompressor(options=_OPTIONS)
            for piece in _pieces(source, start, end):
                digest.update(piece)
                part.update(piece)
                write_all(fd, compressor.compress(piece))
                self.advance(len(piece))
            write_all(fd, compressor.flush())
            os.fsync(fd)
            _compare(fd, before, part.hexdigest(), target.name)
            os.utime(fd, ns=(target.mtime_ns, target.mtime_ns))
            size = os.fstat(fd).st_size
            os.rename(_PART, target.name, src_dir_fd=self._archive, dst_dir_fd=target.folder)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(_PART, dir_fd=self._archive)
            raise
        finally:
            os.close(fd)
        os.fsync(target.folder)
        return size, digest.hexdigest()


def _compare(fd: int, start: int, digest: str, name: str) -> None:
    """Raise UsageError unless what was written from byte `start` on reads back as what was meant."""
    if measured(fd, start)[1] != digest:
        raise UsageError(f"{name} does not read back as it was written; is the disk in order?")


class _Target(NamedTuple):
    """The packed file that is written: its folder's descriptor, its name, and the time it gets."""

    folder: int
    name: str
    mtime_ns: int


def measured(fd: int, start: int = 0) -> tuple[int, str]:
    """Return the unpacked size and the digest of a packed file from byte `start` on.

    Raises UsageError where it is damaged.
    """
    os.lseek(fd, start, os.SEEK_SET)
    size, digest = 0, hashlib.sha256()
    source = PackedSource(fd, "the packed file")
    while piece := source.read(_BLOCK):
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def set_aside(name: str, folder: int, word: str = "") -> str:
    """Give a packed file a second name, which stays when another is put in its place; return that name."""
    for number in itertools.count(1):
        second = f"{name.removesuffix(PACKED)}{word}.{number}{PACKED}"
        with contextlib.suppress(FileExistsError):
            os.link(name, second, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            break
    return second


def _is_description(path: str) -> bool:
    """Tell whether a file only says something of others, a title say, and is written anew when that changes."""
    return path.endswith(".json") and "tool-results" not in path.split("/")


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data`, however little a call takes."""
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def _pieces(source: int, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        try:
            piece = os.pread(source, min(_BLOCK, end - start), start)
        except OSError as error:
            raise UnreadableError(error.strerror) from None
        if not piece:
            raise ChangedMeanwhileError
        start += len(piece)
        yield piece


def _copy(target: _Target, fd: int) -> int:
    """Copy the packed file that is there into `fd`; return its size."""
    old = open_for_reading(target.name, target.folder)
    try:
        while piece := os.read(old, _BLOCK):
            write_all(fd, piece)
    finally:
        os.close(old)
    return os.fstat(fd).st_size


def _last_newline(source: int, size: int) -> int:
    """Return the offset behind the last newline of a file."""
    end = size
    while end:
        start = max(0, end - _BLOCK)
        at = os.pread(source, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0
