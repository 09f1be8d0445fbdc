"""Which tools touch files, and what a result says of the lines that a file gained and lost.

Only tools that name a file are looked at. What a shell command did to files is not guessed.
"""

from typing import NamedTuple

import msgspec

from claude_sessions.activity.digest import UNKNOWN, Touch
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.envelope import Buffer, lenient_or_empty

FILE_TOOLS = {
    "Read": ("file_path", Touch.READ),
    "NotebookRead": ("notebook_path", Touch.READ),
    "Edit": ("file_path", Touch.EDITED),
    "MultiEdit": ("file_path", Touch.EDITED),
    "Write": ("file_path", Touch.EDITED),
    "NotebookEdit": ("notebook_path", Touch.EDITED),
}
"""For each tool: which part of its input names the file, and what it does to it."""

LONGEST_PATH = 4096
"""No system opens a longer one."""


class Change(NamedTuple):
    """What became of a file."""

    created: bool
    added: int
    """Lines; UNKNOWN where the result does not tell."""
    removed: int


class _Input(msgspec.Struct):
    file_path: str = ""
    notebook_path: str = ""


class _Hunk(msgspec.Struct):
    lines: list[str] = []


class _Result(msgspec.Struct, rename="camel"):
    type: str = ""
    """`create` or `update`, of newer versions' Write."""
    content: msgspec.Raw = msgspec.Raw(b"null")
    original_file: msgspec.Raw = msgspec.Raw(b'""')
    structured_patch: list[_Hunk] | None = None


_decode_input = msgspec.json.Decoder(_Input).decode
_decode_text = msgspec.json.Decoder(str).decode


def path_of(tool: str, given: Buffer) -> str:
    """Return the file that a call names; empty where it names none. `given` is the call's input."""
    if tool not in FILE_TOOLS:
        return ""
    try:
        found = _decode_input(given)
    except UNDECODABLE:
        found = lenient_or_empty(given, _Input)
    path: str = getattr(found, FILE_TOOLS[tool][0])
    return path if len(path) <= LONGEST_PATH else ""


def change_of(result: Buffer) -> Change | None:
    """Return what a `toolUseResult` says of the lines of a file; None where it is of another kind."""
    found = lenient_or_empty(result, _Result)
    if found.structured_patch is None:
        return None
    created = found.type == "create" or (not found.type and bytes(found.original_file) == b"null")
    if created and not found.structured_patch:
        return Change(created, _lines(found.content), 0)
    lines = [line[:1] for hunk in found.structured_patch for line in hunk.lines]
    return Change(created, lines.count("+"), lines.count("-"))


def _lines(content: msgspec.Raw) -> int:
    """Return how many lines a text has, the last one also where it does not end; UNKNOWN where it is none."""
    try:
        text = _decode_text(content)
    except UNDECODABLE:
        return UNKNOWN
    return text.count("\n") + (not text.endswith("\n") and bool(text))
