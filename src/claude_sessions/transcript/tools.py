"""What a tool was called with, in a few words: which field of its input is shown, and how much of it."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.envelope import BadLineError, Buffer, lenient

LONGEST_LABEL = 60
"""Characters, the ellipsis included."""

ELLIPSIS = "…"


class _Rule(NamedTuple):
    """Which fields of the input are shown: the first that has a text."""

    fields: tuple[str, ...]
    path: bool = False
    """Only the last part of it is shown, unless all is asked for."""


_RULES = {
    "Bash": _Rule(("description", "command")),
    "Read": _Rule(("file_path",), path=True),
    "Write": _Rule(("file_path",), path=True),
    "Edit": _Rule(("file_path",), path=True),
    "MultiEdit": _Rule(("file_path",), path=True),
    "NotebookEdit": _Rule(("notebook_path",), path=True),
    "Glob": _Rule(("pattern",)),
    "Grep": _Rule(("pattern",)),
    "Task": _Rule(("description",)),
    "Agent": _Rule(("description",)),
    "WebSearch": _Rule(("query",)),
    "WebFetch": _Rule(("url",)),
}
"""The session player's table; MultiEdit was left out of it, and Agent is what later versions call Task."""

_FIXED = {"TodoWrite": "todos"}
"""Tools whose label says nothing of their input."""

AGENT_TOOLS = frozenset({"Task", "Agent"})
"""The tools that start a subagent."""


class _Input(msgspec.Struct):
    """Every field that some rule shows."""

    description: str = ""
    command: str = ""
    file_path: str = ""
    notebook_path: str = ""
    pattern: str = ""
    query: str = ""
    url: str = ""


_decode = msgspec.json.Decoder(_Input).decode


def abbreviate_tool_input(tool_name: str, tool_input: Mapping[str, object], longest: int | None = LONGEST_LABEL) -> str:
    """Return what a tool was called with in at most `longest` characters; an ellipsis where no rule knows it.

    >>> abbreviate_tool_input("Read", {"file_path": "/path/to/config.py"})
    'config.py'
    """
    rule = _RULES.get(tool_name)
    if rule is None:
        return _FIXED.get(tool_name, ELLIPSIS)
    for field in rule.fields:
        text = tool_input.get(field)
        if text and isinstance(text, str):
            return _shown(text, rule, longest)
    return ELLIPSIS


def label_of(tool_name: str, tool_input: Buffer, longest: int | None = LONGEST_LABEL) -> str:
    """Return the same for an input that is not decoded yet: of a file that is written only the name is looked at."""
    rule = _RULES.get(tool_name)
    if rule is None:
        return _FIXED.get(tool_name, ELLIPSIS)
    try:
        found = _decode(tool_input)
    except UNDECODABLE:
        try:
            found = lenient(tool_input, _Input)
        except BadLineError:
            return ELLIPSIS
    for field in rule.fields:
        text: str = getattr(found, field)
        if text:
            return _shown(text, rule, longest)
    return ELLIPSIS


def _shown(text: str, rule: _Rule, longest: int | None) -> str:
    return shorten(text.rpartition("/")[2] if rule.path and longest is not None else text, longest)


def first_line(text: str) -> str:
    """Return the first line of a text, an ellipsis in place of the rest."""
    line, more, _ = text.partition("\n")
    return line + ELLIPSIS if more else line


def shorten(text: str, longest: int | None) -> str:
    """Return `text` in at most `longest` characters, an ellipsis in place of the rest; all of it where that is None."""
    return text if longest is None or len(text) <= longest else text[: longest - 1] + ELLIPSIS
