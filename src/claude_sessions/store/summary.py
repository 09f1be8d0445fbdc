"""One recording in a few facts, read from its two ends.

Only the first line of the first segment and the last lines of the last one are looked at, whatever the length: that is
how thousands of recordings are listed at once.
"""

import os

import msgspec

from claude_sessions.base.errors import MalformedEntryError
from claude_sessions.base.paths import open_for_reading
from claude_sessions.log.decode import decode_line
from claude_sessions.log.entry import EXIT, SEAL, START, Entry
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info
from claude_sessions.log.segment import SegmentName
from claude_sessions.store.ends import first_line, is_being_written, last_lines

_TRIES = 100
"""Lines looked at from the end: a torn one and a seal are usual, a thousand bad ones are an attack on our time."""


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
        ended, exit_info = _last_entry(fd, size)
        running = exit_info is None and is_being_written(fd)
        if exit_info is None and not running:  # it may have ended between the two looks: now it is final
            size = os.fstat(fd).st_size
            ended, exit_info = _last_entry(fd, size)
        if first == last:
            begun = _decode(first_line(fd))
    finally:
        os.close(fd)
    if first != last:
        begun = _first_entry(folder, first)
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
    )


def _first_entry(folder: int, segment: SegmentName) -> Entry | None:
    fd = open_for_reading(str(segment), folder)
    try:
        return _decode(first_line(fd))
    finally:
        os.close(fd)


def _last_entry(fd: int, size: int) -> tuple[Entry | None, ExitInfo | None]:
    """Return the last good entry, and how the session ended where that or the one before the seal says so."""
    last = None
    for tries, line in enumerate(last_lines(fd, size)):
        entry = _decode(line)
        if entry is not None:
            last = last or entry
            if entry.direction == EXIT:
                return last, decode_info(entry, ExitInfo) or ExitInfo()
            if entry.direction != SEAL:
                return last, None
        if tries >= _TRIES:
            break
    return last, None


def _decode(line: bytes) -> Entry | None:
    """Return the entry in `line` if it is one, its timestamp included."""
    try:
        entry = decode_line(line)
        return entry if entry.time_ns else None
    except (MalformedEntryError, ValueError):
        return None
