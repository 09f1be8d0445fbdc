"""The log's writer: a thread that appends whole lines in order, and that nothing waits for.

A disk that blocks for five seconds, is full or fails must not be felt in the terminal (design, sections 1 and 3). So the
pump only puts an entry on a queue; the thread takes all that is pending, writes it in one call, and tries again where
that fails. What waits is bounded: past the bound the loss is counted and becomes a `gap` entry once there is room.
"""

import threading
import time
from collections import deque
from typing import NamedTuple

from claude_sessions.base.clock import SessionClock
from claude_sessions.log.entry import GAP
from claude_sessions.log.events import GapInfo, encode_info
from claude_sessions.recording.log_file import LogFile
from claude_sessions.recording.writer import Loss, without_first_bytes

MAX_PENDING = 64 * 1024 * 1024
"""Bytes of lines that may wait for the disk."""

_BATCH = 512 * 1024
_MOST_LINES = 512
"""Half of what writev(2) takes in one call."""
_IDLE_S = 0.25
_DIGEST_AT_ONCE = 16 * 1024 * 1024
_RETRY_S = 0.5
_SOFT_PENDING = 4 * 1024 * 1024
_SOFT_WAIT_S = 0.001
_MOVING_S = 0.05
_TOO_SLOW = "the disk was too slow"


class Line(NamedTuple):
    """An entry on its way to the log, how many bytes of data it carries, and its time."""

    text: bytes
    size: int
    time_ns: int


class ThreadedWriter:
    """Appends in a thread; `append` takes a microsecond, whatever the disk does."""

    def __init__(self, log: LogFile, clock: SessionClock, max_pending: int = MAX_PENDING) -> None:
        self._log = log
        self._clock = clock
        self._max_pending = max_pending
        self._queue: deque[Line] = deque()
        self._put = 0  # only the pump's thread adds here, and only the writer's thread below: no lock
        self._taken = 0
        self._moved = time.monotonic()
        self._failing = ""
        self._gap_bytes = 0
        self._gap_entries = 0
        self._gap_since = 0
        self._lost = 0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def append(self, direction: str, data: bytes = b"", time_ns: int | None = None) -> None:
        """Record that something happened now: never blocks, never fails."""
        now = time_ns or self._clock.now()
        if self._put - self._taken > self._max_pending:
            self._gap_since = self._gap_since or now
            self._gap_bytes += len(data)
            self._gap_entries += 1
            return
        if self._gap_entries:
            self._put_gap(now)
        self._enqueue(self._log.encode.line(now, direction, data), len(data), now)

    def flush(self) -> None:
        """Wake the thread."""
        self._wake.set()

    def breathe(self) -> None:
        """Let a disk that is merely slower than the child catch up; one that hangs is not waited for.

        It keeps the memory flat without being felt: a millisecond now and then, and only while the disk moves.
        """
        if self._put - self._taken > _SOFT_PENDING:
            self._wake.set()
            if time.monotonic() - self._moved < _MOVING_S:
                time.sleep(_SOFT_WAIT_S)

    def needs_sync(self) -> bool:
        """Ask the log."""
        return self._log.needs_sync

    def sync(self) -> None:
        """Bring what is written to the disk itself; blocks."""
        self._log.sync()

    def close(self, timeout_s: float) -> bool:
        """Write what is pending and the seal; return whether that was done within the time."""
        if self._gap_entries:
            self._put_gap(self._clock.now())
        self._closing.set()
        self._wake.set()
        return self._closed.wait(timeout_s)

    def release(self, timeout_s: float) -> None:
        """Wait until the thread has brought everything to the disk: after `close`, when nobody else waits."""
        self._thread.join(timeout_s)

    def loss(self) -> Loss | None:
        """Return what was lost; None where everything is, or may still come, into the log."""
        lost = self._lost + self._gap_bytes
        return Loss(lost, self._failing or _TOO_SLOW) if lost else None

    def _put_gap(self, now: int) -> None:
        since = self._log.encode.timestamp(self._gap_since)
        gap = GapInfo(self._gap_bytes, self._gap_entries, since, self._failing or _TOO_SLOW)
        self._lost += self._gap_bytes
        self._gap_bytes = self._gap_entries = self._gap_since = 0
        self._enqueue(self._log.encode.line(now, GAP, encode_info(gap)), 0, now)

    def _enqueue(self, text: bytes, size: int, time_ns: int) -> None:
        self._put += len(text)
        self._queue.append(Line(text, size, time_ns))

    def _run(self) -> None:
        whole = self._deliver([self._log.first_line])
        ending = False
        while whole and not ending:
            self._wait()
            ending = self._closing.is_set()  # asked before the queue is emptied: nothing comes after it
            while whole and self._queue:
                whole = self._write_pending()
        self._lost += sum(line.size for line in self._queue)
        if self._log.undigested > _DIGEST_AT_ONCE:
            self._closed.set()  # the person need not wait for the digest of hundreds of megabytes
        self._log.close(self._clock.now(), whole=whole)
        self._closed.set()
        self._log.release()

    def _wait(self) -> None:
        """Wait for something to write; where there is nothing for a while, go on with the digest."""
        while not self._wake.wait(_IDLE_S if self._log.undigested else None):
            try:
                self._log.digest_some()
            except OSError:
                self._wake.wait()  # the seal meets the same trouble
        self._wake.clear()

    def _write_pending(self) -> bool:
        following = self._log.turn_over(self._queue[0].time_ns)
        lines = [following] if following else []
        length = size = 0
        while self._queue and length < _BATCH and len(lines) < _MOST_LINES:
            line = self._queue.popleft()
            lines.append(line.text)
            length += len(line.text)
            size += line.size
        if not self._deliver(lines):
            self._lost += size
            return False
        self._taken += length
        self._moved = time.monotonic()
        return True

    def _deliver(self, lines: list[bytes]) -> bool:
        """Write all of it, however long that takes; False where the session has ended and the disk still fails."""
        last_try = False
        while lines:
            try:
                lines = without_first_bytes(lines, self._log.write(lines))
                self._failing = ""
            except OSError as error:
                self._failing = error.strerror or str(error)
                if last_try:
                    return False
                last_try = self._closing.wait(_RETRY_S)
        return True
