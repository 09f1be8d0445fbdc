"""What a line of a transcript means on the screen: the session player's fifteen kinds of line, and what each is read from.

A line is looked at once: `sort_out` returns its kind together with what had to be decoded to know it.
"""

from collections.abc import Mapping
from enum import StrEnum
from json import dumps
from typing import Any, NamedTuple

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.content import Message, decode_message
from claude_sessions.transcript.envelope import (
    BadLineError,
    Buffer,
    Envelope,
    Line,
    decode_envelope,
    lenient_or_empty,
    take_apart,
)
from claude_sessions.transcript.prompts import prompt_text

NOTHING = Message()


class LineType(StrEnum):
    """What a line does on the screen."""

    USER_INPUT = "user_input"
    TOOL_RESULT = "tool_result"
    LOCAL_COMMAND_OUTPUT = "local_command_output"
    ASSISTANT_TEXT = "assistant_text"
    TOOL_USE = "tool_use"
    THINKING = "thinking"
    TURN_DURATION = "turn_duration"
    COMPACT_BOUNDARY = "compact_boundary"
    BASH_PROGRESS = "bash_progress"
    HOOK_PROGRESS = "hook_progress"
    AGENT_PROGRESS = "agent_progress"
    QUERY_UPDATE = "query_update"
    SEARCH_RESULTS = "search_results"
    WAITING_FOR_TASK = "waiting_for_task"
    INVISIBLE = "invisible"


class ProgressData(msgspec.Struct, rename="camel", gc=False):
    """What a progress line says of what a tool is doing. Which fields mean something depends on `type`."""

    type: str = ""
    full_output: msgspec.Raw = msgspec.Raw(b'""')
    hook_name: str = ""
    query: str = ""
    result_count: int | float | str = 0
    task_description: str = ""


class Progress(msgspec.Struct, gc=False):
    """A progress line: the tool call it belongs to, and what that is doing."""

    parent: str | None = msgspec.field(default=None, name="parentToolUseID")
    data: ProgressData = msgspec.field(default_factory=ProgressData)


class Sorted(NamedTuple):
    """A line's kind, and its message or progress where it has one that matters."""

    kind: LineType
    message: Message = NOTHING
    progress: Progress | None = None


LOCAL_COMMAND = "<local-command-stdout>"
"""What begins the output of a slash command that ran in Claude Code itself."""

_INVISIBLE = Sorted(LineType.INVISIBLE)

_SYSTEM = {
    "turn_duration": Sorted(LineType.TURN_DURATION),
    "compact_boundary": Sorted(LineType.COMPACT_BOUNDARY),
}

_PROGRESS = {
    "bash_progress": LineType.BASH_PROGRESS,
    "hook_progress": LineType.HOOK_PROGRESS,
    "agent_progress": LineType.AGENT_PROGRESS,
    "query_update": LineType.QUERY_UPDATE,
    "search_results": LineType.SEARCH_RESULTS,
    "search_results_received": LineType.SEARCH_RESULTS,
    "waiting_for_task": LineType.WAITING_FOR_TASK,
}

_ANSWERS = {
    "text": LineType.ASSISTANT_TEXT,
    "tool_use": LineType.TOOL_USE,
    "thinking": LineType.THINKING,
}
"""The blocks of an answer that show something."""

_decode_progress = msgspec.json.Decoder(Progress).decode


def classify_line(line: Mapping[str, Any] | Line) -> LineType:
    """Return what a line does on the screen; INVISIBLE for every type that nobody knows yet."""
    return sort_out(line if isinstance(line, Line) else line_of(line)).kind


def sort_out(line: Line, *, sidechain: bool = False) -> Sorted:
    """Return a line's kind and what it was read from. `sidechain`: what subagents say and are told is visible too."""
    entry = line.entry
    if entry.is_sidechain and not sidechain:
        return _INVISIBLE
    match entry.type:
        case "user":
            return _INVISIBLE if entry.is_meta else _sort_user(decode_message(entry.message))
        case "assistant":
            return _sort_assistant(decode_message(entry.message))
        case "system":
            return _SYSTEM.get(entry.subtype or "", _INVISIBLE)
        case "progress":
            return _sort_progress(line.raw)
        case "attachment":
            return _sort_attachment(line)
    return _INVISIBLE


def _sort_user(message: Message) -> Sorted:
    content = message.content
    if isinstance(content, str):
        local = LOCAL_COMMAND in content
        return Sorted(LineType.LOCAL_COMMAND_OUTPUT if local else LineType.USER_INPUT, message)
    for block in content:
        if block.type == "tool_result":
            return Sorted(LineType.TOOL_RESULT, message)
    return Sorted(LineType.USER_INPUT, message)


def _sort_assistant(message: Message) -> Sorted:
    """Tell an answer by the first of its blocks that shows anything: Claude Code writes one a line, others several."""
    for block in message.blocks:
        kind = _ANSWERS.get(block.type)
        if kind:
            return Sorted(kind, message)
    return _INVISIBLE


def _sort_attachment(line: Line) -> Sorted:
    """A prompt that was typed while Claude was busy is a prompt; what else is attached is for the model to read."""
    text = prompt_text(line)
    return _INVISIBLE if text is None else Sorted(LineType.USER_INPUT, Message("user", content=text))


def _sort_progress(raw: Buffer) -> Sorted:
    try:
        progress = _decode_progress(raw)
    except UNDECODABLE:
        progress = _progress_of_odd(raw)
    kind = _PROGRESS.get(progress.data.type)
    return Sorted(kind, NOTHING, progress) if kind else _INVISIBLE


class _Odd(msgspec.Struct):
    """A progress line of which only the outside is trusted."""

    parent: str | None = msgspec.field(default=None, name="parentToolUseID")
    data: msgspec.Raw = msgspec.Raw(b"{}")


def _progress_of_odd(raw: Buffer) -> Progress:
    odd = lenient_or_empty(raw, _Odd)
    return Progress(odd.parent, lenient_or_empty(odd.data, ProgressData))


def line_of(entry: Mapping[str, Any]) -> Line:
    """Return a decoded line as if it had been read from a file: what JSON cannot say is left out or mended."""
    try:
        raw = msgspec.json.encode(entry)
        return Line(0, raw, decode_envelope(raw))
    except (TypeError, *UNDECODABLE):
        pass
    try:
        raw = dumps(dict(entry), default=str, skipkeys=True).encode()
        _, raw, envelope = next(take_apart(raw))
    except (TypeError, StopIteration, BadLineError, *UNDECODABLE):
        return Line(0, b"{}", Envelope())
    return Line(0, raw, envelope)
