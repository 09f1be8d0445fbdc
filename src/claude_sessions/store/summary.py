"""One recording in a few facts, read from its two ends.

Only the first line of the first segment and the last lines of the last one are looked at, whatever the length: that is
how thousands of recordings are listed at once.
"""

import contextlib
import os
from collections.abc import Iterator

import msgspec

from claude_sessions.base.errors import MalformedEntryError
from claude_sessions.base.paths import open_for_reading
from claude_sessions.log.decode import decode_line
from claude_sessions.log.entry import (
    ERROR,
    EXIT,
    HIDDEN,
    INPUT,
    LINK,
    OUTPUT,
    PAUSE,
    RESUME,
    SEAL,
    START,
    SUSPEND,
    UNPAUSE,
    Entry,
)
from claude_sessions.log.events import ExitInfo, LinkInfo, StartInfo, SuspendInfo, decode_info
from claude_sessions.log.segment import SegmentName
from claude_sessions.store.ends import first_lines, is_being_written, last_lines

_TRIES = 100
"""Lines looked at from the end: a torn one and a seal are usual, a thousand bad ones are an attack on our time."""

_GOES_ON = frozenset({OUTPUT, INPUT, ERROR, HIDDEN})
"""What is not written while the recording is paused or the session suspended."""


class Summary(msgspec.Struct, frozen=True):
    """One recording as the list shows it. Times are nanoseconds since the epoch, `size` is in bytes on disk."""

    session_id: str
    segments: tuple[SegmentName, ...]
    start: StartInfo
    title: str
    started_ns: int
    ended_ns: int
    """When the last entry was written: the end, or for a running one the latest sign of life."""
    size: int
    exit: ExitInfo | None
    running: bool
    paused: bool = False
    """It runs, and nothing of it is kept at present."""
    suspended: bool = False
    """It runs, and Ctrl-Z has stopped it."""
    claude_session_id: str = ""
    """Claude's own id of the session as the beginning of the log tells it; `/clear` may have given another since."""

    @property
    def cut_off(self) -> bool:
        """Whether the recorder died: no exit, and nobody writes."""
        return self.exit is None and not self.running

    @property
    def duration_ns(self) -> int:
        """From the start to the last entry."""
        return max(0, self.ended_ns - self.started_ns)


def read_summary(folder: int, segments: tuple[SegmentName, ...]) -> Summary:
    """Return the summary of the segments in the `logs` folder with that descriptor.

    Raises OSError or MalformedEntryError where they give nothing to show.
    """
    first, last = segments[0], segments[-1]
    fd = open_for_reading(str(last), folder)
    try:
        size = os.fstat(fd).st_size
        ended, exit_info = _last_entry(_from_the_end(fd, size, folder, segments))
        running = exit_info is None and is_being_written(fd)
        if exit_info is None and not running:  # it may have ended between the two looks: now it is final
            size = os.fstat(fd).st_size
            ended, exit_info = _last_entry(_from_the_end(fd, size, folder, segments))
        paused, suspended = _rests(_from_the_end(fd, size, folder, segments)) if running else (False, False)
        if first == last:
            begun, claude_session_id = _beginning(fd)
    finally:
        os.close(fd)
    if first != last:
        begun, claude_session_id = _beginning_of(folder, first)
        size += sum(os.stat(str(segment), dir_fd=folder, follow_symlinks=False).st_size for segment in segments[:-1])
    start = (decode_info(begun, StartInfo) if begun and begun.direction == START else None) or StartInfo()
    begun = begun or ended
    ended = ended or begun
    if begun is None or ended is None:
        raise MalformedEntryError("it holds no entry" + (" yet" if running else ""))
    return Summary(
        session_id=first.session_id,
        segments=segments,
        start=start,
        title=start.title,
        started_ns=begun.time_ns,
        ended_ns=ended.time_ns,
        size=size,
        exit=exit_info,
        running=running,
        paused=paused,
        suspended=suspended,
        claude_session_id=claude_session_id,
    )


def _beginning_of(folder: int, segment: SegmentName) -> tuple[Entry | None, str]:
    fd = open_for_reading(str(segment), folder)
    try:
        return _beginning(fd)
    finally:
        os.close(fd)


def _beginning(fd: int) -> tuple[Entry | None, str]:
    """Return the first entry, and the last id of Claude's that the lines right after it name."""
    line, *others = first_lines(fd)
    for other in reversed(others):
        if b'"link"' in other and (entry := _decode(other)) and entry.direction == LINK:
            link = decode_info(entry, LinkInfo)
            if link:
                return _decode(line), link.claude_session_id
    return _decode(line), ""


def _from_the_end(fd: int, size: int, folder: int, segments: tuple[SegmentName, ...]) -> Iterator[Entry]:
    """Yield the good entries from the last on; `fd` and `size` are those of the last segment.

    A short last segment is followed by the one before it: a log may have been split just when the session ended.
    """
    for tries, line in enumerate(last_lines(fd, size)):
        entry = _decode(line)
        if entry is not None:
            yield entry
        if tries >= _TRIES:
            return
    if len(segments) > 1:
        with contextlib.suppress(OSError):
            before = open_for_reading(str(segments[-2]), folder)
            try:
                yield from _from_the_end(before, os.fstat(before).st_size, folder, ())
            finally:
                os.close(before)


def _last_entry(entries: Iterator[Entry]) -> tuple[Entry | None, ExitInfo | None]:
    """Return the last entry, and how the session ended where that or what only seals and begins segments says so."""
    last = None
    for entry in entries:
        last = last or entry
        if entry.direction == EXIT:
            return last, decode_info(entry, ExitInfo) or ExitInfo()
        if entry.direction not in (SEAL, START):
            break
    return last, None


def _rests(entries: Iterator[Entry]) -> tuple[bool, bool]:
    """Return whether the recording of a running session is paused, and whether the session is suspended."""
    found: dict[str, bool] = {}
    for entry in entries:
        if entry.direction in _GOES_ON:
            break
        if entry.direction in (PAUSE, UNPAUSE):
            found.setdefault("paused", entry.direction == PAUSE)
        elif entry.direction in (SUSPEND, RESUME) and not _by_sleep(entry):
            found.setdefault("suspended", entry.direction == SUSPEND)
    return found.get("paused", False), found.get("suspended", False)


def _by_sleep(entry: Entry) -> bool:
    info = decode_info(entry, SuspendInfo)
    return info is not None and info.cause == "sleep"


def _decode(line: bytes) -> Entry | None:
    """Return the entry in `line` if it is one, its timestamp included."""
    try:
        entry = decode_line(line)
        return entry if entry.time_ns else None
    except (MalformedEntryError, ValueError):
        return None
