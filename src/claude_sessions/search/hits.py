"""What was found, and where: the places of the index made readable."""

import os
import sqlite3
from collections.abc import Callable

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.search.passages import PassageReader, text_at
from claude_sessions.search.screens import PackedLine, text_of, unpack
from claude_sessions.search.snippet import Snippet, Spans, snippet
from claude_sessions.search.texts import Kind
from claude_sessions.transcript.packed import PACKED
from claude_sessions.transcript.reading import open_source

_MILLISECOND = 1_000_000
_KEPT = 1 << 20
"""So many characters of a text are compared with what stands on screens."""

Spot = Callable[[str], Spans]
"""Says where in a text the matches are."""


class Filter(msgspec.Struct, frozen=True):
    """What is looked through. Times are nanoseconds since the epoch."""

    since_ns: int | None = None
    until_ns: int | None = None
    directory: str = ""
    """Sessions that began there or below."""
    transcripts: bool = True
    recordings: bool = True
    typed: bool = False
    """What was typed in recordings too."""

    def condition(self) -> tuple[str, list[object]]:
        """Return the SQL condition on `passage` and `source`, and its values."""
        parts: list[str] = []
        values: list[object] = []
        if self.since_ns is not None:
            parts.append("passage.time >= ?")
            values.append(self.since_ns // _MILLISECOND)
        if self.until_ns is not None:
            parts.append("passage.time < ?")
            values.append(self.until_ns // _MILLISECOND)
        if self.directory:
            below = self.directory.rstrip("/") + "/"
            parts.append("(source.directory = ? OR substr(source.directory, 1, ?) = ?)")
            values += [self.directory, len(below), below]
        if not self.transcripts:
            parts.append("source.recording != ''")
        if not self.recordings:
            parts.append("source.recording = ''")
        if not self.typed:
            parts.append("passage.kind != ?")
            values.append(Kind.TYPED.value)
        return " AND ".join(parts) or "1", values


EVERYTHING = Filter()


class Place(msgspec.Struct, frozen=True):
    """Where something was found: a row of the index."""

    id: int
    place: int
    """Byte offset in a transcript; milliseconds from the start of a recording."""
    time_ms: int
    kind: int
    key: int
    name: bytes
    recording: str
    session: str
    agent: int
    directory: str

    @property
    def identity(self) -> tuple[int, int]:
        """The same for a line and its copies in other files; `key` is 0 in recordings."""
        return self.key, self.time_ms


COLUMNS = (
    "passage.id, passage.place, passage.time, passage.kind, passage.key, source.name, source.recording,"
    " source.session, source.agent, source.directory"
)
"""What makes a Place."""


class Hit(msgspec.Struct, frozen=True):
    """One text that was found."""

    kind: Kind
    time_ns: int
    """When it was said or shown, in nanoseconds since the epoch."""
    directory: str
    """Where the session began."""
    session_id: str
    """Claude's own; empty for a recording of which nobody knows it."""
    recording_id: str
    """The recording that shows this very moment; empty where none does."""
    offset_s: float | None
    """Seconds from the start of that recording."""
    transcript: str
    """The transcript's path; empty where it was found in a recording."""
    agent: bool
    """Said by a subagent, or to it."""
    snippet: Snippet
    title: str = ""
    """What the session is called; empty where it has no title, or none that is found out quickly."""
    also_in: tuple[str, ...] = ()
    """The other recordings that show the same."""


class HitMaker:
    """Makes places of one index readable."""

    def __init__(self, database: sqlite3.Connection, spot: Spot, width: int) -> None:
        self._database = database
        self._spot = spot
        self._width = width
        self._seen: dict[bytes, list[tuple[PackedLine, Snippet]]] = {}
        """The best lines of what was read before: copies of a recording hold the same."""

    def read(self, place: Place) -> list[tuple[Hit, str]]:
        """Return what stands at a place, with (the beginning of) the text; nothing where that has changed since.

        Of lines on a screen those that have most of what is looked for.
        """
        if place.recording:
            row = self._database.execute("SELECT lines FROM screen WHERE id = ?", (place.id,)).fetchone()
            return [
                (self._on_screen(place, line, found), line[1]) for line, found in self._best(row[0] if row else b"")
            ]
        text = _text_at(place)
        return [(self.hit_in_transcript(place, text), text[:_KEPT])] if self._spot(text) else []

    def _best(self, packed: bytes) -> list[tuple[PackedLine, Snippet]]:
        if packed in self._seen:
            return self._seen[packed]
        spotted = spot_lines(unpack(packed), self._spot)
        worths = [len({" ".join(text[b:e].casefold().split()) for b, e in spans}) for (_, text), spans in spotted]
        most = max(worths, default=0)
        best = [
            (line, snippet(line[1], spans, self._width))
            for (line, spans), worth in zip(spotted, worths, strict=True)
            if worth == most
        ]
        self._seen[packed] = best
        return best

    def hit_on_screen(self, place: Place, line: PackedLine) -> Hit:
        """Return what was found in a line on a screen."""
        return self._on_screen(place, line, snippet(line[1], self._spot(line[1]), self._width))

    def _on_screen(self, place: Place, line: PackedLine, found: Snippet) -> Hit:
        offset_ms, _ = line
        time_ns = (place.time_ms + offset_ms - place.place) * _MILLISECOND
        return Hit(
            Kind(place.kind),
            time_ns,
            place.directory,
            self._session_of(place.recording, time_ns // _MILLISECOND) or place.session,
            place.recording,
            offset_ms / 1000,
            "",
            False,
            found,
        )

    def hit_in_transcript(self, place: Place, text: str) -> Hit:
        """Return what was found in a text of a transcript."""
        recording, offset_s = self._recording_of(place.session, place.time_ms)
        return Hit(
            Kind(place.kind),
            place.time_ms * _MILLISECOND,
            place.directory,
            place.session,
            recording,
            offset_s,
            os.fsdecode(place.name),
            bool(place.agent),
            snippet(text, self._spot(text), self._width),
        )

    def _session_of(self, recording: str, time_ms: int) -> str:
        row = self._database.execute(
            "SELECT link.session FROM link JOIN source ON source.id = link.source"
            " WHERE source.recording = ? AND link.since <= ? ORDER BY link.since DESC LIMIT 1",
            (recording, time_ms),
        ).fetchone()
        return row[0] if row else ""

    def _recording_of(self, session: str, time_ms: int) -> tuple[str, float | None]:
        """Return the recording that showed a session of Claude's at that time, and how far into it that was."""
        row = self._database.execute(
            "SELECT source.recording, source.started FROM link JOIN source ON source.id = link.source"
            " WHERE link.session = ? AND source.started <= ? AND source.ended >= ? ORDER BY link.since DESC LIMIT 1",
            (session, time_ms, time_ms),
        ).fetchone()
        return (row[0], (time_ms - row[1]) / 1000) if row else ("", None)


def spot_lines(lines: list[PackedLine], spot: Spot) -> list[tuple[PackedLine, Spans]]:
    """Return each line with its matches. One over several rows belongs to the row where it begins, which has the others behind it."""
    text = text_of(lines)
    spans = spot(text)
    spotted: list[tuple[PackedLine, Spans]] = []
    begin = at = 0
    for number, (time, row) in enumerate(lines):
        end = begin + len(row)
        mine: Spans = []
        while at < len(spans) and spans[at][0] <= end:
            mine.append((spans[at][0] - begin, spans[at][1] - begin))
            at += 1
        shown = end
        if mine:
            for _, below in lines[number + 1 :]:
                if shown >= begin + mine[-1][1]:
                    break
                shown += 1 + len(below)
        spotted.append(((time, text[begin:shown]), mine))
        begin = end + 1
    return spotted


def _text_at(place: Place) -> str:
    """Read the text at a place of a transcript again; empty where there is none any more."""
    path = os.fsdecode(place.name)
    try:
        if path.endswith(PACKED):  # unpacking goes onwards only
            with open_source(path) as source:
                passages = PassageReader(source).passages()
                return next((each.text for each in passages if each.offset == place.place), "")
        with open_source(path, place.place) as source:
            return text_at(source, place.place)
    except ClaudeSessionsError:
        return ""
