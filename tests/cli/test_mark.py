"""`mark`: a marker from outside of a session, and by a key from inside."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.entry import Entry
from claude_sessions.sessions import SessionManager
from tests.kit.recordings import LogWriter
from tests.kit.terminal import PtyTerminal, wait_until

PROGRAM = (sys.executable, "-m", "claude_sessions")


@pytest.fixture
def start(pty_terminal: Callable[..., PtyTerminal], own_home: Path) -> Callable[..., PtyTerminal]:
    """A function that records `cat` in a terminal, with settings."""

    def begin(**settings: str) -> PtyTerminal:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(own_home),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            **settings,
        }
        terminal = pty_terminal((*PROGRAM, "start", "--command", "cat", "--title", "cat"), own_home, environment)
        wait_until(lambda: [one for one in SessionManager().list() if one.running], "the session to run")
        terminal.write("before\r")
        terminal.wait_for("before\nbefore")
        return terminal

    return begin


def entries() -> list[Entry]:
    with SessionManager().open("cat") as recording:
        return [entry for entry in recording.entries() if isinstance(entry, Entry)]


def labels() -> list[str]:
    return [entry.data.decode() for entry in entries() if entry.direction == "marker"]


def test_a_marker_from_outside(start: Callable[..., PtyTerminal], capsys: pytest.CaptureFixture[str]) -> None:
    """It is in the log soon, `show` lists it with its time, and export goes there by its name."""
    terminal = start()
    wait_until(lambda: run(["mark", "the\x1b[31m place"]) == 0, "the session to answer")
    wait_until(lambda: labels() == ["the^[[31m place"], "the marker to be in the log")
    assert "marked" in capsys.readouterr().out
    assert run(["mark", "second", "--session", "cat"]) == 0
    terminal.write(b"after\r\x04")
    terminal.exit_status()
    capsys.readouterr()
    assert run(["show", "cat"]) == 0
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("marker")]
    assert [line.split("  ")[-1] for line in shown] == ["the^[[31m place", "second"]
    assert run(["show", "cat", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["markers"]
    assert [mark["label"] for mark in found] == ["the^[[31m place", "second"]
    assert 0 < found[0]["offset"] <= found[1]["offset"] < 180
    assert run(["export", "cat", "-", "--format", "txt", "--from", "@second"]) == 0
    assert "after" in capsys.readouterr().out


def test_a_marker_by_a_key(start: Callable[..., PtyTerminal]) -> None:
    """The configured key marks between what was typed before and after it, numbered, and reaches nobody."""
    terminal = start(CLAUDE_SESSIONS_MARK_KEY="ctrl-\\", CLAUDE_SESSIONS_PAUSE_KEY="ctrl-]")
    terminal.write(b"one\x1ctwo\x1c\r")
    terminal.wait_for("onetwo\nonetwo")
    wait_until(lambda: len(labels()) == 2, "two markers")
    assert run(["mark", "by name"]) == 0
    terminal.write(b"\x1c")
    wait_until(lambda: len(labels()) == 4, "a marker more")
    terminal.write(b"\x1d")
    wait_until(lambda: [entry for entry in entries() if entry.direction == "pause"], "the other key to work, too")
    terminal.write(b"\x1d\x04")
    terminal.exit_status()
    assert labels() == ["mark-1", "mark-2", "by name", "mark-3"]
    typed = [entry for entry in entries() if entry.direction in ("input", "marker")]
    assert b"".join(entry.data for entry in typed).startswith(b"before\ronemark-1twomark-2\rby namemark-3")


def test_one_key_cannot_do_both(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two settings with the same key are refused before anything runs."""
    monkeypatch.setenv("CLAUDE_SESSIONS_MARK_KEY", "ctrl-]")
    monkeypatch.setenv("CLAUDE_SESSIONS_PAUSE_KEY", "Ctrl-]")
    assert run(["start", "--command", "true"]) == 2
    assert "the same key" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["ctrl-c", "ctrl-d", "ctrl-z", "enter", "escape"])
def test_a_key_that_the_session_needs_is_refused(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    """What interrupts, ends, suspends or sends off cannot become a marker, and the sentence says what can."""
    monkeypatch.setenv("CLAUDE_SESSIONS_MARK_KEY", key)
    assert run(["start", "--command", "true"]) == 2
    assert (
        f"CLAUDE_SESSIONS_MARK_KEY: {key!r} cannot be taken from the session; possible are" in capsys.readouterr().err
    )


@pytest.mark.parametrize("label", ["", "   ", "x" * 201])
def test_a_label_is_a_short_text(own_home: Path, label: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is empty or very long is refused."""
    assert run(["mark", label]) == 2
    assert "a label has 1 to 200 characters" in capsys.readouterr().err


def test_nothing_to_mark(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A session that has ended takes no marker, and without any there is nothing to mark."""
    assert run(["mark", "here"]) == 1
    LogWriter(own_home / ".claude-sessions").start(title="over").exit()
    assert run(["mark", "here", "--session", "over"]) == 1
    assert "is not being recorded" in capsys.readouterr().err
