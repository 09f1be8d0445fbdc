"""A lane: bytes from one descriptor to another, unchanged, and to whoever records them.

A lane has two buffers: while the sink takes one burst, the next is read. With both full it reads no more: a sink that is
slow slows the source, as if the two were the same thing.
"""

import errno
import os
import select
from collections.abc import Callable

from claude_sessions.recording.readiness import READ, WRITE

MAX_BURST = 64 * 1024
"""The most that is read before it is written (bytes), and the most that is read ahead meanwhile."""

_EMPTIED = 2048
"""A read of fewer bytes has emptied the source: asking again would cost a system call to hear so."""

_HELD = 16 * 1024
"""Room for what a filter held back earlier and adds to what was read now (KeyMatcher holds 4 KiB at most)."""

_GONE = frozenset({errno.EIO, errno.EPIPE, errno.EBADF, errno.ENXIO, errno.ECONNRESET})


def _nothing() -> None:
    """Stand in for a callback that nobody needs."""


class Lane:
    """One direction of the session.

    `delivered` is called with what has reached the sink (with `record_first`: with what is about to). `ended` is called once,
    when the source has ended and everything is delivered; `sink_lost` once, when the sink is gone.
    """

    record_first = False
    """Record before delivering (`--strict`)."""
    sink_blocks = False
    """The sink is set to block: it is written to when it is ready, no more than it surely takes."""
    source_is_terminal = False
    """Nothing to read is then no end, unless the terminal has hung up (VMIN=0 and Ctrl-D give that too)."""

    def __init__(
        self,
        source: int,
        sink: int | None,
        delivered: Callable[[bytes], None],
        *,
        ended: Callable[[], None] = _nothing,
        sink_lost: Callable[[], None] = _nothing,
        burst: int = MAX_BURST,
    ) -> None:
        self.source = source
        self.sink = sink
        self.open = True
        self.enabled = True
        self.total = 0
        """Bytes read so far."""
        self.may_read: Callable[[], bool] | None = None
        """Asked before each read; once it says no, the lane is disabled."""
        self.filtered: Callable[[bytes], bytes] | None = None
        """Given what was read, returns what shall be delivered."""
        self._delivered = delivered
        self._ended = ended
        self.sink_lost = sink_lost
        self._most = burst
        self._spare = memoryview(bytearray(burst + _HELD))
        self._fill = memoryview(bytearray(burst + _HELD))
        self._filled = 0
        self._burst = self._spare[:0]
        self._at = 0
        self._source_ended = False

    @property
    def pending(self) -> bool:
        """Whether there is something in hand that the sink has not taken."""
        return self._at < len(self._burst)

    def add_interest(self, wanted: dict[int, int]) -> None:
        """Add what this lane waits for: READ of its source while it has room, WRITE of its sink while it has bytes."""
        if not self.open:
            return
        if self.sink is not None and self._at < len(self._burst):
            wanted[self.sink] = wanted.get(self.sink, 0) | WRITE
        if self.enabled and self._filled < self._most and not self._source_ended:
            wanted[self.source] = wanted.get(self.source, 0) | READ

    def ready(self, fd: int, what: int) -> None:
        """Move on with a descriptor that is ready: read what there is, write what is taken."""
        if not self.open:
            return
        if what & WRITE and fd == self.sink and self.pending:
            self._push()
        if what & READ and fd == self.source and self.enabled and self._filled < self._most:
            if self.may_read is not None and not self.may_read():
                self.enabled = False
                return
            self._pull()
            self._start_next()

    def offer(self, data: bytes) -> None:
        """Deliver something that did not come from the source now: keys that were held back."""
        end = self._filled + len(data)
        if end <= len(self._fill):
            self._fill[self._filled : end] = data
            self._filled = end
            self._start_next()

    def lose_sink(self) -> None:
        """Go on without the sink: what is read is still recorded."""
        if self.sink is not None:
            self.sink = None
            self.sink_lost()
            if self.open:
                self._push()

    def close(self) -> None:
        """End the lane; what is in hand counts as far as it was delivered."""
        if self.open:
            self.open = False
            if self._at and not self.record_first:
                self._delivered(bytes(self._burst[: self._at]))
            self._burst, self._at, self._filled = self._spare[:0], 0, 0
            self._ended()

    def _pull(self) -> None:
        """Read into the second buffer, until it is full or the source would block."""
        begin = end = self._filled
        try:
            while end < self._most:
                count = os.readv(self.source, [self._fill[end : self._most]])
                end += count
                if count < _EMPTIED:
                    self._source_ended = not count and self._at_end()
                    break
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self._source_ended = True
        self.total += end - begin
        if end > begin and self.filtered is not None:
            kept = self.filtered(bytes(self._fill[begin:end]))
            end = begin + len(kept)
            self._fill[begin:end] = kept
        if end > begin and self.record_first:
            self._delivered(bytes(self._fill[begin:end]))
        self._filled = end

    def _at_end(self) -> bool:
        return not self.source_is_terminal or has_hung_up(self.source)

    def _start_next(self) -> None:
        """Begin to deliver what was read, where nothing else is under way."""
        if self.pending:
            return
        self._fill, self._spare = self._spare, self._fill
        self._burst, self._at, self._filled = self._spare[: self._filled], 0, 0
        if not self._must_wait_for_sink():
            self._push()

    def _must_wait_for_sink(self) -> bool:
        """Tell whether the sink may block: it is then written to when the kernel says that it is ready."""
        return self.sink_blocks and self.pending and self.sink is not None

    def _push(self) -> None:
        """Write on; when a burst is delivered, the next one begins."""
        while self.pending and self.sink is not None:
            most = select.PIPE_BUF if self.sink_blocks else len(self._burst)
            try:
                self._at += os.write(self.sink, self._burst[self._at : self._at + most])
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in _GONE:
                    raise
                self.lose_sink()
                return
            if self.sink_blocks and self.pending:
                return
        if self._burst:
            if not self.record_first:
                self._delivered(bytes(self._burst))
            self._burst, self._at = self._spare[:0], 0
        if self._filled:
            self._start_next()
        elif self._source_ended:
            self.close()


def has_hung_up(fd: int) -> bool:
    """Tell whether the terminal behind `fd` is gone."""
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poller.poll(0))
