"""The terminal of a running session, for as many viewers as there are: each begins with the whole screen, then sees events.

What is typed is not shown: it may hold what the screen does not. A viewer that cannot keep up is given the whole screen again.
The recorder knows of none of them; its log is followed.
"""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from itertools import islice

import trio

from claude_sessions.live import alis
from claude_sessions.live.hub import GAP, Message, Subscriber, Topic
from claude_sessions.live.tail import follow
from claude_sessions.live.terminal_screen import TerminalScreen
from claude_sessions.store.recording import Recording

POLL_S = 0.03
"""Seconds between two looks at a log that has not grown."""

_BATCH = 2000
"""Entries that are read in one go."""


class LiveTerminal:
    """One recording's terminal. `run` follows it; without that there is nothing to be seen."""

    def __init__(self, recording: Recording) -> None:
        self._entries = follow(recording, lambda _: None)
        self._screen = TerminalScreen()
        self._lock = trio.Lock()
        self._ready = trio.Event()
        self._topic = Topic()
        self.ended = False
        """Whether nothing more will come: the session is over."""

    async def run(self) -> None:
        """Follow the log until the session has ended."""
        try:
            while not self.ended:
                async with self._lock:
                    more, quiet = await trio.to_thread.run_sync(self._read)
                    for number, frame in self._screen.frames():
                        self._topic.publish(Message(frame, about=number))
                    self.ended = not more
                if quiet:
                    self._screen.watched = True
                    self._ready.set()
                    await trio.sleep(POLL_S)
        finally:
            self._ready.set()
            self._topic.close()

    def _read(self) -> tuple[bool, bool]:
        """Take what is in the log by now; tell whether more may come, and whether all of it has been taken."""
        count = 0
        for item in islice(self._entries, _BATCH):
            if item is None:
                return True, True
            self._screen.take(item)
            count += 1
        return count == _BATCH, False

    @contextlib.asynccontextmanager
    async def view(self) -> AsyncIterator["Viewer"]:
        """Look at it from now on."""
        await self._ready.wait()
        with self._topic.subscribe() as subscriber:
            yield Viewer(subscriber, self)

    async def picture(self) -> tuple[int, bytes]:
        """Return the number of the last event, and what draws the screen as it is after that."""
        async with self._lock:
            picture = self._screen.picture()
            return self._screen.number, picture


class Viewer:
    """What one of those who look is to be sent."""

    def __init__(self, subscriber: Subscriber, terminal: LiveTerminal) -> None:
        self._subscriber = subscriber
        self._terminal = terminal
        self._told = -1
        """The number of the last event that the viewer knows, by itself or in a picture."""
        self._over = False

    @property
    def ended(self) -> bool:
        """Whether all there will ever be has been handed out."""
        return self._over

    async def next(self) -> list[bytes]:
        """Return the next frames, after waiting for them. Raises trio.EndOfChannel where nothing more comes."""
        if self._told < 0:
            return [alis.MAGIC, await self._draw()]
        while True:
            try:
                got = await self._subscriber.next()
            except trio.EndOfChannel:
                if self._over or not self._terminal.ended:
                    raise
                self._over = True
                return [alis.end(self._told + 1, 0)]
            if got is GAP:
                return [await self._draw()]
            new = [message for message in got if message.about > self._told]
            if new:
                self._told = new[-1].about
                return [message.data for message in new]

    async def _draw(self) -> bytes:
        self._told, picture = await self._terminal.picture()
        return picture


class LiveTerminals:
    """All terminals that somebody looks at. Each is followed once, for as long as it has viewers.

    `opened` opens a recording by its id, for as long as it is followed: no viewer's own will do, since another one may stay longer.
    """

    def __init__(self, nursery: trio.Nursery, opened: Callable[[str], AbstractContextManager[Recording]]) -> None:
        self._nursery = nursery
        self._opened = opened
        self._followed: dict[str, _Followed] = {}

    @property
    def followed(self) -> int:
        """How many there are at the moment."""
        return len(self._followed)

    def close(self) -> None:
        """Follow none of them any more: their viewers are told nothing further."""
        for followed in self._followed.values():
            followed.scope.cancel()

    @contextlib.asynccontextmanager
    async def view(self, session_id: str) -> AsyncIterator[Viewer]:
        """Look at the terminal of a recording from now on. Raises what `opened` raises."""
        followed = self._followed.get(session_id)
        if followed is None:
            followed = self._followed[session_id] = _Followed(self._opened(session_id))
            self._nursery.start_soon(followed.run)
        followed.viewers += 1
        try:
            async with (await followed.terminal()).view() as viewer:
                yield viewer
        finally:
            followed.viewers -= 1
            if not followed.viewers:
                followed.scope.cancel()
                if self._followed.get(session_id) is followed:
                    del self._followed[session_id]


class _Followed:
    """A terminal that is followed until its last viewer has gone."""

    def __init__(self, opening: AbstractContextManager[Recording]) -> None:
        self.viewers = 0
        self.scope = trio.CancelScope()
        self._opening = opening
        self._terminal: LiveTerminal | None = None
        self._error: Exception | None = None
        self._known = trio.Event()

    async def terminal(self) -> LiveTerminal:
        """Return the terminal as soon as there is one."""
        await self._known.wait()
        if self._terminal is None:
            raise self._error or trio.EndOfChannel
        return self._terminal

    async def run(self) -> None:
        """Follow. Whatever goes wrong ends this terminal's pictures, and nothing else."""
        try:
            with self.scope, self._opening as recording:
                self._terminal = LiveTerminal(recording)
                self._known.set()
                await self._terminal.run()
        except Exception as error:  # noqa: BLE001 - a recording may hold anything, and the others' terminals go on
            self._error = error
        finally:
            self._known.set()
