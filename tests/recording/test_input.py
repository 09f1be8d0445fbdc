"""What is kept of the keyboard: everything, nothing, or only how much, as asked for."""

import sys
from pathlib import Path

import pytest

from claude_sessions.log.events import HiddenInfo, PauseInfo, StartInfo
from tests.kit.recorder import Recorder, python

RAW = "import os, tty\ntty.setraw(0)\nos.write(1, b'ready')\nwhile (k := os.read(0, 1)) != b'q': os.write(1, b'<' + k + b'>')"
PASSWORD = (
    "import os, termios\nold = termios.tcgetattr(0)\nnew = termios.tcgetattr(0)\nnew[3] &= ~termios.ECHO\n"
    "termios.tcsetattr(0, termios.TCSADRAIN, new)\nos.write(1, b'password:')\nsecret = os.read(0, 100)\n"
    "termios.tcsetattr(0, termios.TCSADRAIN, old)\nos.write(1, b'name:')\nprint(len(secret), os.read(0, 100))"
)


def test_input_is_recorded_by_default(recorder: Recorder) -> None:
    """Both directions are in the log."""
    with recorder.terminal(python(RAW), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        terminal.write("abcq")
        terminal.exit_status()
    assert recorder.data("input") == b"abcq"
    assert recorder.infos("start", StartInfo)[0].input


@pytest.mark.parametrize("how", ["option", "configuration", "environment"])
def test_input_can_be_left_out(recorder: Recorder, how: str) -> None:
    """With --no-input, or set as a habit, nothing typed is kept, and the log says that it is not."""
    options = ["--no-input"] if how == "option" else []
    if how == "configuration":
        recorder.configure("input = false\n")
    elif how == "environment":
        recorder.environment["CLAUDE_SESSIONS_INPUT"] = "no"
    with recorder.terminal(python(PASSWORD), "--quiet", *options) as terminal:
        terminal.wait_for_bytes(b"password:")
        terminal.write("geheim\r")
        terminal.wait_for_bytes(b"name:")
        terminal.write("ann\r")
        terminal.exit_status()
    assert {"input", "hidden"} & set(recorder.kinds()) == set()
    assert not recorder.infos("start", StartInfo)[0].input
    assert b"geheim" not in b"".join(path.read_bytes() for path in recorder.logs)


def test_a_password_is_not_kept(recorder: Recorder) -> None:
    """What is typed while the child reads lines without echo is recorded as a number of bytes; what follows is kept."""
    with recorder.terminal(python(PASSWORD), "--quiet") as terminal:
        terminal.wait_for_bytes(b"password:")
        terminal.write("geheim\r")
        terminal.wait_for_bytes(b"name:")
        terminal.write("ann\r")
        terminal.wait_for_bytes(b"7 b'ann\\n'")
        terminal.exit_status()
    assert sum(info.bytes for info in recorder.infos("hidden", HiddenInfo)) == 7
    assert recorder.data("input") == b"ann\r"


def test_a_pause_by_command_keeps_nothing(recorder: Recorder) -> None:
    """Between `pause` and `unpause` the session goes on and nothing is kept; the log says from when to when."""
    control = [sys.executable, "-m", "claude_sessions"]
    with recorder.terminal(python(RAW), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        terminal.write("a")
        terminal.wait_for_bytes(b"<a>")
        done = recorder.run_plain([*control, "pause"])
        assert done.returncode == 0, done.stderr
        terminal.write("b")
        terminal.wait_for_bytes(b"<b>")
        recorder.run_plain([*control, "unpause", recorder.session_id[:8]])
        terminal.write("c")
        terminal.wait_for_bytes(b"<c>")
        terminal.write("q")
        terminal.exit_status()
    check_pause(recorder, "command")


def test_a_pause_by_key_keeps_nothing(recorder: Recorder) -> None:
    """The configured key pauses and unpauses, never reaches the child, and stands not in the log."""
    recorder.configure('pause_key = "ctrl-]"\n')
    with recorder.terminal(python(RAW), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        terminal.write("a")
        terminal.wait_for_bytes(b"<a>")
        terminal.write("\x1d")
        recorder.wait_for_kind("pause")
        terminal.write("b")
        terminal.wait_for_bytes(b"<b>")
        terminal.write("\x1d")
        recorder.wait_for_kind("unpause")
        terminal.write("c")
        terminal.wait_for_bytes(b"<c>")
        terminal.write("q")
        terminal.exit_status()
        assert b"\x1d" not in terminal.received
    check_pause(recorder, "key")


@pytest.mark.parametrize("keys", ["ab\x1dcd", "\x1dabcd", "abcd\x1d"])
def test_what_stands_beside_the_key_counts_by_its_side(recorder: Recorder, keys: str) -> None:
    """In one chunk with the pause key, what was typed before it is kept and what came after it is not."""
    recorder.configure('pause_key = "ctrl-]"\n')
    with recorder.terminal(python(RAW), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        terminal.write(keys)
        terminal.wait_for_bytes(b"<d>")
        recorder.wait_for_kind("pause")
        terminal.write("q")
        terminal.exit_status()
        assert bytes(terminal.received) == b"ready<a><b><c><d>"
    assert recorder.data("input") == keys.partition("\x1d")[0].encode()


def test_pause_without_a_session_is_explained(recorder: Recorder) -> None:
    """Nothing runs: exit 1 and one sentence."""
    done = recorder.run_plain([sys.executable, "-m", "claude_sessions", "pause"])
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)


def test_the_control_socket_is_private_and_goes_away(recorder: Recorder, tmp_path: Path) -> None:
    """While the session runs its socket is there for the owner alone; afterwards it is gone."""
    with recorder.terminal(python(RAW), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        socket = recorder.home / "run" / f"{recorder.session_id}.sock"
        terminal.wait_until(socket.exists, "the socket")
        assert socket.stat().st_mode & 0o077 == 0
        terminal.write("q")
        terminal.exit_status()
    assert not socket.exists()


def check_pause(recorder: Recorder, by: str) -> None:
    """One pause, with `b` in it."""
    assert b"<b>" not in recorder.data("output")
    assert b"<a><c>" in recorder.data("output")
    assert recorder.data("input") == b"acq"
    (pause,) = recorder.infos("pause", PauseInfo)
    (unpause,) = recorder.infos("unpause", PauseInfo)
    assert (pause.by, unpause.by) == (by, by)
    entries = {entry.direction: entry for entry in recorder.entries()}
    assert unpause.since <= entries["pause"].timestamp <= entries["unpause"].timestamp
    assert unpause.bytes == len(b"b<b>")
