"""`pause` and `unpause`."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.entry import Entry
from claude_sessions.sessions import SessionManager
from tests.kit.recordings import LogWriter
from tests.kit.terminal import PtyTerminal, wait_until

PROGRAM = (sys.executable, "-m", "claude_sessions")


@pytest.fixture
def terminal(pty_terminal: Callable[..., PtyTerminal], own_home: Path) -> Iterator[PtyTerminal]:
    """A terminal in which `cat` runs, recorded."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(own_home), "TERM": "xterm", "LANG": "C.UTF-8"}
    terminal = pty_terminal((*PROGRAM, "start", "--command", "cat", "--title", "cat"), own_home, environment)
    wait_until(lambda: [one for one in SessionManager().list() if one.running], "the session to run")
    terminal.write("before\r")
    terminal.wait_for("before\nbefore")
    yield terminal
    terminal.write(b"\x04")
    terminal.exit_status()


def entries() -> list[Entry]:
    with SessionManager().open("cat") as recording:
        return [entry for entry in recording.entries() if isinstance(entry, Entry)]


def test_what_passes_in_a_pause_is_not_kept(terminal: PtyTerminal, capsys: pytest.CaptureFixture[str]) -> None:
    """The session goes on while the recording rests; the log says from when to when."""
    wait_until(_paused, "the session to answer")
    assert "paused" in capsys.readouterr().out
    wait_until(lambda: SessionManager().find("cat").paused, "the list to say so")
    terminal.write("secret\r")
    terminal.wait_for("secret\nsecret")
    assert run(["unpause", "cat"]) == 0
    assert "recorded again" in capsys.readouterr().out
    wait_until(lambda: not SessionManager().find("cat").paused, "the list to say that too")
    terminal.write("after\r")
    terminal.wait_for("after\nafter")
    wait_until(lambda: b"after" in b"".join(entry.data for entry in entries()), "the log to have it")
    text = b"".join(entry.data for entry in entries())
    assert b"before" in text
    assert b"secret" not in text
    assert [entry.direction for entry in entries() if "pause" in entry.direction] == ["pause", "unpause"]


def _paused() -> bool:
    return run(["pause"]) == 0


def test_nothing_to_pause(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a running session there is one sentence and exit 1."""
    assert run(["pause"]) == 1
    assert "no session is being recorded" in capsys.readouterr().err


def test_which_of_two(own_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With two running one must be named; inside of one, that one is meant; one that has ended cannot be."""
    logs = [LogWriter(own_home / ".claude-sessions").start() for _ in "ab"]
    with logs[0].path.open("ab") as one, logs[1].path.open("ab") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        fcntl.flock(two, fcntl.LOCK_EX)
        assert run(["pause"]) == 2
        error = capsys.readouterr().err
        assert all(f"\nclaude-sessions:   {log.session_id[:8]}  /home/ann/project\n" in f"\n{error}" for log in logs)
        assert "name one of them by its id" in error
        assert run(["mark", "here"]) == 2
        assert "name one of them with --session ID" in capsys.readouterr().err
        monkeypatch.setenv("CLAUDE_SESSIONS_ID", logs[1].session_id)
        assert run(["pause"]) == 2  # nobody listens behind this log
        assert f"{logs[1].session_id} does not answer" in capsys.readouterr().err
    assert run(["pause", logs[0].session_id]) == 1
    assert "is not being recorded" in capsys.readouterr().err
