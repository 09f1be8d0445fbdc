"""The last events of a stream, for those who were away for a moment and say which one they had last."""

import re
from collections import deque
from collections.abc import Sequence

SIZE = 20
"""Events that are kept: the session player's number."""

_ID = re.compile(r"evt_([0-9]{3,18})")


def event_id(number: int) -> str:
    """Return the id of the event with this number, counted from 1.

    >>> event_id(7)
    'evt_007'
    """
    return f"evt_{number:03d}"


def event_number(text: str) -> int | None:
    """Return the number that an event's id has; None for what is no such id."""
    found = _ID.fullmatch(text)
    return int(found[1]) if found and event_id(int(found[1])) == text else None


class Ring:
    """Numbered events without a gap between them; the oldest ones make room."""

    def __init__(self, size: int = SIZE) -> None:
        """`size`: how many are kept, at least one."""
        self._events: deque[bytes] = deque(maxlen=max(1, size))
        self.last = 0
        """The number of the last event; 0 before the first."""

    def add(self, number: int, event: bytes) -> None:
        """Take the next event. Where numbers were left out, what was before is nobody's past any more."""
        if number != self.last + 1:
            self._events.clear()
        self._events.append(event)
        self.last = number

    def after(self, last_event_id: str) -> Sequence[bytes] | None:
        """Return the events that follow the one with this id; None where they are not all there, or there is none such."""
        number = event_number(last_event_id)
        if number is None:
            return None
        missing = self.last - number
        if not 0 <= missing <= len(self._events):
            return None
        return list(self._events)[len(self._events) - missing :]
