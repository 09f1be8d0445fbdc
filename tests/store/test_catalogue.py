"""The catalogue: what recordings there are, and finding one."""

import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_sessions.base.errors import AmbiguousError, NotFoundError
from claude_sessions.log.events import ExitInfo, LinkInfo, SealInfo, SuspendInfo
from claude_sessions.store import summary
from claude_sessions.store.catalogue import Catalogue, find, sum_up
from claude_sessions.store.home import Home
from claude_sessions.store.summary import Summary
from tests.kit.recordings import NOON, SECOND, LogWriter

ONE = "11111111-aaaa-4aaa-8aaa-000000000001"
TWO = "11111111-aaaa-4aaa-8aaa-000000000002"
THREE = "33333333-aaaa-4aaa-8aaa-000000000003"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An open, empty home."""
    with Home.open(tmp_path / "recordings", create=True) as home:
        yield home


def only(home: Home) -> Summary:
    """Return the only recording's summary; there must be no warning."""
    scan = Catalogue().scan(home)
    assert scan.warnings == ()
    (found,) = scan.summaries
    return found


def test_sums_up_a_finished_recording(home: Home) -> None:
    """A summary has the start's facts, both times, the size on disk and the exit behind the seal."""
    log = LogWriter(home.path).start(title="parser", pid=42).add("output", b"hello").exit(3).add("seal", SealInfo("0"))
    found = only(home)
    assert found.session_id == log.session_id
    assert (found.title, found.start.directory, found.start.pid) == ("parser", "/home/ann/project", 42)
    assert (found.started_ns, found.ended_ns) == (NOON + SECOND, NOON + 4 * SECOND)
    assert found.duration_ns == 3 * SECOND
    assert found.size == log.path.stat().st_size
    assert found.exit == ExitInfo(3)
    assert not found.running
    assert not found.cut_off


def test_a_log_without_exit_that_nobody_writes_was_cut_off(home: Home) -> None:
    """A torn last line is passed over; the time of the last good one counts."""
    LogWriter(home.path).start().add("output", b"x").raw(b'{"timestamp":"2026-02-07T13:00')
    found = only(home)
    assert found.cut_off
    assert found.ended_ns == NOON + 2 * SECOND


def test_a_log_that_its_host_holds_is_running(home: Home) -> None:
    """Running means: the last segment is locked by its writer."""
    log = LogWriter(home.path).start().add("output", b"x")
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert only(home).running
    assert not only(home).running


def test_an_exit_counts_while_the_lock_is_still_held(home: Home) -> None:
    """Between the exit entry and the host's own end a session has ended."""
    log = LogWriter(home.path).start().exit()
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert not only(home).running


def test_a_session_that_ends_while_it_is_looked_at_was_not_cut_off(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host writes the exit and lets go between our look at the end and our look at the lock."""
    log = LogWriter(home.path).start()

    def ends_now(fd: int) -> bool:
        log.exit(5)
        return False

    monkeypatch.setattr(summary, "is_being_written", ends_now)
    assert only(home).exit == ExitInfo(5)


def test_finds_the_end_behind_a_very_long_line(home: Home) -> None:
    """The last line may be far longer than one read."""
    LogWriter(home.path).start().add("output", os.urandom(262_144))
    assert only(home).ended_ns == NOON + 2 * SECOND


def test_segments_are_one_recording(home: Home) -> None:
    """Start from the first, end from the last, size from all."""
    log = LogWriter(home.path).start(title="long").add("output", b"x" * 1000).next_segment().next_segment().exit()
    found = only(home)
    assert [segment.number for segment in found.segments] == [0, 1, 2]
    assert (found.title, found.started_ns) == ("long", NOON + SECOND)
    assert found.ended_ns == log.now
    assert found.exit == ExitInfo(0)
    assert found.size == sum(path.stat().st_size for path in log.logs.iterdir())


def test_an_exit_before_the_last_segment_counts(home: Home) -> None:
    """A log that was split just when the session ended was not cut off: its last segment only begins and seals."""
    log = LogWriter(home.path).start().add("output", b"x").exit(4).next_segment().add("seal", SealInfo("0"))
    assert only(home).exit == ExitInfo(4)
    log.add("output", b"more")
    assert only(home).cut_off


@pytest.mark.parametrize(
    ("directions", "paused", "suspended"),
    [
        ("output pause", True, False),
        ("output pause resize link", True, False),
        ("pause unpause", False, False),
        ("pause unpause output", False, False),
        ("output suspend", False, True),
        ("output suspend link", False, True),
        ("output suspend resume", False, False),
        ("pause suspend", True, True),
        ("suspend pause resume", True, False),
        ("output sleep:suspend", False, False),
        ("suspend sleep:suspend sleep:resume", False, True),
    ],
)
def test_a_running_session_may_rest(home: Home, directions: str, paused: bool, suspended: bool) -> None:
    """The last entries say whether nothing is kept, and whether Ctrl-Z has stopped it; a night's sleep is neither."""
    log = LogWriter(home.path).start()
    for direction in directions.split():
        cause, _, name = direction.rpartition(":")
        log.add(name, SuspendInfo(cause))
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert (only(home).paused, only(home).suspended) == (paused, suspended)
    assert (only(home).paused, only(home).suspended) == (False, False)


def test_the_beginning_tells_claudes_id(home: Home) -> None:
    """The last of the links that stand at the beginning counts, of several segments that of the first."""
    log = LogWriter(home.path).start().add("link", LinkInfo("a")).add("link", LinkInfo("b"))
    assert only(home).claude_session_id == "b"
    log.add("output", b"x").next_segment().exit()
    assert only(home).claude_session_id == "b"


@pytest.mark.parametrize("data", [b"", b"{}", b'{"claude_session_id": 1}'])
def test_a_broken_link_is_none(home: Home, data: bytes) -> None:
    """A log may hold anything where a link should be."""
    LogWriter(home.path).start().add("link", data).exit()
    assert only(home).claude_session_id == ""


def test_the_state_file_has_the_last_word_on_the_title(home: Home) -> None:
    """A title given later replaces the one from the start, also in one that is known already."""
    log = LogWriter(home.path).start(title="old").exit()
    catalogue = Catalogue()
    assert catalogue.scan(home).summaries[0].title == "old"
    state = home.path / "state"
    state.mkdir(mode=0o700)
    (state / f"{log.session_id}.json").write_text('{"title":"new","pins":[1]}')
    assert catalogue.scan(home).summaries[0].title == "new"
    assert sum_up(find(home, "new")).title == "new"


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"title":5}', b"\xff", b" " * 1_100_000])
def test_a_broken_state_file_costs_a_warning(home: Home, content: bytes) -> None:
    """The recording is listed as if there were none."""
    log = LogWriter(home.path).start(title="old").exit()
    state = home.path / "state"
    state.mkdir(mode=0o700)
    (state / f"{log.session_id}.json").write_bytes(content)
    scan = Catalogue().scan(home)
    assert scan.summaries[0].title == "old"
    assert len(scan.warnings) == 1
    assert f"state/{log.session_id}.json" in scan.warnings[0]


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 5000, b"hello\n", b"{}\n" * 3000, b"x" * 70_000, b'{"timestamp":"when?"}\n', b"\xff\xfe\n"]
)
def test_a_broken_log_costs_a_warning_and_not_the_list(home: Home, content: bytes) -> None:
    """The others are listed, and a sentence names the file."""
    good = LogWriter(home.path, TWO).start().exit()
    LogWriter(home.path, ONE).raw(content)
    scan = Catalogue().scan(home)
    assert [summary.session_id for summary in scan.summaries] == [good.session_id]
    assert len(scan.warnings) == 1
    assert f"{ONE}.jsonl" in scan.warnings[0]


def test_what_is_no_recording_costs_a_warning(home: Home) -> None:
    """Alien files, folders and links with a recording's name are named; hidden files are nobody's business."""
    logs = LogWriter(home.path).start().exit().logs
    (logs / "notes.txt").write_text("mine")
    (logs / ".hidden").write_text("mine")
    (logs / f"{ONE}.jsonl").mkdir()
    (logs / f"{TWO}.jsonl").symlink_to("/etc/passwd")
    os.mkfifo(logs / f"{THREE}.jsonl")
    scan = Catalogue().scan(home)
    assert len(scan.summaries) == 1
    assert len(scan.warnings) == 4


def test_a_foreign_log_without_start_is_listed(home: Home) -> None:
    """Seed 001's own example has only input and output: its times count, the rest is unknown."""
    LogWriter(home.path).add("output", b"Hello").add("input", b"Claude")
    found = only(home)
    assert (found.started_ns, found.ended_ns) == (NOON + SECOND, NOON + 2 * SECOND)
    assert found.start.directory == ""


def test_newest_first(home: Home) -> None:
    """The order is that of the starts."""
    LogWriter(home.path, ONE, now=NOON).start()
    LogWriter(home.path, TWO, now=NOON + 60 * SECOND).start()
    LogWriter(home.path, THREE, now=NOON - 60 * SECOND).start()
    assert [summary.session_id for summary in Catalogue().scan(home).summaries] == [TWO, ONE, THREE]


def test_no_logs_no_recordings(home: Home) -> None:
    """A home without logs is empty, and nothing to complain about."""
    scan = Catalogue().scan(home)
    assert (scan.summaries, scan.warnings) == ((), ())


def test_a_second_scan_sees_what_changed(home: Home) -> None:
    """What is remembered of the first scan is forgotten when a file changes, or goes."""
    catalogue = Catalogue()
    log = LogWriter(home.path).start()
    assert catalogue.scan(home).summaries[0].cut_off
    log.exit(7)
    assert catalogue.scan(home).summaries[0].exit == ExitInfo(7)
    assert catalogue.scan(home).summaries[0].exit == ExitInfo(7)
    log.path.unlink()
    assert catalogue.scan(home).summaries == ()


@pytest.mark.parametrize("text", [ONE, ONE.upper(), "parser", "last", ONE[:-1] + "1"])
def test_finds_by_id_title_and_last(home: Home, text: str) -> None:
    """A person may type the whole id, the exact title, or `last`."""
    LogWriter(home.path, ONE, now=NOON + 60 * SECOND).start(title="parser")
    LogWriter(home.path, TWO).start(title="parse")
    assert find(home, text).session_id == ONE


@pytest.mark.parametrize("order", [(ONE, TWO, THREE), (THREE, TWO, ONE)])
def test_last_is_the_one_that_started_last(home: Home, order: tuple[str, ...]) -> None:
    """Not the one that was written last, and whatever order the files are in; broken ones are passed over."""
    for number, session_id in enumerate(order):
        log = LogWriter(home.path, session_id, now=NOON + number * 60 * SECOND).start()
        os.utime(log.path, ns=(log.now, NOON + 10**12 - number))
    LogWriter(home.path).raw(b"broken\n")
    assert find(home, "last").session_id == order[-1] == Catalogue().scan(home).summaries[0].session_id


def test_finds_by_a_prefix_of_four(home: Home) -> None:
    """Four characters do where they are unique; three never."""
    LogWriter(home.path, ONE).start()
    LogWriter(home.path, THREE).start()
    assert find(home, "3333").session_id == THREE
    with pytest.raises(NotFoundError, match="4 characters"):
        find(home, "333")


def test_several_are_named(home: Home) -> None:
    """An ambiguous prefix or title is refused, and the sentence names the candidates."""
    for session_id in (ONE, TWO):
        LogWriter(home.path, session_id).start(title="same")
    for text in ("1111", "same"):
        with pytest.raises(AmbiguousError) as caught:
            find(home, text)
        assert ONE in str(caught.value)
        assert TWO in str(caught.value)


def test_what_tells_several_apart(home: Home) -> None:
    """Beside each id stands when the recording began, and whether it came from elsewhere."""
    for title, origin, words in (("same", "", ""), ("other", "asciicast v2 file a.cast", ", imported")):
        one, two = (LogWriter(home.path).start(title=title, origin=origin).session_id for _ in range(2))
        with pytest.raises(AmbiguousError) as caught:
            find(home, title)
        for session_id in (one, two):
            assert re.search(rf"{session_id} \(2026-02-0[78] \d\d:\d\d{words}\)", str(caught.value))


def test_a_recording_goes_before_its_copies(home: Home) -> None:
    """An asciicast that was imported takes away nobody's title."""
    LogWriter(home.path, ONE).start(title="same")
    LogWriter(home.path, TWO).start(title="same", origin="asciicast v2 file a.cast")
    assert find(home, "same").session_id == ONE


def test_a_title_decides_where_a_prefix_does_not(home: Home) -> None:
    """A title that is also the beginning of several ids means the session with that title."""
    LogWriter(home.path, ONE).start()
    LogWriter(home.path, TWO).start(title="1111")
    assert find(home, "1111").session_id == TWO


@pytest.mark.parametrize("text", ["nothing", "", "last "])
def test_nothing_found_says_what_to_do(home: Home, text: str) -> None:
    """The sentence points at the list."""
    LogWriter(home.path, ONE).start()
    with pytest.raises(NotFoundError, match="claude-sessions list"):
        find(home, text)


def test_nothing_recorded_says_what_to_do(home: Home) -> None:
    """Without any recording the sentence points at start."""
    with pytest.raises(NotFoundError, match="claude-sessions start"):
        find(home, "last")


def test_a_found_recording_has_all_its_segments(home: Home) -> None:
    """Its entries come from every segment, in order."""
    log = LogWriter(home.path).start().add("output", b"a").next_segment().add("output", b"b").exit()
    entries = list(find(home, log.session_id).entries())
    assert [entry.direction for entry in entries] == ["start", "output", "start", "output", "exit"]  # type: ignore[union-attr]
