"""The lines of a transcript that tell what a response used: found at the speed of the disk, only these are decoded.

Only about a fifth of the bytes stand in such lines. They are found by the key that they contain, in whole blocks and
without taking these apart; a text that speaks of it is escaped in JSON and does not match.
"""

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, get_args

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.envelope import BadLineError, decode_any, take_apart
from claude_sessions.transcript.lines import BLOCK, LONGEST, Source

T = TypeVar("T", bound=msgspec.Struct)

_MARK = b'"usage"'
_COST_MARK = b'"cost-state"'
_AROUND = b"\0 \t\r\xef\xbb\xbf"

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""Tokens. More than a decoder of JSON can tell apart is a lie."""


class CacheWrites(msgspec.Struct, gc=False):
    """What was written to the cache, by how long it is kept."""

    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class ServerTools(msgspec.Struct, gc=False):
    """What the API's own tools did."""

    web_search_requests: _Count = 0


class Usage(msgspec.Struct, gc=False):
    """A response's usage. `iterations`, which repeats it, is not read."""

    input_tokens: _Count = 0
    output_tokens: _Count = 0
    cache_creation_input_tokens: _Count = 0
    cache_read_input_tokens: _Count = 0
    cache_creation: CacheWrites | None = None
    server_tool_use: ServerTools | None = None
    speed: str | None = None


class UsageMessage(msgspec.Struct, gc=False):
    """The message of such a line."""

    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class InnerLine(msgspec.Struct, gc=False, rename="camel"):
    """The subagent's line within a progress line."""

    timestamp: str = ""
    request_id: str | None = None
    uuid: str | None = None
    message: UsageMessage | None = None
    cost: float | None = msgspec.field(default=None, name="costUSD")


class _Data(msgspec.Struct, gc=False):
    message: InnerLine | None = None


class UsageLine(msgspec.Struct, gc=False, rename="camel"):
    """A line with a usage, of a response or of a subagent's progress."""

    timestamp: str = ""
    session_id: str = ""
    request_id: str | None = None
    uuid: str | None = None
    is_sidechain: bool = False
    cwd: str = ""
    version: str = ""
    message: UsageMessage | None = None
    cost: float | None = msgspec.field(default=None, name="costUSD")
    data: _Data | None = None


class CostState(msgspec.Struct, gc=False, rename="camel"):
    """Claude Code's own account of a session (from August 2026 on)."""

    type: str = ""
    total_cost: float | None = msgspec.field(default=None, name="totalCostUSD")
    has_unknown_model_cost: bool = False


_decode = msgspec.json.Decoder(UsageLine).decode


def usage_lines(source: Source) -> Iterator[UsageLine | CostState]:
    """Yield every line of a transcript that has a usage, and last the session's own account, where its end has one.

    Only the last one or two blocks are searched for the account: it is written when a session ends, and one that much of
    a session has followed tells the cost of something else.
    """
    search = _Search(source)
    for line in search.marked():
        try:
            yield _decode(line)
        except UNDECODABLE:
            yield from _slowly(line, UsageLine)
    at = search.end.rfind(_COST_MARK)
    if at >= 0:
        yield from _account(search.end[search.end.rfind(b"\n", 0, at) + 1 :].partition(b"\n")[0])


class _Search:
    """Finds the lines that have the mark in them."""

    def __init__(self, source: Source) -> None:
        self.end = b""
        """What was read last: at least a block, where there was as much."""
        self._source = source

    def marked(self) -> Iterator[bytes | bytearray]:
        """Yield these lines, without taking apart the others."""
        begun = bytearray()
        """What the blocks before have of a line."""
        while block := self._source.read(BLOCK):
            self.end = block if len(block) == BLOCK else (self.end + block)[-2 * BLOCK :]
            start = block.find(b"\n") + 1
            if not start:
                begun += block if len(begun) <= LONGEST else b""
                continue
            begun += block[:start]
            if _MARK in begun and len(begun) <= LONGEST:
                yield begun
            end = block.rfind(b"\n")
            at = block.find(_MARK, start, end)
            while at >= 0:
                stop = block.find(b"\n", at)
                yield block[block.rfind(b"\n", 0, at) + 1 : stop]
                at = block.find(_MARK, stop, end)
            begun = bytearray(block[max(start, end + 1) :])
        if _MARK in begun and len(begun) <= LONGEST:
            yield begun


def _account(line: bytes) -> Iterator[CostState]:
    for found in _slowly(line, CostState):
        if found.type == "cost-state":
            yield found


def _slowly(line: bytes | bytearray, kind: type[T]) -> Iterator[T]:
    """Yield what can be read of a line that is not one clean object of this form."""
    with contextlib.suppress(BadLineError):
        for _, raw, _ in take_apart(line.lstrip(_AROUND).rstrip(_AROUND[:4])):
            yield _mended(decode_any(raw), kind)


def _mended(found: Any, kind: type[T]) -> T:
    """Return the fields of a decoded object that are as they should be; the others stay at their default."""
    kept = {}
    for field in msgspec.structs.fields(kind):
        value = found.get(field.encode_name) if isinstance(found, dict) else None
        inner = [each for each in get_args(field.type) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
        with contextlib.suppress(*UNDECODABLE):
            if inner and isinstance(value, dict):
                kept[field.name] = _mended(value, inner[0])
            elif value is not None:
                kept[field.name] = msgspec.convert(value, field.type)
    return kind(**kept)
