"""One hit for what was said and for the line on a screen that shows it."""

from pathlib import Path

import pytest

from claude_sessions.log.events import LinkInfo
from claude_sessions.search.hits import Hit, spot_lines
from claude_sessions.search.index import SearchIndex
from claude_sessions.search.pattern import compile_lines
from claude_sessions.search.words import Query
from tests.kit.recordings import NOON, SECOND, LogWriter
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


def copy_of(log: LogWriter, own_home: Path, after: int = 0) -> LogWriter:
    """Return another recording that shows the same; nobody knows of which session."""
    copy = LogWriter(own_home / ".claude-sessions", now=NOON + after).start()
    copy.add("output", b"\xe2\x97\x8f The failing zebra test\r\n  of the  parser.\r\n", after=11 * SECOND)
    return copy.add("output", b"a zebra of the screen alone\r\n").exit()


@pytest.mark.parametrize("after", [0, HOUR])
def test_copies_of_a_recording_are_one_hit(own_home: Path, log: LogWriter, after: int) -> None:
    """The one of which the session is known stands for all; an import may have times of its own."""
    log.exit()
    copies = {copy_of(log, own_home, after).session_id for _ in range(2)}
    for hits in (find("zebra"), find("failing")):
        assert len({hit.snippet.text for hit in hits}) == len(hits)
        for hit in hits:
            assert (hit.recording_id, set(hit.also_in)) == (log.session_id, copies)
    with SearchIndex() as index:
        assert len(index.scan(compile_lines("failing"))) == 1


def test_what_was_said_is_shown_by_all_copies(own_home: Path, log: LogWriter) -> None:
    """The transcript's hit stands for the lines of each."""
    log.exit()
    copy = copy_of(log, own_home)
    said(own_home, "The failing zebra test of the parser.")
    (hit,) = find("failing")
    assert (hit.recording_id, hit.also_in) == (log.session_id, (copy.session_id,))
    assert hit.transcript


def test_a_recording_of_an_unknown_session_shows_what_was_said(own_home: Path, log: LogWriter) -> None:
    """Where no other does, the hit leads to it."""
    copy = copy_of(log, own_home)
    log.path.unlink()
    said(own_home, "The failing zebra test of the parser.")
    (hit,) = find("failing")
    assert (hit.recording_id, hit.offset_s) == (copy.session_id, 11.0)
    assert (bool(hit.transcript), hit.also_in) == (True, ())


def test_the_same_line_at_another_time_is_another_hit(own_home: Path, log: LogWriter) -> None:
    """It was seen twice."""
    log.add("output", b"a zebra of the screen alone\r\n", after=HOUR).exit()
    copy = LogWriter(own_home / ".claude-sessions").start()
    copy.add("output", b"a zebra of the screen alone\r\n", after=99 * SECOND).exit()
    assert len(find('"screen alone"')) == 2


def test_a_phrase_over_two_rows_is_where_it_begins(own_home: Path, log: LogWriter) -> None:
    """With the row below it, at the time of the first: a program breaks its lines where it likes."""
    log.add("output", b"  any terminal that a\r\n", after=SECOND).add(
        "output", b"  person uses\r\n", after=SECOND
    ).exit()
    (hit,) = find('"that a person"')
    assert hit.snippet.text.strip() == "any terminal that a person uses"
    assert [hit.snippet.text[begin:end] for begin, end in hit.snippet.matches] == ["that a person"]
    assert hit.offset_s == 13.0


@pytest.mark.parametrize("lines", [["of", "a zebra", "", "none"], ["zebra"], []])
def test_matches_within_rows_are_told_row_by_row(lines: list[str]) -> None:
    """As if each had been looked at alone."""
    query = Query("zebra")
    packed = list(enumerate(lines))
    assert spot_lines(packed, query.spans) == [((at, line), query.spans(line)) for at, line in packed]
