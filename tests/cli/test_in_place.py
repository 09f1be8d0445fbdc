"""Lines that keep themselves up to date."""

import os
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import avt
import pytest

from claude_sessions.cli.in_place import Picture
from tests.kit.recordings import LogWriter
from tests.kit.terminal import SHELL, PtyTerminal, TmuxTerminal

SIZE = (20, 6)


class Screen:
    """A terminal with a command line on it already."""

    def __init__(self) -> None:
        self._terminal = avt.Vt(*SIZE)
        self.feed("$ list\n")

    def feed(self, text: str) -> None:
        """Write as a program on a cooked terminal does."""
        self._terminal.feed_str(text.replace("\n", "\r\n"))

    @property
    def text(self) -> list[str]:
        return [line for line in (line.rstrip() for line in self._terminal.text()) if line]


def test_draws_in_place() -> None:
    """New lines stand where the old ones stood, also when they are fewer; what was above stays."""
    screen, picture = Screen(), Picture()
    for lines in (["one", "two", "three"], ["a", "two", "3"], ["just this"], ["x", "y"], []):
        screen.feed(picture.update(lines, SIZE))
        assert screen.text == ["$ list", *lines]


def test_draws_nothing_when_nothing_changed() -> None:
    """A terminal over a slow line gets no byte that is not news."""
    picture = Picture()
    assert picture.update(["one"], SIZE)
    assert picture.update(["one"], SIZE) == ""


def test_starts_at_the_top_when_the_size_changed() -> None:
    """The terminal has rewrapped what was there: the picture is drawn anew on a clean screen."""
    screen, picture = Screen(), Picture()
    screen.feed(picture.update(["one", "two"], (40, 6)))
    screen.feed(picture.update(["one", "two"], SIZE))
    assert screen.text == ["one", "two"]


def test_draws_below_after_a_suspension() -> None:
    """What the shell printed in between is not painted over."""
    screen, picture = Screen(), Picture()
    screen.feed(picture.update(["one"], SIZE))
    screen.feed("Stopped\n$ fg\n")
    picture.forget()
    screen.feed(picture.update(["two"], SIZE))
    assert screen.text == ["$ list", "one", "Stopped", "$ fg", "two"]


@pytest.fixture
def watching(own_home: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The command line of `list --watch`, and its environment."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(own_home), "LANG": "C.UTF-8", "PS1": "$ ", "TERM": "xterm"}
    return (sys.executable, "-m", "claude_sessions", "list", "--watch"), environment


def test_a_new_session_appears(
    pty_terminal: Callable[..., PtyTerminal], own_home: Path, watching: tuple[tuple[str, ...], dict[str, str]]
) -> None:
    """The list follows what happens, and Ctrl-C ends it with the terminal's settings as they were."""
    LogWriter(own_home / ".claude-sessions").start(title="first").exit()
    command, environment = watching
    terminal = pty_terminal(command, own_home, environment)
    before = terminal.settings()
    terminal.wait_for("first")
    terminal.wait_until(lambda: not terminal.settings()[3] & termios.ECHO, "echo to be off")  # type: ignore[operator]
    LogWriter(own_home / ".claude-sessions").start(title="second").exit()
    terminal.wait_for("second")
    terminal.write(b"\x03")
    assert terminal.exit_status() == 130
    assert terminal.settings() == before
    assert terminal.screen().count("first") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(
    pty_terminal: Callable[..., PtyTerminal],
    own_home: Path,
    watching: tuple[tuple[str, ...], dict[str, str]],
    number: signal.Signals,
) -> None:
    """Echo is on again whatever ends the watch."""
    command, environment = watching
    terminal = pty_terminal(command, own_home, environment)
    before = terminal.settings()
    terminal.wait_for("no sessions")
    terminal.wait_until(lambda: not terminal.settings()[3] & termios.ECHO, "echo to be off")  # type: ignore[operator]
    terminal.signal(number)
    assert terminal.exit_status() == 128 + number
    assert terminal.settings() == before


def test_ctrl_z_gives_the_shell_its_echo(
    tmux: Callable[..., TmuxTerminal], own_home: Path, watching: tuple[tuple[str, ...], dict[str, str]]
) -> None:
    """The watch can be suspended and resumed like any program."""
    command, environment = watching
    terminal = tmux(SHELL, own_home, environment)
    terminal.enter(" ".join(command))
    terminal.wait_for("no sessions")
    terminal.press("C-z")
    terminal.wait_for("Stopped")
    LogWriter(own_home / ".claude-sessions").start(title="second").exit()
    terminal.enter("fg")
    terminal.wait_for("second")
    terminal.press("C-c")
    terminal.wait_for_shell()
    terminal.enter("echo status $?")
    terminal.wait_for("status 130")
