"""What of a log could not be read, for a report at the end."""

from claude_sessions.log.decode import BadLine

_REPORTED = 5


class Damage:
    """Counts the lines that are no entries, each of them once, and keeps the first few."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[BadLine] = []
        self.torn = False
        """Whether the very last line was a bad one: a running session's may be half written."""
        self._furthest = ("", 0)

    def note(self, item: object) -> None:
        """Take notice of what was read next, good or bad."""
        self.torn = isinstance(item, BadLine)
        if not isinstance(item, BadLine):
            return
        place = (item.place.file, item.place.line)
        if place <= self._furthest:
            return
        self._furthest = place
        self.count += 1
        if len(self.first) < _REPORTED:
            self.first.append(item)
