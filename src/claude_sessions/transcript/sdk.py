"""A conversation in the form in which programs talk to the Messages API: one message for each response.

Claude Code writes a line for each content block of a response, each with a part of the usage as it was known then; results of
tools may stand between them. Here the blocks of a response are one message again, in its place, with the usage of
the line that counts most.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from claude_sessions.transcript.envelope import BadLineError, Line, decode_any

if TYPE_CHECKING:
    from claude_sessions.transcript.session import ClaudeSession

_SPEAKERS = frozenset({"user", "assistant"})

SdkMessage = dict[str, Any]
"""`type` and `role` (user or assistant), `content` (blocks as they stand in the transcript), `id`, `model`, `usage`
(None for a person's and a tool's)."""


def export_session_to_sdk_format(session: "ClaudeSession", branch: int | None = None) -> list[SdkMessage]:
    """Return the messages of a session's conversation (the log streaming seed's function).

    `branch` is a number of `session.branches`; None is the one that goes on to the end.
    """
    thread = session.get_conversation_thread(branch)
    return list(_merged((each.type, each.message.fields) for each in thread if each.message))


def sdk_messages(thread: Iterable[Line], *, sidechains: bool = False) -> Iterator[SdkMessage]:
    """Yield the messages of a conversation's lines, holding those of one response at a time.

    `thread` is in the order of the conversation. A subagent's lines are left out unless `sidechains` is true.
    """
    return _merged(_spoken(thread, sidechains=sidechains))


def _spoken(thread: Iterable[Line], *, sidechains: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (type, message) of the lines that carry one."""
    for line in thread:
        entry = line.entry
        if entry.type not in _SPEAKERS or entry.is_meta or (entry.is_sidechain and not sidechains):
            continue
        try:
            message = decode_any(entry.message)
        except BadLineError:
            continue
        if isinstance(message, dict):
            yield entry.type, message


def _merged(spoken: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[SdkMessage]:
    """Yield a message for each response and each line of a person or a tool.

    A response is held until the next one or a person's prompt begins: until then results stand between its lines.
    """
    held: list[SdkMessage] = []
    for kind, fields in spoken:
        message = _message(kind, fields)
        if held and kind == "assistant" and message["id"] is not None and message["id"] == held[0]["id"]:
            _add(held[0], message)
            continue
        if held and kind == "user" and _is_result(message):
            held.append(message)
            continue
        yield from held
        held = [message] if kind == "assistant" else []
        if kind != "assistant":
            yield message
    yield from held


def _message(kind: str, fields: dict[str, Any]) -> SdkMessage:
    content = fields.get("content")
    if isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    elif isinstance(content, list):
        content = [each if isinstance(each, dict) else {"type": "text", "text": str(each)} for each in content]
    else:
        content = []
    role, usage = fields.get("role"), fields.get("usage")
    return {
        "type": kind,
        "role": role if isinstance(role, str) else kind,
        "content": content,
        "id": _text(fields, "id"),
        "model": _text(fields, "model"),
        "usage": usage if isinstance(usage, dict) else None,
    }


def _add(response: SdkMessage, more: SdkMessage) -> None:
    """Add a further line of a response: its blocks, and its usage where that says more."""
    response["content"] = [*response["content"], *more["content"]]
    if _output(more) >= _output(response):
        response["usage"] = more["usage"] or response["usage"]


def _output(message: SdkMessage) -> float:
    found = (message["usage"] or {}).get("output_tokens")
    return found if isinstance(found, int | float) else 0


def _is_result(message: SdkMessage) -> bool:
    return any(block.get("type") == "tool_result" for block in message["content"])


def _text(fields: dict[str, Any], name: str) -> str | None:
    found = fields.get(name)
    return found if isinstance(found, str) else None
