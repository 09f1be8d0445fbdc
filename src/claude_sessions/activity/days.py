"""Days, hours and hours of work, from the times of lines."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from claude_sessions.activity.history import STEP_S

PAUSE_S = 600
"""Where nothing is written for longer than this, nobody was at work."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Streak(NamedTuple):
    """Days in a row."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


class Calendar:
    """Turns times into days and hours of one zone, each minute once."""

    def __init__(self, timezone: tzinfo | None = None) -> None:
        """`timezone` None: the local one."""
        self._timezone = timezone
        self._known: dict[int, tuple[date, int]] = {}

    def day_and_hour(self, second: int) -> tuple[date, int]:
        """Return the day and the hour (0 to 23) of a time in seconds since the epoch."""
        step = second // STEP_S
        found = self._known.get(step)
        if found is None:
            moment = (_EPOCH + timedelta(seconds=step * STEP_S)).astimezone(self._timezone)
            found = self._known[step] = moment.date(), moment.hour
        return found


def active_seconds(times: Iterable[int]) -> int:
    """Return how long was worked, from the seconds in which something was written: pauses are left out."""
    return sum(gap for before, after in pairwise(sorted(times)) if (gap := after - before) <= PAUSE_S)


def streaks(days: Iterable[date]) -> list[Streak]:
    """Return the runs of days without a gap, in their order."""
    found: list[Streak] = []
    for day in sorted(set(days)):
        if found and day - found[-1].last == timedelta(days=1):
            found[-1] = Streak(found[-1].first, day)
        else:
            found.append(Streak(day, day))
    return found


def longest(found: Sequence[Streak]) -> Streak | None:
    """Return the longest run, the last one of several."""
    return max(found, key=lambda streak: (streak.days, streak.last), default=None)


def current(found: Sequence[Streak], today: date) -> Streak | None:
    """Return the run that is not over: today, or yesterday while today is young, is its last day."""
    return found[-1] if found and found[-1].last >= today - timedelta(days=1) else None
