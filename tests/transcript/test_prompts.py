"""Which lines of a transcript a person typed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript.envelope import Line, decode_envelope
from claude_sessions.transcript.prompts import prompt_of, prompt_text

MANY = 100_000
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "done"}


def line_of(**fields: Any) -> Line:
    raw = json.dumps(fields).encode()
    return Line(0, raw, decode_envelope(raw))


def user(content: Any, **fields: Any) -> Line:
    return line_of(type="user", uuid="u", message={"role": "user", "content": content}, **fields)


def queued(**fields: Any) -> Line:
    return line_of(type="attachment", attachment={"type": "queued_command", **fields})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("fix the test", "fix the test"),
        (" two\nlines \n", "two\nlines"),
        ([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}], "one\ntwo"),
        ("<command-name>/review</command-name>\n<command-args> 12 \n</command-args>", "/review 12"),
        ("<command-message>x</command-message>\n<command-name>/x</command-name>", "/x"),
        ("<command-name>clear</command-name><command-args></command-args>", "/clear"),
        ("<bash-input> ls -l</bash-input>", "! ls -l"),
        ("why <system-reminder>be kind</system-reminder>not?", "why not?"),
        ([{"type": "text", "text": "<ide_opened_file>a.py</ide_opened_file>"}, {"type": "text", "text": "go"}], "go"),
        ([{"type": "image", "source": {}}], "[image]"),
        ([{"type": "image", "source": {}}, {"type": "text", "text": "what is this?"}], "what is this?"),
        ("<b>bold</b> claims", "<b>bold</b> claims"),
        ('say "tool_use_id" twice', 'say "tool_use_id" twice'),
    ],
)
def test_a_prompt_is_what_was_typed(content: Any, text: str) -> None:
    """Text, blocks, commands and shell commands give what a person typed, without what was added to it."""
    assert prompt_text(user(content)) == text


@pytest.mark.parametrize(
    "line",
    [
        user([RESULT]),
        user([RESULT, {"type": "text", "text": "[Request interrupted by user for tool use]"}]),
        user("note", isMeta=True),
        user("task", isSidechain=True),
        user("what was before", isCompactSummary=True),
        user("what was before", isVisibleInTranscriptOnly=True),
        user("This session is being continued from a previous conversation that ran out of context."),
        user("done", origin={"kind": "task-notification"}),
        user("<task-notification>done</task-notification>"),
        user("a task of yours has ended", promptSource="system"),
        user("<local-command-stdout>\x1b[2mCompacted</local-command-stdout>"),
        user("<bash-stdout>hi</bash-stdout><bash-stderr></bash-stderr>"),
        user("[Request interrupted by user]"),
        user("<system-reminder>only this"),
        user(""),
        user(None),
        user({"type": "text"}),
        line_of(type="assistant", message={"role": "assistant", "content": "hello"}),
        line_of(type="user"),
        line_of(type="attachment", attachment={"type": "task_reminder", "prompt": "queued_command"}),
        line_of(type="queue-operation", operation="enqueue", content="later the line itself comes"),
        queued(prompt="<task-notification>x</task-notification>", commandMode="task-notification"),
        queued(prompt="x", origin={"kind": "peer"}),
        queued(prompt=7),
        line_of(type="attachment", attachment="queued_command"),
    ],
)
def test_what_nobody_typed_is_no_prompt(line: Line) -> None:
    """Results, notes, summaries, outputs, subagents' tasks and lines of other types are none."""
    assert prompt_text(line) is None


@pytest.mark.parametrize("prompt", ["and the docs", [{"type": "text", "text": "and the docs"}]])
def test_what_was_typed_while_claude_was_busy_counts(prompt: Any) -> None:
    """A prompt that waited in the queue stands in an attachment."""
    assert prompt_text(queued(prompt=prompt, commandMode="prompt")) == "and the docs"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<command-name>" * MANY, None),
        ("<command-name>/x</command-name>" + "<command-args>" * MANY, "/x"),
        ("<command-name>/x</command-name><command-args>" + " " * MANY + "y" + " " * MANY + "</command-args>", "/x y"),
        ("<bash-input>" + " " * MANY + "x" + " " * MANY + "y", "! x" + " " * MANY + "y"),
        ("<system-reminder>" * MANY, None),
        ("why" + "<ide_x" * MANY, "why" + "<ide_x" * MANY),
        ("why" + "<ide_x>" * MANY, "why"),
        ("why<ide_" + "x" * MANY, "why<ide_" + "x" * MANY),
    ],
)
def test_long_texts_of_nothing_but_marks(text: str, found: str | None) -> None:
    """They are read as quickly as any other: with expressions that look back each of them took minutes."""
    assert prompt_text(user(text)) == (text if found is None and text.startswith("<command") else found)


def test_a_command_is_told_from_what_was_said() -> None:
    """Slash commands and shell commands are marked, a path at the beginning of a sentence is none."""
    commands = [prompt_of(user(text)) for text in ("<command-name>/cost</command-name>", "<bash-input>ls</bash-input>")]
    assert all(prompt and prompt.command for prompt in commands)
    said = prompt_of(user("/tmp is full"))
    assert said is not None
    assert not said.command


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "text", "kind"]), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["isMeta", "message", "origin", "attachment"], VALUES)))
def test_nothing_of_any_type_raises(fields: dict[str, Any]) -> None:
    """A field of another type than it should have makes a line no prompt, or a prompt, never an error."""
    from claude_sessions.transcript.envelope import Envelope, lenient

    for kind in ("user", "attachment"):
        raw = json.dumps({"type": kind, "note": "queued_command", **fields}).encode()
        found = prompt_text(Line(0, raw, lenient(raw, Envelope)))
        assert found is None or found.strip()
