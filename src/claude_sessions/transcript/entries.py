"""Entries as objects, for programs that look at a few of them: the log streaming seed's `ClaudeLogEntry`.

An entry can be made of any object that stands in a transcript, `ClaudeLogEntry(**data)`: a type that nobody knows
keeps its fields, a field of another type than it should have is taken for absent, and nothing raises. Readers of whole
transcripts use `envelope` and `content`, which decode no more than they need.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from claude_sessions.transcript.envelope import Line, any_or_none

_TOOL_USE = "tool_use"


class LogBlock:
    """A content block; its attributes are the fields that it has: `text`, or `id`, `name` and `input`, and so on.

    Only calls of tools have a `name`, which is always a text.
    """

    def __init__(self, /, **fields: Any) -> None:
        """Take the block's fields as they stand in the transcript."""
        self._fields = fields
        kind = fields.get("type")
        self.type = kind if isinstance(kind, str) else ""

    @property
    def fields(self) -> dict[str, Any]:
        """All that the transcript has of it."""
        return dict(self._fields)

    def __getattr__(self, name: str) -> Any:
        """Return a field of the block; AttributeError where it has none of that name."""
        fields = self.__dict__.get("_fields", {})
        if name == "name":
            if not self.type.endswith(_TOOL_USE):
                raise AttributeError(f"a block of type {self.type!r} has no name")
            found = fields.get(name)
            return found if isinstance(found, str) else ""
        if name not in fields or name.startswith("__"):
            raise AttributeError(f"this block of type {self.__dict__.get('type')!r} has no field {name!r}")
        return fields[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogBlock) and self._fields == other._fields

    __hash__ = None  # type: ignore[assignment]  # its fields are lists and dictionaries

    def __repr__(self) -> str:
        return f"LogBlock({', '.join(f'{name}={value!r}' for name, value in self._fields.items())})"


class LogMessage:
    """The message of an entry: who speaks, and what."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = dict(fields)
        """All that the transcript has of it."""
        self.role = _text(fields, "role") or ""
        self.content: str | list[LogBlock] = _content(fields.get("content"))
        """A text, or a list of blocks."""
        self.id = _text(fields, "id")
        """The API response's id: several entries may carry parts of one."""
        self.model = _text(fields, "model")
        self.stop_reason = _text(fields, "stop_reason")
        usage = fields.get("usage")
        self.usage: dict[str, Any] | None = usage if isinstance(usage, dict) else None

    @property
    def text(self) -> str:
        """What is said in it, without the calls of tools."""
        if isinstance(self.content, str):
            return self.content
        texts = [block.fields.get("text") for block in self.content if block.type == "text"]
        return "\n".join(text for text in texts if isinstance(text, str))

    def __repr__(self) -> str:
        return f"LogMessage(role={self.role!r}, content={self.content!r})"


class ClaudeLogEntry:
    """One entry of a transcript. Fields that have no attribute here are in `fields`, by their names in the transcript."""

    def __init__(self, /, **fields: Any) -> None:
        """Take the entry's fields as they stand in the transcript, in camelCase."""
        self.fields = fields
        """All that the transcript has of it."""
        self.type = _text(fields, "type") or ""
        self.uuid = _text(fields, "uuid")
        self.parent_uuid = _text(fields, "parentUuid")
        self.session_id = _text(fields, "sessionId") or ""
        self.timestamp = _text(fields, "timestamp") or ""
        """RFC 3339, UTC, as it stands there; see `time`."""
        self.cwd = _text(fields, "cwd")
        self.version = _text(fields, "version")
        self.git_branch = _text(fields, "gitBranch")
        self.request_id = _text(fields, "requestId")
        self.subtype = _text(fields, "subtype")
        self.agent_id = _text(fields, "agentId")
        self.summary = _text(fields, "summary")
        self.leaf_uuid = _text(fields, "leafUuid")
        self.is_sidechain = fields.get("isSidechain") is True
        """Said by a subagent, or to it."""
        self.is_meta = fields.get("isMeta") is True
        """Put there by Claude Code, not typed by a person."""
        self.tool_use_result = fields.get("toolUseResult")
        message = fields.get("message")
        self.message: LogMessage | None = LogMessage(message) if isinstance(message, dict) else None

    @classmethod
    def of(cls, line: Line) -> "ClaudeLogEntry":
        """Return a line of a transcript as an entry."""
        found = any_or_none(line.raw)
        return cls(**found) if isinstance(found, dict) else cls()

    @property
    def time(self) -> dt.datetime | None:
        """Its timestamp as a datetime in UTC; None where it has none."""
        try:
            found = dt.datetime.fromisoformat(self.timestamp)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=dt.UTC)

    def __repr__(self) -> str:
        return f"ClaudeLogEntry(type={self.type!r}, uuid={self.uuid!r}, timestamp={self.timestamp!r})"


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    found = fields.get(name)
    return found if isinstance(found, str) else None


def _content(found: Any) -> str | list[LogBlock]:
    if isinstance(found, str):
        return found
    if not isinstance(found, list):
        return ""
    return [
        LogBlock(**each) if isinstance(each, dict) else LogBlock(type="text", text=each)
        for each in found
        if isinstance(each, dict | str)
    ]
