"""The texts of one line of a transcript that a person could look for: typed, said, asked of a tool, or got back.

Left out is what repeats other lines (progress, the last prompt, structured copies of results) and what only the program
talks to itself about (snapshots, listings, reminders).
"""

import re
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.content import ContentBlock, decode_message, flatten
from claude_sessions.transcript.envelope import Buffer, any_or_none, lenient_or_empty

_NULL = msgspec.Raw(b"null")


class Kind(IntEnum):
    """Who speaks in a passage. The numbers stand in the index."""

    PROMPT = 1
    """A person typed it."""
    ANSWER = 2
    TOOL = 3
    """What a tool was asked to do: command, path, pattern, new text."""
    RESULT = 4
    """What a tool, or a command of the person's, gave back."""
    TITLE = 5
    SUMMARY = 6
    NOTE = 7
    """Put there by Claude Code."""
    SCREEN = 8
    """A recording's lines."""
    TYPED = 9
    """What was typed in a recording."""
    THINKING = 10


class _Part(msgspec.Struct, gc=False):
    text: str = ""


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    text: str = ""
    thinking: str = ""
    input: dict[str, Any] = {}
    content: str | list[_Part] | None = None


class _Message(msgspec.Struct, gc=False):
    content: str | list[_Block] = ""


class _Attachment(msgspec.Struct, gc=False):
    type: str = ""
    prompt: msgspec.Raw = _NULL
    content: msgspec.Raw = _NULL
    """The prompt as some versions call it."""


class TextLine(msgspec.Struct, rename="camel", gc=False):
    """A line with all that may hold text, decoded at once: twice as fast as envelope and message one after the other."""

    type: str = ""
    uuid: str | None = None
    timestamp: str = ""
    session_id: str = ""
    is_sidechain: bool = False
    is_meta: bool = False
    is_compact_summary: bool = False
    cwd: str = ""
    subtype: str | None = None
    operation: str = ""
    message: _Message | None = None
    attachment: _Attachment | None = None
    content: msgspec.Raw = _NULL
    summary: str = ""
    ai_title: str = ""
    custom_title: str = ""
    agent_name: str = ""


class _Undecoded(msgspec.Struct):
    """The message of a line, where it has other types in it than it should."""

    message: msgspec.Raw = _NULL


_MARKUP = re.compile(
    "</?(?:command-(?:name|message|args|contents)|local-command-(?:stdout|stderr|caveat)|bash-(?:input|stdout|stderr)"
    "|system-reminder|task-notification|user-memory-input)>"
)
_ECHO = "<command-message>", "</command-message>"
"""Between these the command's name stands once more."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


decode_text_line = msgspec.json.Decoder(TextLine).decode
"""The fast way, for a line that is as it should be; UNDECODABLE for what `decode_leniently` is for."""


def decode_leniently(raw: bytes) -> TextLine:
    """Return an object as far as its parts have the types that they should; an empty one where it is no object."""
    try:
        return decode_text_line(raw)
    except UNDECODABLE:
        pass
    line = lenient_or_empty(raw, TextLine)
    message = lenient_or_empty(raw, _Undecoded).message
    if line.message is None and message != _NULL:
        line.message = _Message([_block_of(block) for block in decode_message(message).blocks])
    return line


def _block_of(block: ContentBlock) -> _Block:
    given = _any(block.input)
    content = flatten(_any(block.content))
    return _Block(block.type, block.text, block.thinking, given if isinstance(given, dict) else {"": given}, content)


def text_in(line: TextLine) -> tuple[Kind, str]:
    """Return who speaks in a line, and what is said; an empty text where there is nothing to be found."""
    find = _FINDERS.get(line.type)
    return find(line) if find is not None else (Kind.NOTE, "")


def _in_message(line: TextLine) -> tuple[Kind, str]:
    kind = Kind.PROMPT if line.type == "user" else Kind.ANSWER
    content = line.message.content if line.message is not None else ""
    if isinstance(content, str):
        text = content
    else:
        texts: list[str] = []
        for block in content:
            if block.type == "text":
                texts.append(block.text)
            elif block.type == "tool_result":
                kind = Kind.RESULT
                result = block.content
                texts += [result] if isinstance(result, str) else [part.text for part in result or ()]
            elif block.thinking:
                kind = Kind.THINKING
                texts.append(block.thinking)
            elif block.input:
                kind = Kind.TOOL
                _gather(block.input, texts)
        text = "\n".join(texts) if len(texts) != 1 else texts[0]
    return _of_person(line, text) if kind is Kind.PROMPT else (kind, text)


def _of_person(line: TextLine, text: str) -> tuple[Kind, str]:
    """Tell what a person typed from what only stands in his place."""
    kind = Kind.PROMPT
    if line.is_compact_summary:
        kind = Kind.SUMMARY
    elif line.is_meta or line.is_sidechain:
        kind = Kind.NOTE
    return _without_markup(kind, text)


def _without_markup(kind: Kind, text: str) -> tuple[Kind, str]:
    if "<" not in text or not _MARKUP.search(text):
        return kind, text
    if "<local-command-" in text or "<bash-std" in text:
        kind = Kind.RESULT
    return kind, _MARKUP.sub(" ", _COLOUR.sub("", _without_echo(text))).strip()


def _without_echo(text: str) -> str:
    begin, end = _ECHO
    kept = []
    at = 0
    while (start := text.find(begin, at)) >= 0 and (stop := text.find(end, start)) >= 0:
        kept.append(text[at:start])
        at = stop + len(end)
    return "".join(kept) + text[at:]


def _in_system(line: TextLine) -> tuple[Kind, str]:
    return _without_markup(Kind.NOTE, flatten(_any(line.content)))


def _in_attachment(line: TextLine) -> tuple[Kind, str]:
    attachment = line.attachment
    if attachment is None or attachment.type != "queued_command":
        return Kind.NOTE, ""
    return _of_person(line, flatten(_any(attachment.prompt)) or flatten(_any(attachment.content)))


def _in_queue(line: TextLine) -> tuple[Kind, str]:
    text = flatten(_any(line.content)) if line.operation == "enqueue" else ""
    return Kind.PROMPT, "" if text.startswith("<task-notification>") else text


def _in_title(line: TextLine) -> tuple[Kind, str]:
    return Kind.TITLE, line.custom_title or line.ai_title or line.agent_name


def _in_summary(line: TextLine) -> tuple[Kind, str]:
    return Kind.SUMMARY, line.summary


_FINDERS: dict[str, Callable[[TextLine], tuple[Kind, str]]] = {
    "user": _in_message,
    "assistant": _in_message,
    "system": _in_system,
    "attachment": _in_attachment,
    "queue-operation": _in_queue,
    "summary": _in_summary,
    "ai-title": _in_title,
    "custom-title": _in_title,
    "agent-name": _in_title,
}
"""By the line's type. A type that is not here has nothing to be found."""


def _gather(value: dict[str, Any], texts: list[str]) -> None:
    """Append every text of a tool's input, however deep, in its order."""
    pending: list[Any] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            texts.append(one)
        elif isinstance(one, dict):
            pending += reversed(one.values())
        elif isinstance(one, list):
            pending += reversed(one)


def _any(raw: Buffer) -> Any:
    return None if raw == _NULL else any_or_none(raw)
