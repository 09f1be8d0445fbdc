"""Keyframes: pictures on the way, from which everything goes on as if it had been drawn from the beginning."""

import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_sessions.log.entry import SHOWN, Entry
from claude_sessions.log.segment import SegmentName
from claude_sessions.playback.keyframes import STEP, Keyframe, Keyframes
from claude_sessions.playback.reel import Reel
from claude_sessions.playback.tape import RecordedTape, entries_but_shown
from claude_sessions.screen.cells import Pane
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Position, Recording
from tests.kit.recordings import NOON, SECOND, LogWriter

HUNDREDTH = SECOND // 100


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(tmp_path / "home", create=True) as opened:
        yield opened


@pytest.fixture
def log(home: Home) -> LogWriter:
    return LogWriter(home.path)


def recording_of(home: Home, log: LogWriter) -> Recording:
    return Recording(home, log.session_id, tuple(SegmentName(log.session_id, at) for at in range(log.segment + 1)))


def frames_like_claudes(number: int, seed: int = 1) -> list[bytes]:
    """Return redraws of some 8 kB, each unlike the others."""
    rng = random.Random(seed)
    return [
        b"\x1b[?2026h\x1b[H"
        + b"".join(
            b"\x1b[%d;1H\x1b[38;5;%dm%s\x1b[K" % (row + 1, rng.randrange(256), bytes(rng.choices(range(97, 123), k=70)))
            for row in range(20)
        )
        * 5
        + b"\x1b[?2026l"
        for _ in range(number)
    ]


def write(log: LogWriter, number: int) -> LogWriter:
    for frame in frames_like_claudes(number, log.now):
        log.add("output", frame, after=HUNDREDTH)
    return log


def drawn_until(recording: Recording, seconds: float) -> Pane:
    """Return an emulator that has seen everything from the beginning."""
    emulator = Pane()
    for entry in recording.entries():
        if isinstance(entry, Entry) and (entry.time_ns - NOON - SECOND) / SECOND <= seconds:
            if entry.direction in SHOWN:
                emulator.feed(entry.data)
            elif entry.direction == "resize":
                columns, rows = map(int, entry.data.split(b"x"))
                emulator.resize(columns, rows)
            elif entry.direction == "start":
                emulator.resize(80, 24)
    return emulator


def made(recording: Recording, until: float = math.inf, kept: list[Keyframe] | None = None) -> list[Keyframe]:
    keyframes = Keyframes(recording, kept or [])
    list(keyframes.extend(NOON + SECOND + round(min(until, 1e6) * SECOND)))
    return keyframes.frames


def test_there_is_one_about_every_megabyte(home: Home, log: LogWriter) -> None:
    """Each says where it goes on and what time it was."""
    frames = made(recording_of(home, write(log.start(), 500)))
    size = sum(map(len, frames_like_claudes(500)))
    assert size / STEP / 1.3 - 1 < len(frames) <= size / STEP
    assert frames == sorted(frames, key=lambda frame: (frame.position, frame.time_ns))
    assert all((frame.columns, frame.rows) == (80, 24) for frame in frames)


def test_no_more_are_made_than_somebody_needs(home: Home, log: LogWriter) -> None:
    """Who looks at the first minute of a day does not wait for the rest; who goes on does not begin anew."""
    recording = recording_of(home, write(log.start(), 500))
    keyframes = Keyframes(recording, [])
    assert list(keyframes.extend(NOON + 3 * SECOND))
    few = list(keyframes.frames)
    assert not keyframes.complete
    list(keyframes.extend(NOON + 3600 * SECOND))
    assert keyframes.complete
    assert keyframes.frames[: len(few)] == few
    assert keyframes.frames == made(recording)


@pytest.mark.parametrize("second", [0, 0.5, 1.77, 3.2, 4.99, 60])
def test_any_moment_looks_as_if_everything_had_been_drawn(home: Home, log: LogWriter, second: float) -> None:
    """With a resize, typing, and other entries in between, in two segments, some of it unreadable."""
    write(log.start(), 150).add("input", b"x", after=0).add("resize", b"100x30", after=0).raw(b"no entry\n")
    write(log, 150).next_segment().add("suspend", after=0).add("resume", after=0).add("marker", b"m", after=0)
    recording = recording_of(home, write(log, 250))
    tape = RecordedTape(recording, NOON + SECOND, log.now, 1)
    list(tape.wind(NOON + SECOND + round(second * SECOND)))
    reel = Reel(tape)
    reel.begin(0)
    wound, drawn = reel.wind(second), drawn_until(recording, second)
    assert wound.picture(wound.size) == drawn.picture(drawn.size)
    assert wound.size == drawn.size


def test_what_is_held_at_a_keyframe_is_held_after_it(home: Home, log: LogWriter) -> None:
    """Time that stood still when it was made stands still for who begins there."""
    recording = recording_of(home, write(log.start().add("suspend"), 300))
    (first, *_) = made(recording)
    assert first.held == ("suspend",)
    tape = RecordedTape(recording, NOON + SECOND, log.now, 1)
    list(tape.wind(log.now))
    reel = Reel(tape)
    reel.begin(0)
    reel.wind(3)
    assert reel.next is not None
    assert reel.next.moment.played == 0


def test_a_log_that_has_grown_keeps_those_it_has(home: Home, log: LogWriter) -> None:
    """Making goes on where it ended, and gives what it would have given in one go."""
    recording = recording_of(home, write(log.start(), 300))
    kept = made(recording)
    write(log, 300)
    grown = made(recording, kept=list(kept))
    assert grown[: len(kept)] == kept
    assert len(grown) > len(kept)
    for frame in grown:
        emulator = Pane(frame.columns, frame.rows)
        emulator.feed(frame.picture)
        seconds = (frame.time_ns - NOON - SECOND) / SECOND
        assert emulator.dump() == drawn_until(recording, seconds).dump()


def test_times_that_are_none_do_no_harm(home: Home, log: LogWriter) -> None:
    """They count as the time before."""
    line = b'{"timestamp":"~","session_id":"x","direction":"output","data":"eA==","size":1}\n'
    recording = recording_of(home, write(log.start().raw(line), 300).raw(line))
    assert made(recording)[0].time_ns <= log.now


def test_reading_from_the_middle_names_the_same_lines(home: Home, log: LogWriter) -> None:
    """A fault behind a keyframe is reported with its true line and byte."""
    write(log.start(), 200).raw(b"fault\n").add("output", b"x")
    recording = recording_of(home, log)
    (whole,) = [item for item in recording.entries() if not isinstance(item, Entry)]
    (part,) = [item for item in recording.entries(made(recording)[0].position) if not isinstance(item, Entry)]
    assert part == whole


def test_a_position_is_the_beginning_of_a_line(home: Home, log: LogWriter) -> None:
    """Entries and blocks from there on are those that come after what was before."""
    recording = recording_of(home, write(log.start(), 200))
    position = made(recording)[0].position
    rest = list(recording.entries(position))
    assert rest == list(recording.entries())[position.line - 1 :]
    first = next(recording.blocks(position))
    assert first.place.offset == position.offset
    assert list(recording.entries(Position())) == list(recording.entries())


def test_what_is_no_output_is_read_quickly(home: Home, log: LogWriter) -> None:
    """With the last entry of each stretch, so that the end of the recording is known."""
    write(log.start().add("marker", b"one"), 20).add("input", b"typed\r")
    recording = recording_of(home, write(log, 20))
    found = list(entries_but_shown(recording))
    assert [entry.direction for entry in found if entry.direction != "output"] == ["start", "marker", "input"]
    assert found[-1].time_ns == log.now
