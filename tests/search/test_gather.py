"""One hit for what was said and for the line on a screen that shows it."""

from pathlib import Path

import pytest

from claude_sessions.log.events import LinkInfo
from claude_sessions.search.hits import Hit
from claude_sessions.search.index import SearchIndex
from claude_sessions.search.pattern import compile_lines
from claude_sessions.search.words import Query
from tests.kit.recordings import SECOND, LogWriter
from tests.kit.spoken import SESSION, says, user, write

HOUR = 3600 * SECOND


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    """A recording of an answer as a screen shows it, and of a line that nobody said."""
    log = LogWriter(own_home / ".claude-sessions").start().add("link", LinkInfo(SESSION))
    log.add("output", b"\xe2\x97\x8f The failing zebra test\r\n  of the  parser.\r\n", after=10 * SECOND)
    log.add("output", b"a zebra of the screen alone\r\n")
    return log


def find(query: str, limit: int = 20) -> list[Hit]:
    with SearchIndex() as index:
        index.update()
        return index.find(Query(query), limit=limit)


def said(own_home: Path, text: str, time: str = "12:00:13") -> None:
    lines = [{**user("go"), "uuid": "a"}, {**says(text), "uuid": "b"}]
    write(own_home / ".claude", [{"timestamp": f"2026-02-07T{time}.000Z", **line} for line in lines])


def test_the_transcripts_hit_stands_for_the_line(own_home: Path, log: LogWriter) -> None:
    """With the moment in the recording; what only the screen shows is a hit of its own."""
    log.exit()
    said(own_home, "The **failing** `zebra` test of the parser.")
    hits = find("zebra")
    assert sorted(bool(hit.transcript) for hit in hits) == [False, True]
    (transcript,) = (hit for hit in hits if hit.transcript)
    assert (transcript.recording_id, transcript.offset_s) == (log.session_id, 12.0)
    assert [hit.snippet.text for hit in hits if not hit.transcript] == ["a zebra of the screen alone"]
    with SearchIndex() as index:
        assert len(index.scan(compile_lines("zebra"))) == 2


def test_it_takes_the_lines_place_also_when_it_is_worth_less(own_home: Path, log: LogWriter) -> None:
    """Beyond what is shown, too."""
    log.exit()
    said(own_home, "The failing zebra test" + " and many other words" * 100)
    assert [hit.transcript != "" for hit in find('"failing zebra"', limit=1)] == [True]
    with SearchIndex() as index:
        hits = index.scan(compile_lines("zebra"), limit=2)
    assert sorted(hit.transcript != "" for hit in hits) == [False, True]


@pytest.mark.parametrize(
    ("text", "time"), [("The failing zebra test", "12:30:00"), ("Another failing zebra test", "12:00:13")]
)
def test_another_time_or_text_is_another_hit(own_home: Path, log: LogWriter, text: str, time: str) -> None:
    """A resumed session's screen shows again what was said long ago."""
    log.add("output", b"bye\r\n", after=HOUR).exit()
    said(own_home, text, time)
    assert len(find('"failing zebra"')) == 2
