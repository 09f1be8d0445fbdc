"""Entries as objects."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript import ClaudeLogEntry
from claude_sessions.transcript.envelope import Envelope, Line

PAYLOAD = {
    "uuid": "2a7cf41c-2247-4974-ae25-26def3b51a6c",
    "sessionId": "00eefbaa-c1c4-470e-a45c-31d2c0b8300f",
    "timestamp": "2025-07-26T01:18:02.880Z",
    "type": "user",
    "message": {"role": "user", "content": "can u confirm if we're in the venv rn"},
    "cwd": "/Users/me/code/ai/clod",
    "version": "1.0.61",
}


def test_a_payload_becomes_an_entry() -> None:
    """The fields of a log line, in camelCase, are there by their Python names."""
    entry = ClaudeLogEntry(**PAYLOAD)
    assert (entry.type, entry.uuid, entry.session_id) == ("user", PAYLOAD["uuid"], PAYLOAD["sessionId"])
    assert entry.message is not None
    assert (entry.message.role, entry.message.content) == ("user", "can u confirm if we're in the venv rn")
    assert entry.time == dt.datetime(2025, 7, 26, 1, 18, 2, 880_000, tzinfo=dt.UTC)
    assert (entry.cwd, entry.version, entry.is_meta) == ("/Users/me/code/ai/clod", "1.0.61", False)
    assert "2a7cf41c" in repr(entry)


def test_only_calls_of_tools_have_a_name() -> None:
    """`hasattr(block, "name")` finds the calls of tools among the blocks, and the name is a text."""
    blocks = [
        {"type": "text", "text": "look"},
        {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}},
        {"type": "tool_use", "name": ["Bash"]},
        {"type": "text", "text": "", "name": "not a tool"},
        "bare",
        7,
    ]
    message = ClaudeLogEntry(type="assistant", message={"role": "assistant", "content": blocks}).message
    assert message is not None
    assert isinstance(message.content, list)
    assert [block.name for block in message.content if hasattr(block, "name")] == ["Bash", ""]
    assert message.content[1].input == {"command": "ls"}
    assert message.content[4].text == "bare"
    assert message.text == "look\n\nbare"
    assert not hasattr(message.content[0], "input")
    assert message.content[0] == message.content[0]
    assert "Bash" in repr(message)


def test_unknown_types_and_fields_pass_through() -> None:
    """What nobody knows is kept as it is."""
    entry = ClaudeLogEntry(type="not-yet-invented", self="me", fields=1, newField={"deep": [1]})
    assert entry.type == "not-yet-invented"
    assert entry.message is None
    assert entry.fields == {"type": "not-yet-invented", "self": "me", "fields": 1, "newField": {"deep": [1]}}


@pytest.mark.parametrize("timestamp", ["", "yesterday", None, 7])
def test_a_time_that_is_none_is_none(timestamp: Any) -> None:
    """An entry without a time says so, it does not fail."""
    assert ClaudeLogEntry(timestamp=timestamp).time is None


def test_a_line_becomes_an_entry() -> None:
    """A line of a transcript gives the same entry; one that cannot be decoded a second time an empty one."""
    assert ClaudeLogEntry.of(Line(0, b'{"type":"user"}', Envelope("user"))).type == "user"
    assert ClaudeLogEntry.of(Line(0, b"[]", Envelope())).type == ""
    assert ClaudeLogEntry.of(Line(0, b"torn", Envelope())).fields == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "type"]), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(["type", "uuid", "parentUuid", "sessionId", "timestamp", "message", "isSidechain", "summary"])


@given(st.dictionaries(NAMES, VALUES))
def test_wrong_types_never_raise(fields: dict[str, Any]) -> None:
    """Any JSON value may stand in any field."""
    entry = ClaudeLogEntry(**fields)
    assert isinstance(entry.type, str)
    assert isinstance(entry.session_id, str)
    assert entry.time is None or entry.time.tzinfo
    if entry.message:
        assert isinstance(entry.message.role, str)
        assert isinstance(entry.message.text, str)
        if isinstance(entry.message.content, list):
            assert all(isinstance(block.type, str) for block in entry.message.content)
