"""What a tool was called with, in a few words."""

import json
from typing import Any

import pytest

from claude_sessions.transcript.tools import LONGEST_LABEL, abbreviate_tool_input, label_of


@pytest.mark.parametrize(
    ("tool", "given", "label"),
    [
        ("Bash", {"description": "Install deps", "command": "npm i"}, "Install deps"),
        ("Bash", {"command": "npm i"}, "npm i"),
        ("Bash", {"description": "", "command": "npm i"}, "npm i"),
        ("Read", {"file_path": "/path/to/config.py"}, "config.py"),
        ("Write", {"file_path": "notes.md", "content": "x" * 10_000}, "notes.md"),
        ("Edit", {"file_path": "/a/b.py"}, "b.py"),
        ("NotebookEdit", {"notebook_path": "/a/b.ipynb"}, "b.ipynb"),
        ("Glob", {"pattern": "**/*.ts"}, "**/*.ts"),
        ("Grep", {"pattern": "TODO"}, "TODO"),
        ("Task", {"description": "Explore", "prompt": "…"}, "Explore"),
        ("Agent", {"description": "Explore", "prompt": "…"}, "Explore"),
        ("WebSearch", {"query": "asyncio"}, "asyncio"),
        ("WebFetch", {"url": "https://example.org"}, "https://example.org"),
        ("TodoWrite", {"todos": []}, "todos"),
        ("CustomTool", {}, "…"),
        ("mcp__x__y", {"query": "z"}, "…"),
        ("Bash", {}, "…"),
        ("Bash", {"description": 5, "command": ["x"]}, "…"),
        ("Read", {"file_path": None}, "…"),
        ("Grep", {"pattern": "a\ud83d"}, None),
    ],
)
def test_each_tool_shows_its_field(tool: str, given: dict[str, Any], label: str | None) -> None:
    """The field that says most is shown, of paths the last part; what no rule knows is an ellipsis."""
    assert abbreviate_tool_input(tool, given) == (label or "a\ud83d")
    assert label_of(tool, json.dumps(given).encode()) == (label or "a\ufffd")


def test_a_label_has_sixty_characters_at_most() -> None:
    """Of a longer one 59 are left, and an ellipsis; sixty are not cut."""
    assert abbreviate_tool_input("Grep", {"pattern": "x" * 60}) == "x" * 60
    assert abbreviate_tool_input("Grep", {"pattern": "x" * 61}) == "x" * 59 + "…"
    assert len(abbreviate_tool_input("Read", {"file_path": "/" + "y" * 90})) == LONGEST_LABEL
    assert label_of("Grep", b'{"pattern": "%s"}' % (b"x" * 99), None) == "x" * 99


@pytest.mark.parametrize("given", [b"null", b'"text"', b"[1]", b"{", b""])
def test_an_input_that_is_no_object_is_an_ellipsis(given: bytes) -> None:
    """Whatever stands in an input's place."""
    assert label_of("Bash", given) == "…"
