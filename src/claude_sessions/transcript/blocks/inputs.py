"""All that a tool was called with, as text to read: a command, what an edit changes, what a file gets; of others the JSON."""

import json
from collections.abc import Callable
from typing import Any

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.blocks.events import Block, ToolCallContent
from claude_sessions.transcript.envelope import BadLineError, decode_any


def called_with(block: Block) -> str:
    """Return what the tool of a call was given; empty where that is not kept, or where the call's label says it all."""
    call = block.content
    given = input_of(block)
    if not isinstance(call, ToolCallContent) or not given:
        return ""
    shown = _TEXTS[call.tool_name](given) if call.tool_name in _TEXTS and isinstance(given, dict) else None
    if shown is None:
        alone = next(iter(given.values())) if isinstance(given, dict) and len(given) == 1 else None
        shown = alone if alone == call.label else _compact(given)
    return "" if shown == call.label else shown


def input_of(block: Block) -> Any:
    """Return the decoded input of a tool call; None where there is none, or nobody can decode it."""
    try:
        return decode_any(block.input)
    except (BadLineError, *UNDECODABLE):
        return None


def _compact(given: Any) -> str:
    try:
        return json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    except UNDECODABLE:  # nested too deeply
        return ""


def _changes(given: dict[str, Any]) -> str | None:
    """Return the changes of MultiEdit."""
    edits = given.get("edits")
    found = [_change(edit) for edit in edits if isinstance(edit, dict)] if isinstance(edits, list) else []
    return "\n".join(filter(None, found)) or None


def _change(given: dict[str, Any]) -> str | None:
    """Return an edit as lines that go and come; what is the same at its beginning and its end stands around them."""
    old, new = given.get("old_string"), given.get("new_string")
    if not isinstance(old, str) or not isinstance(new, str):
        return None
    gone, come = _lines(old), _lines(new)
    same = min(len(gone), len(come))
    head = next((at for at in range(same) if gone[at] != come[at]), same)
    same -= head
    tail = next((at for at in range(same) if gone[-1 - at] != come[-1 - at]), same)
    return "\n".join(
        [
            *("  " + line for line in gone[:head]),
            *("- " + line for line in gone[head : len(gone) - tail]),
            *("+ " + line for line in come[head : len(come) - tail]),
            *("  " + line for line in gone[len(gone) - tail :]),
        ]
    )


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _text(field: str) -> Callable[[dict[str, Any]], str | None]:
    def text(given: dict[str, Any]) -> str | None:
        found = given.get(field)
        return found if isinstance(found, str) else None

    return text


_TEXTS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "Bash": _text("command"),
    "Write": _text("content"),
    "Edit": _change,
    "MultiEdit": _changes,
}
"""What is shown of an input; None: it is not as it should be, and shown like that of a tool that nobody knows."""
