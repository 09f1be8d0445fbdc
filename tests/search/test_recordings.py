"""Finding what was on the screen of a recording, or typed in it, also while it runs."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from claude_sessions.log.events import LinkInfo
from claude_sessions.search.hits import Filter, Hit
from claude_sessions.search.index import SearchIndex
from claude_sessions.search.pattern import compile_lines
from claude_sessions.search.texts import Kind
from claude_sessions.search.words import Query
from tests.kit.recordings import SECOND, LogWriter
from tests.kit.spoken import SESSION, says, user, write


@pytest.fixture
def home(own_home: Path) -> Path:
    return own_home / ".claude-sessions"


@pytest.fixture
def log(home: Path) -> LogWriter:
    return LogWriter(home)


def find(query: str, *, typed: bool = False, told: list[str] | None = None) -> list[Hit]:
    with SearchIndex(tell=[].append if told is None else told.append) as index:
        index.update()
        return index.find(Query(query), Filter(typed=typed))


def texts(query: str) -> list[str]:
    return sorted(hit.snippet.text for hit in find(query))


def count_of_words(home: Path) -> int:
    """Return how many texts the index has words of."""
    with contextlib.closing(sqlite3.connect(home / "cache" / "search.db")) as database:
        count: int = database.execute("SELECT count(*) FROM words_docsize").fetchone()[0]
        return count


def test_a_line_is_found_where_it_was_seen(log: LogWriter) -> None:
    """With the seconds from the start at which it was complete, though cursor moves stand between its words."""
    log.start().add("output", b"hello\r\n").add("output", b"Claude\x1b[10GCode\r\nparser fixed\r\n", after=5 * SECOND)
    log.add("link", LinkInfo(SESSION)).add("output", b"bye\r\n").exit()
    (hit,) = find("claude code")
    assert (hit.kind, hit.recording_id, hit.session_id) == (Kind.SCREEN, log.session_id, SESSION)
    assert (hit.offset_s, hit.directory, hit.transcript) == (6.0, "/home/ann/project", "")
    assert hit.snippet.text == "Claude   Code".replace("   ", " ")
    assert (find("bye")[0].session_id, find("bye")[0].offset_s) == (SESSION, 8.0)


def test_words_of_neighbouring_lines_are_found_together(log: LogWriter) -> None:
    """A program breaks its sentences where the window ends; the line with most of the words is shown."""
    log.start().add("output", b"the failing test\r\nof the parser\r\n").exit()
    assert [hit.snippet.text for hit in find("failing test parser")] == ["the failing test"]


def test_what_was_typed_is_found_when_asked_for(log: LogWriter) -> None:
    """A prompt is on the screen anyway; what was typed blindly is looked for only on demand."""
    log.start().add("input", b"secret word\r").add("output", b"thanks\r\n").exit()
    assert find("secret") == []
    (hit,) = find("secret", typed=True)
    assert (hit.kind, hit.offset_s) == (Kind.TYPED, 1.0)


def test_a_transcripts_hit_leads_to_the_recording_that_shows_it(log: LogWriter, own_home: Path) -> None:
    """Of what was said before or after it there is only the transcript."""
    times = {"before": "11:59:00.000", "during": "12:00:03.500", "after": "12:30:00.000"}
    lines = [says(f"word {when}", timestamp=f"2026-02-07T{time}Z", uuid=when) for when, time in times.items()]
    write(own_home / ".claude", lines)
    log.start().add("link", LinkInfo(SESSION)).add("output", b"x").add("output", b"x").exit()
    found = {hit.snippet.text: (hit.recording_id, hit.offset_s) for hit in find("word")}
    assert found == {"word before": ("", None), "word during": (log.session_id, 2.5), "word after": ("", None)}


def test_a_running_recording_is_found_as_far_as_it_goes(log: LogWriter, home: Path) -> None:
    """Also what is still on the screen; the rest is added, and read once more in one go when it has ended."""
    log.start().add("output", b"first word\r\nsecond ")
    assert texts("first") == ["first word"]
    log.add("output", b"word\r\nthird word\r\n")
    assert texts("third") == ["third word"]
    assert texts("second") == ["second", "second word"]
    log.add("output", b"last word\r\n").exit()
    assert texts("last word") == ["last word"]
    assert texts("second") == ["second word"]
    assert count_of_words(home) == 1, "the words of what was read before it ended are forgotten"


def test_only_what_is_new_of_a_running_recording_is_read(log: LogWriter) -> None:
    """What stands before it may be anything by now; times go on counting from the start."""
    log.start().add("output", b"first word\r\n").add("link", LinkInfo(SESSION)).add("input", b"typed word\r")
    find("word")
    size = log.path.stat().st_size
    with log.path.open("r+b") as file:
        file.write(b"x" * (size - 1))
    log.add("output", b"second word\r\n").add("input", b"more\r")
    assert {hit.snippet.text: hit.offset_s for hit in find("word", typed=True)} == {
        "first word": 1.0,
        "typed word": 3.0,
        "second word": 4.0,
    }
    assert find("second")[0].session_id == SESSION
    assert find("more", typed=True)[0].offset_s == 5.0


def test_a_half_written_entry_is_read_when_it_is_whole(log: LogWriter) -> None:
    """Nothing of it is lost, nothing is read twice."""
    log.start().add("output", b"first word\r\n").add("output", b"second word\r\n")
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[:-20])
    assert texts("word") == ["first word"]
    with log.path.open("ab") as file:
        file.write(whole[-20:])
    assert texts("second word") == ["second word"]


def test_later_segments_are_read(log: LogWriter) -> None:
    """Also those that begin while the recording is being followed."""
    log.start().add("output", b"first word\r\n")
    assert texts("word") == ["first word"]
    log.next_segment().add("output", b"second word\r\n")
    assert texts("second word") == ["second word"]
    log.next_segment().add("output", b"third word\r\n").exit()
    assert texts("third word") == ["third word"]


def test_the_alternate_screen_is_followed(log: LogWriter) -> None:
    """A line that stays on it is found once, whatever is drawn around it."""
    log.start().add("output", b"\x1b[?1049h\x1b[Hstays here\x1b[2;1Hold line")
    assert texts("here") == ["stays here"]
    log.add("output", b"\x1b[2;1H\x1b[Knew line")
    assert texts("new line") == ["new line"]
    assert texts("stays") == ["stays here"]


def test_patterns_are_looked_for_in_each_line(log: LogWriter) -> None:
    """The newest first."""
    log.start().add("output", b"error: 12\r\nno error\r\n").add("output", b"error: 13\r\n").exit()
    with SearchIndex() as index:
        index.update()
        hits = index.scan(compile_lines(r"^error: \d+$"))
        assert [(hit.snippet.text, hit.offset_s) for hit in hits] == [("error: 13", 2.0), ("error: 12", 1.0)]


def test_a_recording_that_is_replaced_is_read_anew(home: Path) -> None:
    """And one that is removed is forgotten."""
    log = LogWriter(home).start().add("output", b"first word\r\n")
    assert texts("word") == ["first word"]
    log.path.rename(log.path.with_suffix(".bak"))
    LogWriter(home, log.session_id).start().add("output", b"other word\r\n").add("output", b"more\r\n")
    assert texts("word") == ["other word"]
    log.path.unlink()
    assert texts("word") == []


def test_a_log_without_an_entry_is_named_once(log: LogWriter) -> None:
    """It may have one later."""
    told: list[str] = []
    log.raw(b"{bad\n")
    assert find("word", told=told) == []
    assert find("word", told=told) == []
    assert len(told) == 1
    assert "holds no entry" in told[0]
    log.start().add("output", b"a word\r\n")
    assert len(find("word", told=told)) == 1


def test_prompts_of_a_transcript_and_the_screen_are_both_found(log: LogWriter, own_home: Path) -> None:
    """Each can be looked at alone."""
    write(own_home / ".claude", [user("a word", timestamp="2026-02-07T12:00:02.000Z")])
    log.start().add("output", b"another word\r\n").exit()
    assert {hit.kind for hit in find("word")} == {Kind.PROMPT, Kind.SCREEN}
    with SearchIndex() as index:
        assert [hit.kind for hit in index.find(Query("word"), Filter(transcripts=False))] == [Kind.SCREEN]
        assert [hit.kind for hit in index.find(Query("word"), Filter(recordings=False))] == [Kind.PROMPT]
