"""The recorder in place of the real Claude Code: what a person does all day, on both versions."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from claude_sessions.log.decode import BadLine, read_entries
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import ExitInfo, LinkInfo, decode_info
from tests.kit.real_claude import RealClaude
from tests.kit.terminal import SHELL, PtyTerminal, TmuxTerminal, wait_until

Claude = Callable[[str], RealClaude]
Tmux = Callable[..., TmuxTerminal]
START = ("claude-sessions", "start", "--", *RealClaude.DEFAULT_MODE)
STOPPED = "Stopped"


def opened(tmux: Tmux, claude: RealClaude, *arguments: str) -> TmuxTerminal:
    """Return a pane in which Claude runs recorded and has drawn its screen."""
    terminal = tmux([*START, *arguments], claude.project, claude.environment)
    terminal.wait_for("basket")
    return terminal


def leave(terminal: TmuxTerminal) -> int:
    """Type /exit and return the exit status."""
    terminal.enter("/exit")
    return terminal.exit_status()


def entries_of(claude: RealClaude) -> list[Entry]:
    """Return what the newest log of the throwaway home holds; a bad line fails the test."""
    logs = sorted((claude.home / ".claude-sessions" / "logs").iterdir(), key=lambda path: path.stat().st_mtime)
    with logs[-1].open("rb", buffering=0) as file:
        entries = list(read_entries(logs[-1].name, file.read))
    assert [entry for entry in entries if isinstance(entry, BadLine)] == []
    return [entry for entry in entries if isinstance(entry, Entry)]


def listed(claude: RealClaude) -> list[dict[str, Any]]:
    """Return what `list --json` says."""
    done = claude.run_command(["claude-sessions", "list", "--json"])
    assert (done.returncode, done.stderr) == (0, "")
    sessions: list[dict[str, Any]] = json.loads(done.stdout)["sessions"]
    return sessions


def test_a_whole_session_is_recorded(real_claude: Claude, tmux: Tmux) -> None:
    """What was typed and shown is in the log, which begins with its start, ends with exit and seal, and is linked to Claude's own session."""
    claude = real_claude("plain-answer")
    terminal = opened(tmux, claude)
    terminal.enter("Do you hear me?")
    terminal.wait_for("PLAIN-ANSWER")
    assert leave(terminal) == 0
    entries = entries_of(claude)
    assert [entries[0].direction, *(entry.direction for entry in entries[-2:])] == ["start", "exit", "seal"]
    assert b"Do you hear me?" in b"".join(entry.data for entry in entries if entry.direction == "input")
    assert b"PLAIN-ANSWER" in b"".join(entry.data for entry in entries if entry.direction == "output")
    links = [decode_info(entry, LinkInfo) for entry in entries if entry.direction == "link"]
    assert {link.claude_session_id for link in links if link} == {entries[0].session_id}
    assert [entry.time_ns for entry in entries] == sorted(entry.time_ns for entry in entries)
    assert [session["state"] for session in listed(claude)] == ["exited"]


def test_print_mode_in_a_pipe_is_the_same_with_and_without_us(real_claude: Claude) -> None:
    """`-p` with pipes gives the same bytes and the same exit code as plain `claude`, and both are recorded."""
    claude = real_claude("plain-answer")
    plain = claude.run("-p", "--output-format", "text", typed="Do you hear me?")
    ours = claude.run_command(
        ["claude-sessions", "start", "--", "-p", "--output-format", "text"], typed="Do you hear me?"
    )
    assert (ours.returncode, ours.stdout) == (plain.returncode, plain.stdout), ours.stderr
    assert ours.stderr.startswith(plain.stderr)
    shown = Counter(entry.direction for entry in entries_of(claude))
    assert shown["output"] >= 1
    assert shown["input"] >= 1


def test_a_failing_claude_fails_alike(real_claude: Claude) -> None:
    """A wrong option gives the same message and the same exit code through us."""
    claude = real_claude("plain-answer")
    plain = claude.run("--no-such-option")
    ours = claude.run_command(["claude-sessions", "start", "--quiet", "--", "--no-such-option"])
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert plain.returncode != 0


@pytest.mark.parametrize(
    "wrapper", [(), ("sh", "-c", 'claude-sessions "$@"; exit $?', "wrapper")], ids=["shell", "sh -c"]
)
def test_is_suspended_and_resumed(real_claude: Claude, tmux: Tmux, wrapper: tuple[str, ...]) -> None:
    """Ctrl-Z gives the shell back, also through a wrapper, and `fg` gives Claude back, which still hears."""
    claude = real_claude("plain-answer")
    terminal = tmux(SHELL, claude.project, claude.environment)
    words = [*wrapper, *START[1:]] if wrapper else START
    terminal.enter(" ".join(f"'{word}'" for word in words) + "; echo status $?")
    terminal.wait_for("Claude Code v")
    for question in ("Do you hear me?", "And now?"):
        terminal.enter(question)
        wait_until(lambda: "PLAIN-ANSWER" in terminal.screen(), "the answer", screen=terminal.screen)
        terminal.press("C-z")
        terminal.wait_for(STOPPED)
        assert terminal.ask("alternate_on") == "0"
        assert terminal.ask("mouse_any_flag") == "0"
        terminal.enter("clear; fg")
        wait_until(lambda: "❯" in terminal.screen().rpartition(STOPPED)[2], "Claude's screen", screen=terminal.screen)
        terminal.wait_gone(STOPPED)
    terminal.enter("/exit")
    terminal.wait_for("recorded session")
    directions = Counter(entry.direction for entry in entries_of(claude))
    assert (directions["suspend"], directions["resume"]) == (2, 2)


def test_goes_on_where_nobody_could_resume_it(real_claude: Claude, tmux: Tmux) -> None:
    """In a bare pane, where no shell waits, Ctrl-Z does not leave Claude hanging."""
    claude = real_claude("plain-answer")
    terminal = opened(tmux, claude)
    terminal.press("C-z")
    terminal.enter("Do you hear me?")
    terminal.wait_for("PLAIN-ANSWER")
    assert leave(terminal) == 0


def test_clear_begins_another_session_of_claude(real_claude: Claude, tmux: Tmux) -> None:
    """After /clear the recording is linked to Claude's new session too."""
    claude = real_claude("plain-answer")
    terminal = opened(tmux, claude)
    terminal.enter("Do you hear me?")
    terminal.wait_for("PLAIN-ANSWER")
    terminal.enter("/clear")
    terminal.wait_gone("PLAIN-ANSWER")

    def linked() -> int:
        links = [decode_info(entry, LinkInfo) for entry in entries_of(claude) if entry.direction == "link"]
        return len({link.claude_session_id for link in links if link})

    wait_until(lambda: linked() == 2, "a link to the new session", screen=terminal.screen)
    assert leave(terminal) == 0


def test_follows_the_window(real_claude: Claude, tmux: Tmux) -> None:
    """Claude draws for the window's new size, and the log has it."""
    claude = real_claude("plain-answer")
    terminal = opened(tmux, claude)
    terminal.resize(70, 20)
    wait_until(
        lambda: "─" * 70 in terminal.screen() and "─" * 71 not in terminal.screen(),
        "70 columns",
        screen=terminal.screen,
    )
    assert leave(terminal) == 0
    assert b"70x20" in [entry.data for entry in entries_of(claude) if entry.direction == "resize"]


def test_the_list_tells_who_waits(real_claude: Claude, tmux: Tmux) -> None:
    """While Claude asks for permission its session is `waiting` in the list, and after the answer no more."""
    claude = real_claude("run-a-command")
    terminal = opened(tmux, claude)
    terminal.enter("Run it")
    terminal.wait_for("Do you want to proceed?")
    wait_until(lambda: [session["state"] for session in listed(claude)] == ["waiting"], "the state waiting")
    terminal.press_until_gone("Enter", "Do you want to proceed?")
    terminal.wait_for("ALL-DONE")
    wait_until(lambda: [session["state"] for session in listed(claude)] == ["idle"], "the state idle")
    assert leave(terminal) == 0


def test_an_unrecorded_claude_is_listed_as_such(real_claude: Claude, tmux: Tmux) -> None:
    """A Claude that was started without us is in the list, marked."""
    claude = real_claude("plain-answer")
    terminal = tmux(["claude", *claude.DEFAULT_MODE], claude.project, claude.environment)
    terminal.wait_for("basket")
    wait_until(lambda: [session["recorded"] for session in listed(claude)] == [False], "an unrecorded session")
    assert "not recorded" in claude.run_command(["claude-sessions", "list"]).stdout


def test_keeps_a_long_output(real_claude: Claude, tmux: Tmux) -> None:
    """Four thousand lines of a tool and an answer longer than the screen: shown to the end, and recorded."""
    claude = real_claude("long-output")
    terminal = opened(tmux, claude, "--allowedTools", "Bash")
    terminal.enter("Print a lot")
    terminal.wait_for("END-OF-THE-LONG-ANSWER", 60)
    assert leave(terminal) == 0
    shown = b"".join(entry.data for entry in entries_of(claude) if entry.direction == "output")
    assert b"END-OF-THE-LONG-ANSWER" in shown


def test_inside_of_a_recorded_session_another_is_refused(real_claude: Claude, tmux: Tmux) -> None:
    """`start` from within a recorded session answers 3, and with --nested it records."""
    claude = real_claude("plain-answer")
    shell = ["claude-sessions", "start", "--command", " ".join(SHELL)]
    terminal = tmux(shell, claude.project, claude.environment)
    terminal.wait_for("$")
    terminal.enter("claude-sessions start -- -p hi; echo status $?")
    terminal.wait_for("status 3")
    terminal.enter("claude-sessions start --nested -- -p hi; echo nested $?")
    terminal.wait_for("nested 0")
    assert len(listed(claude)) == 2


@pytest.mark.parametrize("claude_version", ["2.1.329"], indirect=True)
def test_a_closed_terminal_ends_claude(real_claude: Claude, pty_terminal: Callable[..., PtyTerminal]) -> None:
    """When the terminal goes away, Claude gets the hang-up it would get without us, and the log says how it ended."""
    claude = real_claude("plain-answer")
    command = [claude.on_path("claude-sessions"), *START[1:]]
    terminal = pty_terminal(command, claude.project, claude.environment, answering=True)
    terminal.wait_for("Claude Code v")
    terminal.close()
    wait_until(lambda: listed(claude)[0]["state"] in {"exited", "killed"}, "the recording to end")
    ended = [decode_info(entry, ExitInfo) for entry in entries_of(claude) if entry.direction == "exit"]
    assert len(ended) == 1
