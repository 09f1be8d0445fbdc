"""One message to many: everybody who listens has a queue of his own, and a slow one neither slows nor grows anything.

Publishing never waits. A message is encoded once, and its bytes are shared by all queues. Who does not keep up loses what
waits for him: he is told so once (GAP), takes a fresh snapshot of whatever it is that he follows, and goes on from there.
"""

import contextlib
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Final, Literal

import msgspec
import trio

LIMIT = 4096
"""Messages that may wait for one subscriber. A piece of a file that is told in one go has fewer."""

LIMIT_BYTES = 4 * 1024 * 1024
"""Bytes that may wait for one subscriber; one message alone may be larger."""


class Message(msgspec.Struct, frozen=True):
    """What is told, encoded as it goes out."""

    data: bytes
    id: str = ""
    """What tells it from others of its stream; empty where nobody asks."""
    about: Any = None
    """What a subscriber's `wanted` looks at: whatever the publisher and it have agreed on."""


class Missed(Enum):
    """The only value is GAP."""

    GAP = "gap"

    def __repr__(self) -> str:
        return "GAP"


GAP: Final = Missed.GAP
"""Stands for messages that were lost: `Subscriber.missed` tells how many."""

Wanted = Callable[[Message], bool]


class Subscriber:
    """One listener. Only one task asks for what comes next."""

    __slots__ = ("_bytes", "_ended", "_limit", "_limit_bytes", "_lost", "_lot", "_queue", "missed", "wanted")

    def __init__(self, wanted: Wanted | None, limit: int, limit_bytes: int) -> None:
        self.wanted = wanted
        """Tells which messages it is for; None: all. It may be exchanged at any time, and must not raise."""
        self.missed = 0
        """How many messages the last GAP stood for."""
        self._queue: list[Message] = []
        self._bytes = 0
        self._lost = 0
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._lot = trio.lowlevel.ParkingLot()
        self._ended = False

    async def next(self) -> list[Message] | Literal[Missed.GAP]:
        """Wait until there is something, and return all that waits, in order; or GAP where messages were lost.

        What is published after a GAP was returned is queued again: a snapshot that is made now joins on to it.
        Raises trio.EndOfChannel when the topic was closed and everything has been taken.
        """
        if self._queue or self._lost or self._ended:
            await trio.lowlevel.checkpoint()
        else:
            await self._lot.park()
        if self._lost:
            self.missed, self._lost = self._lost, 0
            return GAP
        if self._queue:
            found, self._queue, self._bytes = self._queue, [], 0
            return found
        raise trio.EndOfChannel

    def offer(self, message: Message) -> None:
        """Queue a message that is wanted; where too much waits, lose all of it."""
        if self._lost:
            self._lost += 1
            return
        queue = self._queue
        queue.append(message)
        self._bytes += len(message.data)
        if len(queue) > 1 and (self._bytes > self._limit_bytes or len(queue) > self._limit):
            self._lost = len(queue)
            self._queue, self._bytes = [], 0
        if self._lot:
            self._lot.unpark()

    def end(self) -> None:
        """Let `next` end when everything has been taken."""
        self._ended = True
        self._lot.unpark()

    @property
    def waiting(self) -> tuple[int, int]:
        """How many messages wait, and how many bytes they have."""
        return len(self._queue), self._bytes


class Topic:
    """What is published here goes to everybody who has subscribed. Belongs to one trio run."""

    def __init__(self) -> None:
        self._subscribers: dict[Subscriber, None] = {}
        self._closed = False

    @property
    def subscribers(self) -> int:
        """How many there are at the moment."""
        return len(self._subscribers)

    def publish(self, message: Message) -> None:
        """Give a message to all who want it. Never waits."""
        for subscriber in self._subscribers:
            wanted = subscriber.wanted
            if wanted is None or wanted(message):
                subscriber.offer(message)

    @contextlib.contextmanager
    def subscribe(
        self, wanted: Wanted | None = None, *, limit: int = LIMIT, limit_bytes: int = LIMIT_BYTES
    ) -> Iterator[Subscriber]:
        """Listen from now on until the block is left; `wanted` tells which messages, by default all."""
        subscriber = Subscriber(wanted, limit, limit_bytes)
        self._subscribers[subscriber] = None
        if self._closed:
            subscriber.end()
        try:
            yield subscriber
        finally:
            del self._subscribers[subscriber]

    def close(self) -> None:
        """Publish nothing more: all subscribers end when they have taken what waits, later ones at once."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.end()
