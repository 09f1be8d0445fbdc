"""What one transcript says of what was done: small enough to be kept for each, whole enough to answer from.

Sessions copy each other (a resumed or forked one begins with the history of another), and only all transcripts
together tell which lines are copies. So nothing is added up here: every line and every call keeps a mark by which a
copy of it is known, see `history`.
"""

from array import array
from enum import IntEnum
from hashlib import blake2b

import msgspec

from claude_sessions.transcript.digests import DigestCache

NAME = "activity"
VERSION = 1
"""Goes up whenever a digest is made otherwise than before."""

UNKNOWN = -1
"""Stands for a number that the transcript does not tell."""


class Role(IntEnum):
    """What a line is in the conversation."""

    OTHER = 0
    PROMPT = 1
    """A person typed it."""
    RESPONSE = 2
    """The first line of one response of the API."""
    CONTINUED = 3
    """A further line of the same response."""
    RESULT = 4
    """What a tool gave back."""


class Outcome(IntEnum):
    """What became of a call."""

    DONE = 0
    FAILED = 1
    """The tool answered with an error."""
    DENIED = 2
    """A person, a rule or a mode did not allow it: it has not run."""
    STOPPED = 3
    """It was interrupted or cancelled."""
    UNANSWERED = 4
    """The transcript has no result of it."""


class Touch(IntEnum):
    """What a call did to a file."""

    NONE = 0
    READ = 1
    EDITED = 2
    CREATED = 3


class Sort(msgspec.Struct, frozen=True, array_like=True):
    """What many lines have in common."""

    type: str
    role: Role
    model: str
    version: str
    """Of Claude Code, empty where no line before it has named one."""


class Call(msgspec.Struct, array_like=True, gc=False):
    """One call of a tool, with its result. Times are milliseconds, UNKNOWN where there is none."""

    tool: int
    """Index in `Digest.tools`."""
    mark: int
    at: int
    """When it was called, since the epoch."""
    took: int
    """From the call to the result: time in which a person was asked is part of it."""
    outcome: Outcome = Outcome.UNANSWERED
    path: int = UNKNOWN
    """Index in `Digest.paths`, for a call that touched a file."""
    touch: Touch = Touch.NONE
    added: int = UNKNOWN
    """Lines that the file gained, where the transcript has them."""
    removed: int = UNKNOWN


class Digest(msgspec.Struct, frozen=True, array_like=True):
    """One transcript. The columns have an item for every line, in the order of the file, as the bytes of an array."""

    session_id: str
    """As the entries say: of a subagent's the session that started it. Empty where none says."""
    directory: str
    """Where the session began."""
    forked: bool
    """Whether lines say that they were copied from another session."""
    first_ms: int
    """The earliest and the latest timestamp, since the epoch; UNKNOWN where there is none."""
    last_ms: int
    faults: int
    """Pieces of the file that are no entry."""
    marks: bytes
    """Column of 64 bits: `mark` of the line's uuid, 0 where it has none."""
    seconds: bytes
    """Column of 32 bits: since the epoch, 0 where the line has no time."""
    kinds: bytes
    """Column of 32 bits: index in `sorts`."""
    sorts: list[Sort]
    tools: list[str]
    paths: list[str]
    """Absolute, where the transcript has them so."""
    calls: list[Call]


def cache() -> DigestCache[Digest]:
    """Return the cache that holds the digests."""
    return DigestCache(NAME, VERSION, Digest)


def mark(name: str) -> int:
    """Return what stands for a uuid or a call's id: 64 bits, of which nobody will see two alike; 0 for an empty one."""
    return int.from_bytes(blake2b(name.encode(errors="replace"), digest_size=8).digest()) if name else 0


def column(code: str, packed: bytes) -> "array[int]":
    """Return a column that can be gone through. `code` is array's: `Q` for marks, `I` for the others."""
    values = array(code)
    values.frombytes(packed)
    return values
