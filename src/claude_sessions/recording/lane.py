"""A lane: bytes from one descriptor to another, unchanged, and to whoever records them.

A lane holds at most one burst. It never reads while it still has something in hand: a sink that is slow slows the
source, as if the two were the same thing.
"""

import errno
import os
import select
from collections.abc import Callable

from claude_sessions.recording.readiness import READ, WRITE

MAX_BURST = 256 * 1024
"""The most that is read before it is written (bytes)."""

_EMPTIED = 2048
"""A read of fewer bytes has emptied the source: asking again would cost a system call to hear so."""

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
        self._buffer = memoryview(bytearray(burst))
        self._burst = self._buffer[:0]
        self._at = 0
        self._source_ended = False

    @property
    def pending(self) -> bool:
        """Whether there is something in hand that the sink has not taken."""
        return self._at < len(self._burst)

    def wants(self) -> tuple[int, int]:
        """Return (descriptor, READ or WRITE) of what this lane waits for; (-1, 0) where it waits for nothing."""
        if self.open and self.enabled:
            if self._at >= len(self._burst):
                return self.source, READ
            if self.sink is not None:
                return self.sink, WRITE
        return -1, 0

    def step(self) -> None:
        """Do what the lane was waiting for: read a burst, or write on; both as far as they go now."""
        if not self.pending:
            if self.may_read is not None and not self.may_read():
                self.enabled = False
                return
            self._pull()
            if self.sink_blocks and self.sink is not None and self.pending:
                return  # it may not be ready
        self._push()

    def offer(self, data: bytes) -> None:
        """Deliver something that did not come from the source; for keys that were held back."""
        if not self.pending:
            self._burst, self._at = memoryview(data), 0
            self._push()

    def lose_sink(self) -> None:
        """Go on without the sink: what is read is still recorded."""
        if self.sink is not None:
            self.sink = None
            self.sink_lost()
            self._push()

    def close(self) -> None:
        """End the lane; what is in hand counts as far as it was delivered."""
        if self.open:
            self.open = False
            if self._at and not self.record_first:
                self._delivered(bytes(self._burst[: self._at]))
            self._burst, self._at = self._buffer[:0], 0
            self._ended()

    def _pull(self) -> None:
        size = 0
        try:
            while size < len(self._buffer):
                count = os.readv(self.source, [self._buffer[size:]])
                size += count
                if count < _EMPTIED:
                    self._source_ended = not count and self._at_end()
                    break
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno not in _GONE:
                raise
            self._source_ended = True
        self._burst, self._at = self._buffer[:size], 0
        self.total += size
        if size and self.filtered is not None:
            self._burst = memoryview(self.filtered(bytes(self._burst)))
        if self.record_first and self._burst:
            self._delivered(bytes(self._burst))

    def _at_end(self) -> bool:
        return not self.source_is_terminal or has_hung_up(self.source)

    def _push(self) -> None:
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
            self._burst, self._at = self._buffer[:0], 0
        if self._source_ended:
            self.close()


def has_hung_up(fd: int) -> bool:
    """Tell whether the terminal behind `fd` is gone."""
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poller.poll(0))
