"""The pump: moves every lane on, at once while there is work, in trio's wait while there is none.

Going through trio's scheduler costs more than moving a key does, so while something happens the pump asks the kernel
itself, and gives the other tasks their turn by time (traps: a loop that reads while data is there never yields).
"""

import time
from collections.abc import Callable

import trio

from claude_sessions.recording.lane import Lane
from claude_sessions.recording.readiness import open_readiness

_TURN_S = 0.004
"""How long the pump goes on before the other tasks have their turn."""

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
        self._idle = trio.CancelScope()

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
                self._flush()
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
        self._flush()

    def wake(self) -> None:
        """Look at the lanes again: one was enabled, added or closed."""
        self._idle.cancel()

    def forget(self, *descriptors: int) -> None:
        """Stop watching descriptors that are about to be closed."""
        for fd in descriptors:
            self._ready.forget(fd)

    def close(self) -> None:
        """Let go of the readiness descriptor."""
        self._ready.close()

    async def _sleep(self) -> None:
        with trio.CancelScope() as self._idle:
            await trio.lowlevel.wait_readable(self._ready.fileno())

    def _turn(self) -> bool:
        """Move bytes for a turn's length; return whether there is more to do."""
        until = time.monotonic() + _TURN_S
        try:
            while self._move():
                self._breathe()
                if time.monotonic() > until:
                    return True
        finally:
            self._flush()
        return False

    def _move(self) -> bool:
        """Ask the kernel once and move each lane that is ready; return whether one was."""
        wanted: dict[int, int] = {}
        for lane in self.lanes:
            lane.add_interest(wanted)
        always = self._ready.watch(wanted)
        ready = self._ready.poll(0 if always else _LINGER_S)
        if always:
            ready += [(fd, wanted[fd]) for fd in always]
        for fd, what in ready:
            for lane in self.lanes:
                if fd in (lane.source, lane.sink):
                    lane.ready(fd, what)
        return bool(ready)
