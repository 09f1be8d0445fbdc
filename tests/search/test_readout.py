"""Two processes read what is new: the index holds what it would hold if one had, whatever becomes of the other."""

import contextlib
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.log.events import LinkInfo
from claude_sessions.search import readout
from claude_sessions.search.index import SearchIndex
from claude_sessions.search.readout import Change, shared_work
from claude_sessions.search.sources import find_sources
from claude_sessions.transcript import second
from tests.conftest import require
from tests.kit.recordings import SECOND, LogWriter
from tests.kit.spoken import SESSION, says, user, write

RECORDINGS = 12


@pytest.fixture
def home(own_home: Path) -> Path:
    """A home with recordings that have ended, that run, and that hold nothing; a transcript is older than all."""
    home = own_home / ".claude-sessions"
    transcript = write(own_home / ".claude", [user("a word"), says("another word")])
    os.utime(transcript, (1, 1))
    for number in range(RECORDINGS):
        log = LogWriter(home, f"{number:08x}-0000-4000-8000-000000000000")
        log.start().add("output", b"word %d\r\n\x1b[31mred \xe6\x9d\xb1\xe4\xba\xac\x1b[m\r\n" % number)
        log.add("link", LinkInfo(SESSION)).add("input", b"typed\r")
        for line in range(60):
            log.add("output", b"line %d\r\n" % line, after=SECOND // 3)
        if number == 3:
            log.next_segment()
        log.add("output", b"\x1b[?1049h\x1b[Hstays here")
        if number % 3:
            log.exit()
    LogWriter(home).raw(b"{bad\n")
    return home


@pytest.fixture(autouse=True)
def _possible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a helper, also for a little and on a machine with one processor."""
    monkeypatch.setattr(readout, "_WORTH_HELP", 1)
    monkeypatch.setattr(second.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


CONTENT = {
    "source": "SELECT name, version, recording, session, agent, directory, written, started, ended, reached, mark "
    "FROM source",
    "link": "SELECT name, link.session, since FROM link JOIN source ON source.id = source",
    "passage": "SELECT name, place, time, kind, key, lines FROM passage JOIN source ON source.id = source "
    "LEFT JOIN screen ON screen.id = passage.id",
    "word": "SELECT name, place, time, kind, term, offset FROM temp.word JOIN passage ON passage.id = doc "
    "JOIN source ON source.id = source",
}
"""Everything that an index holds, but for its numbers."""

Then = Callable[[], None]


def content(home: Path, then: Then = lambda: None) -> tuple[dict[str, list[Any]], list[str]]:
    """Build an index and return what it holds, without the numbers in it, and what was told.

    `then` is called when the first source, the transcript, has been read.
    """
    told: list[str] = []
    done: list[int] = []

    def advance(size: int) -> None:
        done.append(size)
        if len(done) == 1:
            then()

    @contextlib.contextmanager
    def progress(_what: str, size: int) -> Iterator[Any]:
        done.clear()
        yield advance
        assert sum(done) == size, "progress comes to all there is"

    path = home / "cache" / "search.db"
    path.unlink(missing_ok=True)
    with SearchIndex(home, tell=told.append) as index:
        index.update(progress)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, words, instance)")
        return {name: sorted(database.execute(statement)) for name, statement in CONTENT.items()}, told


def helper_process() -> int:
    """Return the id of this process's child; there must be one."""
    return int(Path(f"/proc/self/task/{os.getpid()}/children").read_text())


def wait_for_the_end() -> None:
    """Wait until the helper has read everything: little as it is, the pipe holds it."""
    deadline = time.monotonic() + 20
    while Path(f"/proc/{helper_process()}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.001)


def kill() -> None:
    """Let the helper die in the middle of its work."""
    os.kill(helper_process(), signal.SIGKILL)


def nothing() -> None:
    """Let both work."""


@pytest.mark.alone
@pytest.mark.parametrize("then", [wait_for_the_end, kill, nothing])
def test_the_index_holds_the_same(home: Path, monkeypatch: pytest.MonkeyPatch, then: Then) -> None:
    """Whether the helper reads everything, something or nothing; what cannot be read is told once."""
    require(second._possible(), "a fork is not safe here")
    helped, told = content(home, then)
    assert len(told) == 1
    assert "holds no entry" in told[0]
    monkeypatch.setattr(readout, "_WORTH_HELP", 1 << 30)
    alone, told_alone = content(home)
    assert told == told_alone
    assert len(alone["passage"]) > 2 * RECORDINGS
    assert len(alone["link"]) == RECORDINGS
    assert any(word[4] == "stays" for word in alone["word"])
    assert helped == alone


@pytest.mark.alone
def test_what_was_written_last_stands_last(home: Path) -> None:
    """The helper reads on from where its parent is: of what stands everywhere the newest is looked at."""
    require(second._possible(), "a fork is not safe here")
    content(home, wait_for_the_end)
    with contextlib.closing(sqlite3.connect(home / "cache" / "search.db")) as database:
        rows = database.execute("SELECT written FROM source WHERE started ORDER BY id").fetchall()
    assert len(rows) == RECORDINGS
    assert rows == sorted(rows)


def changes(home: Path) -> list[Change]:
    """Return everything, as something that is new."""
    return [(source, None) for source in find_sources(home)]


def readouts(home: Path, changed: list[Change]) -> dict[str, bool]:
    """Return of which recordings the helper hands something over where it is given the time for all."""
    with shared_work(changed, home) as work:
        if work._helper:
            wait_for_the_end()
        return {source.recording: found is not None for source, _, found in work}


@pytest.mark.alone
def test_only_what_is_new_and_not_too_large_is_handed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Transcripts, what was read before and what would fill the memory are their parent's; each comes once."""
    require(second._possible(), "a fork is not safe here")
    changed = changes(home)
    found = readouts(home, changed)
    assert len(found) == len(changed)
    assert sum(found.values()) == RECORDINGS
    for place in (5, 6):
        changed[place] = (changed[place][0], readout.Known(1))
    assert sum(readouts(home, changed).values()) == RECORDINGS - 2
    largest = max(source.size for source, _ in changed)
    monkeypatch.setattr(readout, "_LARGEST", largest - 1)
    assert 0 < sum(readouts(home, changes(home)).values()) < RECORDINGS
    monkeypatch.setattr(readout, "_LARGEST", largest)
    assert sum(readouts(home, changes(home)).values()) == RECORDINGS
    monkeypatch.setattr(readout, "_MOST_FOUND", 100)
    assert not any(readouts(home, changes(home)).values())


@pytest.mark.alone
def test_what_a_dead_helper_had_begun_with_is_not_forgotten(home: Path) -> None:
    """Its parent reads that, too; each comes once."""

    def die(_: int) -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        return b""

    changed = changes(home)
    with second.second_process(len(changed), die, from_end=False) as helper:
        require(helper, "a fork is not safe here")
        wait_for_the_end()
        found = list(readout.Work(changed, range(len(changed)), helper))
    assert sorted(source.name for source, _, _ in found) == sorted(source.name for source, _ in changed)
    assert found[-1] == (*changed[0], None)


def test_a_little_is_read_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a single recording, and everything in a process with threads."""
    monkeypatch.setattr(readout, "_WORTH_HELP", 1 << 30)
    assert not any(readouts(home, changes(home)).values())
    monkeypatch.setattr(readout, "_WORTH_HELP", 1)
    assert not any(readouts(home, changes(home)[:2]).values())
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not any(readouts(home, changes(home)).values())
    finally:
        stop.set()
        thread.join()
