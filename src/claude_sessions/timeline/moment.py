"""When an entry happened, read quickly, and how that is counted from the start of the recording."""

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.log.entry import parse_timestamp

_OURS = len("2026-02-07T18:15:32.123456Z")
_SECOND = len("2026-02-07T18:15:32")


class EntryClock:
    """The time of a recording as its entries tell it. A timestamp that cannot be read, or goes back, changes nothing."""

    def __init__(self) -> None:
        self.started: int | None = None
        """The time of the first entry."""
        self.now = 0
        self._second = ""
        self._second_ns = 0

    def read(self, timestamp: str) -> int:
        """Return the time of an entry in nanoseconds since the epoch. Within one second little is parsed."""
        try:
            if timestamp[:_SECOND] == self._second and len(timestamp) == _OURS:
                time = self._second_ns + int(timestamp[_SECOND + 1 : -1]) * 1000
            else:
                time = parse_timestamp(timestamp)
                self._second, self._second_ns = timestamp[:_SECOND], time // NANOSECONDS * NANOSECONDS
        except (ValueError, OverflowError):
            time = self.now
        self.now = max(self.now, time)
        if self.started is None:
            self.started = self.now
        return self.now

    def offset_s(self, time: int) -> float:
        """Return how many seconds after the start of the recording that is."""
        return max(0, time - (self.started or 0)) / NANOSECONDS
