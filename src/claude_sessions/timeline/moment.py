"""When an entry happened, read quickly, and how that is counted from the start of the recording."""

import re
from collections.abc import Callable

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.durations import parse_duration
from claude_sessions.base.errors import UsageError
from claude_sessions.base.moments import parse_moment
from claude_sessions.log.entry import parse_timestamp

_OURS = len("2026-02-07T18:15:32.123456Z")
_SECOND = len("2026-02-07T18:15:32")

_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?|[0-9]{8}|today|yesterday", re.ASCII | re.IGNORECASE | re.DOTALL
)
_TENTH_NS = NANOSECONDS // 10
_BELOW_MICROSECOND = 999
"""What the times of the lines of one moment differ by."""


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
        """Return how many seconds after the start of the recording that is, in whole microseconds."""
        return seconds_since(self.started or 0, time)


def seconds_since(started_ns: int, time_ns: int) -> float:
    """Return the seconds from one time to a later one, in whole microseconds: what is below only orders lines."""
    return max(0, time_ns - started_ns) // 1000 / 1_000_000


def parse_place(
    text: str, started_ns: int, now_ns: int, find_marker: Callable[[str], float], *, end: bool = False
) -> int:
    """Return the time in a recording, in nanoseconds since the epoch, that a person means by `--since` or `--until`.

    What begins with a date is a moment (see `parse_moment`); all else counts from the start of the recording: `90s`, `1h2m`,
    `MM:SS`, `HH:MM:SS`, `@MARKER` (whose seconds `find_marker` tells). A line that is printed with such a time is at it,
    though the time is rounded up to a tenth. With `end`, what is at the time that is returned still belongs to it.
    """
    wanted = text.strip()
    if _DATE.fullmatch(wanted):
        return parse_moment(wanted, now_ns, end=end) - end
    if wanted.startswith("@"):
        return started_ns + round(find_marker(wanted[1:]) * NANOSECONDS)
    try:
        offset_ns = round(parse_duration(wanted) * NANOSECONDS)
    except UsageError:
        raise UsageError(
            f"{text!r} is no time; write 90s, 1h2m, MM:SS, HH:MM:SS or @MARKER from the start of the session, or a date and time"
        ) from None
    if end:
        return started_ns + offset_ns + _BELOW_MICROSECOND
    return started_ns + (offset_ns - _TENTH_NS + 1 if offset_ns else 0)
