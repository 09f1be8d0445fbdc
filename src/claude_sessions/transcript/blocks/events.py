"""What a conversation looks like on the screen: blocks, and the events that add, change and clear them.

Names, fields and values are the session player's format. Every content type has a `type` in its JSON form, so that it
can be told apart; a block's `request_id` is that of its content: blocks of one API response stand together.
"""

from enum import StrEnum
from typing import Any

import msgspec

_NULL = msgspec.Raw(b"null")


class BlockType(StrEnum):
    """What a block shows."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL_CALL = "tool_call"
    QUESTION = "question"
    THINKING = "thinking"
    DURATION = "duration"
    SYSTEM = "system"


class UserContent(msgspec.Struct, tag="user", tag_field="type"):
    """What a person said."""

    text: str


class AssistantContent(msgspec.Struct, tag="assistant", tag_field="type"):
    """What Claude said, in Markdown."""

    text: str
    request_id: str | None = None


class ToolCallContent(msgspec.Struct, tag="tool_call", tag_field="type"):
    """A tool that was called, with what it is doing or what came of it."""

    tool_name: str
    tool_use_id: str
    label: str
    """Its input in a few words, see `tools`."""
    result: str | None = None
    """None until it has ended. It goes before the progress."""
    is_error: bool = False
    progress_text: str | None = None
    request_id: str | None = None


class QuestionOption(msgspec.Struct):
    """One of the answers that Claude offers."""

    label: str = ""
    description: str = ""


class Question(msgspec.Struct):
    """One question of Claude's to the person."""

    question: str = ""
    header: str = ""
    options: list[QuestionOption] = []
    multi_select: bool = False


class QuestionContent(msgspec.Struct, tag="question", tag_field="type"):
    """Questions that Claude asked through its AskUserQuestion tool, and the answers by question; None before."""

    tool_use_id: str
    questions: list[Question]
    answers: dict[str, str] | None = None
    request_id: str | None = None


class ThinkingContent(msgspec.Struct, tag="thinking", tag_field="type"):
    """That Claude was thinking; what it thought only where the context asks for it, else empty."""

    request_id: str | None = None
    text: str = ""


class DurationContent(msgspec.Struct, tag="duration", tag_field="type"):
    """How long a turn took."""

    duration_ms: int


class SystemContent(msgspec.Struct, tag="system", tag_field="type"):
    """Plain text of Claude Code's own: a local command's output, a result whose call is gone."""

    text: str


BlockContent = (
    UserContent
    | AssistantContent
    | ToolCallContent
    | QuestionContent
    | ThinkingContent
    | DurationContent
    | SystemContent
)


class Block(msgspec.Struct):
    """One thing on the screen. `id` is unique in its context."""

    id: str
    type: BlockType
    content: BlockContent
    uuid: str | None = None
    """Of the line that it came from, as is what follows."""
    timestamp: str = ""
    model: str | None = None
    """What answered."""
    input: msgspec.Raw = _NULL
    """What a tool was called with, undecoded, where the context keeps it (`ProcessingContext.inputs`)."""

    @property
    def request_id(self) -> str | None:
        """The API request that the block is part of the answer to; None for what is not Claude's."""
        return getattr(self.content, "request_id", None)

    def to_dict(self) -> dict[str, Any]:
        """Return the session player's JSON form: id, type, content, request_id."""
        return {"id": self.id, "type": str(self.type), "content": _plain(self.content), "request_id": self.request_id}


class AddBlock(msgspec.Struct):
    """A block comes after those that are there."""

    block: Block


class UpdateBlock(msgspec.Struct):
    """A block gets another content, all of it."""

    block_id: str
    content: BlockContent


class ClearAll(msgspec.Struct):
    """The conversation was compacted: everything so far goes."""


Event = AddBlock | UpdateBlock | ClearAll


class ProcessingContext(msgspec.Struct):
    """All that `process_line` remembers from line to line; one for each conversation."""

    full: bool = False
    """Cut neither results nor labels, and clear nothing at a compaction."""
    inputs: bool = False
    """Keep what tools were called with (`Block.input`)."""
    thinking: bool = False
    """Keep what Claude thought, where the transcript has it."""
    sidechain: bool = False
    """Show what subagents say and are told."""
    block_count: int = 0
    """How many blocks have got an id."""
    calls: dict[str, str] = {}
    """The block of each tool call, by tool_use_id."""
    contents: dict[str, ToolCallContent | QuestionContent] = {}
    """What these blocks show at present, by tool_use_id."""

    def next_id(self) -> str:
        """Return an id that no other block of this context has."""
        self.block_count += 1
        return f"b{self.block_count}"

    def clear(self) -> None:
        """Forget all tool calls."""
        self.calls.clear()
        self.contents.clear()

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain JSON values."""
        return _plain(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ProcessingContext":
        """Return the context that `to_dict` described. Raises msgspec.ValidationError (a ValueError) for another."""
        return msgspec.convert(data, cls)


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(value)
    return found
