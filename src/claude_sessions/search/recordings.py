"""Reading a recording for the index, from its beginning or from where it was left while it ran."""

import os
from collections.abc import Iterator, Sequence

import msgspec

from claude_sessions.base.errors import MalformedEntryError, UsageError
from claude_sessions.log.decode import decode_line, split_lines
from claude_sessions.log.entry import EXIT, INPUT, LINK, START, Entry
from claude_sessions.log.events import LinkInfo, StartInfo, decode_info
from claude_sessions.log.segment import SegmentName
from claude_sessions.search.screens import FoundScreen, PackedLine, Screen
from claude_sessions.search.texts import Kind
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.timeline.lines import Line, LineReader, Standstill
from claude_sessions.timeline.moment import EntryClock
from claude_sessions.timeline.typed import KeyboardReader

_MILLISECOND = 1_000_000
_MOST_CHARACTERS = 1500
_MOST_LINES = 40


class Reached(msgspec.Struct):
    """How far a recording was read, and what is known of it by then. Kept in the index until it has ended."""

    first: int = 0
    """Inode of its first segment."""
    segment: int = 0
    offset: int = 0
    """Byte offset in that segment of the first line that was not read."""
    directory: str = ""
    started_ms: int = 0
    ended_ms: int = 0
    links: list[tuple[str, int]] = []
    """Claude's session ids, and from when on (milliseconds since the epoch) the recording shows them."""
    stop: Standstill | None = None


encode_reached = msgspec.msgpack.Encoder().encode
decode_reached = msgspec.msgpack.Decoder(Reached).decode


class RecordingReader:
    """Goes through a recording, from its beginning or from where another reader has stopped.

    After `found` has ended, `reached` tells what is known, and `ended` whether the recording has come to its end.
    What was read in several goes is not exactly what is read in one: the lines that had scrolled off are forgotten.
    """

    def __init__(self, home: Home, segments: Sequence[SegmentName], reached: Reached | None = None) -> None:
        self.reached = reached or Reached()
        self.ended = False
        self._recording = Recording(home, segments[0].session_id, tuple(segments))
        self._clock = EntryClock()

    def found(self) -> Iterator[FoundScreen]:
        """Yield what was on the screen, and what was typed. Raises UsageError where there is no entry."""
        for screen in self._screens():
            place_ms = screen.place_ms
            time_ms = self.reached.started_ms + place_ms
            yield FoundScreen(place_ms, time_ms, screen.kind, screen.packed, screen.text)

    def _screens(self) -> Iterator[Screen]:
        reached = self.reached
        shown = LineReader.go_on(reached.stop) if reached.stop else LineReader()
        typed = KeyboardReader()
        gathered = {kind: _Gatherer(kind, reached) for kind in (Kind.SCREEN, Kind.TYPED)}
        for entry in self._entries():
            self._note(entry)
            if lines := shown.read(entry):
                yield from gathered[Kind.SCREEN].add(lines)
            if entry.direction in (INPUT, START) and (lines := typed.read(entry)):
                yield from gathered[Kind.TYPED].add(lines)
        if not reached.started_ms:
            raise UsageError(f"{self._recording.log_path} holds no entry")
        if self.ended:
            reached.stop = None
            lines = shown.finish()
        else:
            lines, reached.stop = shown.stop()
        yield from gathered[Kind.SCREEN].add(lines)
        yield from gathered[Kind.TYPED].add(typed.finish())
        for each in gathered.values():
            yield from each.finish()

    def _entries(self) -> Iterator[Entry]:
        """Yield the entries that were not read yet. A line that is still being written is left for the next time."""
        for segment in self._recording.segments:
            if segment.number < self.reached.segment:
                continue
            if segment.number > self.reached.segment:
                self.reached.segment, self.reached.offset = segment.number, 0
            try:
                fd = self._recording.open_segment(segment)
            except OSError:
                continue
            with os.fdopen(fd, "rb", buffering=0) as file:
                file.seek(self.reached.offset)
                for offset, line in split_lines(file.read, self.reached.offset):
                    try:
                        entry = decode_line(line or b"")
                    except MalformedEntryError:
                        continue
                    self.reached.offset = offset + len(line or b"") + 1
                    yield entry

    def _note(self, entry: Entry) -> None:
        reached = self.reached
        now_ms = self._clock.read(entry.timestamp) // _MILLISECOND
        reached.started_ms = reached.started_ms or now_ms
        reached.ended_ms = max(reached.ended_ms, now_ms)
        if entry.direction == START and not reached.directory:
            start = decode_info(entry, StartInfo)
            reached.directory = start.directory if start else ""
        elif entry.direction == LINK:
            link = decode_info(entry, LinkInfo)
            if link and (not reached.links or reached.links[-1][0] != link.claude_session_id):
                reached.links.append((link.claude_session_id, now_ms))
        elif entry.direction == EXIT:
            self.ended = True


class _Gatherer:
    """Puts lines together. Their times count from the start of the recording, which `reached` knows."""

    def __init__(self, kind: Kind, reached: Reached) -> None:
        self._kind = kind
        self._reached = reached
        self._lines: list[PackedLine] = []
        self._size = 0

    def add(self, lines: list[Line]) -> Iterator[Screen]:
        started_ms = self._reached.started_ms
        last, place_ms = -1, 0
        for line in lines:
            if line.time_ns != last:
                last = line.time_ns
                place_ms = max(0, last // _MILLISECOND - started_ms)
            self._lines.append((place_ms, line.text))
            self._size += len(line.text)
            if self._size >= _MOST_CHARACTERS or len(self._lines) >= _MOST_LINES:
                yield from self.finish()

    def finish(self) -> Iterator[Screen]:
        if self._lines:
            yield Screen(self._kind, self._lines)
        self._lines = []
        self._size = 0
