"""What is inside of a line's `message`: who speaks, and the content blocks of the Messages API.

Only what readers need is decoded; inputs and results of tools stay undecoded until somebody asks. A message whose
parts have other types than they should is taken as far as it goes.
"""

from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.envelope import BadLineError, Buffer, any_or_none, lenient

_NULL = msgspec.Raw(b"null")

SYNTHETIC = "<synthetic>"
"""In place of a model: Claude Code itself answered."""


class ContentBlock(msgspec.Struct, gc=False):
    """One content block. Which fields mean something depends on `type`; a type nobody knows keeps only that."""

    type: str = ""
    """text, thinking, redacted_thinking, tool_use, tool_result, image, document, server_tool_use, …"""
    text: str = ""
    thinking: str = ""
    """Often empty: only the signature was kept."""
    id: str = ""
    """Of a tool_use: what its tool_result names as `tool_use_id`."""
    name: str = ""
    """Of a tool_use: the tool."""
    input: msgspec.Raw = _NULL
    tool_use_id: str = ""
    content: msgspec.Raw = _NULL
    """Of a tool_result: a text, a list of blocks, null, or absent. `text_of` flattens it."""
    is_error: bool | None = None


class Message(msgspec.Struct, gc=False):
    """A message: of a person, of a tool, or of the model."""

    role: str = ""
    id: str | None = None
    """The API response's id: several lines may carry parts of one."""
    model: str | None = None
    content: str | list[ContentBlock] = ""
    stop_reason: str | None = None
    usage: msgspec.Raw = _NULL

    @property
    def blocks(self) -> list[ContentBlock]:
        """The content as blocks; a plain text is one text block."""
        if isinstance(self.content, str):
            return [ContentBlock("text", self.content)] if self.content else []
        return self.content


class _Loose(msgspec.Struct):
    """A message of which only the outside is trusted."""

    role: str = ""
    id: str | None = None
    model: str | None = None
    content: msgspec.Raw = _NULL
    stop_reason: str | None = None
    usage: msgspec.Raw = _NULL


_decode = msgspec.json.Decoder(Message).decode
_decode_parts = msgspec.json.Decoder(list[msgspec.Raw]).decode


def decode_message(raw: Buffer) -> Message:
    """Return the message of an envelope; an empty one where there is none, a text where that is all there is."""
    try:
        return _decode(raw)
    except UNDECODABLE:
        pass
    try:
        loose = lenient(raw, _Loose)
    except BadLineError:
        return Message(content=_text(raw))
    return Message(loose.role, loose.id, loose.model, _content(loose.content), loose.stop_reason, loose.usage)


def _content(raw: msgspec.Raw) -> str | list[ContentBlock]:
    try:
        parts = _decode_parts(raw)
    except UNDECODABLE:
        return _text(raw)
    blocks = []
    for part in parts:
        try:
            blocks.append(lenient(part, ContentBlock))
        except BadLineError:
            if text := _text(part):
                blocks.append(ContentBlock("text", text))
    return blocks


def text_of(raw: Buffer) -> str:
    """Return the text of a tool's result: a text as it is, of a list of blocks their texts, a line each; else nothing."""
    return flatten(any_or_none(raw))


def flatten(content: Any) -> str:
    """Return the text of decoded content. See `text_of`."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = [each if isinstance(each, str) else each.get("text") for each in content if isinstance(each, str | dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


def _text(raw: Buffer) -> str:
    found = any_or_none(raw)
    return found if isinstance(found, str) else ""
