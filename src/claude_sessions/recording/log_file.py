"""The file end of a recording: lines in, segments out, with their digests, their lock and the seal."""

import contextlib
import hashlib
import os
from collections.abc import Callable

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import SEAL, START
from claude_sessions.log.events import SealInfo, StartInfo, encode_info
from claude_sessions.log.segment import SegmentName

_FINISHED = 0o400
_NEWLINE = 0x0A


class LogFile:
    """Appends to the newest segment of one recording.

    `create_segment` makes a file of that name and returns its descriptor; `size` is the number of bytes after which
    it is asked for the next. `first_line` has to be written before anything else.
    """

    def __init__(
        self,
        fd: int,
        start: StartInfo,
        session_id: str,
        *,
        create_segment: Callable[[str], int],
        size: int,
        started_ns: int,
    ) -> None:
        self._fd = fd
        self.encode = EntryEncoder(session_id)
        self._start = msgspec.structs.replace(start, started=self.encode.timestamp(started_ns))
        self._session_id = session_id
        self._create_segment = create_segment
        self._size = size
        self._written = 0
        self._last_byte = _NEWLINE
        self._digest = hashlib.sha256()
        self.first_line = self._start_line(started_ns)

    def _start_line(self, time_ns: int) -> bytes:
        return self.encode.line(time_ns, START, encode_info(self._start))

    def write(self, lines: memoryview) -> int:
        """Append as much as the file takes in one call; return the number of bytes. OSError where it takes none."""
        count = os.write(self._fd, lines)
        self._digest.update(lines[:count])
        self._written += count
        self._last_byte = lines[count - 1]
        return count

    def turn_over(self, time_ns: int) -> bytes:
        """Go on in a new segment where this one is full; return the line to begin it with, empty where it is not.

        Where no file can be made, this one goes on growing.
        """
        if self._written < self._size:
            return b""
        following = msgspec.structs.replace(
            self._start, segment=self._start.segment + 1, previous=self._digest.hexdigest()
        )
        try:
            fd = self._create_segment(str(SegmentName(self._session_id, following.segment)))
        except (ClaudeSessionsError, OSError):
            self._size += self._size
            return b""
        before, self._fd = self._fd, fd
        _finish(before)
        self._start, self._written, self._digest = following, 0, hashlib.sha256()
        return self._start_line(time_ns)

    def sync(self) -> None:
        """Bring what is written to the disk itself: blocks, so call it in a thread of its own."""
        with contextlib.suppress(OSError):  # the next write meets the same trouble, and reports it
            os.fsync(self._fd)

    def close(self, time_ns: int, *, whole: bool) -> None:
        """Seal a log that is whole, end a torn line of one that is not, and make the file read-only."""
        with contextlib.suppress(OSError):
            if whole:
                os.write(self._fd, self.encode.line(time_ns, SEAL, encode_info(SealInfo(self._digest.hexdigest()))))
            elif self._last_byte != _NEWLINE:
                os.write(self._fd, b"\n")
        _finish(self._fd)


def _finish(fd: int) -> None:
    with contextlib.suppress(OSError):
        os.fchmod(fd, _FINISHED)
        os.fsync(fd)
    os.close(fd)
