"""Looking for a pattern: everything is read, the newest sources first."""

import heapq
import os
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.search.gather import Gatherer
from claude_sessions.search.hits import COLUMNS, Filter, Hit, HitMaker, Place
from claude_sessions.search.passages import PassageReader
from claude_sessions.search.pattern import Pattern
from claude_sessions.search.screens import PackedLine, unpack
from claude_sessions.search.snippet import Spans
from claude_sessions.transcript.reading import open_source

_MOST_SPANS = 50
_MOST_LOOKED_AT = 1000
"""Matches: most may be empty, and those are not shown."""

_SPARE = 4
"""So many times more are kept than are wanted: lines on a screen that show what was said are no hits."""

_STRETCH = 4096
"""Of a long text so many characters before and behind the first match are kept: snippets are shorter."""


def scan(database: sqlite3.Connection, pattern: Pattern, wanted: Filter, limit: int, width: int) -> list[Hit]:
    """Return the newest `limit` texts in which the pattern matches, the newest first, each once."""

    def spot(text: str) -> Spans:
        return spans_of(pattern, text)

    maker = HitMaker(database, spot, width)
    newest = heapq.nlargest(limit * _SPARE, _each_once(_matching(database, pattern, wanted)), key=_time)
    gatherer = Gatherer(limit)
    for place, found in newest:
        if not gatherer.wants(place):
            continue
        if isinstance(found, str):
            gatherer.add([(maker.hit_in_transcript(place, found), found)])
        else:
            gatherer.add([(maker.hit_on_screen(place, found), found[1])])
    return gatherer.hits


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
    looked_at = islice(pattern.every(text), _MOST_LOOKED_AT)
    return list(islice((span for span in looked_at if span[0] < span[1]), _MOST_SPANS))


def _matching(
    database: sqlite3.Connection, pattern: Pattern, wanted: Filter
) -> Iterator[tuple[Place, str | PackedLine]]:
    condition, values = wanted.condition()
    sources = database.execute(_SOURCES.format(condition=condition), values).fetchall()

    def places(source: int, more: str = "", *given: int) -> Iterator[Place]:
        rows = database.execute(_PLACES.format(condition=condition) + more, (source, *values, *given))
        return (Place(*row) for row in rows)

    for source, name, recording in sources:
        if recording:
            yield from _on_screens(database, places(source), pattern)
        else:
            for offset, text in _in_transcript(name, pattern):
                yield from ((place, text) for place in places(source, _AT, offset))


_SOURCES = (
    "SELECT id, name, recording FROM source"
    " WHERE EXISTS (SELECT 1 FROM passage WHERE passage.source = source.id AND {condition}) ORDER BY written, id"
)
_PLACES = (
    f"SELECT {COLUMNS} FROM passage JOIN source ON source.id = passage.source"  # noqa: S608 - constants alone
    " WHERE passage.source = ? AND {condition}"
)
_AT = " AND passage.place = ? LIMIT 1"


def _on_screens(
    database: sqlite3.Connection, places: Iterable[Place], pattern: Pattern
) -> Iterator[tuple[Place, PackedLine]]:
    for place in places:
        row = database.execute("SELECT lines FROM screen WHERE id = ?", (place.id,)).fetchone()
        for line in unpack(row[0]) if row else ():
            if pattern.search(line[1]) is not None:
                yield place, line


def _in_transcript(name: bytes, pattern: Pattern) -> Iterator[tuple[int, str]]:
    """Yield the offsets of passages that match, and what stands there. The file may be gone, or have changed since."""
    try:
        with open_source(os.fsdecode(name)) as source:
            for passage in PassageReader(source).passages():
                if (span := pattern.search(passage.text)) is not None:
                    yield passage.offset, passage.text[max(0, span[0] - _STRETCH) : span[1] + _STRETCH]
    except ClaudeSessionsError:
        return
