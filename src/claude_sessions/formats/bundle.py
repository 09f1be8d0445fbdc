"""A recording as one `.tar.gz`: its log byte by byte, what a person added, the linked transcripts, and digests of all.

    ID/ID.jsonl, ID/ID.0001.jsonl …        the segments
    ID/state.json                          what a person added, if anything
    ID/transcripts/SESSION.jsonl, SESSION/subagents/agent-ID.jsonl …
    ID/manifest.json                       what the others are, how large, their SHA-256; the last member

The manifest comes last, so that everything is read once.
"""

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import open_for_reading
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.linked import LinkScanner, linked_transcripts
from claude_sessions.store.recording import Recording
from claude_sessions.version import __version__

FORMAT = "claude-sessions bundle"
VERSION = 1

MANIFEST = "manifest.json"
STATE = "state.json"
TRANSCRIPTS = "transcripts"

_LEVEL = 1
"""Of gzip: a log in base64 becomes 15 % smaller with level 6, in four times the time."""

_PIECE = 256 * 1024


class Member(msgspec.Struct, frozen=True):
    """A file of a bundle. `source` is where a transcript came from, for people."""

    name: str
    size: int
    sha256: str
    source: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """The last member of a bundle."""

    format: str
    version: int
    session_id: str
    title: str
    made: str
    """When, as a timestamp of the log."""
    by: str
    """The version of claude-sessions."""
    files: list[Member]


def write_bundle(excerpt: Excerpt, title: str, out: BinaryIO) -> int:
    """Write a recording and what belongs to it. Raises UsageError where only a part of it is wanted."""
    import time

    if not excerpt.whole:
        raise UsageError("a bundle holds a log as it is; choose another format for a part of it, or without secrets")
    recording = excerpt.recording
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=_LEVEL, mtime=0) as packed,
        tarfile.TarFile(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_PIECE) as tar,
    ):
        packer = _Packer(tar, recording.session_id, excerpt.on_progress)
        files = list(packer.everything(recording))
        made = TimestampFormatter()(time.time_ns())
        manifest = Manifest(FORMAT, VERSION, recording.session_id, title, made, __version__, files)
        packer.add_bytes(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return 0


class _Packer:
    """Adds members below the folder of one recording."""

    def __init__(self, tar: tarfile.TarFile, session_id: str, on_progress: Callable[[int], None]) -> None:
        self._tar = tar
        self._on_progress = on_progress
        self._folder = session_id
        self._time = 0

    def everything(self, recording: Recording) -> Iterator[Member]:
        """Add and yield all but the manifest."""
        links = LinkScanner()
        for segment in recording.segments:
            with os.fdopen(recording.open_segment(segment), "rb", buffering=0) as file:
                yield self.add(str(segment), file, scanner=links)
        try:
            state = open_for_reading(f"{recording.session_id}.json", recording.home.folder("state"))
        except OSError:
            pass  # nobody added anything
        else:
            with os.fdopen(state, "rb", buffering=0) as file:
                yield self.add(STATE, file)
        for name, transcript in linked_transcripts(links.found):
            try:
                fd = os.open(transcript.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except OSError:
                continue  # it went away meanwhile
            with os.fdopen(fd, "rb", buffering=0) as file:
                yield self.add(
                    f"{TRANSCRIPTS}/{name}", file, source=os.fsencode(transcript.path).decode(errors="replace")
                )

    def add(self, name: str, file: BinaryIO, *, source: str = "", scanner: LinkScanner | None = None) -> Member:
        """Add a file as long as it is now: one that is still written may grow. Its bytes also pass through `scanner`."""
        status = os.fstat(file.fileno())
        passing = _Passing(file, name, scanner, self._on_progress)
        self._tar.addfile(self._header(name, status.st_size, status.st_mtime_ns), passing)  # type: ignore[arg-type]  # read() is all that is called
        return Member(name, status.st_size, passing.digest.hexdigest(), source)

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a file that is no file yet."""
        self._tar.addfile(self._header(name, len(data), self._time), io.BytesIO(data))

    def _header(self, name: str, size: int, time_ns: int) -> tarfile.TarInfo:
        self._time = max(self._time, time_ns)
        header = tarfile.TarInfo(f"{self._folder}/{name}")
        header.size = size
        header.mtime = time_ns // NANOSECONDS
        header.mode = 0o600
        return header


class _Passing:
    """A file that is read once, with a digest of what was read."""

    def __init__(
        self, file: BinaryIO, name: str, scanner: LinkScanner | None, on_progress: Callable[[int], None]
    ) -> None:
        self.digest = hashlib.sha256()
        self._file = file
        self._name = name
        self._scanner = scanner
        self._on_progress = on_progress

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes."""
        data = self._file.read(size)
        while data and len(data) < size:  # a read may be short
            more = self._file.read(size - len(data))
            if not more:
                break
            data += more
        if len(data) < size:
            raise UsageError(f"{self._name} became shorter while it was read; try again")
        self.digest.update(data)
        self._on_progress(size)
        if self._scanner is not None:
            self._scanner.feed(data)
        return data
