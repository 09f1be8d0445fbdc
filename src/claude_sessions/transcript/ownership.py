"""Whose a line is, where sessions copy each other: the earliest one owns a uuid.

A session that was resumed by an old version, or forked, begins with the history of another, line by line with the same
uuid. Whoever counts or searches all transcripts takes each line once: from the session that wrote it first.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.transcript.envelope import Line, lenient_or_empty
from claude_sessions.transcript.files import Kind, LogFile
from claude_sessions.transcript.reading import open_source, read_entries

_LOOKED_AT = 50
"""Lines at the beginning of a file in which its first time is looked for."""


class _Origin(msgspec.Struct):
    """Where a copied line says that it comes from."""

    forkedFrom: msgspec.Raw = msgspec.Raw(b"null")  # noqa: N815 - the field's name in the transcript


class Seniority(NamedTuple):
    """What sorts transcripts in the order of ownership: of what several have, the smallest one's is the original.

    A copy has the times of what it copies. Of those that begin at the same time one that says that it was forked comes
    last, then a side conversation, and otherwise the one that ended last.
    """

    begin: int
    """A time in any unit, the same for all; NEVER where it is unknown."""
    forked: bool
    side: bool
    end: int
    name: str
    """Anything that makes the order the same each time."""


NEVER = 2**63
"""Later than any time."""


class Owners:
    """Tells lines from copies, over as many files as are read one after the other, the earliest first."""

    def __init__(self) -> None:
        self._seen: set[int] = set()  # hashes: a third of the size of the uuids

    def own(self, line: Line) -> bool:
        """Tell whether this line was not seen before, and remember it. A line without uuid is nobody's copy."""
        uuid = line.entry.uuid
        if uuid is None:
            return True
        before = len(self._seen)
        self._seen.add(hash(uuid))
        return len(self._seen) > before

    def own_lines(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Yield the lines of one file that no file before it had."""
        return filter(self.own, lines)


def earliest_first(files: Iterable[LogFile]) -> list[LogFile]:
    """Return the files in the order in which their sessions began, copies behind what they are copies of.

    The end of each is when it was written to last. What cannot be read comes last.
    """
    return sorted(files, key=_seniority)


def _seniority(file: LogFile) -> Seniority:
    begin, forked = NEVER, False
    try:
        with open_source(file.path) as source:
            for line, _ in zip(read_entries(source), range(_LOOKED_AT), strict=False):
                if line.entry.uuid and line.entry.timestamp:
                    begin = parse_timestamp(line.entry.timestamp)
                    forked = bytes(lenient_or_empty(line.raw, _Origin).forkedFrom) != b"null"
                    break
    except (ClaudeSessionsError, ValueError):
        pass
    return Seniority(begin, forked, file.kind is not Kind.MAIN, file.mtime_ns, str(file.path))
