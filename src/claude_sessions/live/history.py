"""What was written last: read from the ends of the transcripts when somebody asks, so that nothing of it lies in memory."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from claude_sessions.live.entries import Reader
from claude_sessions.live.hub import Message
from claude_sessions.live.position import Position
from claude_sessions.live.sink import TailLine
from claude_sessions.live.transcript_tail import TranscriptTail
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.transcript.files import LogFile

MOST = 1000
"""Lines that one request gets at most."""

MOST_BYTES = 8 * 1024 * 1024
"""Bytes from the end of one file that are looked at."""

MOST_FILES = 64
"""Files that one request looks at."""

_FIRST = 64 * 1024
"""Bytes that are looked at first; four times as many each time after that."""


def recent_lines(
    files: Sequence[LogFile], count: int, wanted: Callable[[Message], bool] | None = None
) -> list[TailLine]:
    """Return the last `count` lines of all these files that are wanted, the oldest first.

    A file that was last written before all that was found already is not opened. Reads: call it in a thread.
    """
    return [line for _, line in recent_entries(files, count, wanted)]


def recent_entries(
    files: Sequence[LogFile], count: int, wanted: Callable[[Message], bool] | None = None
) -> list[tuple[LogFile, TailLine]]:
    """Return the same, each line with its file."""
    count = max(0, min(count, MOST))
    found: list[tuple[int, LogFile, TailLine]] = []
    newest = sorted(files, key=lambda file: -file.mtime_ns)
    for file in newest[:MOST_FILES]:
        if not count or (len(found) >= count and file.mtime_ns < found[-count][0]):
            break
        lines = [(at, file, line) for at, line in _timed(file, last_lines(file.path, count), wanted)]
        found = sorted([*found, *lines], key=lambda each: each[0])[-count:]
    return [(file, line) for _, file, line in found]


def last_lines(path: Path, count: int) -> list[TailLine]:
    """Return the last lines of a file, at most `count`; none where it cannot be read."""
    try:
        found = os.stat(path)
        window = _FIRST
        while True:
            offset = max(0, found.st_size - window)
            lines = [line for lines in _lines_from(path, found, offset) for line in lines if line.offset >= offset]
            if len(lines) >= count or offset == 0 or window >= MOST_BYTES:
                return lines[-count:] if count else []
            window = min(4 * window, MOST_BYTES)
    except OSError:
        return []


def lines_after(path: Path, offset: int) -> Iterator[list[TailLine]]:
    """Yield the lines that stand behind the one at `offset`, a piece at a time, as far as the file goes now.

    Where the file is shorter by now, all of it. Raises OSError where it cannot be read.
    """
    found = os.stat(path)
    if found.st_size < offset:
        offset = -1
    for lines in _lines_from(path, found, max(0, offset)):
        if kept := [line for line in lines if line.offset > offset]:
            yield kept


def _lines_from(path: Path, found: os.stat_result, offset: int) -> Iterator[list[TailLine]]:
    """Yield the lines from the one on in which `offset` lies."""
    tail = TranscriptTail(path, Position(found.st_dev, found.st_ino, offset))
    more = True
    while more:
        look = tail.look()
        yield look.lines
        more = look.more


def _timed(
    file: LogFile, lines: Sequence[TailLine], wanted: Callable[[Message], bool] | None
) -> Iterator[tuple[int, TailLine]]:
    """Yield each wanted line with its time in nanoseconds; one without has that of the line before it, or of the first."""
    reader = Reader()
    latest = next(filter(None, map(_time, lines)), file.mtime_ns)
    for line in lines:
        latest = max(latest, _time(line))
        if wanted is None or wanted(Message(b"", about=reader.about(file, line))):
            yield latest, line


def _time(line: TailLine) -> int:
    try:
        return parse_timestamp(line.line.entry.timestamp)
    except ValueError:
        return 0
