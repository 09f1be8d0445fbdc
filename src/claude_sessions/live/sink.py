"""What the engine tells those who want to know what was written into transcripts.

A sink is called by the engine's one task, one call after the other, each file's lines in the order of the file. It must
not block: what takes long goes elsewhere. It must not raise either: a line may hold anything.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from claude_sessions.transcript.envelope import Line
from claude_sessions.transcript.files import LogFile


class TailLine(NamedTuple):
    """One object that was appended to a transcript."""

    offset: int
    """Byte offset of its first byte in the file."""
    end: int
    """Byte offset from which reading goes on behind it: who has taken in this object begins there."""
    raw: bytes
    """The object as it stands in the file, without its newline."""
    line: Line
    """The same, decoded as far as every reader needs it."""


class Restart(Enum):
    """Why a file is told from its beginning once more."""

    TRUNCATED = "truncated"
    """It is shorter than what was read of it."""
    REPLACED = "replaced"
    """Another file has its name now."""


class Sink(Protocol):
    """What is told. `file` is the file as it was when it was looked at last: size and times are then its newest ones."""

    def found(self, file: LogFile) -> None:
        """Learn of a file that the engine did not know: at the start, before any line, or later."""

    def appended(self, file: LogFile, lines: Sequence[TailLine]) -> None:
        """Take in complete lines; at least one."""

    def restarted(self, file: LogFile, why: Restart) -> None:
        """Forget what the file held: all its lines from its first byte on follow in `appended`."""

    def gone(self, file: LogFile) -> None:
        """Learn that a file is no longer there."""
