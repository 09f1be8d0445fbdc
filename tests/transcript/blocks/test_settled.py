"""Blocks as soon as nothing changes them any more."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript.blocks import settled
from claude_sessions.transcript.blocks.classify import line_of
from claude_sessions.transcript.blocks.consumer import blocks_to_markdown, replay_session
from claude_sessions.transcript.blocks.events import ProcessingContext
from claude_sessions.transcript.blocks.settled import settled_blocks
from claude_sessions.transcript.envelope import Line
from tests.kit.spoken import calls, gives, progress, says, user

NAMES = st.sampled_from("abc")
LINES = st.one_of(
    st.just(user("prompt")),
    st.just(says("text")),
    st.builds(lambda name: progress("hook_progress", name, hookName=name), NAMES),
)


def text_of(lines: list[dict[str, Any]]) -> str:
    return blocks_to_markdown(settled_blocks(ProcessingContext(), map(line_of, lines)))


@given(st.lists(LINES, max_size=12), st.permutations("abc"), st.lists(st.integers(0, 12), min_size=6, max_size=6))
def test_the_end_is_the_same_as_that_of_the_whole(
    others: list[dict[str, Any]], order: list[str], places: list[int]
) -> None:
    """Wherever calls and their results stand, what is shown at once is what is shown at the end."""
    lines = list(others)
    for number, name in enumerate(order):
        first, second = sorted(places[number * 2 : number * 2 + 2])
        lines.insert(first, calls("Bash", {"command": name}, name))
        lines.insert(lines.index(calls("Bash", {"command": name}, name)) + 1 + second, gives(f"of {name}", name))
    assert text_of(lines) == replay_session(lines)


def test_nothing_waits_that_needs_not() -> None:
    """A block is there before the next line is read; behind a call all wait for its result, and no longer."""
    read: list[int] = []

    def lines() -> Iterator[Line]:
        for number, line in enumerate([user("p"), calls("Bash"), says("x"), gives("done"), says("y")]):
            read.append(number)
            yield line_of(line)

    seen = [(len(read), block.type.value) for block in settled_blocks(ProcessingContext(), lines())]
    assert seen == [(1, "user"), (4, "tool_call"), (4, "assistant"), (5, "assistant")]


def test_a_call_that_nobody_answered_does_not_hold_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind it only so many blocks wait; a late result then changes nothing that was shown."""
    monkeypatch.setattr(settled, "HELD", 3)
    lines = [calls("Bash", {"command": "x"}), *(says(str(number)) for number in range(5)), gives("late"), says("end")]
    assert text_of(lines) == "● Bash(x)\n● 0\n● 1\n● 2\n● 3\n● 4\n● end"


def test_what_was_shown_is_forgotten() -> None:
    """The context keeps no results, and a second one of the same call is left out."""
    context = ProcessingContext()
    lines = [calls("Bash", {"command": "x"}), gives("first"), gives("second"), progress("hook_progress", hookName="h")]
    assert blocks_to_markdown(settled_blocks(context, map(line_of, lines))) == "● Bash(x)\n  └ first"
    assert context.contents == {}
