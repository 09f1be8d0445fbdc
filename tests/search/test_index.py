"""Finding things in transcripts: what is found, in what order, and how the index follows what happens to the files."""

import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.search.hits import EVERYTHING, Filter, Hit
from claude_sessions.search.index import SearchIndex
from claude_sessions.search.pattern import compile_lines
from claude_sessions.search.scan import spans_of
from claude_sessions.search.texts import Kind
from claude_sessions.search.words import Query
from tests.kit.recordings import LogWriter
from tests.kit.spoken import SESSION, calls, encoded, gives, says, user, write, write_agent

OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture
def config(own_home: Path) -> Path:
    return own_home / ".claude"


@pytest.fixture
def home(own_home: Path) -> Path:
    return own_home / ".claude-sessions"


@pytest.fixture
def told() -> list[str]:
    """What the index tells people."""
    return []


def at(minute: int, line: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "timestamp": f"2026-02-07T12:{minute:02d}:00.000Z",
        "uuid": f"u{minute}",
        "cwd": "/home/ann/shop",
        **line,
        **more,
    }


def find(query: str, wanted: Filter = EVERYTHING, told: list[str] | None = None, limit: int = 20) -> list[Hit]:
    with SearchIndex(tell=[].append if told is None else told.append) as index:
        index.update()
        return index.find(Query(query), wanted, limit=limit)


def texts(hits: Iterable[Hit]) -> list[str]:
    return [hit.snippet.text for hit in hits]


def append(path: Path, *lines: dict[str, Any]) -> None:
    with path.open("ab") as file:
        file.write(encoded(lines))


def test_a_hit_tells_all_about_itself(config: Path) -> None:
    """Who said it, when, in which session, where that began, and what it was."""
    path = write(config, [at(1, user("please fix the parser")), at(2, says("fixed"))])
    (hit,) = find("parser")
    assert (hit.kind, hit.session_id, hit.directory, hit.transcript) == (
        Kind.PROMPT,
        SESSION,
        "/home/ann/shop",
        str(path),
    )
    assert (hit.recording_id, hit.offset_s, hit.agent) == ("", None, False)
    assert hit.time_ns == 1_770_465_660 * 10**9
    assert hit.snippet.text[slice(*hit.snippet.matches[0])] == "parser"


def test_the_best_come_first_and_of_equals_the_newest(config: Path) -> None:
    """A text that is about it before one that mentions it."""
    long = "parser " + "and many other words " * 50
    write(config, [at(minute, says(f"no {minute}")) for minute in range(10, 50)], OTHER)
    write(config, [at(1, user("the parser")), at(3, user("the parser")), at(2, says(long)), at(4, says("no"))])
    assert [hit.time_ns // 60_000_000_000 % 60 for hit in find("parser")] == [3, 1, 2]
    assert len(find("parser", limit=1)) == 1


def test_a_subagents_words_belong_to_its_session(config: Path) -> None:
    """The hit says whose they are."""
    session = write(config, [at(1, user("go"))])
    write_agent(session, [at(2, says("explored the cellar"))])
    (hit,) = find("cellar")
    assert (hit.session_id, hit.agent) == (SESSION, True)


def test_resumed_copies_are_one_hit(config: Path) -> None:
    """A resumed session's file begins with what the one before it holds; that one owns it."""
    old, new = (write(config, [at(1, user("find me"))], session) for session in (SESSION, OTHER))
    append(new, at(2, user("find more")))
    os.utime(old, (1, 1))
    assert [(hit.session_id, hit.snippet.text) for hit in find("find")] == [(OTHER, "find more"), (SESSION, "find me")]
    with SearchIndex() as index:
        assert len(index.scan(compile_lines("find"))) == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), ["b", "a"]),
        (Filter(since_ns=1_770_465_720 * 10**9), ["b"]),
        (Filter(until_ns=1_770_465_720 * 10**9), ["a"]),
        (Filter(directory="/home/ann/shop"), ["a"]),
        (Filter(directory="/home/ann"), ["b", "a"]),
        (Filter(directory="/home/ann/sh"), []),
        (Filter(recordings=False), ["b", "a"]),
        (Filter(transcripts=False), []),
    ],
)
def test_filters(config: Path, wanted: Filter, found: list[str]) -> None:
    """By time, by directory and what is below it, by where it was found."""
    write(config, [at(1, user("word a"))])
    write(config, [at(2, user("word b", cwd="/home/ann/shopping"))], OTHER)
    assert [text[-1] for text in texts(find("word", wanted))] == found
    with SearchIndex() as index:
        assert [text[-1] for text in texts(index.scan(compile_lines("^word"), wanted))] == found


def test_what_is_appended_is_found(config: Path) -> None:
    """Only that is read: what stands before it may be anything by now."""
    path = write(config, [at(1, user("first word"))])
    assert len(find("word")) == 1
    with path.open("ab") as file:
        file.write(encoded([at(2, user("second word"))])[:-10])
    assert len(find("word")) == 1
    with path.open("ab") as file:
        file.write(encoded([at(2, user("second word"))])[-10:])
    append(path, at(3, user("third word")))
    assert sorted(texts(find("word"))) == ["first word", "second word", "third word"]
    assert find("word")[0].directory == "/home/ann/shop"


def test_what_is_appended_is_read_without_the_rest(config: Path, home: Path) -> None:
    """The passages that are there already are not made anew."""
    path = write(config, [at(1, user("first word"))])
    find("word")
    append(path, at(2, user("second word")))
    find("word")
    with contextlib.closing(sqlite3.connect(home / "cache" / "search.db")) as database:
        assert database.execute("SELECT id FROM passage ORDER BY id").fetchall() == [(1,), (2,)]


@pytest.mark.parametrize("longer", [True, False])
def test_a_file_that_was_changed_is_read_again(config: Path, longer: bool) -> None:
    """What is not there any more is not found, whether it grew or shrank."""
    path = write(config, [at(1, user("first word")), at(2, user("second word"))])
    assert len(find("word")) == 2
    path.write_bytes(encoded([at(1, user("other word")), *([at(2, says("x" * 500))] if longer else [])]))
    assert texts(find("word")) == ["other word"]
    assert find("second") == []


def test_a_file_that_is_gone_is_forgotten(config: Path) -> None:
    """And one that comes back is found again."""
    path = write(config, [at(1, user("a word"))])
    content = path.read_bytes()
    assert find("word")
    path.unlink()
    assert find("word") == []
    path.write_bytes(content)
    assert find("word")


def test_what_changes_between_index_and_reading_is_no_hit(config: Path) -> None:
    """A file that is rewritten or removed after the last look costs its hits, nothing else."""
    gone, stays = (write(config, [at(n, user("a word"))], session) for n, session in ((1, SESSION), (2, OTHER)))
    with SearchIndex() as index:
        index.update()
        gone.write_text("{")
        assert [hit.session_id for hit in index.find(Query("word"))] == [OTHER]
        stays.unlink()
        assert index.find(Query("word")) == []
        assert index.scan(compile_lines("word")) == []


def test_an_archived_transcript_is_found_when_its_original_is_gone(config: Path, home: Path) -> None:
    """It is read from its packed copy."""
    from backports import zstd

    path = write(config, [at(1, says("nothing")), at(2, user("a word"))])
    packed = home / "archive" / "1" / path.parent.name / f"{path.name}.zst"
    for folder in reversed([packed.parent, *packed.parent.parents]):
        folder.mkdir(mode=0o700, exist_ok=True)
    packed.write_bytes(zstd.compress(path.read_bytes()))
    path.unlink()
    (hit,) = find("word")
    assert (hit.session_id, hit.transcript) == (SESSION, str(packed))


def test_patterns_are_looked_for_line_by_line(config: Path) -> None:
    """With signs, in the case that was typed, the newest first."""
    write(config, [at(1, calls("Bash", {"command": "cd x\nls | wc -l"})), at(2, gives("Error: [E42]\nls"))])
    with SearchIndex() as index:
        index.update()
        assert texts(index.scan(compile_lines(r"^ls( \|.*)?$"))) == ["Error: [E42] ls", "cd x ls | wc -l"]
        assert texts(index.scan(compile_lines(r"\[E\d+\]"))) == ["Error: [E42] ls"]
        assert index.scan(compile_lines("error")) == []
        assert len(index.scan(compile_lines("ls"), limit=1)) == 1


@contextlib.contextmanager
def database_of(home: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(home / "cache" / "search.db")) as database:
        yield database
        database.commit()


def test_the_index_is_private(config: Path, home: Path) -> None:
    """Nobody else can read what was said."""
    write(config, [at(1, user("a word"))])
    find("word")
    assert stat.S_IMODE((home / "cache" / "search.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_index_is_built_anew(config: Path, home: Path, told: list[str], damage: bytes) -> None:
    """With a sentence that says so, once."""
    write(config, [at(1, user("a word"))])
    find("word")
    (home / "cache" / "search.db").write_bytes(damage)
    assert len(find("word", told=told)) == 1
    assert len(told) == 1
    assert "built anew" in told[0]
    find("word", told=told)
    assert len(told) == 1


def test_damage_inside_of_the_index_is_mended(config: Path, home: Path, told: list[str]) -> None:
    """Also where its beginning is as it should be."""
    write(config, [at(1, user("a word"))])
    find("word")
    path = home / "cache" / "search.db"
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size - 4096))
    assert len(find("word", told=told)) == 1
    assert "damaged" in told[0]


def test_an_index_of_another_version_is_built_anew(config: Path, home: Path, told: list[str]) -> None:
    """It may hold anything."""
    write(config, [at(1, user("a word"))])
    find("word")
    with database_of(home) as database:
        database.execute("PRAGMA user_version = 99")
    assert len(find("word", told=told)) == 1
    assert "another version" in told[0]


def test_without_a_place_to_keep_it_everything_is_read(config: Path, home: Path, told: list[str]) -> None:
    """A cache folder that others can write to is not used, and the search works all the same."""
    write(config, [at(1, user("a word"))])
    (home / "cache").mkdir(parents=True)
    home.chmod(0o700)
    (home / "cache").chmod(0o777)
    assert len(find("word", told=told)) == 1
    assert "cannot be used" in told[0]


def test_an_index_that_stays_locked_is_used_as_it_is(
    config: Path, home: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is new is not found then, and a sentence says so."""
    path = write(config, [at(1, user("first word"))])
    find("word")
    append(path, at(2, user("second word")))
    monkeypatch.setattr("claude_sessions.search.database.PATIENCE_S", 0)
    with database_of(home) as database:
        database.execute("BEGIN IMMEDIATE")
        assert texts(find("word", told=told)) == ["first word"]
    assert "what is new is not found" in told[0]


def test_an_index_that_nobody_may_look_into_is_done_without(
    config: Path, home: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is somebody's work: it is not thrown away, and the search works all the same."""
    write(config, [at(1, user("a word"))])
    find("word")
    monkeypatch.setattr("claude_sessions.search.database.PATIENCE_S", 0)
    with database_of(home) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert len(find("word", told=told)) == 1
        database.execute("INSERT INTO link VALUES ('x', 1, 1)")
    assert "read anew for this search" in told[0]
    with database_of(home) as database:
        assert database.execute("SELECT count(*) FROM link").fetchone() == (1,)


def test_an_index_that_is_taken_away_in_between_is_no_traceback(
    config: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence says what to do."""
    write(config, [at(1, user("a word"))])
    monkeypatch.setattr("claude_sessions.search.database.PATIENCE_S", 0)
    with SearchIndex() as index:
        index.update()
        with database_of(home) as database:
            database.execute("BEGIN EXCLUSIVE")
            with pytest.raises(UsageError, match="try again"):
                index.find(Query("word"))


def test_two_may_bring_it_up_to_date_at_once(config: Path, home: Path) -> None:
    """One does, the other waits; nothing is there twice."""
    for number in range(30):
        write(config, [at(1, user(f"word {number}"), uuid=f"n{number}")], f"{number:08d}-aaaa-4aaa-8aaa-000000000002")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(find("word", limit=99)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [30] * 4
    with database_of(home) as database:
        assert database.execute("SELECT count(*) FROM passage").fetchone() == (30,)


def test_a_littered_index_is_built_anew(config: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When most of its words belong to texts that are gone."""
    monkeypatch.setattr("claude_sessions.search.update._FORGOTTEN", 3)
    path = write(config, [])
    for number in range(9):
        path.write_bytes(encoded([at(number, user(f"word {'x' * number}"))]))
        assert len(find("word")) == 1
    with database_of(home) as database:
        assert database.execute("SELECT max(id) FROM words_docsize").fetchone()[0] < 6


def test_a_transcript_that_cannot_be_read_is_named_once(config: Path, home: Path, told: list[str]) -> None:
    """And not again before it changes."""
    write(config, [at(1, user("a word"))])
    folder = home / "archive" / "1" / "-work"
    for each in (home, home / "archive", home / "archive" / "1", folder):
        each.mkdir(mode=0o700, exist_ok=True)
    (folder / f"{OTHER}.jsonl.zst").write_bytes(b"no frame")
    for _ in range(2):
        assert len(find("word", told=told)) == 1
    assert len(told) == 1
    assert f"{OTHER}.jsonl.zst is damaged" in told[0]


def test_progress_is_told_in_bytes(config: Path) -> None:
    """All that is to be read, and then nothing where nothing is new."""
    path = write(config, [at(1, user("a word"))])
    done: list[int] = []

    @contextlib.contextmanager
    def progress(_what: str, size: int) -> Iterator[Any]:
        done.append(-size)
        yield done.append

    with SearchIndex() as index:
        index.update(progress)
        index.update(progress)
    assert done == [-path.stat().st_size, path.stat().st_size]


def test_progress_within_a_long_recording(home: Path) -> None:
    """It is told on the way, over the border of segments, and comes to no more than there is."""
    log = LogWriter(home).start()
    for part in (0, 1):
        for number in range(200):
            log.add("output", b"line %d of %d\r\n" % (number, part))
        log.next_segment()
    log.exit()
    steps: list[int] = []

    @contextlib.contextmanager
    def progress(_what: str, size: int) -> Iterator[Any]:
        steps.append(-size)
        yield steps.append

    with SearchIndex() as index:
        index.update(progress)
    assert len(steps) > 5
    assert all(step > 0 for step in steps[1:])
    assert sum(steps) == 0


def test_a_very_long_text_is_indexed_in_pieces(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is found too, and it is one hit."""
    monkeypatch.setattr("claude_sessions.search.source_reader._PIECE", 1000)
    write(config, [at(1, gives("begin word " + "filler " * 1000 + "word end"))])
    for query in ("begin", "end", "word"):
        assert len(find(query)) == 1


def test_words_at_the_border_of_pieces_are_found(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that the border cuts, and two that stand on either side of it."""
    monkeypatch.setattr("claude_sessions.search.source_reader._PIECE", 1000)
    monkeypatch.setattr("claude_sessions.search.source_reader._OVERLAP", 100)
    text = ("x " * 498 + "zebra").ljust(1010) + "lion " + "x " * 500
    assert text.index("zebra") < 1000 < text.index("zebra") + 5
    write(config, [at(1, gives(text))])
    for query in ("zebra", "zebra lion", '"zebra lion"'):
        assert len(find(query)) == 1
    assert find("zeb ") == [], "the beginning of a word that the border cuts is no word"


def test_what_is_written_again_later_is_one_hit(config: Path) -> None:
    """Titles come again and again, and queued prompts when it is their turn: as if all had been read at once."""
    titles = [{"type": "custom-title", "customTitle": "The zebra"}, {"type": "summary", "summary": "A zebra so far"}]
    queued = {"type": "queue-operation", "operation": "enqueue", "content": "draw the zebra"}
    path = write(config, [at(1, user("go")), *titles, at(2, queued, uuid=None)])
    assert len(find("zebra")) == 3
    for minute in (3, 4):
        append(path, at(minute, says("hm")), *titles, at(2, queued, uuid=None))
        assert sorted(texts(find("zebra"))) == ["A zebra so far", "The zebra", "draw the zebra"]
    append(path, at(5, user("draw the zebra")))
    hits = find("draw")
    assert [(hit.kind, hit.time_ns // 60_000_000_000 % 60) for hit in hits] == [(Kind.PROMPT, 5)]


def test_a_file_that_was_changed_in_place_and_grew_is_read_again(config: Path) -> None:
    """Wherever that was: what stands before its new end is compared."""
    path = write(config, [at(1, user("first word")), *(at(n, says("x" * 50)) for n in range(2, 40))])
    assert find("first")
    path.write_bytes(path.read_bytes().replace(b"first", b"other"))
    append(path, at(50, user("second word")))
    assert find("first") == []
    assert sorted(texts(find("word"))) == ["other word", "second word"]


def test_what_was_changed_and_has_not_the_words_any_more_is_no_hit(config: Path) -> None:
    """Even where its place still holds a text."""
    path = write(config, [at(1, user("first word"))])
    with SearchIndex() as index:
        index.update()
        path.write_bytes(path.read_bytes().replace(b"first", b"other"))
        assert index.find(Query("first")) == []
        assert len(index.find(Query("word"))) == 1


def test_a_long_text_of_empty_matches_is_looked_at_a_little(config: Path) -> None:
    """What matches nothing everywhere is found; only so many places in it are looked at."""
    write(config, [at(1, says("a" * 400_000 + "q"))])
    with SearchIndex() as index:
        index.update()
        (hit,) = index.scan(compile_lines("q*"))
        assert hit.snippet.matches == ()
        (hit,) = index.scan(compile_lines("q+"))
        assert hit.snippet.text[slice(*hit.snippet.matches[0])] == "q"


class _Counting:
    """A pattern that matches nothing everywhere, and counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def search(self, text: str) -> tuple[int, int] | None:
        raise AssertionError(text)

    def every(self, text: str) -> Iterator[tuple[int, int]]:
        for self.count in range(len(text)):
            yield self.count, self.count


def test_empty_matches_are_not_all_counted() -> None:
    """A pattern may match nothing in 400,000 places."""
    pattern = _Counting()
    assert spans_of(pattern, "a" * 400_000) == []
    assert pattern.count < 2000
