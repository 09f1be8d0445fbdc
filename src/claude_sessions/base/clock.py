"""One clock for a recording: wall time that never goes back.

A recording's timestamps are one wall-clock reading carried on by a clock that only rises and that goes on
while the machine sleeps (design, section 4: CLOCK_BOOTTIME; macOS: CLOCK_MONOTONIC). Setting the
wall clock back during a session therefore changes nothing.
"""

import time
from collections.abc import Callable

NANOSECONDS = 1_000_000_000

_RISING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _rising_ns() -> int:
    """Nanoseconds on the clock that rises also while the machine sleeps."""
    return time.clock_gettime_ns(_RISING)


class SessionClock:
    """Nanoseconds since the epoch that never go back, and how long the machine has slept.

    The three sources are passed in so that a test can set a clock back or put a machine to sleep.
    """

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        rising: Callable[[], int] = _rising_ns,
        awake: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall = wall
        self._rising = rising
        self._awake = awake
        now = rising()
        self._offset = wall() - now
        self._asleep = now - awake()

    def now(self) -> int:
        """Return the time in nanoseconds since the epoch; at least as large as ever before."""
        return self._rising() + self._offset

    def anchor_again(self) -> None:
        """Take over the wall clock's time if that is ahead: after a suspend it may have been corrected."""
        self._offset = max(self._offset, self._wall() - self._rising())

    def slept(self) -> int:
        """Return for how many nanoseconds the machine has slept since the last call."""
        asleep = self._rising() - self._awake()
        slept, self._asleep = asleep - self._asleep, asleep
        return max(0, slept)


class TimestampFormatter:
    """RFC 3339 in UTC with microseconds; the date part is computed once a second.

    >>> TimestampFormatter()(1_770_488_132_123_456_789)
    '2026-02-07T18:15:32.123456Z'
    """

    def __init__(self) -> None:
        self._cached = (-1, "")  # one tuple: two threads may ask

    def __call__(self, ns: int) -> str:
        """Return the timestamp of a moment, in nanoseconds since the epoch."""
        second, rest = divmod(ns, NANOSECONDS)
        known, prefix = self._cached
        if second != known:
            prefix = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._cached = (second, prefix)
        return f"{prefix}.{rest // 1000:06d}Z"
