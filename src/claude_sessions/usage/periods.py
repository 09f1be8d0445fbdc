"""Days, weeks and months as a person at some place counts them."""

import zoneinfo
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo

from claude_sessions.base.errors import UsageError

_QUARTER_MS = 15 * 60_000
"""Nearly always one day serves all of a quarter of an hour. Not where a zone's offset is seven minutes, say."""


class Days:
    """Tells the day of a moment, in a time zone; by default the local one. Remembers what it was asked."""

    def __init__(self, timezone: tzinfo | None = None) -> None:
        self.timezone = timezone
        self._known: dict[int, str] = {}

    def day(self, time: int) -> str:
        """Return the day of a moment in milliseconds since the epoch: `2026-02-07`."""
        quarter = time // _QUARTER_MS
        known = self._known.get(quarter)
        if known is None:
            first, last = self._exact(quarter * _QUARTER_MS), self._exact((quarter + 1) * _QUARTER_MS - 1)
            known = self._known[quarter] = first if first == last else ""
        return known or self._exact(time)

    def _exact(self, time: int) -> str:
        return datetime.fromtimestamp(time // 1000, self.timezone).date().isoformat()

    def week(self, time: int) -> str:
        """Return the Monday with which the week of a moment begins."""
        day = date.fromisoformat(self.day(time))
        return (day - timedelta(days=day.weekday())).isoformat()

    def month(self, time: int) -> str:
        """Return the month of a moment: `2026-02`."""
        return self.day(time)[:7]


def zone(name: str) -> tzinfo:
    """Return a time zone by its name, such as `Europe/Berlin` or `UTC`. Raises UsageError where there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise UsageError(
            f"{name!r} is no time zone; write one such as Europe/Berlin, America/New_York or UTC"
        ) from None


def by(kind: str, days: Days) -> Callable[[int], str]:
    """Return what gives the period of a moment: `daily`, `weekly` or `monthly`."""
    if kind == "daily":
        return days.day
    return _Remembered(days, days.week if kind == "weekly" else days.month).period


class _Remembered:
    """A period by its days: thousands of responses are of few days."""

    def __init__(self, days: Days, period: Callable[[int], str]) -> None:
        self._days = days
        self._period = period
        self._known: dict[str, str] = {}

    def period(self, time: int) -> str:
        day = self._days.day(time)
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._period(time)
        return known
