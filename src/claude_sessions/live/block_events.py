"""Events of a session's blocks as server-sent events, in the session player's format.

    id: evt_001
    event: add_block
    data: {"block_id":"b1","type":"assistant","content":{…},"request_id":"req_123","timestamp":"…"}

`timestamp` is ours: when the line was written that the block comes from, for whoever shows it beside a recording.
"""

import json
from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.transcript.blocks.events import (
    AssistantContent,
    Block,
    BlockContent,
    SystemContent,
    UpdateBlock,
    UserContent,
)

ADD = "add_block"
UPDATE = "update_block"
CLEAR = "clear_all"
ENDED = "session_ended"
"""Both the name of the last event and its id."""

FILE_DELETED = "file_deleted"
"""Why a stream ends: its file is gone."""

LONGEST_TEXT = 256 * 1024
"""Characters of what somebody said that are sent. A pasted file of megabytes is for the transcript itself."""

_encode = msgspec.json.Encoder().encode


class _Added(msgspec.Struct):
    block_id: str
    type: str
    content: BlockContent
    request_id: str | None
    timestamp: str | None


class _Updated(msgspec.Struct):
    block_id: str
    content: BlockContent


def sse(event_id: str, name: str, data: bytes) -> bytes:
    """Return one server-sent event. `data` is JSON, and so has no line break."""
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event_id.encode(), name.encode(), data)


def session_ended(reason: str) -> bytes:
    """Return the event that ends a stream."""
    return sse(ENDED, ENDED, encode({"reason": reason}))


def added(block: Block) -> bytes:
    """Return the data of `add_block`."""
    return encode(
        _Added(block.id, str(block.type), block.content, block.request_id, _moment(block.timestamp)),
    )


def updated(event: UpdateBlock) -> bytes:
    """Return the data of `update_block`."""
    return encode(_Updated(event.block_id, event.content))


def shortened(content: BlockContent) -> BlockContent:
    """Return what is sent of a block: all of it, but of a very long text the beginning."""
    if isinstance(content, UserContent | AssistantContent | SystemContent) and len(content.text) > LONGEST_TEXT:
        return msgspec.structs.replace(content, text=content.text[:LONGEST_TEXT] + "…")
    return content


def encode(value: Any) -> bytes:
    """Return JSON for everybody: where a text has half a surrogate pair, in ASCII."""
    try:
        return _encode(value)
    except UNDECODABLE:
        return json.dumps(msgspec.to_builtins(value)).encode()


def _moment(timestamp: str) -> str | None:
    try:
        return timestamp if timestamp and parse_timestamp(timestamp) else None
    except ValueError:
        return None
