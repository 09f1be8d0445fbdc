"""Conversations as JSON, as blocks and as messages."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.formats.json_blocks import json_blocks
from claude_sessions.formats.sdk_lines import sdk_lines
from claude_sessions.transcript.blocks.replay import View, open_replay
from claude_sessions.transcript.files import describe
from tests.kit.spoken import AGENT, SESSION, calls, chained, gives, says, user, write, write_agent


@pytest.fixture
def path(own_home: Path) -> Path:
    """A session with a subagent, and a torn end."""
    call = calls("Task", {"description": "Explore"}, timestamp="2026-02-07T18:15:32.123Z")
    call["message"]["model"] = "claude-x"
    lines = [user("go ☃"), call, gives("found"), says("done", "req_2")]
    path = write(own_home / ".claude", chained(lines))
    write_agent(path, chained([user("look"), says("seen")], "a"), call="toolu_1")
    path.write_bytes(path.read_bytes() + b'{"torn')
    return path


def blocks_of(path: Path, view: View) -> dict[str, Any]:
    with open_replay(describe(path), view) as replay:
        text = "".join(json_blocks([replay]))
    assert text.endswith("\n")
    assert text.isascii()
    found: dict[str, Any] = json.loads(text)
    return found


def test_one_object_has_all(path: Path) -> None:
    """Who, where, which branch, every block, and how much could not be read."""
    found = blocks_of(path, View(inputs=True))
    blocks = found.pop("blocks")
    assert found == {
        "version": 1,
        "session_id": SESSION,
        "transcript": str(path),
        "branch": 1,
        "branches": 1,
        "faults": 1,
    }
    assert [block["type"] for block in blocks] == ["user", "tool_call", "assistant"]
    assert blocks[1] == {
        "id": "b2",
        "type": "tool_call",
        "content": {
            "type": "tool_call",
            "tool_name": "Task",
            "tool_use_id": "toolu_1",
            "label": "Explore",
            "result": "found",
            "is_error": False,
            "progress_text": None,
            "request_id": "req_1",
            "input": {"description": "Explore"},
        },
        "request_id": "req_1",
        "timestamp": "2026-02-07T18:15:32.123Z",
        "uuid": "u1",
        "model": "claude-x",
        "depth": 0,
        "agent_id": None,
    }


@pytest.mark.parametrize("deep", [500, *range(900, 1000, 7)])
def test_an_input_that_nobody_can_write_is_null(own_home: Path, deep: int) -> None:
    """One that is nested too deeply does not end the object that it stands in."""
    path = write(own_home / ".claude", chained([calls("Odd", "HERE"), user("on")]))
    path.write_bytes(path.read_bytes().replace(b'"HERE"', b"[" * deep + b"]" * deep))
    blocks = blocks_of(path, View(inputs=True))["blocks"]
    assert all(block["content"]["input"] or deep > 900 for block in blocks[:-1])
    assert blocks[-1]["content"]["text"] == "on"


def test_blocks_of_subagents_say_so(path: Path) -> None:
    """They stand behind the call, one deeper."""
    found = blocks_of(path, View(subagents=True))
    assert [(block["depth"], block["agent_id"]) for block in found["blocks"]] == [
        (0, None),
        (0, None),
        (1, AGENT),
        (1, AGENT),
        (0, None),
    ]


def test_an_empty_session_is_an_object_too(own_home: Path) -> None:
    """With no blocks, and no branch."""
    found = blocks_of(write(own_home / ".claude", []), View())
    assert (found["blocks"], found["branch"], found["branches"]) == ([], 0, 0)


def test_messages_are_a_line_each(path: Path) -> None:
    """What the model was sent and what it answered, in the order of the conversation; subagents stay out."""
    with open_replay(describe(path), View(subagents=True)) as replay:
        lines = [json.loads(line) for line in sdk_lines([replay])]
    assert [line["role"] for line in lines] == ["user", "assistant", "user", "assistant"]
    assert lines[0]["content"] == [{"type": "text", "text": "go ☃"}]


def test_a_subagents_messages(path: Path) -> None:
    """Its own transcript has them where they are asked for."""
    agent = path.with_suffix("") / "subagents" / f"agent-{AGENT}.jsonl"
    for view, count in ((View(), 0), (View(subagents=True), 2)):
        with open_replay(describe(agent), view) as replay:
            assert len(list(sdk_lines([replay]))) == count
