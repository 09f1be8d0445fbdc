"""What there is to be searched: transcripts and recordings, each with what tells that it has changed."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.log.segment import SegmentName, parse_segment_name
from claude_sessions.store.home import Home
from claude_sessions.transcript.archive import scan_archive, without_originals
from claude_sessions.transcript.files import Kind, LogFile, scan


class Source(msgspec.Struct, frozen=True):
    """One transcript or recording as it is on disk."""

    name: bytes
    """What it is called in the index."""
    version: bytes
    """Another one whenever its content has changed."""
    size: int
    """In bytes."""
    written_ns: int
    transcript: LogFile | None = None
    segments: tuple[SegmentName, ...] = ()
    """Of a recording."""
    first: int = 0
    """Inode of the first of them."""

    @property
    def recording(self) -> str:
        """The recording's id; empty for a transcript."""
        return self.segments[0].session_id if self.segments else ""


class Known(msgspec.Struct):
    """What the index knows of a source."""

    id: int
    version: bytes = b""
    session: str = ""
    directory: str = ""
    reached: int = 0
    """How many bytes were read."""
    mark: bytes = b""
    """Of a transcript a checksum of what stands before that place; of a recording that runs a `Reached`."""


def find_sources(home: Path | None) -> list[Source]:
    """Return everything that can be searched, the one that was written last at the end.

    A transcript that is only in the archive is read there.
    """
    originals = scan()
    try:
        archived = without_originals(scan_archive(home), originals)
    except ClaudeSessionsError:
        archived = []
    found = [_of_transcript(file) for file in (*originals, *archived) if file.kind is not Kind.WORKFLOW]
    try:
        with Home.open(home) as opened:
            found += _recordings(opened.folder("logs"))
    except FileNotFoundError:
        pass
    return sorted(found, key=_written)


def _of_transcript(file: LogFile) -> Source:
    version = repr(file.version).encode()
    return Source(os.fsencode(file.path), version, file.size, file.mtime_ns, transcript=file)


def _recordings(folder: int) -> Iterable[Source]:
    """Return the recordings of the folder with that descriptor, without opening one."""
    found: dict[str, list[tuple[SegmentName, os.stat_result]]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            segment = parse_segment_name(entry.name)
            if segment is not None and entry.is_file(follow_symlinks=False):
                found.setdefault(segment.session_id, []).append((segment, entry.stat(follow_symlinks=False)))
    for session_id, segments in found.items():
        segments.sort()
        stats = [stat for _, stat in segments]
        yield Source(
            f"recording:{session_id}".encode(),
            repr([(stat.st_ino, stat.st_size, stat.st_ctime_ns) for stat in stats]).encode(),
            sum(stat.st_size for stat in stats),
            max(stat.st_mtime_ns for stat in stats),
            segments=tuple(segment for segment, _ in segments),
            first=stats[0].st_ino,
        )


def _written(source: Source) -> tuple[int, bytes]:
    return source.written_ns, source.name
