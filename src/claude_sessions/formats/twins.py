"""Whether what is about to be imported is here already: the same entries at the same times, under whatever id and title.

An asciicast has less than a recording of ours, such as links and pauses: it is here already, too, where exporting a
recording gives that very file.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import zip_longest

import msgspec

from claude_sessions.formats.asciicast import cast_lines
from claude_sessions.formats.staging import Staging
from claude_sessions.log.decode import BadLine, read_entries
from claude_sessions.log.entry import SEAL, START, Entry
from claude_sessions.log.events import StartInfo, decode_info
from claude_sessions.log.segment import SegmentName, parse_segment_name
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.timeline.moment import EntryClock

_LEEWAY = 128 * 1024
"""Bytes by which title, origin and seal may let the same recording differ in size."""

_SECOND = len('{"timestamp":"2026-02-07T12:00:00')
_TIMESTAMP = _SECOND + len('.000000Z"')


def find_twin(home: Home, staging: Staging) -> str | None:
    """Return the id of a recording of the home that has the entries of the staged one; None where there is none.

    Only recordings of about the same size are looked at, and no further than they agree.
    """
    for recording in _begun_at(home, staging, _TIMESTAMP, staging.size):
        if _same(_facts(_staged_entries(staging)), _facts(recording.entries())):
            return recording.session_id
    return None


def find_original(home: Home, staging: Staging) -> str | None:
    """Return the id of a recording of the home that makes the same asciicast as the staged one; None where there is none."""
    for recording in _begun_at(home, staging, _SECOND):
        if _same(cast_lines(_timed(_staged_entries(staging))), cast_lines(_timed(recording.entries()))):
            return recording.session_id
    return None


def _same(some: Iterable[object], others: Iterable[object]) -> bool:
    return all(a == b for a, b in zip_longest(some, others))


def _timed(entries: Iterable[Entry | BadLine]) -> Iterator[tuple[int, Entry]]:
    read = EntryClock().read
    return ((read(entry.timestamp), entry) for entry in entries if isinstance(entry, Entry))


def _begun_at(home: Home, staging: Staging, exact: int, size: int | None = None) -> Iterator[Recording]:
    """Yield the recordings of which so many bytes are those of the staged one, and about so many bytes long."""
    begins = _beginning(staging.open(staging.names[0]), exact)
    for session_id, segments in _about_as_large(home, size):
        recording = Recording(home, session_id, segments)
        try:
            if _beginning(recording.open_segment(segments[0]), exact) == begins:
                yield recording
        except OSError:
            continue  # deleted meanwhile, or no file


def _about_as_large(home: Home, size: int | None) -> Iterator[tuple[str, tuple[SegmentName, ...]]]:
    folder = home.folder("logs")
    found: dict[str, list[SegmentName]] = {}
    sizes: dict[str, int] = {}
    for name in os.listdir(folder):
        segment = parse_segment_name(name)
        if segment is not None:
            found.setdefault(segment.session_id, []).append(segment)
            sizes[segment.session_id] = sizes.get(segment.session_id, 0) + _size(name, folder)
    for session_id in sorted(found):
        if size is None or abs(sizes[session_id] - size) <= _LEEWAY:
            yield session_id, tuple(sorted(found[session_id]))


def _beginning(fd: int, size: int) -> bytes:
    """Return so many bytes of the first entry, which its timestamp ends. Closes the descriptor."""
    with os.fdopen(fd, "rb", buffering=0) as file:
        return file.read(size)


def _size(name: str, folder: int) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
    except OSError:
        return 0  # deleted meanwhile


def _staged_entries(staging: Staging) -> Iterator[Entry | BadLine]:
    for name in staging.names:
        with os.fdopen(staging.open(name), "rb", buffering=0) as file:
            yield from read_entries(name, file.read)


def _facts(entries: Iterable[Entry | BadLine]) -> Iterator[tuple[object, ...]]:
    """Yield what has to be the same. Where a line is damaged nothing is."""
    for entry in entries:
        if isinstance(entry, BadLine):
            yield (object(),)  # equal to nothing: what the line holds is not known
        elif entry.direction == START:
            start = decode_info(entry, StartInfo)
            told = msgspec.structs.replace(start, title="", origin="", version="", previous="") if start else entry.data
            yield entry.timestamp, told
        elif entry.direction != SEAL:
            yield entry.timestamp, entry.direction, entry.data
