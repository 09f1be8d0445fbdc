"""Following a recording while it grows."""

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_sessions.live.tail import follow, follow_lines
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import SealInfo
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from tests.kit.recordings import LogWriter


@pytest.fixture
def log(tmp_path: Path) -> LogWriter:
    return LogWriter(tmp_path / "home").start()


@pytest.fixture
def recording(log: LogWriter) -> Iterator[Recording]:
    with Home.open(log.logs.parent) as home:
        yield find(home, log.session_id)


class Recorder:
    """Holds the segments' locks like a recorder, and does one step whenever the reader waits."""

    def __init__(self, log: LogWriter, *steps: Callable[[], object]) -> None:
        self.log = log
        self.steps = list(steps)
        self.locks = []
        self.waits = 0
        self.lock()

    def lock(self) -> None:
        file = self.log.path.open("rb")
        fcntl.flock(file, fcntl.LOCK_EX)
        self.locks.append(file)

    def die(self) -> None:
        while self.locks:
            self.locks.pop().close()

    def __call__(self, seconds: float) -> None:
        assert 0 < seconds <= 0.25
        self.waits += 1
        assert self.waits < 100, "the reader never ends"
        if self.steps:
            self.steps.pop(0)()


def seen(recording: Recording, recorder: Recorder) -> list[bytes | str]:
    """Return the data of what was followed, the names of other directions, and the reasons of bad lines."""
    found: list[bytes | str] = []
    for item in follow(recording, recorder):
        if isinstance(item, Entry):
            found.append(item.data if item.direction == "output" else item.direction)
        elif item is not None:
            found.append(item.reason)
    recorder.die()
    return found


def test_yields_what_is_there_and_what_comes(log: LogWriter, recording: Recording) -> None:
    """Entry by entry as they are written, and it ends with the session."""
    log.add("output", b"1")
    recorder = Recorder(log, lambda: log.add("output", b"2").add("output", b"3"), log.exit, lambda: None)
    recorder.steps.append(recorder.die)
    assert seen(recording, recorder) == ["start", b"1", b"2", b"3", "exit"]


def test_waits_for_the_end_of_a_line(log: LogWriter, recording: Recording) -> None:
    """A line that is half written is no bad line."""
    log.add("output", b"whole")
    text = log.path.read_bytes()
    half = text[text.index(b"\n") + 1 :]
    steps = [lambda: log.raw(half[:30]), lambda: log.raw(half[30:-1]), lambda: log.raw(b"\n"), log.exit]
    assert seen(recording, Recorder(log, *steps)) == ["start", b"whole", b"whole", "exit"]


def test_ends_when_the_recorder_dies(log: LogWriter, recording: Recording) -> None:
    """Without an exit too; what it left behind in the middle of a line is reported."""
    recorder = Recorder(log, lambda: log.raw(b'{"timestamp":"2026'))
    recorder.steps.append(recorder.die)
    assert seen(recording, recorder) == ["start", "cut off in the middle"]


def test_a_recording_that_is_over_needs_no_waiting(log: LogWriter, recording: Recording) -> None:
    """It is yielded and that is all."""
    log.add("output", b"1").exit()
    assert [item.direction for item in follow(recording, pytest.fail) if isinstance(item, Entry)] == [
        "start",
        "output",
        "exit",
    ]


def test_goes_on_in_the_next_segments(log: LogWriter, recording: Recording) -> None:
    """Also in those that did not exist when it began."""
    recorder = Recorder(log)

    def turn() -> None:
        log.add("output", b"last of the old").next_segment()
        recorder.lock()

    recorder.steps += [turn, lambda: log.add("output", b"new"), turn, log.exit]
    assert seen(recording, recorder) == [
        "start",
        b"last of the old",
        "start",
        b"new",
        b"last of the old",
        "start",
        "exit",
    ]


def test_the_seal_is_the_end(log: LogWriter, recording: Recording) -> None:
    """After the exit the recorder has a moment to write it, and then nobody waits for the lock."""
    recorder = Recorder(log, log.exit, lambda: log.add("seal", SealInfo("00")))
    assert seen(recording, recorder) == ["start", "exit", "seal"]
    assert recorder.waits == 2


def test_says_when_there_is_nothing_new(log: LogWriter, recording: Recording) -> None:
    """Before it waits, so that what was held back can be shown."""
    recorder = Recorder(log, lambda: log.add("output"))
    recorder.steps.append(recorder.die)
    kinds = [item.direction if isinstance(item, Entry) else item for item in follow(recording, recorder)]
    assert kinds == ["start", None, "output", None]


def test_bad_lines_have_their_place(log: LogWriter, recording: Recording) -> None:
    """As everywhere: file, line and byte; and lines come as they stand in the file."""
    first = log.path.stat().st_size
    log.raw(b"torn\n").add("output", b"x").exit()
    items = list(follow_lines(recording, pytest.fail))
    bad = items[1][1]
    assert isinstance(bad, BadLine)
    assert (bad.place.file, bad.place.line, bad.place.offset) == (str(log.path), 2, first)
    assert b"".join(line + b"\n" for line, _ in items) == log.path.read_bytes()
