"""The real Claude Code, recorded and not, in the list of sessions."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.kit.real_claude import RealClaude
from tests.kit.terminal import TmuxTerminal, wait_until

PROGRAM = (sys.executable, "-m", "claude_sessions")


def listed(claude: RealClaude, *arguments: str) -> list[dict[str, Any]]:
    """Return what `list --json` says to the person whose Claude this is."""
    done = subprocess.run(
        [*PROGRAM, "list", "--json", *arguments], env=claude.environment, capture_output=True, check=True
    )
    sessions: list[dict[str, Any]] = json.loads(done.stdout)["sessions"]
    return sessions


def state(claude: RealClaude) -> str:
    """Return the state of the newest session, with what it waits for."""
    for session in listed(claude)[:1]:
        return " ".join(filter(None, (session["state"], session["waiting_for"])))
    return "not listed"


@pytest.mark.parametrize("recorded", [False, True])
def test_the_list_says_who_waits_for_a_person(
    real_claude: Callable[[str], RealClaude], tmux: Callable[..., TmuxTerminal], recorded: bool
) -> None:
    """Idle, waiting for a permission, and ended: as Claude Code itself says while it runs, recorded or not."""
    claude = real_claude("run-a-command")
    command = [*PROGRAM, "start", "--title", "live", "--"] if recorded else ["claude"]
    terminal = tmux([*command, *claude.DEFAULT_MODE], claude.project, claude.environment)
    terminal.wait_for("basket")
    wait_until(lambda: state(claude) == "idle", "the list to say idle", screen=terminal.screen)
    terminal.enter("Run it")
    terminal.wait_for("Do you want to proceed?")
    wait_until(lambda: state(claude) == "waiting permission prompt", "the list to say waiting", screen=terminal.screen)
    (session,) = listed(claude, "--running")
    assert session["recorded"] is recorded
    assert session["directory"] == str(claude.project)
    plain = subprocess.run([*PROGRAM, "list"], env=claude.environment, capture_output=True, check=True, text=True)
    tail = "" if recorded else " (not recorded)"
    assert plain.stdout.rstrip().endswith(f"waiting for you (permission prompt){tail}")
    terminal.press_until_gone("Enter", "Do you want to proceed?")
    terminal.wait_for("ALL-DONE")
    terminal.enter("/exit")
    assert terminal.exit_status() == 0
    wait_until(lambda: state(claude) == ("exited" if recorded else "not listed"), "the list to say it ended")
    if recorded:
        shown = subprocess.run(
            [*PROGRAM, "show", "live", "--json"], env=claude.environment, capture_output=True, check=True
        )
        (link,) = json.loads(shown.stdout)["links"]
        assert link["claude_session_id"] == session["claude_session_id"]
        assert link["transcript"].endswith(f"{session['claude_session_id']}.jsonl")
