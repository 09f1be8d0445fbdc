"""Moments as people type them after `--since` and `--until`: a date, a time, or an age (design, section 5)."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.errors import UsageError

_DATE = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII)
_DATE_AND_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*", re.ASCII | re.IGNORECASE)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_AGE = re.compile(r"(?=.)(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?", re.ASCII)
_AGE_UNITS = (604_800, 86_400, 3600, 60, 1)
_DAYS_AGO = {"today": 0, "yesterday": 1}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def parse_moment(text: str, now_ns: int, timezone: tzinfo | None = None, *, end: bool = False) -> int:
    """Return the moment that `text` means, in nanoseconds since the epoch; UsageError where it means none.

    Read are a date (`2026-02-07`, `20260207`, `today`, `yesterday`), a date and time (`2026-02-07 18:15`, RFC 3339 with
    or without an offset), a time (`18:15`: the last time that it was so late) and an age (`2d`, `1h30m`, `2w`). Dates
    and times are those of `timezone`, by default the local zone. A date is the beginning of its day; where `end` is
    true, for an `--until` that takes in the day which it names, it is the beginning of the next one.

    >>> parse_moment("2d", 1_770_488_132_000_000_000) == 1_770_488_132_000_000_000 - 2 * 86_400 * 10**9
    True
    """
    wanted = text.strip().lower()
    try:
        return _moment(wanted, now_ns, timezone, end=end)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"{text!r} is no date, time or age; write 2026-02-07, '2026-02-07 18:15', 18:15, yesterday, 2d or 1h30m"
        ) from None


def _moment(text: str, now_ns: int, timezone: tzinfo | None, *, end: bool) -> int:
    """See `parse_moment`. Raises what datetime raises on what cannot be."""
    if (age := _AGE.fullmatch(text)) is not None:
        return max(
            0, now_ns - NANOSECONDS * sum(int(n or 0) * u for n, u in zip(age.groups(), _AGE_UNITS, strict=True))
        )
    if _DATE_AND_TIME.fullmatch(text):
        return _nanoseconds(_in_zone(datetime.fromisoformat(text.upper()), timezone))
    if (date := _DATE.fullmatch(text)) is not None:
        day = datetime(*map(int, date.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 # three numbers; the zone follows
        return _nanoseconds(_in_zone(day + _DAY if end else day, timezone))
    now = (_EPOCH + timedelta(microseconds=now_ns // 1000)).astimezone(timezone).replace(tzinfo=None)
    if text in _DAYS_AGO:
        day = now.replace(hour=0, minute=0, second=0, microsecond=0) - _DAYS_AGO[text] * _DAY
        return _nanoseconds(_in_zone(day + _DAY if end else day, timezone))
    if (clock := _TIME.fullmatch(text)) is not None:
        hour, minute, second = (int(part or 0) for part in clock.groups())
        then = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
        return _nanoseconds(_in_zone(then - _DAY if then > now else then, timezone))
    raise ValueError(text)


def _in_zone(moment: datetime, timezone: tzinfo | None) -> datetime:
    """Return a moment without a zone as one of `timezone` (None: the local one); one with an offset as it is."""
    if moment.tzinfo is not None:
        return moment
    return moment.astimezone() if timezone is None else moment.replace(tzinfo=timezone)


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
