"""Searching what the real Claude Code showed and wrote, while it runs and afterwards; the player's way from prompt to prompt."""

import json
import shlex
from collections.abc import Callable
from typing import Any

from tests.kit.real_claude import RealClaude
from tests.kit.terminal import TmuxTerminal, wait_until

START = ("claude-sessions", "start", "--", *RealClaude.DEFAULT_MODE)


def search(claude: RealClaude, *arguments: str) -> list[dict[str, Any]]:
    done = claude.run_command(["claude-sessions", "search", "--json", *arguments])
    assert done.stderr == ""
    hits: list[dict[str, Any]] = json.loads(done.stdout)["hits"]
    return hits


def test_a_session_is_found_while_it_runs_and_afterwards(
    real_claude: Callable[[str], RealClaude], tmux: Callable[..., TmuxTerminal]
) -> None:
    """The prompt in the transcript, the answer on the screen too; every hit leads into the recording; `]` shows the prompt."""
    claude = real_claude("plain-answer")
    terminal = tmux(START, claude.project, claude.environment)
    terminal.wait_for("basket")
    terminal.enter("Do you hear me?")
    terminal.wait_for("PLAIN-ANSWER")
    wait_until(lambda: search(claude, "hear me", "--transcripts"), "the prompt in the transcript")
    assert search(claude, "PLAIN-ANSWER", "--recordings")
    terminal.enter("/exit")
    assert terminal.exit_status() == 0
    said = search(claude, "do you hear", "--transcripts")
    assert [hit["kind"] for hit in said] == ["prompt"]
    shown = search(claude, '"plain answer"', "--recordings")
    assert len(shown) == 1, "a line that was drawn many times is one"
    for hit in (*said, *shown):
        assert hit["recording_id"] == hit["session_id"]
        assert hit["command"].startswith(f"claude-sessions replay {hit['recording_id']} --at ")
    player = tmux([*shlex.split(shown[0]["command"])[:3], "--speed", "0.3"], claude.project, claude.environment)
    player.wait_for("Claude Code v")
    player.press("Space")
    player.press("]")
    wait_until(lambda: "Do you hear me?" in player.screen().splitlines()[-1], "the prompt", screen=player.screen)
    player.press("q")
    assert player.exit_status() == 0
