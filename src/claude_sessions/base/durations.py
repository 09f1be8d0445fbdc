"""Times from the start of a recording and lengths of time, as people type and read them (design, section 5)."""

import math
import re

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.errors import UsageError

_UNITS = re.compile(
    r"(?=[0-9.])(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+(?:\.[0-9]*)?|\.[0-9]+)s)?", re.ASCII
)
_CLOCK = re.compile(r"(?:([0-9]+):)?([0-9]+):([0-5]?[0-9](?:\.[0-9]*)?)", re.ASCII)
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+", re.ASCII)

_LONGEST = 1e9
"""Seconds, 31 years: whoever asks for more has mistyped."""


def parse_duration(text: str) -> float:
    """Return the seconds that `90s`, `1h2m`, `1m30s`, `MM:SS`, `HH:MM:SS` or `12.5` mean; UsageError where it is none.

    >>> parse_duration("1h2m"), parse_duration("1:30"), parse_duration("12.5")
    (3720.0, 90.0, 12.5)
    """
    seconds = _seconds(text.strip())
    if seconds is None or seconds > _LONGEST:
        raise UsageError(f"{text!r} is no time; write seconds (90), 1h2m, 1m30s, MM:SS or HH:MM:SS")
    return seconds


def _seconds(text: str) -> float | None:
    if _SECONDS.fullmatch(text):
        return float(text)
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    if text and (units := _UNITS.fullmatch(text)):
        days, hours, minutes, seconds = units.groups()
        return int(days or 0) * 86_400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)
    return None


def format_offset(seconds: float) -> str:
    """Return a time from the start of a recording in a form that `parse_duration` reads, rounded up to a tenth.

    Rounded up, so that what was on the screen at that time still is there when one goes to it.

    >>> format_offset(83.41), format_offset(3723)
    ('1:23.5', '1:02:03.0')
    """
    tenths = max(0, math.ceil(round(seconds * 10, 4)))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{start}:{rest / 10:04.1f}"


def format_length(ns: int) -> str:
    """Return a length of time in nanoseconds in its two largest units: `7s`, `4m 12s`, `1h 02m`, `2d 03h`."""
    seconds = max(0, ns) // NANOSECONDS
    for unit, size, smaller, smaller_size in (("d", 86_400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if seconds >= size:
            return f"{seconds // size}{unit} {seconds % size // smaller_size:02d}{smaller}"
    return f"{seconds}s"
