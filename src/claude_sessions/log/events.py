"""What stands in the data of entries that are no terminal bytes: small JSON objects, one type each.

Unknown fields are ignored and missing ones have defaults, so that logs of older and newer versions read.
"""

from typing import Annotated, Any, TypeVar

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.entry import Entry

FORMAT_VERSION = 1

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A number that every reader of JSON can hold; with a larger one the entry says nothing."""


class StartInfo(msgspec.Struct, frozen=True):
    """The first line of every segment: a segment reads alone."""

    format: Count = FORMAT_VERSION
    segment: Count = 0
    previous: str = ""
    """SHA-256 of the whole previous segment, in hex; empty in the first."""
    command: str = ""
    arguments: tuple[str, ...] = ()
    directory: str = ""
    columns: Count = 80
    rows: Count = 24
    term: str = ""
    host: str = ""
    user: str = ""
    version: str = ""
    """The version of claude-sessions that wrote this."""
    title: str = ""
    started: str = ""
    """Timestamp of the session's start, the same in every segment."""
    pid: Count = 0
    """The process that records."""
    input: bool = True
    """Whether what is typed is recorded."""
    origin: str = ""
    """Empty for a session that was recorded here; otherwise what it was made from, and how."""


class ExitInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the child ended: exactly one of `code` (0 to 255) and `signal` (its number) is set."""

    code: Count | None = None
    signal: Count | None = None

    @property
    def status(self) -> int:
        """The exit status a shell would show: the code, or 128 and the signal's number."""
        return self.code if self.code is not None else 128 + (self.signal or 0)


class GapInfo(msgspec.Struct, frozen=True):
    """How much could not be recorded: written at the first write that works again."""

    bytes: Count = 0
    entries: Count = 0
    since: str = ""
    reason: str = ""


class HiddenInfo(msgspec.Struct, frozen=True):
    """How many bytes were typed at a password prompt (canonical mode, echo off)."""

    bytes: Count = 0


class PauseInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The person stopped, or went on with, the recording."""

    by: str = ""
    """`key` or `command`."""
    since: str = ""
    """In `unpause`: when the pause began."""
    bytes: Count = 0
    """In `unpause`: how many bytes passed in between and were not kept."""


class SuspendInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Empty for Ctrl-Z and `fg`; `cause` is `sleep` where the machine slept."""

    cause: str = ""


class LinkInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which of Claude Code's own sessions this recording shows from here on."""

    claude_session_id: str
    transcript: str = ""
    """Path of Claude's transcript, which may not exist yet."""
    source: str = ""
    """`argument` (we or the person passed it) or `registry` (Claude's live registry)."""
    pid: Count = 0


class SealInfo(msgspec.Struct, frozen=True):
    """Digest of every byte of the segment before the seal's own line."""

    sha256: str


Info = TypeVar("Info", bound=msgspec.Struct)

_encoder = msgspec.json.Encoder()


def encode_info(info: msgspec.Struct) -> bytes:
    """Return the JSON that goes into an entry's data."""
    return _encoder.encode(info)


def decode_info(entry: Entry, kind: type[Info]) -> Info | None:
    """Return the entry's data as `kind`, or None where it is not of that form."""
    try:
        return msgspec.json.decode(entry.data, type=kind)
    except UNDECODABLE:
        return None


def decode_resize(entry: Entry) -> tuple[int, int] | None:
    """Return (columns, rows) of a resize entry (`COLSxROWS`), or None where it is malformed or absurd."""
    columns, x, rows = entry.data.partition(b"x")
    if not (x and columns.isdigit() and rows.isdigit() and len(entry.data) <= 11):
        return None
    size = (int(columns), int(rows))
    return size if min(size) > 0 else None


def to_plain(info: msgspec.Struct) -> Any:
    """Return the info as plain dicts and lists, for `--json`."""
    return msgspec.to_builtins(info)
