"""Writing asciicast: exact headers and events, text that is whole, and what is not UTF-8 is counted."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.cli.app import run
from claude_sessions.formats.utf8 import TextJoiner
from claude_sessions.log.events import StartInfo
from tests.conftest import require
from tests.kit.exports import export
from tests.kit.recordings import NOON, SECOND, LogWriter

MICROSECOND = 1000


@pytest.fixture
def log(home: Path) -> LogWriter:
    """A recording with one entry of everything; it begins at noon."""
    log = LogWriter(home, now=NOON - SECOND)
    log.start(term="xterm-256color", arguments=("--model", "a model"))
    log.add("output", b"hi \x1b[31m", after=1500 * MICROSECOND).add("input", b"y\r", after=MICROSECOND)
    log.add("resize", b"100x30").add("marker", 'hér"e'.encode()).add("error", b"oh", after=0)
    return log.add("suspend").add("resume").exit(3)


def lines_of(cast: bytes) -> list[Any]:
    """Return the JSON values of a file, one a line."""
    assert cast.endswith(b"\n")
    return [json.loads(line) for line in cast.splitlines()]


def test_version_2_has_its_header_and_times_from_the_start(home: Path, log: LogWriter) -> None:
    """The header's fields are those of the format, and each event has its time from the start."""
    header, *events = lines_of(export(home, log.session_id, "asciicast-v2", title="a title"))
    assert header == {
        "version": 2,
        "width": 80,
        "height": 24,
        "timestamp": NOON // SECOND,
        "command": "/usr/bin/claude --model 'a model'",
        "title": "a title",
        "env": {"TERM": "xterm-256color"},
    }
    assert events == [
        [0.0015, "o", "hi \x1b[31m"],
        [0.001501, "i", "y\r"],
        [1.001501, "r", "100x30"],
        [2.001501, "m", 'hér"e'],
        [2.001501, "o", "oh"],
        [5.001501, "x", "3"],
    ]


def test_version_3_has_its_header_and_times_from_the_event_before(home: Path, log: LogWriter) -> None:
    """The terminal has a part of its own in the header, and each time counts from the event before, whatever it was."""
    header, *events = lines_of(export(home, log.session_id, "asciicast-v3"))
    assert header == {
        "version": 3,
        "term": {"cols": 80, "rows": 24, "type": "xterm-256color"},
        "timestamp": NOON // SECOND,
        "command": "/usr/bin/claude --model 'a model'",
    }
    assert events == [
        [0.0015, "o", "hi \x1b[31m"],
        [0.000001, "i", "y\r"],
        [1.0, "r", "100x30"],
        [1.0, "m", 'hér"e'],
        [0.0, "o", "oh"],
        [3.0, "x", "3"],
    ]


def test_without_input_nothing_that_was_typed_is_in_it(home: Path, log: LogWriter) -> None:
    """`i` events are left out, and all others stay as they are."""
    events = lines_of(export(home, log.session_id, "asciicast-v2", with_input=False))[1:]
    assert [event[1] for event in events] == ["o", "r", "m", "o", "x"]


def test_a_signal_is_the_status_that_a_shell_shows(home: Path) -> None:
    """A session that a signal ended has 128 and its number."""
    log = LogWriter(home).start().exit(None, 9)
    assert lines_of(export(home, log.session_id, "asciicast-v3"))[-1] == [1.0, "x", "137"]


def test_a_later_segment_is_no_event_unless_the_window_differs(home: Path) -> None:
    """A log that continues in another file goes on; a window that changed in between is a resize."""
    log = LogWriter(home).start().add("output", b"a").next_segment().add("output", b"b")
    log.segment = 2
    log.add("start", StartInfo(segment=2, columns=90, rows=24)).exit()
    events = lines_of(export(home, log.session_id, "asciicast-v2"))[1:]
    assert [event[1:] for event in events] == [["o", "a"], ["o", "b"], ["r", "90x24"], ["x", "0"]]


def test_characters_that_were_cut_are_whole(home: Path) -> None:
    """The beginning of a character waits for its end, for each direction by itself; only what never comes is replaced."""
    log = LogWriter(home).start().add("output", "€".encode()[:1]).add("input", "ä".encode()[:1])
    log.add("output", "€".encode()[1:]).add("input", "ä".encode()[1:]).add("output", b"\xe2\x82").add("marker", b"\xff")
    events = lines_of(export(home, log.session_id, "asciicast-v2"))[1:]
    assert events == [[3.0, "o", "€"], [4.0, "i", "ä"], [6.0, "m", "\ufffd"], [6.0, "o", "\ufffd"]]


@pytest.mark.parametrize(
    ("pieces", "text", "replaced"),
    [
        ([b"abc"], "abc", 0),
        (["\ufffd".encode()], "\ufffd", 0),
        ([b"\xff\xfe"], "\ufffd\ufffd", 2),
        (["\ufffd".encode()[:2], "\ufffd".encode()[2:] + b"\xff"], "\ufffd\ufffd", 1),
        ([b"a\xe2\x82"], "a\ufffd", 1),
        ([b"\xe2", b"a"], "\ufffda", 1),
        ([b"\xed\xa0\x80"], "\ufffd\ufffd\ufffd", 3),
    ],
)
def test_what_is_not_utf8_is_counted(pieces: list[bytes], text: str, replaced: int) -> None:
    """Each stretch that became U+FFFD counts once; a U+FFFD that was there does not."""
    join = TextJoiner()
    assert "".join([*map(join, pieces), join.finish()]) == text
    assert join.replaced == replaced


def test_asciinema_gives_the_bytes_of_the_output(
    home: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`asciinema cat` of an export is what `logs --raw` prints, for output that is UTF-8."""
    require(find_spec("asciinema"), "asciinema is not installed")
    log = LogWriter(home).start()
    shown = "\x1b[?1049h\x1b[1;31m❯ 中文 👩\u200d👩 e\u0301\x9b5m\0\x7f\u2028\r\n".encode() * 40
    for at in range(0, len(shown), 7):
        log.add("output", shown[at : at + 7], after=300 * MICROSECOND)
    log.add("input", b"typed").add("resize", b"90x20").add("marker", b"here").add("output", b"end\r\n").exit()
    assert run(["logs", log.session_id, "--raw"]) == 0
    raw = capfdbinary.readouterr().out
    assert run(["export", log.session_id, str(tmp_path / "demo.cast")]) == 0
    environment = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "asciinema", "cat", str(tmp_path / "demo.cast")],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert done.stdout == raw == shown + b"end\r\n"
