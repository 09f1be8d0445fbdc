"""The kit's terminals tell the truth about what runs in them."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.terminal import SHELL, PtyTerminal, TmuxTerminal, WaitedInVainError, wait_until

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PS1": "$ ", "TERM": "xterm-256color", "LANG": "C.UTF-8"}


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM)])
def test_both_terminals_tell_how_a_command_ended(
    tmux: Callable[..., TmuxTerminal],
    pty_terminal: Callable[..., PtyTerminal],
    tmp_path: Path,
    script: str,
    status: int,
) -> None:
    """An exit code is told as it is, a signal as 128 and its number."""
    command = ["sh", "-c", script]
    assert tmux(command, tmp_path, ENVIRONMENT).exit_status() == status
    assert pty_terminal(command, tmp_path, ENVIRONMENT).exit_status() == status


def test_a_pane_has_job_control_and_a_size(tmux: Callable[..., TmuxTerminal], tmp_path: Path) -> None:
    """A shell in the pane stops and resumes a command, and sees the size the pane was given."""
    terminal = tmux(SHELL, tmp_path, ENVIRONMENT, columns=70, rows=20)
    terminal.enter("cat")
    wait_until(lambda: terminal.ask("pane_current_command") == "cat", "cat to run")
    terminal.press("C-z")
    terminal.wait_for("Stopped")
    terminal.resize(90, 25)
    terminal.enter("stty size")
    terminal.wait_for("25 90")


def test_a_pty_has_a_size_bytes_and_a_screen(pty_terminal: Callable[..., PtyTerminal], tmp_path: Path) -> None:
    """What is typed arrives, what is printed is there as bytes and as a screen, and the size is the one asked for."""
    terminal = pty_terminal(["sh", "-c", "stty size; read x; printf 'a\\033[5Gb %s' $x"], tmp_path, ENVIRONMENT)
    terminal.wait_for("30 100")
    terminal.write("typed\n")
    terminal.wait_for_bytes(b"a\x1b[5Gb typed")
    assert "a   b typed" in terminal.screen()


def test_closing_a_pty_hangs_its_session_up(pty_terminal: Callable[..., PtyTerminal], tmp_path: Path) -> None:
    """A command whose terminal is closed gets SIGHUP."""
    terminal = pty_terminal(["cat"], tmp_path, ENVIRONMENT)
    terminal.close()
    assert terminal.process.wait(10) == -signal.SIGHUP


def test_a_wait_in_vain_shows_the_screen(pty_terminal: Callable[..., PtyTerminal], tmp_path: Path) -> None:
    """Where the awaited text does not come, the failure shows what came instead."""
    terminal = pty_terminal(["echo", "something else"], tmp_path, ENVIRONMENT)
    terminal.wait_for("else")
    with pytest.raises(WaitedInVainError, match="something else"):
        terminal.wait_for("what was hoped for", timeout=0)
