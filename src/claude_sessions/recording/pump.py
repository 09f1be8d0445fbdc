"""The pump: moves every lane on, at once while there is work, in trio's wait while there is none.

Going through trio's scheduler costs more than moving a key does, so while something happens the pump asks the kernel
itself, and gives the other tasks their turn by time (traps: a loop that reads while data is there never yields).
"""

import contextlib
import os
import time
from collections.abc import Callable

import trio

from claude_sessions.recording.lane import Lane
from claude_sessions.recording.readiness import READ, WRITE, open_readiness

_TURN_S = 0.01
"""How long the pump goes on before the other tasks have their turn."""

_FLUSH_S = 0.016
"""While there is no pause, what is recorded is sent to the log in pieces of this length: waking its thread is not free."""

_TINY = 1024
_TINY_IN_A_ROW = 6
_GATHER_S = 0.0001
"""A program that writes very many tiny pieces without a pause is read a tenth of a millisecond at a time."""

_LINGER_S = 0.001
"""How long it waits for what follows at once, such as the echo of a key, before it goes to sleep in trio."""

_KERNEL_HOLDS = 1024 * 1024
"""No terminal and no pipe holds more bytes than this between two processes."""

_AT_MOST_S = 0.25


class Pump:
    """The lanes of one session.

    `flush` is called when a turn is over: what was recorded is then sent on its way. `breathe` is called between bursts.
    """

    def __init__(self, flush: Callable[[], None], breathe: Callable[[], None]) -> None:
        self.lanes: list[Lane] = []
        self._flush = flush
        self._breathe = breathe
        self._ready = open_readiness()
        self._wants: list[tuple[int, int]] | None = None
        self._always: set[int] = set()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        self._flush_at = 0.0

    async def run(self) -> None:
        """Move bytes until cancelled."""
        while True:
            if self._turn():
                await trio.lowlevel.checkpoint()
            else:
                await self._sleep()

    async def drain(self, lanes: list[Lane], quiet_s: float, most_s: float) -> None:
        """Move what is left in `lanes` after the child is gone; what was read is delivered, however slow the sink.

        The end is a lane that ends. A background process may hold the terminal open: then it is nothing to read twice in
        a row, `quiet_s` apart (once may mean that we ourselves had to wait for the processor). It may even write on:
        then it is `most_s` later, when what the child itself can have left in the kernel has long been read.
        """
        deadline = trio.current_time() + most_s
        enough = sum(lane.total for lane in lanes) + _KERNEL_HOLDS
        quiet = 0
        caught_up = False
        while any(lane.open for lane in lanes):
            if self._move():
                quiet = 0
                self._send()
                await trio.lowlevel.checkpoint()
            else:
                caught_up = caught_up or not any(lane.pending for lane in lanes)
                with trio.move_on_after(quiet_s) as waiting:
                    await self._sleep()
                quiet = quiet + 1 if waiting.cancelled_caught else 0
            late = trio.current_time() > deadline and (caught_up or sum(lane.total for lane in lanes) > enough)
            if (quiet > 1 or late) and not any(lane.pending for lane in lanes):
                return

    def move_all(self) -> None:
        """Move what can be moved right now, without a turn for anybody else: the child has just stopped."""
        until = time.monotonic() + _AT_MOST_S
        while self._move() and time.monotonic() < until:
            pass
        self._send()

    def wake(self) -> None:
        """Look at the lanes again: one was enabled, added or closed."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b".")

    def forget(self, *descriptors: int) -> None:
        """Stop watching descriptors that are about to be closed."""
        self._wants = None
        for fd in descriptors:
            self._ready.forget(fd)

    def close(self) -> None:
        """Let go of the readiness descriptor."""
        self._ready.close()
        os.close(self._woken)
        os.close(self._wake)

    async def _sleep(self) -> None:
        await trio.lowlevel.wait_readable(self._ready.fileno())

    def _turn(self) -> bool:
        """Move bytes for a turn's length; return whether there is more to do."""
        until = time.monotonic() + _TURN_S
        tiny = 0
        before = self._total()
        while self._move():
            self._breathe()
            after = self._total()
            tiny = tiny + 1 if after - before < _TINY else 0
            before = after
            if tiny > _TINY_IN_A_ROW:
                time.sleep(_GATHER_S)
            if time.monotonic() > until:
                if until > self._flush_at:
                    self._send()
                return True
        self._send()
        return False

    def _total(self) -> int:
        return sum([lane.total for lane in self.lanes])

    def _send(self) -> None:
        self._flush_at = time.monotonic() + _FLUSH_S
        self._flush()

    def _move(self) -> bool:
        """Ask the kernel once and move each lane that is ready; return whether anything was."""
        always = self._watch([lane.wants() for lane in self.lanes])
        ready = self._ready.poll(0 if always else _LINGER_S)
        if always:
            ready += [(fd, READ | WRITE) for fd in always]
        for fd, what in ready:
            if fd == self._woken:
                os.read(fd, 100)
                continue
            for lane in self.lanes:
                if fd in (lane.source, lane.sink):
                    lane.ready(fd, what)
        return bool(ready)

    def _watch(self, wants: list[tuple[int, int]]) -> set[int]:
        """Tell the kernel what the lanes wait for, if that has changed; return what is always ready."""
        if wants != self._wants:
            self._wants = wants
            watched = {self._woken: READ}
            for fd, interest in wants:
                if interest:
                    watched[fd] = watched.get(fd, 0) | interest
            self._always = self._ready.watch(watched)
        return self._always
