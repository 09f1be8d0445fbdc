"""The order of a conversation while it is written: a stream cannot insert, so it waits a moment for what is missing.

Claude Code writes an answer before its prompt now and then. An entry whose parent has not been seen yet is held back until
the parent comes, but for no longer than HOLD: the parent may be lost, or stand in another file.
"""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

HOLD = 0.25
"""Seconds. What Claude Code writes together comes within a few milliseconds."""


class LiveOrder(Generic[T]):
    """Puts entries in order as they come. Looks at no clock: every call is told the time, in seconds that only rise."""

    def __init__(self, hold: float = HOLD) -> None:
        self._hold = hold
        self._seen: set[int] = set()  # hashes: a third of the size of the uuids
        self._held: dict[int, tuple[float, int, T]] = {}
        self._waiting: dict[int, list[int]] = {}
        self._count = 0

    def see(self, uuid: str) -> None:
        """Know an entry that came before the stream began: nothing waits for it."""
        self._seen.add(hash(uuid))

    def add(self, uuid: str | None, parent: str | None, entry: T, now: float) -> list[T]:
        """Take an entry and return what may go out now, in order: often just this one, sometimes nothing."""
        out = self.due(now)
        key = None if uuid is None else hash(uuid)
        if parent is None or key is None or hash(parent) in self._seen or parent == uuid:
            return [*out, *self._release(key, entry)]
        self._held[self._count] = (now + self._hold, key, entry)
        self._waiting.setdefault(hash(parent), []).append(self._count)
        self._count += 1
        return out

    def due(self, now: float) -> list[T]:
        """Return what has waited long enough, and what waited for that, in order."""
        out: list[T] = []
        while self._held:
            first = next(iter(self._held))
            deadline, key, entry = self._held[first]
            if deadline > now:
                break
            del self._held[first]
            out += self._release(key, entry)
        if not self._held:
            self._waiting.clear()
        return out

    def flush(self) -> list[T]:
        """Return everything that is still held: the stream has ended."""
        return self.due(float("inf"))

    @property
    def deadline(self) -> float | None:
        """When `due` is to be called next; None while nothing is held."""
        return next((held[0] for held in self._held.values()), None)

    def _release(self, key: int | None, entry: T) -> Iterator[T]:
        """Yield an entry, and what has waited for it, each in the order in which it came."""
        yield entry
        released = deque([key])
        while released:
            key = released.popleft()
            if key is None:
                continue
            self._seen.add(key)
            for number in self._waiting.pop(key, ()):
                if number in self._held:
                    _, child, entry = self._held.pop(number)
                    yield entry
                    released.append(child)
