"""A line's envelope: what every reader asks first, decoded; the rest of the line stays as it came.

The fields and their types are read off real transcripts. A line whose fields have other types than they should is
taken as far as it goes: nothing that is an object is lost.
"""

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from claude_sessions.base.foreign import UNDECODABLE, why_undecodable

T = TypeVar("T", bound=msgspec.Struct)

Buffer = bytes | bytearray | memoryview | msgspec.Raw

_NONE = msgspec.Raw(b"null")


class Envelope(msgspec.Struct, rename="camel", gc=False):
    """What a line says of itself. Absent fields are None or empty; nested values are undecoded bytes (`msgspec.Raw`)."""

    type: str = ""
    """See `kinds`; a word that a later version brings is kept as it is."""
    uuid: str | None = None
    parent_uuid: str | None = None
    timestamp: str = ""
    """RFC 3339, UTC, milliseconds. Lines that only describe the session mostly have none."""
    session_id: str = ""
    is_sidechain: bool = False
    """Said by a subagent, or to it."""
    is_meta: bool = False
    """Put there by Claude Code, not typed by a person."""
    request_id: str | None = None
    subtype: str | None = None
    agent_id: str | None = None
    message: msgspec.Raw = _NONE


class Line(msgspec.Struct, gc=False):
    """One object of a transcript: where it stands, its bytes, and its envelope."""

    offset: int
    """Byte offset of its first byte in the file."""
    raw: bytes | bytearray
    entry: Envelope


class BadLineError(ValueError):
    """Why some bytes are no object. The message ends a sentence."""


decode_envelope = msgspec.json.Decoder(Envelope).decode
"""The fast way, for a line that is as it should be; UNDECODABLE for what `take_apart` and `lenient` are for."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[\0 \t\r]*")


def _finite(text: str) -> float:
    """Return a number that can be encoded again: where one is too large the largest there is."""
    return min(max(float(text), -sys.float_info.max), sys.float_info.max)


_parse = json.JSONDecoder(parse_constant=lambda _name: None, parse_float=_finite).raw_decode


def take_apart(line: bytes | bytearray) -> Iterator[tuple[int, bytes, Envelope]]:
    """Yield (offset in the line, its bytes, its envelope) for every object of a line that is not one clean object.

    Two objects on a line (a newline was lost) are told apart; a lone half of a surrogate pair, NaN, and a byte that
    is no UTF-8 are mended in the envelope. Raises BadLineError where no (further) object can be read.
    """
    text = bytes(line).decode(errors="surrogateescape")
    at = offset = 0
    while at < len(text):
        found, end = _parse_at(text, at)
        if not isinstance(found, dict):
            raise BadLineError(f"not an object but {_name(found)}")
        raw = text[at:end].encode(errors="surrogateescape")
        yield offset, raw, _envelope(raw, found)
        blanks = _BLANKS.match(text, end)
        at = blanks.end() if blanks else end
        offset += len(raw) + at - end


def _envelope(raw: bytes, found: dict[str, Any]) -> Envelope:
    try:
        return decode_envelope(raw)
    except UNDECODABLE:
        return _convert(found, Envelope)


def lenient(raw: Buffer, kind: type[T]) -> T:
    """Decode an object into `kind`, leaving fields at their default whose value has another type.

    Raises BadLineError where it is no object.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNDECODABLE:
        found = decode_any(raw)
    if not isinstance(found, dict):
        raise BadLineError(f"not an object but {_name(found)}")
    return _convert(found, kind)


def lenient_or_empty(raw: Buffer, kind: type[T]) -> T:
    """Return the same, with every field at its default where it is no object."""
    try:
        return lenient(raw, kind)
    except BadLineError:
        return kind()


def decode_any(raw: Buffer) -> Any:
    """Decode one JSON value of whatever kind, mending what `take_apart` mends. Raises BadLineError."""
    try:
        return msgspec.json.decode(raw)
    except UNDECODABLE:
        found, _ = _parse_at(bytes(raw).decode(errors="replace"), 0)
        return msgspec.json.decode(_clean(found))


def any_or_none(raw: Buffer) -> Any:
    """Return the same; None, as for null, where it is no value at all."""
    try:
        return decode_any(raw)
    except (BadLineError, *UNDECODABLE):
        return None


def _parse_at(text: str, at: int) -> tuple[Any, int]:
    try:
        return _parse(text, at)
    except json.JSONDecodeError as error:
        torn = error.pos >= len(text) or "Unterminated" in error.msg
        raise BadLineError("cut off in the middle" if torn else f"not JSON ({error.msg})") from None
    except UNDECODABLE as error:
        raise BadLineError(why_undecodable(error)) from None


def _clean(found: Any) -> bytes:
    """Encode a value anew so that every decoder takes it."""
    try:
        return _LONE_SURROGATE.sub("\ufffd", json.dumps(found, ensure_ascii=False)).encode()
    except UNDECODABLE as error:
        raise BadLineError(why_undecodable(error)) from None


def _convert(found: dict[str, Any], kind: type[T]) -> T:
    """Return the fields of a decoded object that fit `kind`; the others stay at their default."""
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    kept = {}
    for name in fields.keys() & found.keys():
        with contextlib.suppress(*UNDECODABLE):
            value = _clean(found[name])
            msgspec.json.decode(value, type=fields[name])
            kept[name] = msgspec.Raw(value)
    return msgspec.json.decode(msgspec.json.encode(kept), type=kind)


def _name(found: Any) -> str:
    return {list: "an array", str: "a text", type(None): "null", bool: "true or false"}.get(type(found), "a number")
