"""Looking for a pattern: everything is read, the newest sources first."""

import heapq
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.search.hits import COLUMNS, Filter, Hit, HitMaker, Place
from claude_sessions.search.passages import PassageReader
from claude_sessions.search.pattern import Pattern
from claude_sessions.search.screens import PackedLine, unpack
from claude_sessions.search.snippet import Spans
from claude_sessions.transcript.reading import open_source

_MOST_SPANS = 50


def scan(database: sqlite3.Connection, pattern: Pattern, wanted: Filter, limit: int, width: int) -> list[Hit]:
    """Return the newest `limit` texts in which the pattern matches, the newest first, each once."""

    def spot(text: str) -> Spans:
        return spans_of(pattern, text)

    maker = HitMaker(database, spot, width)
    newest = heapq.nlargest(limit, _each_once(_matching(database, pattern, wanted)), key=_time)
    hits = []
    for place, text in newest:
        hit = maker.hit_in_transcript(place, text) if isinstance(text, str) else maker.hit_on_screen(place, [text])
        if hit is not None:
            hits.append(hit)
    return hits


def _time(found: tuple[Place, str | PackedLine]) -> int:
    place, text = found
    return place.time_ms if isinstance(text, str) else place.time_ms - place.place + text[0]


def _each_once(
    found: Iterable[tuple[Place, str | PackedLine]],
) -> Iterator[tuple[Place, str | PackedLine]]:
    """Leave out the copies of lines that resumed sessions begin with."""
    seen: set[tuple[int, int]] = set()
    for place, text in found:
        if not place.key or place.identity not in seen:
            seen.add(place.identity)
            yield place, text


def spans_of(pattern: Pattern, text: str) -> Spans:
    """Return where the pattern matches, as often as is shown."""
    spans: Spans = []
    at = 0
    while len(spans) < _MOST_SPANS and (span := pattern.search(text[at:])) is not None:
        begin, end = span[0] + at, span[1] + at
        if end > begin:
            spans.append((begin, end))
        at = max(end, begin + 1)
        if at > len(text):
            break
    return spans


def _matching(
    database: sqlite3.Connection, pattern: Pattern, wanted: Filter
) -> Iterator[tuple[Place, str | PackedLine]]:
    condition, values = wanted.condition()
    rows = database.execute(
        f"SELECT {COLUMNS} FROM passage JOIN source ON source.id = passage.source WHERE {condition}"  # noqa: S608 - constants alone
        " ORDER BY source.written, passage.source",
        values,
    )
    for (name, recording), places in groupby(
        (Place(*row) for row in rows), lambda place: (place.name, place.recording)
    ):
        if recording:
            yield from _on_screens(database, places, pattern)
        else:
            yield from _in_transcript(name, {place.place: place for place in places}, pattern)


def _on_screens(
    database: sqlite3.Connection, places: Iterable[Place], pattern: Pattern
) -> Iterator[tuple[Place, PackedLine]]:
    for place in places:
        row = database.execute("SELECT lines FROM screen WHERE id = ?", (place.id,)).fetchone()
        for line in unpack(row[0]) if row else ():
            if pattern.search(line[1]) is not None:
                yield place, line


def _in_transcript(name: bytes, places: Mapping[int, Place], pattern: Pattern) -> Iterator[tuple[Place, str]]:
    """Yield the passages at those places that match. The file may be gone, or have changed since."""
    try:
        with open_source(os.fsdecode(name)) as source:
            for passage in PassageReader(source).passages():
                if passage.offset in places and pattern.search(passage.text) is not None:
                    yield places[passage.offset], passage.text
    except ClaudeSessionsError:
        return
