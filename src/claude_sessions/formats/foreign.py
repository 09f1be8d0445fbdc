"""What every importer makes of a foreign file: the beginning of a session and its events, and what cannot be meant."""

from decimal import Context, Decimal
from typing import BinaryIO, NamedTuple

import msgspec

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.errors import ForeignFileError

LONGEST_TEXT = 4096
"""Characters of a title, a command or a marker that are kept."""

LONGEST_S = 1_000_000_000
"""Seconds, 31 years: no session is longer."""

REDACTED = "drawn anew from the screen"
"""Begins the remark in an export of ours whose secrets were left out."""

_NOTHING, _LONGEST, _MILLION = Decimal(0), Decimal(LONGEST_S), Decimal(1_000_000)

_LATEST_S = 253_402_300_799 - LONGEST_S
"""So that the end of a session, too, is before the year 10000."""

_LARGEST = 65_535
"""Columns or rows that a terminal can have."""


class Foreign(NamedTuple):
    """An open file to import."""

    name: str
    """For people."""
    file: BinaryIO
    modified_ns: int
    """When it was written: the start of a recording that does not say."""


class Beginning(msgspec.Struct, frozen=True):
    """What a foreign recording says of itself."""

    format: str
    columns: int
    rows: int
    started_ns: int
    """Since the epoch."""
    command: str = ""
    title: str = ""
    term: str = ""
    redacted: bool = False
    """Whether it is an export of ours whose secrets were left out."""


class Event(NamedTuple):
    """Something that happened, in microseconds from the start. `direction` and `data` are those of a log's entry."""

    time_us: int
    direction: str
    data: bytes


def refuse(place: str, reason: str) -> ForeignFileError:
    """Return the error for a file that cannot be imported: where, and why."""
    return ForeignFileError(f"{place}: {reason}; nothing was imported")


def microseconds(seconds: Decimal, place: str) -> int:
    """Return a time that a file gives as microseconds; ForeignFileError where it cannot be one."""
    if not seconds.is_finite():
        raise refuse(place, "its time is no number")
    if not _NOTHING <= seconds <= _LONGEST:
        raise refuse(place, f"{seconds:.6g} seconds is no time")
    return int((seconds * _MILLION).to_integral_value())


class Elapsed:
    """Adds up the times between events as they stand in the file: what is rounded each time drifts."""

    _exact = Context(prec=60)

    def __init__(self) -> None:
        self._sum = Decimal()

    def after(self, seconds: Decimal, place: str) -> int:
        """Return the microseconds since the start when so many seconds more have passed; errors as in `microseconds`."""
        if not (seconds.is_finite() and _NOTHING <= seconds <= _LONGEST):
            microseconds(seconds, place)
        self._sum = self._exact.add(self._sum, seconds)
        return microseconds(self._sum, place)


def window(columns: int, rows: int, place: str) -> tuple[int, int]:
    """Return a window's size; ForeignFileError where no terminal has it."""
    if not (1 <= columns <= _LARGEST and 1 <= rows <= _LARGEST):
        raise refuse(place, f"a window of {_short(columns)} by {_short(rows)} cannot be")
    return columns, rows


def started(seconds: float | None, source: Foreign, place: str) -> int:
    """Return the start that a file gives in seconds since the epoch as nanoseconds; its own time where it gives none."""
    if seconds is None:
        return max(0, min(source.modified_ns, _LATEST_S * NANOSECONDS)) // 1000 * 1000
    if not 0 <= seconds <= _LATEST_S:
        raise refuse(place, "its start is no date")
    return round(seconds * 1_000_000) * 1000


def text(value: str | None) -> str:
    """Return a text of the file, or one that was typed, as a log takes it; cut where it is absurdly long."""
    return (value or "")[:LONGEST_TEXT].encode(errors="surrogateescape").decode(errors="backslashreplace")


def _short(number: int) -> str:
    return str(number) if abs(number) < 10**9 else "too many"
