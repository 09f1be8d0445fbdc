"""The lines of a transcript that tell what a response used: found at the speed of the disk, only these are decoded.

Only about a fifth of the bytes stand in such lines. They are found by the key that they contain, in whole blocks and
without taking these apart; a text that speaks of it is escaped in JSON and does not match.
"""

import contextlib
import re
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

_DIGITS = 400
_ENDLESS = re.compile(rb"[0-9]{%d,}" % _DIGITS)
"""More digits than a decoder takes. So many as are left make a number that is too large, too, or the same fraction."""

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

    @property
    def cache_writes(self) -> tuple[int, int]:
        """The tokens written to the cache for five minutes and for an hour.

        What the breakdown does not tell was written for five minutes: it is missing in old lines, and may be all zero.
        """
        total = self.cache_creation_input_tokens
        if self.cache_creation is None:
            return total, 0
        hour = self.cache_creation.ephemeral_1h_input_tokens
        return max(self.cache_creation.ephemeral_5m_input_tokens, total - hour), hour

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input_tokens + self.output_tokens + self.cache_read_input_tokens + sum(self.cache_writes)


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


class UsageLines:
    """Goes through a transcript once, yielding every line that has a usage; what else it met stands in its fields."""

    def __init__(self, source: Source) -> None:
        self.account: CostState | None = None
        """The session's own account, when all lines were yielded: None where the end has none, or one that is outdated.

        Only the last one or two blocks are searched for it: it is written when a session ends, and one that responses
        have followed (the session was resumed) tells the cost of something else.
        """
        self.bad_counts = 0
        """How many counts are no number of tokens: negative, a fraction, too large, or no number. They count as 0."""
        self._source = source

    def __iter__(self) -> Iterator[UsageLine]:
        search = _Search(self._source)
        for line in search.marked():
            try:
                yield _decode(line)
            except UNDECODABLE:
                yield from self._slowly(line)
        self.account = _last_account(search.end)

    def _slowly(self, line: bytes | bytearray) -> Iterator[UsageLine]:
        """Yield what can be read of a line that is not one clean object of this form."""
        for found in _objects(line):
            bad: list[str] = []
            yield _mended(found, UsageLine, bad)
            self.bad_counts += len(bad)


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


def _last_account(end: bytes) -> CostState | None:
    """Return the last account in the end of a transcript; None where there is none, or where responses follow it."""
    at = end.rfind(_COST_MARK)
    while at >= 0:
        start, stop = end.rfind(b"\n", 0, at) + 1, end.find(b"\n", at)
        for found in _objects(end[start : stop if stop >= 0 else None]):
            account = _mended(found, CostState)
            if account.type == "cost-state":
                return None if stop >= 0 and _has_response(end[stop:]) else account
        at = end.rfind(_COST_MARK, 0, start)
    return None


def _has_response(lines: bytes) -> bool:
    """Tell whether these lines have a response that used anything: what Claude Code made up itself has not."""
    marked = (line for line in lines.split(b"\n") if _MARK in line)
    messages = (_mended(found, UsageLine).message for line in marked for found in _objects(line))
    return any(message and message.usage and message.usage.total for message in messages)


def _objects(line: bytes | bytearray) -> Iterator[Any]:
    """Yield the decoded objects of a line that is not one clean object."""
    shortened = _ENDLESS.sub(lambda digits: digits[0][:_DIGITS], line.lstrip(_AROUND).rstrip(_AROUND[:4]))
    with contextlib.suppress(BadLineError):
        for _, raw, _ in take_apart(shortened):
            yield decode_any(raw)


def _mended(found: Any, kind: type[T], bad: list[str] | None = None) -> T:
    """Return the fields of a decoded object that are as they should be; the others stay at their default.

    The names of counts among the others are added to `bad`.
    """
    kept = {}
    for field in msgspec.structs.fields(kind):
        value = found.get(field.encode_name) if isinstance(found, dict) else None
        inner = [each for each in get_args(field.type) if isinstance(each, type) and issubclass(each, msgspec.Struct)]
        try:
            if inner and isinstance(value, dict):
                kept[field.name] = _mended(value, inner[0], bad)
            elif value is not None:
                kept[field.name] = msgspec.convert(value, field.type)
        except UNDECODABLE:
            if bad is not None and field.type == _Count:
                bad.append(field.name)
    return kind(**kept)
