"""The kit itself: the real Claude Code runs plain, without our recorder, and says what the script says."""

from collections.abc import Callable

import pytest

from tests.kit.real_claude import RealClaude
from tests.kit.terminal import SHELL, PtyTerminal, TmuxTerminal, wait_until

Claude = Callable[[str], RealClaude]
Tmux = Callable[..., TmuxTerminal]


def test_answers_a_prompt_given_as_argument(real_claude: Claude) -> None:
    """`claude -p` prints the script's answer on its standard output and exits with 0."""
    claude = real_claude("plain-answer")
    done = claude.run("-p", "Do you hear me?")
    assert (done.returncode, done.stdout.strip()) == (0, "The flight recorder heard you: PLAIN-ANSWER."), done.stderr
    assert any("Do you hear me?" in str(asked["request"]) for asked in claude.requests())


def test_runs_the_tools_that_the_script_asks_for(real_claude: Claude) -> None:
    """With its tools allowed, Claude edits the file, runs the test and gets to the last turn."""
    claude = real_claude("fix-a-test")
    done = claude.run("-p", "Fix it", "--allowedTools", "Bash Edit Read")
    assert "BASKET-FIXED" in done.stdout
    assert "result += price" in (claude.project / "basket.py").read_text()


def test_is_interactive_in_a_terminal(real_claude: Claude, tmux: Tmux) -> None:
    """A question typed into Claude's screen gets its answer there, and /exit ends it with 0."""
    claude = real_claude("plain-answer")
    terminal = tmux(["claude", *claude.DEFAULT_MODE], claude.project, claude.environment)
    terminal.wait_for("basket")
    terminal.enter("Do you hear me?")
    terminal.wait_for("PLAIN-ANSWER")
    terminal.enter("/exit")
    assert terminal.exit_status() == 0


def test_asks_before_it_runs_a_command(real_claude: Claude, tmux: Tmux) -> None:
    """In the default mode Claude asks for permission; Enter grants it and the command runs."""
    claude = real_claude("run-a-command")
    terminal = tmux(["claude", *claude.DEFAULT_MODE], claude.project, claude.environment)
    terminal.wait_for("basket")
    terminal.enter("Run it")
    terminal.wait_for("Do you want to proceed?")
    assert not (claude.project / "ran.txt").exists()
    terminal.press_until_gone("Enter", "Do you want to proceed?")
    terminal.wait_for("ALL-DONE")
    assert (claude.project / "ran.txt").read_text() == "ran\n"


def test_prints_a_long_output(real_claude: Claude, tmux: Tmux) -> None:
    """Four thousand lines from a tool, and an answer longer than the screen, are shown to the end."""
    claude = real_claude("long-output")
    terminal = tmux(["claude", *claude.DEFAULT_MODE, "--allowedTools", "Bash"], claude.project, claude.environment)
    terminal.wait_for("basket")
    terminal.enter("Print a lot")
    terminal.wait_for("END-OF-THE-LONG-ANSWER", 60)


def test_is_suspended_and_resumed_by_a_shell(real_claude: Claude, tmux: Tmux) -> None:
    """Ctrl-Z brings the shell's prompt back, `fg` brings Claude back."""
    claude = real_claude("plain-answer")
    terminal = tmux(SHELL, claude.project, claude.environment)
    terminal.enter(f"claude {' '.join(claude.DEFAULT_MODE)}")
    terminal.wait_for("Claude Code")
    terminal.enter("Do you hear me?")
    terminal.wait_for("PLAIN-ANSWER")
    terminal.press("C-z")
    terminal.wait_for("Stopped")
    terminal.enter("fg")
    wait_until(lambda: "❯" in terminal.screen().rpartition("$ fg")[2], "Claude's screen", screen=terminal.screen)
    terminal.enter("And now?")
    terminal.wait_for("And now?")


@pytest.mark.parametrize("claude_version", ["2.1.329"], indirect=True)
def test_draws_on_a_pty_that_answers_queries(real_claude: Claude, pty_terminal: Callable[..., PtyTerminal]) -> None:
    """On a bare PTY with an emulator behind it Claude draws its screen and asks the terminal who it is."""
    claude = real_claude("plain-answer")
    command = [str(claude.home / "bin" / "claude"), *claude.DEFAULT_MODE]
    terminal = pty_terminal(command, claude.project, claude.environment, answering=True)
    terminal.wait_for("Claude Code")
    terminal.wait_for_bytes(b"\x1b[?1049h")
    terminal.wait_until(lambda: terminal.replies, "a query that the terminal answers")
