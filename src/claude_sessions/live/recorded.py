"""Which recording shows which session of Claude's: all that a log has shown, also those before a `/clear`.

Reads each log once for the few lines that tell, at the speed of the disk, and of one that grows only what is new.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from claude_sessions.base.errors import MalformedEntryError
from claude_sessions.live.session_data import Recorded
from claude_sessions.log.decode import decode_line
from claude_sessions.log.events import LinkInfo, decode_info
from claude_sessions.store.recording import Recording

if TYPE_CHECKING:
    from claude_sessions.log.segment import SegmentName

_READ_SIZE = 1024 * 1024
_MARK = b'"direction":"link"'
"""As our own logs spell it."""


class Candidate(NamedTuple):
    """A recording, and what is known of it without reading it."""

    recording: Recording
    running: bool
    title: str = ""
    present: str = ""
    """The session that it shows now, where that is known."""


class RecordedSessions:
    """Remembers how far each log was read. For one thread at a time."""

    def __init__(self) -> None:
        self._logs: dict[str, _Log] = {}

    def look(self, recordings: Iterable[Candidate]) -> Mapping[str, Recorded]:
        """Return for each session of Claude's the newest recording that shows it.

        `recordings` are the newest first.
        """
        found: dict[str, Recorded] = {}
        logs: dict[str, _Log] = {}
        for recording, running, title, present in recordings:
            log = logs[recording.session_id] = self._logs.get(recording.session_id) or _Log()
            log.read(recording)
            shown = log.shown if not present else [*log.shown, present]
            for each in dict.fromkeys(shown):
                found.setdefault(each, Recorded(recording.session_id, running and each == shown[-1], title))
        self._logs = logs
        return found


class _Log:
    """What one log has shown, as far as it was read."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self._offsets: dict[SegmentName, int] = {}

    def read(self, recording: Recording) -> None:
        """Read what is new."""
        for segment in recording.segments:
            try:
                fd = recording.open_segment(segment)
            except OSError:
                continue
            try:
                offset = self._offsets.get(segment, 0)
                if os.fstat(fd).st_size != offset:
                    self._offsets[segment] = offset + self._read(fd, offset)
            except OSError:
                continue
            finally:
                os.close(fd)

    def _read(self, fd: int, offset: int) -> int:
        """Take the whole lines behind `offset`, and return how many bytes they have."""
        taken, rest = 0, b""
        while piece := os.pread(fd, _READ_SIZE, offset + taken + len(rest)):
            data = rest + piece
            end = data.rfind(b"\n") + 1
            self.shown += _shown_in(data[:end])
            taken += end
            rest = data[end:]
        return taken


def _shown_in(lines: bytes) -> Iterator[str]:
    place = lines.find(_MARK)
    while place >= 0:
        begin, end = lines.rfind(b"\n", 0, place) + 1, lines.find(b"\n", place)
        try:
            link = decode_info(decode_line(lines[begin:end]), LinkInfo)
        except MalformedEntryError:
            link = None
        if link is not None and link.claude_session_id:
            yield link.claude_session_id
        place = lines.find(_MARK, end)
