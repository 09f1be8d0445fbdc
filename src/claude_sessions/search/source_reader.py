"""From a transcript or a recording to what the index holds of it."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.search.passages import PassageReader
from claude_sessions.search.readout import Readout
from claude_sessions.search.recordings import Reached, RecordingReader, decode_reached, encode_reached
from claude_sessions.search.screens import FoundScreen
from claude_sessions.search.sources import Known, Source
from claude_sessions.search.writer import Row, Writer
from claude_sessions.store.home import Home
from claude_sessions.transcript.lines import Source as Transcript
from claude_sessions.transcript.reading import open_source

_COMPARED = 32 << 20
"""Bytes before the place that was reached: if they are as they were, the transcript was only appended to."""

_BLOCK = 1 << 20

_PIECE = 1 << 20
"""Characters: a longer text (a log of 70 MB) is indexed in pieces, so that it lies in memory no more often than it must."""

_OVERLAP = 1 << 16
"""Characters that a piece shares with the next: words that stand together, and those at the border, are in one."""

_ROWS = 10_000
"""So many rows are written at once: those of a transcript of 600 MB would fill 40 MB."""

_MILLISECOND = 1_000_000


Reach = Callable[[int], None]


def _nowhere(_: int) -> None:
    """Tell nobody."""


class SourceReader:
    """Reads one source after the other and writes what it finds. The numbers are the last ones that are taken."""

    def __init__(self, writer: Writer, home: Path | None, last_source: int, last_text: int) -> None:
        self._writer = writer
        self._home = home
        self._last_source = last_source
        self._last_text = last_text

    def read(self, source: Source, known: Known | None, progress: Reach = _nowhere) -> None:
        """Read a source that is new or has changed; `progress` is told now and then how many bytes of it are done.

        Raises an error of the family, or FileNotFoundError.
        """
        if source.recording:
            self._read_recording(source, known, progress)
            return
        reached = _unchanged(source, known) if known else 0
        if not reached:
            self._begin_anew(known)
            known = None
        self._read_transcript(source, known, progress)

    def take_over(self, source: Source, readout: Readout) -> None:
        """Write what somebody else has read of a recording that is new."""
        number = self._next_source()
        self._writer.add_passages([self._add_screen(number, screen) for screen in readout.screens])
        self._note_recording(source, number, readout.reached, ended=readout.ended)

    def pass_over(self, source: Source, known: Known | None) -> None:
        """Note that a source cannot be read as it is now, so that nobody tries again before it has changed."""
        self._begin_anew(known)
        row = (self._next_source(), source.name, source.version, source.recording, "", 0, "", source.written_ns)
        self._writer.set_source((*row, 0, 0, 0, b""))

    def _begin_anew(self, known: Known | None) -> None:
        if known:
            self._writer.forget(known.id)

    def _read_transcript(self, source: Source, known: Known | None, progress: Reach) -> None:
        assert source.transcript is not None
        number = known.id if known else self._next_source()
        written_ms = source.written_ns // _MILLISECOND
        rows: list[Row] = []
        reached = known.reached if known else 0
        before = self._writer.keys_of_once(number) if known else ()
        with open_source(os.fsdecode(source.name), reached) as file:
            reader = PassageReader(file, reached, before)
            for passage in reader.passages():
                text = passage.text
                row = (number, passage.offset, passage.time_ms or written_ms, int(passage.kind), passage.key)
                for begin in (0,) if len(text) <= _PIECE else range(0, len(text), _PIECE):
                    self._last_text += 1
                    rows.append((self._last_text, *row))
                    self._writer.add_text(self._last_text, text[begin : begin + _PIECE + _OVERLAP])
                if len(rows) >= _ROWS:
                    self._writer.add_passages(rows)
                    rows.clear()
                    progress(reader.end - reached)
            end = reader.end
            mark = _mark(file, end)
        self._writer.forget_queued(number, reader.sent)
        directory = (known.directory if known else "") or reader.directory
        self._writer.add_passages(rows)
        session = source.transcript.session_id or (known.session if known else "") or reader.session_id
        agent = bool(source.transcript.agent_id)
        found = (session, agent, directory, source.written_ns, 0, 0, end, mark)
        self._writer.set_source((number, source.name, source.version, "", *found))

    def _read_recording(self, source: Source, known: Known | None, progress: Reach) -> None:
        reached = _reached(source, known)
        while True:
            if known and not reached:
                self._writer.forget(known.id)
                known = None
            number = known.id if known else self._next_source()
            rows: list[Row] = []
            with Home.open(self._home) as home:
                recording = RecordingReader(home, source.segments, reached)
                before, segment, offset = 0, recording.reached.segment, recording.reached.offset
                for screen in recording.found():
                    if recording.reached.segment != segment:
                        before, segment = before + offset, recording.reached.segment
                    offset = recording.reached.offset
                    progress(before + offset)
                    rows.append(self._add_screen(number, screen))
            self._writer.add_passages(rows)
            self._note_recording(source, number, recording.reached, ended=recording.ended)
            if not (reached and recording.ended):
                break
            known, reached = Known(number), None  # it has ended: once more, in one go

    def _add_screen(self, number: int, screen: FoundScreen) -> Row:
        """Write a screen of that source, and return its passage, which is for later."""
        self._last_text += 1
        self._writer.add_screen(self._last_text, screen.packed)
        self._writer.add_text(self._last_text, screen.text)
        return self._last_text, number, screen.place_ms, screen.time_ms, int(screen.kind), 0

    def _note_recording(self, source: Source, number: int, reached: Reached, *, ended: bool) -> None:
        reached.first = source.first
        last = reached.links[-1][0] if reached.links else ""
        mark = b"" if ended else encode_reached(reached)
        found = (reached.directory, source.written_ns, reached.started_ms, reached.ended_ms, source.size, mark)
        row = (number, source.name, source.version, source.recording, last, 0, *found)
        self._writer.set_source(row, reached.links)

    def _next_source(self) -> int:
        self._last_source += 1
        return self._last_source


def _reached(source: Source, known: Known | None) -> Reached | None:
    """Return from where on a recording that was read before is to be read; None: from its beginning."""
    if known is None or not known.mark:
        return None
    try:
        reached = decode_reached(known.mark)
    except UNDECODABLE:
        return None
    return reached if reached.first == source.first and source.size >= known.reached else None


def _unchanged(source: Source, known: Known) -> int:
    """Return how far a transcript is as it was when it was last read: all of that, or nothing."""
    if not known.mark:
        return 0
    with open_source(os.fsdecode(source.name)) as file:
        return known.reached if _mark(file, known.reached) == known.mark else 0


def _mark(file: Transcript, end: int) -> bytes:
    """Return a checksum of what stands before `end`; empty where it cannot be read again."""
    mark = 0
    for offset in range(max(0, end - _COMPARED), end, _BLOCK):
        block = file.reread(min(_BLOCK, end - offset), offset)
        if block is None:
            return b""
        mark = zlib.crc32(block, mark)
    return mark.to_bytes(4)
