"""Answers that took long to find out, kept as long as what they were made of is the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Remembered:
    """The last few answers. May be used by several threads: two may work on the same one, and both be right."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable | None, make: Callable[[], T]) -> T:
        """Return what `make` returned for this key before, or else does now; None as key: nothing is kept."""
        if key is None:
            return make()
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                found: T = self._known[key]
                return found
        made = make()
        with self._lock:
            self._known[key] = made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made
