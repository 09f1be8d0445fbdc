"""Sessions as text, as the session player shows them."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript.blocks.classify import line_of
from claude_sessions.transcript.blocks.consumer import ScreenStateConsumer, replay_session
from claude_sessions.transcript.blocks.events import (
    AddBlock,
    Block,
    BlockType,
    ClearAll,
    ProcessingContext,
    UpdateBlock,
    UserContent,
)
from claude_sessions.transcript.blocks.processor import process_line
from tests.kit.spoken import assistant, calls, gives, lasted, says, system, thinks, user

EXAMPLE = """\
❯ Can you help me clean up my project directory?

✱ Thinking…
● I'll help you clean up the project. Let me remove common build artifacts
  and cache directories.
● Bash(Remove node_modules and build artifacts)
  └ Removed node_modules/
    Removed dist/
    Removed .cache/
● Bash(Remove Python cache files)
  └ Removed __pycache__/
    Removed .pytest_cache/

✱ Thinking…
● Done! I've cleaned up:
  - `node_modules/`, `dist/`, `.cache/` from the frontend
  - `__pycache__/`, `.pytest_cache/` from Python
{blank}
  Your directory is now ready to package.

✱ Crunched for 12s""".replace("{blank}", "  ")
"""The complete example of the session player's documents; an empty line of an answer is indented like the others."""

ANSWER = """\
Done! I've cleaned up:
- `node_modules/`, `dist/`, `.cache/` from the frontend
- `__pycache__/`, `.pytest_cache/` from Python

Your directory is now ready to package."""


def test_the_complete_example() -> None:
    """A whole session comes out to the character."""
    first = "I'll help you clean up the project. Let me remove common build artifacts\nand cache directories."
    lines = [
        user("Can you help me clean up my project directory?"),
        thinks("what to remove?"),
        says(first),
        calls("Bash", {"command": "rm -rf x", "description": "Remove node_modules and build artifacts"}, "toolu_a"),
        gives("Removed node_modules/\nRemoved dist/\nRemoved .cache/", "toolu_a"),
        calls("Bash", {"command": "rm -rf y", "description": "Remove Python cache files"}, "toolu_b"),
        gives("Removed __pycache__/\nRemoved .pytest_cache/", "toolu_b"),
        thinks(request="req_2"),
        says(ANSWER, "req_2"),
        lasted(12_900),
    ]
    assert replay_session(lines) == EXAMPLE
    assert replay_session(map(line_of, lines)) == EXAMPLE


def test_parts_of_one_response_stand_together() -> None:
    """Blocks of one request follow each other without a blank line; two requests, and two of none, are parted."""
    assert replay_session([says("a"), says("b"), says("c", "req_2"), says("d", None), says("e", None)]) == (
        "● a\n● b\n\n● c\n\n● d\n\n● e"
    )


def test_what_shows_nothing_parts_nothing() -> None:
    """An empty output of a local command leaves no blank line behind."""
    empty = user("<local-command-stdout></local-command-stdout>")
    assert replay_session([says("a"), empty, says("b")]) == "● a\n● b"


def test_a_compaction_clears_the_screen() -> None:
    """Only what came after it is left, and a result whose call was cleared is plain text."""
    lines = [user("before"), calls("Bash", {"command": "ls"}), system("compact_boundary"), gives("late"), says("after")]
    assert replay_session(lines) == "late\n\n● after"


def test_several_blocks_on_a_line_are_all_shown() -> None:
    """An answer that was written as one line shows its text and its calls, in order."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "Glob", "input": {"pattern": "*.py"}}
    line = assistant({"type": "text", "text": "Looking."}, call)
    assert replay_session([line, gives("a.py")]) == "● Looking.\n● Glob(*.py)\n  └ a.py"


def test_the_consumer_keeps_blocks_in_order() -> None:
    """A changed block keeps its place; a change of a block that is gone is nothing."""
    consumer = ScreenStateConsumer()
    block = Block("b1", BlockType.USER, UserContent("one"))
    for event in (AddBlock(block), AddBlock(Block("b2", BlockType.USER, UserContent("two")))):
        consumer.handle(event)
    consumer.handle(UpdateBlock("b1", UserContent("first")))
    consumer.handle(UpdateBlock("b9", UserContent("nowhere")))
    assert consumer.to_markdown() == "❯ first\n\n❯ two"
    assert block.content == UserContent("one")
    consumer.handle(ClearAll())
    assert consumer.blocks == []


def test_two_contexts_know_nothing_of_each_other() -> None:
    """A result belongs to the call of its own session, though another has one with the same id."""
    one, two = ProcessingContext(), ProcessingContext()
    process_line(one, calls("Bash", {"command": "ls"}))
    assert isinstance(process_line(two, gives("x"))[0], AddBlock)
    assert isinstance(process_line(one, gives("x"))[0], UpdateBlock)


WORDS = st.sampled_from(
    """
    type subtype message content text name id input tool_use_id is_error thinking data hookName fullOutput query
    resultCount taskDescription parentToolUseID toolUseResult answers questions options label durationMs
    requestId isMeta isSidechain attachment prompt description command file_path uuid
    """.split()  # noqa: SIM905 - a list of them has a line for each
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3))
KINDS = st.sampled_from(
    """
    user assistant system progress attachment summary text tool_use tool_result thinking turn_duration
    compact_boundary bash_progress hook_progress query_update search_results waiting_for_task queued_command
    """.split()  # noqa: SIM905 - a list of them has a line for each
)
BLOCKS = st.fixed_dictionaries(
    {"type": KINDS},
    optional={
        "text": SCALARS,
        "id": st.just("toolu_1") | SCALARS,
        "tool_use_id": st.just("toolu_1") | SCALARS,
        "name": st.sampled_from(["Bash", "Task", "AskUserQuestion"]) | SCALARS,
        "input": VALUES,
        "content": VALUES,
        "is_error": SCALARS,
    },
)
MESSAGES = st.fixed_dictionaries({"content": st.lists(BLOCKS | VALUES, max_size=3) | VALUES}) | VALUES
LINES = st.fixed_dictionaries(
    {"type": KINDS | VALUES},
    optional={
        "subtype": KINDS | VALUES,
        "message": MESSAGES,
        "data": BLOCKS | VALUES,
        "attachment": BLOCKS | VALUES,
        "parentToolUseID": st.just("toolu_1") | VALUES,
        "toolUseResult": VALUES,
        "durationMs": VALUES,
        "requestId": VALUES,
        "isMeta": VALUES,
        "isSidechain": VALUES,
    },
)


@given(st.lists(LINES, max_size=8))
def test_any_object_is_taken(lines: list[dict[str, Any]]) -> None:
    """Whatever a line holds, nothing raises, and an object gives the same as the line it was read from."""
    shown = replay_session(lines)
    read = [line_of(json.loads(json.dumps(line))) for line in lines]
    assert replay_session(read) == shown
    shown.encode()
