"""One line of a document while it may still change."""

Version = tuple[str, int]
"""A text, and the time (nanoseconds since the epoch) at which it was first complete.

Recordings tell microseconds; what is below orders the lines of one look from top to bottom.
"""

_MICROSECOND = 1000
LAST_ROW = _MICROSECOND - 2
"""The rows below it are not told apart."""


class Item:
    """Its text and since when, a longer version that it shrank from, what was reported of it, and its neighbours in the document.

    `held` is what is reported when all above it is complete; `passed` tells that this was so.
    """

    __slots__ = ("after", "before", "held", "longer", "passed", "reported", "shown", "text", "time")

    def __init__(self, text: str, time: int) -> None:
        self.text = text
        self.time = time
        self.longer: Version | None = None
        self.reported = ""
        self.shown = True
        self.held: list[Version] | None = None
        self.passed = False
        self.before: Item = self
        self.after: Item = self

    @property
    def is_linked(self) -> bool:
        """Whether it is in the document."""
        return self.before is not self

    @classmethod
    def known(cls, text: str) -> "Item":
        """Return a line that is not to be reported again."""
        item = cls(text, 0)
        item.reported = text
        return item


def time_at(now: int, row: int) -> int:
    """Return the time of a line that was found in the row at a look at `now`."""
    return now + (min(LAST_ROW, row))


def start_of(time: int) -> int:
    """Return when the look began at which a line was found that has this time."""
    return time - time % _MICROSECOND
