"""Transcripts that the real Claude Code has written: each story is lived through once a version, and read many times.

A story is a scenario and what a person does with it, in print mode or in a terminal.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.real_claude import RealClaude
from tests.kit.terminal import TmuxTerminal

_ALLOWED = ("--allowedTools", "Bash Edit Read Task Agent")
_PRINTED = "Do what the scenario says"


@dataclass(frozen=True)
class Story:
    """What happens, and what of it must be found again in what Claude Code wrote."""

    scenario: str
    prompts: tuple[str, ...] = (_PRINTED,)
    answers: tuple[str, ...] = ()
    """Words of the model's answers, in their order."""
    tools: tuple[str, ...] = ()
    """The tools of the main conversation, in their order."""
    live: Callable[[TmuxTerminal, str], None] | None = None
    """What is done in a terminal; without it Claude is run with `-p` and the one prompt."""
    sessions: int = 1


@dataclass
class Written:
    """The end of a story."""

    story: Story
    config: Path
    """The folder that CLAUDE_CONFIG_DIR names."""
    project: Path
    answers: list[dict[str, Any]] = field(default_factory=list)
    """Every message that the stand-in API gave, in order; titles, which are asked for without tools, are left out."""

    def answer(self, message_id: str) -> dict[str, Any]:
        """Return the message of that id."""
        (found,) = (each for each in self.answers if each["id"] == message_id)
        return found


def _compact_and_clear(terminal: TmuxTerminal, version: str) -> None:
    terminal.enter("Print a word")
    terminal.wait_for("EARLY-ANSWER")
    terminal.enter("/compact")
    terminal.wait_for("Compacted")
    terminal.enter("What do you know?")
    terminal.wait_for("LATER-ANSWER")
    terminal.enter("/clear")
    terminal.wait_gone("LATER-ANSWER")
    terminal.enter("And what now?")
    terminal.wait_for("FRESH-ANSWER")


def _ask_a_subagent(terminal: TmuxTerminal, version: str) -> None:
    terminal.enter("Send a subagent")
    terminal.wait_for("REPORT-GIVEN")
    if version != "2.1.197":  # later versions let it work in the background and are told of its end
        terminal.wait_for("REPORT-CLOSED")


STORIES = {
    "a test is mended": Story(
        "fix-a-test", answers=("read the code", "multiplies", "BASKET-FIXED"), tools=("Read", "Read", "Edit", "Bash")
    ),
    "a subagent reports": Story("subagent", answers=("A subagent shall", "REPORT-GIVEN"), tools=("Task",)),
    "the API fails thrice": Story("api-errors", answers=("got through", "THROUGH-AT-LAST"), tools=("Bash",)),
    "many scripts": Story("unicode", answers=("こんにちは, 안녕, שלום", "ZEICHEN-完"), tools=("Bash",)),
    "compacted and cleared": Story(
        "compact",
        prompts=("Print a word", "What do you know?", "And what now?"),
        answers=("I print a word", "EARLY-ANSWER", "LATER-ANSWER", "FRESH-ANSWER"),
        tools=("Bash",),
        live=_compact_and_clear,
        sessions=2,
    ),
    "a subagent reports on a screen": Story(
        "subagent",
        prompts=("Send a subagent",),
        answers=("A subagent shall", "REPORT-GIVEN"),
        tools=("Task",),
        live=_ask_a_subagent,
    ),
}


def live_through(story: Story, version: str, folder: Path) -> Written:
    """Run the real Claude Code of that version in `folder` until the story is over."""
    with RealClaude(version, story.scenario, folder) as claude:
        if story.live is None:
            done = claude.run("-p", *story.prompts, *_ALLOWED)
            assert done.returncode == 0, done.stderr
        else:
            command = ["claude", *claude.DEFAULT_MODE, *_ALLOWED]
            with TmuxTerminal(command, claude.project, claude.environment) as terminal:
                terminal.wait_for("basket")
                story.live(terminal, version)
                terminal.enter("/exit")
                assert terminal.exit_status() == 0
        written = Written(story, claude.home / ".claude", claude.project)
        answers = [asked["answer"] for asked in claude.requests() if asked["request"].get("tools")]
        written.answers = [answer for answer in answers if answer.get("type") == "message"]
        return written
