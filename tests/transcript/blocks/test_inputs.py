"""All that a tool was called with, as text."""

import json
from typing import Any

import msgspec
import pytest

from claude_sessions.transcript.blocks.events import Block, BlockType, ToolCallContent, UserContent
from claude_sessions.transcript.blocks.inputs import called_with


def given(tool: str, found: Any, label: str = "…") -> str:
    raw = found if isinstance(found, bytes) else json.dumps(found).encode()
    content = ToolCallContent(tool, "toolu_1", label)
    return called_with(Block("b1", BlockType.TOOL_CALL, content, input=msgspec.Raw(raw)))


def edit(old: Any, new: Any) -> dict[str, Any]:
    return {"file_path": "/a.py", "old_string": old, "new_string": new}


@pytest.mark.parametrize(
    ("tool", "found", "text"),
    [
        ("Bash", {"command": "make\nmake test", "description": "Test", "timeout": 5}, "make\nmake test"),
        ("Write", {"file_path": "/a", "content": "é\n\n"}, "é\n\n"),
        ("Edit", edit("a\nb\nc\nd", "a\nB\nd"), "  a\n- b\n- c\n+ B\n  d"),
        ("Edit", edit("a", "a\na"), "  a\n+ a"),
        ("Edit", edit("same", "same"), "  same"),
        ("Edit", edit("", "new"), "+ new"),
        ("Edit", edit("old", ""), "- old"),
        ("MultiEdit", {"file_path": "/a", "edits": [edit("a", "b"), 7, edit("c", "d")]}, "- a\n+ b\n- c\n+ d"),
        ("Grep", {"pattern": "é", "path": "/x"}, '{"pattern":"é","path":"/x"}'),
        ("Edit", edit(["a"], "b"), '{"file_path":"/a.py","old_string":["a"],"new_string":"b"}'),
        ("Bash", {"command": 7}, '{"command":7}'),
        ("Bash", [1], "[1]"),
        ("MultiEdit", {"edits": 5}, '{"edits":5}'),
        ("mcp__x__y", {}, ""),
        ("Bash", b"null", ""),
        ("Bash", b"{torn", ""),
        pytest.param("Odd", b"[" * 100_000 + b"]" * 100_000, "", id="nested too deeply"),
    ],
)
def test_each_tool_shows_what_matters(tool: str, found: Any, text: str) -> None:
    """A command, a content, the lines that an edit takes and brings; anything else as JSON."""
    assert given(tool, found) == text


@pytest.mark.parametrize(("tool", "field"), [("Bash", "command"), ("Grep", "pattern"), ("Read", "file_path")])
def test_what_the_label_says_is_not_said_again(tool: str, field: str) -> None:
    """Where it is all that there is."""
    assert given(tool, {field: "/x"}, "/x") == ""
    assert given(tool, {field: "/x\n/y"}, "/x…") != ""


def test_other_blocks_have_none() -> None:
    """Only a tool is called with something."""
    assert called_with(Block("b1", BlockType.USER, UserContent("x"), input=msgspec.Raw(b"[1]"))) == ""
