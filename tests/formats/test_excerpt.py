"""A stretch of a recording: it begins with the picture of its first moment."""

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_sessions.base.errors import MalformedEntryError, UsageError
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.log.entry import RESIZE, SHOWN, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.screen.emulator import Emulator
from claude_sessions.sessions import SessionManager
from tests.kit.exports import export
from tests.kit.recordings import NOON, SECOND, LogWriter


@pytest.fixture
def log(home: Path) -> LogWriter:
    """A recording that draws something each second, on both screens, in two sizes."""
    log = LogWriter(home, now=NOON - SECOND).start()
    log.add("output", b"one\r\n\x1b[31m").add("output", "中文\r\n".encode()).add("resize", b"40x10").add("input", b"x")
    log.add("output", b"\x1b[?1049h\x1b[3;3Halt").add("marker", b"here").add("output", b"\x1b[?1049l").add(
        "output", b"end"
    )
    return log.exit()


def excerpt(home: Path, log: LogWriter, begin_s: float, end_s: float = math.inf) -> list[tuple[int, Entry]]:
    with SessionManager(home).open(log.session_id) as recording:
        return list(Excerpt(recording, begin_s=begin_s, end_s=end_s).entries())


def draw(entries: list[Entry]) -> Emulator:
    """Return the screen after these entries, of which the first is a start."""
    start = decode_info(entries[0], StartInfo)
    assert start
    emulator = Emulator(start.columns, start.rows)
    for entry in entries[1:]:
        if entry.direction in SHOWN:
            emulator.feed(entry.data)
        elif entry.direction == RESIZE and (size := decode_resize(entry)):
            emulator.resize(*size)
    return emulator


@pytest.mark.parametrize("begin_s", [0.5, 1, 2, 2.5, 3, 4.5, 5, 6, 7, 8])
def test_a_cut_plays_to_the_same_screen(home: Path, log: LogWriter, begin_s: float) -> None:
    """Wherever it begins, its first picture is the screen of that moment, and its end that of the recording."""
    whole = excerpt(home, log, 0)
    cut = excerpt(home, log, begin_s)
    at_begin = draw([entry for time_ns, entry in whole if time_ns <= NOON + begin_s * SECOND])
    assert cut[0][0] == cut[1][0] == NOON + round(begin_s * SECOND)
    assert cut[1][1].direction == "output"
    first = draw([cut[0][1], cut[1][1]])
    assert first.look().lines == at_begin.look().lines
    assert (first.cursor, first.size, first.alternate) == (at_begin.cursor, at_begin.size, at_begin.alternate)
    assert draw([entry for _, entry in cut]).look().lines == draw([entry for _, entry in whole]).look().lines
    assert [entry for _, entry in cut[2:]] == [entry for time_ns, entry in whole if time_ns > NOON + begin_s * SECOND]


def test_the_end_belongs_to_it_and_nothing_after(home: Path, log: LogWriter) -> None:
    """An entry at exactly that time is the last."""
    assert [entry.direction for _, entry in excerpt(home, log, 0, 3)] == ["start", "output", "output", "resize"]
    assert [entry.direction for _, entry in excerpt(home, log, 3, 4)] == ["start", "output", "input"]


def test_a_cut_has_the_window_and_the_time_of_its_beginning(home: Path, log: LogWriter) -> None:
    """The start of an excerpt says how large the window is then."""
    start = decode_info(excerpt(home, log, 3.5)[0][1], StartInfo)
    assert start
    assert (start.columns, start.rows, start.command) == (40, 10, "/usr/bin/claude")


def test_text_of_a_cut_begins_with_what_stands_there(home: Path, log: LogWriter) -> None:
    """The lines of a cut are those of its first screen and those that come."""
    assert export(home, log.session_id, "txt").decode().splitlines() == ["  alt", "one", "中文", "end"]
    assert export(home, log.session_id, "txt", begin_s=6.5).decode().splitlines() == ["  alt", "one", "中文", "end"]
    assert export(home, log.session_id, "txt", begin_s=7).decode().splitlines() == ["one", "中文", "end"]


def test_the_entries_of_a_part_are_a_log_without_a_seal(home: Path, log: LogWriter) -> None:
    """As long as nothing is left out the lines are those of the log, byte by byte."""
    log.add("seal", b"{}")
    assert export(home, log.session_id, "jsonl") == log.path.read_bytes()
    part = export(home, log.session_id, "jsonl", with_input=False)
    assert set(part.splitlines()) < set(log.path.read_bytes().splitlines())
    assert b'"input"' not in part
    assert b'"seal"' not in part


def test_the_bytes_of_the_output_are_exact(home: Path) -> None:
    """`ansi` is what passed, whether it is text or not."""
    data = bytes(range(256)) * 3
    log = LogWriter(home).start().add("output", data[:100]).add("input", b"no").add("output", data[100:]).exit()
    assert export(home, log.session_id, "ansi") == data
    assert export(home, log.session_id, "ansi", end_s=1) == data[:100]


def test_an_empty_stretch_is_refused(home: Path, log: LogWriter) -> None:
    """The end comes after the beginning."""
    with pytest.raises(UsageError, match="--to"):
        excerpt(home, log, 3, 3)


def test_a_log_without_entries_is_refused(home: Path) -> None:
    """There is nothing to export in it."""
    log = LogWriter(home).raw(b"torn\n")
    with pytest.raises(MalformedEntryError, match="holds no entry"):
        excerpt(home, log, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["abc", "中" * 30, "\r\n", "\x1b[?1049h", "\x1b[?1049l", "\x1b[5;5H", "\x1b[7m", "\x1b[2J"])
    ),
    st.integers(1, 20),
)
def test_any_stream_may_be_cut_anywhere(home: Path, pieces: list[str], begin_s: int) -> None:
    """The screen at the end of a cut is the one at the end of the recording, for any output and any beginning."""
    log = LogWriter(home).start()
    for piece in pieces:
        log.add("output", piece.encode())
    log.add("output", b"\x1b[3C.", after=30 * SECOND)
    whole, cut = (draw([entry for _, entry in excerpt(home, log, begin)]) for begin in (0, begin_s))
    assert cut.look().lines == whole.look().lines
    assert cut.cursor == whole.cursor
