"""The file end of a recording: lines in, segments out, with their digests, their lock and the seal."""

import contextlib
import errno
import hashlib
import os
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import SEAL, START
from claude_sessions.log.events import SealInfo, StartInfo, encode_info
from claude_sessions.log.segment import SegmentName

_FINISHED = 0o400
_NEWLINE = b"\n"
_PIECE = 256 * 1024


class LogFile:
    """Appends to the newest segment of one recording.

    `create_segment` makes a file of that name and returns its descriptor; `size` is the number of bytes after which
    it is asked for the next. `first_line` has to be written before anything else.

    The digest is computed from what stands in the file, when there is time for it (`digest_some`): it costs as much as the
    writing does, and nobody waits for it.
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
        self.needs_sync = False
        self._digested = 0
        self._finished: deque[int] = deque()
        """Full segments that have still to be brought to the disk."""
        self._digest = hashlib.sha256()
        self.first_line = self._start_line(started_ns)

    def _start_line(self, time_ns: int) -> bytes:
        return self.encode.line(time_ns, START, encode_info(self._start))

    @property
    def undigested(self) -> int:
        """Bytes of this segment that are not in the digest yet."""
        return self._written - self._digested

    def write(self, lines: Sequence[bytes]) -> int:
        """Append as much as the file takes in one call; return the number of bytes. OSError where it takes none."""
        count = os.writev(self._fd, lines)
        self._written += count
        self.needs_sync = True
        return count

    def digest_some(self) -> None:
        """Take the next piece into the digest, a tenth of a millisecond's work; OSError where it cannot be read back."""
        piece = os.pread(self._fd, min(_PIECE, self.undigested), self._digested)
        if not piece:
            raise OSError(errno.EIO, "the log is shorter than what was written to it")
        self._digest.update(piece)
        self._digested += len(piece)

    def turn_over(self, time_ns: int) -> bytes:
        """Go on in a new segment where this one is full; return the line to begin it with, empty where it is not.

        Where no file can be made, this one goes on growing.
        """
        if self._written < self._size:
            return b""
        try:
            following = msgspec.structs.replace(
                self._start, segment=self._start.segment + 1, previous=self._whole_digest()
            )
            fd = self._create_segment(str(SegmentName(self._session_id, following.segment)))
        except (ClaudeSessionsError, OSError):
            self._size += self._size
            return b""
        self._make_read_only()
        self._finished.append(self._fd)
        self._fd = fd
        self._start, self._written, self._digested, self._digest = following, 0, 0, hashlib.sha256()
        return self._start_line(time_ns)

    def sync(self) -> None:
        """Bring what is written to the disk itself: blocks, so call it in a thread of its own."""
        self.needs_sync = False
        with contextlib.suppress(OSError):  # the next write meets the same trouble, and reports it
            while self._finished:
                fd = self._finished.popleft()
                os.fsync(fd)
                os.close(fd)
            os.fsync(self._fd)

    def close(self, time_ns: int, *, whole: bool) -> None:
        """Seal a log that is whole, end a torn line of one that is not, and make the file read-only."""
        with contextlib.suppress(OSError):
            if whole:
                os.write(self._fd, self.encode.line(time_ns, SEAL, encode_info(SealInfo(self._whole_digest()))))
            elif self._written and os.pread(self._fd, 1, self._written - 1) != _NEWLINE:
                os.write(self._fd, _NEWLINE)
        self._make_read_only()

    def release(self) -> None:
        """Bring everything to the disk and let go of the file; takes as long as the disk does."""
        self.sync()
        os.close(self._fd)

    def _whole_digest(self) -> str:
        while self.undigested:
            self.digest_some()
        return self._digest.hexdigest()

    def _make_read_only(self) -> None:
        with contextlib.suppress(OSError):
            os.fchmod(self._fd, _FINISHED)
