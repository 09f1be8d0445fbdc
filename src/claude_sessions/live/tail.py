"""Following a recording while it grows. Readers only read: no recorder waits for them or knows of them."""

import os
import time
from collections.abc import Callable, Iterator

from claude_sessions.base.errors import MalformedEntryError
from claude_sessions.log.decode import MAX_LINE, BadLine, Place, decode_line
from claude_sessions.log.entry import EXIT, SEAL, Entry
from claude_sessions.log.segment import SegmentName
from claude_sessions.store.ends import is_being_written
from claude_sessions.store.recording import Recording

POLL_S = 0.1
"""Seconds between two looks at a file that has not grown."""

_READ_SIZE = 256 * 1024

_LINGER = 20
"""How many looks after the exit the recorder is given to write its seal."""


def follow(recording: Recording, wait: Callable[[float], object] = time.sleep) -> Iterator[Entry | BadLine | None]:
    """Yield every entry from the first one on, and whatever is none, until the session ends or nobody records it.

    None stands for: nothing new for now. It comes before each `wait`, so that what was held back can be shown.
    Segments that are begun meanwhile are followed too.
    """
    for _, item in follow_lines(recording, wait):
        yield item


def follow_lines(
    recording: Recording, wait: Callable[[float], object] = time.sleep
) -> Iterator[tuple[bytes, Entry | BadLine | None]]:
    """Do the same, each entry with its line as it stands in the file."""
    segment: SegmentName | None = recording.segments[0]
    ended = False
    while segment is not None:
        tail = _SegmentTail(recording, segment)
        segment = None
        looks_left = _LINGER
        while True:
            alive = tail.is_being_written()
            for item in tail.read():
                ended = ended or (isinstance(item[1], Entry) and item[1].direction == EXIT)
                looks_left = 0 if isinstance(item[1], Entry) and item[1].direction == SEAL else looks_left
                yield item
            segment = tail.next_segment()
            if segment is not None or not alive or (ended and looks_left <= 0):
                break
            looks_left -= ended
            yield b"", None
            wait(POLL_S)
        yield from tail.close()


class _SegmentTail:
    """One segment, read as far as it goes; a last line without its newline waits until that comes."""

    def __init__(self, recording: Recording, segment: SegmentName) -> None:
        self._recording = recording
        self._segment = segment
        self._fd = recording.open_segment(segment)
        self._place = Place(str(recording.home.path / "logs" / str(segment)), 1, 0)
        self._rest = b""
        self._skipped = 0

    def is_being_written(self) -> bool:
        return is_being_written(self._fd)

    def next_segment(self) -> SegmentName | None:
        """Return the segment after this one if there is one by now."""
        following = SegmentName(self._segment.session_id, self._segment.number + 1)
        try:
            os.close(self._recording.open_segment(following))
        except OSError:
            return None
        return following

    def read(self) -> Iterator[tuple[bytes, Entry | BadLine]]:
        """Yield the lines that are complete by now."""
        while block := os.read(self._fd, _READ_SIZE):
            lines = (self._rest + block).split(b"\n")
            self._rest = lines.pop()
            for line in lines:
                yield line, self._decode(line)
            if self._skipped or len(self._rest) > MAX_LINE:  # keep counting, keep nothing
                self._skipped += len(self._rest)
                self._rest = b""

    def close(self) -> Iterator[tuple[bytes, Entry | BadLine]]:
        """Yield what is left: a line that was never finished."""
        os.close(self._fd)
        if self._rest or self._skipped:
            yield self._rest, self._decode(self._rest)

    def _decode(self, line: bytes) -> Entry | BadLine:
        place, skipped = self._place, self._skipped
        self._place = Place(place.file, place.line + 1, place.offset + skipped + len(line) + 1)
        self._skipped = 0
        if skipped:
            return BadLine(place, f"longer than {MAX_LINE} bytes")
        try:
            return decode_line(line)
        except MalformedEntryError as error:
            return BadLine(place, str(error))
