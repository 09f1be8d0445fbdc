"""A lane: bytes from one descriptor to another, unchanged, and to whoever records them.

A lane holds one piece. It never reads while it still has something in hand: a sink that is slow slows the source, as if
the two were the same thing. Reading and writing alternate in small pieces since a terminal gives and takes some 4 KiB at
a time: while one side is served, the kernel makes the other ready. Larger pieces, or reading ahead, were no faster.
"""

import os
import select
from collections.abc import Callable

from claude_sessions.recording.readiness import READ, WRITE

BURST = 64 * 1024
"""Bytes that a lane moves before another one has its turn."""

_PIECE = 8 * 1024
"""The most that is read before it is written (bytes)."""

_EMPTIED = 2048
"""A read of fewer bytes has emptied the source: asking again would cost a system call to hear so."""


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
        self._piece = b""
        self._at = 0
        self._source_ended = False

    @property
    def pending(self) -> bool:
        """Whether there is something in hand that the sink has not taken."""
        return self._at < len(self._piece)

    def wants(self) -> tuple[int, int]:
        """Return what this lane waits for: READ of its source, or WRITE of its sink; (-1, 0) where it waits for nothing."""
        if self.open:
            if self._at < len(self._piece):
                if self.sink is not None:
                    return self.sink, WRITE
            elif self.enabled:
                return self.source, READ
        return -1, 0

    def ready(self, fd: int, what: int) -> None:
        """Move on with a descriptor that is ready."""
        if not self.open:
            return
        if self.pending:
            if what & WRITE and fd == self.sink:
                self._push()
        elif what & READ and fd == self.source and self.enabled:
            if self.may_read is not None and not self.may_read():
                self.enabled = False
            else:
                self._move()

    def offer(self, data: bytes) -> None:
        """Deliver something that did not come from the source now: keys that were held back."""
        if self.open and not self.pending:
            self._begin(data)

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
                self._delivered(self._piece[: self._at])
            self._piece, self._at = b"", 0
            self._ended()

    def _move(self) -> None:
        """Read a piece and deliver it, and so on until one of the two would block, or others should have their turn."""
        straight = not (self.sink_blocks or self.record_first or self.filtered is not None)
        left = BURST
        while left > 0 and self.open and not self.pending:
            try:
                data = os.read(self.source, _PIECE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            size = len(data)
            self.total += size
            left -= size
            if straight and size and self.sink is not None:
                self._write_through(data, self.sink)
            else:
                self._source_ended = not size and self._at_end()
                self._begin(data)
            if size < _EMPTIED:
                return

    def _write_through(self, data: bytes, sink: int) -> None:
        """Deliver a piece that the sink takes as a whole, as it nearly always does, without further ado."""
        try:
            written = os.write(sink, data)
        except OSError:
            written = 0  # the next attempt says why
        if written == len(data):
            self._delivered(data)
        else:
            self._piece, self._at = data, written
            self._push()

    def _begin(self, data: bytes) -> None:
        if data and self.filtered is not None:
            data = self.filtered(data)
        if data and self.record_first:
            self._delivered(data)
        self._piece, self._at = data, 0
        if not self._must_wait_for_sink():
            self._push()

    def _at_end(self) -> bool:
        return not self.source_is_terminal or has_hung_up(self.source)

    def _must_wait_for_sink(self) -> bool:
        """Tell whether the sink may block: it is then written to when the kernel says that it is ready."""
        return self.sink_blocks and self.pending and self.sink is not None

    def _push(self) -> None:
        """Write on, as far as the sink takes it; when all is delivered, say so."""
        while self._at < len(self._piece) and self.sink is not None:
            try:
                self._at += os.write(self.sink, self._next_bytes())
            except BlockingIOError:
                return
            except OSError:  # gone, or full, or whatever else: it takes no more
                self.lose_sink()
                return
            if self._must_wait_for_sink():
                return
        piece, self._piece, self._at = self._piece, b"", 0
        if piece and not self.record_first:
            self._delivered(piece)
        if self._source_ended:
            self.close()

    def _next_bytes(self) -> bytes:
        if self.sink_blocks:
            return self._piece[self._at : self._at + select.PIPE_BUF]
        return self._piece[self._at :] if self._at else self._piece


def has_hung_up(fd: int) -> bool:
    """Tell whether the terminal behind `fd` is gone."""
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poller.poll(0))
