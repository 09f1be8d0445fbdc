"""One line of a log: the five fields every reader can rely on (seed 001, design section 4)."""

from datetime import UTC, datetime
from typing import Final

import msgspec

OUTPUT: Final = "output"
INPUT: Final = "input"
ERROR: Final = "error"
START: Final = "start"
RESIZE: Final = "resize"
HIDDEN: Final = "hidden"
MARKER: Final = "marker"
SUSPEND: Final = "suspend"
RESUME: Final = "resume"
PAUSE: Final = "pause"
UNPAUSE: Final = "unpause"
ATTACH: Final = "attach"
DETACH: Final = "detach"
LINK: Final = "link"
GAP: Final = "gap"
EXIT: Final = "exit"
SEAL: Final = "seal"

LONGEST_LABEL: Final = 200
"""Characters of a marker's label that we write; others' may be longer."""

SHOWN: Final = frozenset({OUTPUT, ERROR})
"""The directions whose bytes a person saw."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(msgspec.Struct, frozen=True):
    """What happened at one moment of a session.

    `timestamp` is RFC 3339 UTC with microseconds, `data` the raw bytes (base64 in the file), `size` their number.
    `direction` is one of the names above, or one that this version does not know and passes on.
    """

    timestamp: str
    session_id: str
    direction: str
    data: bytes
    size: int

    @property
    def time_ns(self) -> int:
        """The timestamp in nanoseconds since the epoch."""
        return parse_timestamp(self.timestamp)


def parse_timestamp(text: str) -> int:
    """Return the nanoseconds since the epoch of an RFC 3339 UTC timestamp; ValueError where it is none.

    Any number of fractional digits is accepted (seed 001's examples have three, we write six); those after the
    sixth are dropped.
    """
    if not text.endswith("Z") or len(text) < len("2026-02-07T18:15:32Z") or text[10] != "T":
        raise ValueError(f"not an RFC 3339 UTC timestamp: {text[:40]!r}")
    since = datetime.fromisoformat(text) - _EPOCH  # in C: every reader asks this of every entry
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000
