"""Reading asciicast, versions 1 to 3, as asciinema and others write it (docs.asciinema.org/manual/asciicast)."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.formats.foreign import (
    LONGEST_TEXT,
    REDACTED,
    Beginning,
    Elapsed,
    Event,
    Foreign,
    microseconds,
    refuse,
    started,
    text,
    window,
)
from claude_sessions.log.decode import MAX_LINE, split_lines
from claude_sessions.log.entry import EXIT, INPUT, MARKER, OUTPUT, RESIZE
from claude_sessions.log.events import ExitInfo, encode_info

LARGEST_V1 = 64 * 1024 * 1024
"""Bytes of a file of version 1, which is one JSON value and has to be read as a whole."""


class _Version(msgspec.Struct):
    version: int


class _V1(msgspec.Struct):
    width: int
    height: int
    stdout: msgspec.Raw
    command: str | None = None
    title: str | None = None
    env: dict[str, Any] | None = None


class _V2(msgspec.Struct):
    width: int
    height: int
    timestamp: float | None = None
    command: str | None = None
    title: str | None = None
    env: dict[str, Any] | None = None
    comment: Any = None


class _Term(msgspec.Struct):
    cols: int
    rows: int
    type: str | None = None


class _V3(msgspec.Struct):
    term: _Term
    timestamp: float | None = None
    command: str | None = None
    title: str | None = None
    comment: Any = None


_decode_version = msgspec.json.Decoder(_Version).decode
_decode_frame = msgspec.json.Decoder(tuple[Decimal, str]).decode
_FIRST = re.compile(rb"\s*\[\s*(?P<end>\]?)")
_FRAME = re.compile(rb'\s*(?P<frame>\[[^"\[\]{}]*+"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*\])\s*(?P<end>[,\]])', re.DOTALL)
"""One of the JSON array in version 1, which has been checked to be JSON."""

_decode_event = msgspec.json.Decoder(tuple[Decimal, str, Any]).decode
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})", re.ASCII)
_STATUS = re.compile(r"-?[0-9]{1,9}", re.ASCII)


def read_asciicast(source: Foreign) -> tuple[Beginning, Iterator[Event]]:
    """Return what the file says of itself and its events, read as they are asked for. Raises ForeignFileError."""
    lines = split_lines(source.file.read)
    _, first = next(lines, (0, b""))
    place = f"{source.name}, line 1"
    if first is None:
        raise refuse(place, f"it is longer than {MAX_LINE} bytes")
    try:
        version = _decode_version(first).version
    except UNDECODABLE:
        version = 1  # the one that may stand on many lines
    if version == 1:
        return _read_v1(source)
    if version == 2:
        two = _header(first, _V2, place)
        columns, rows = window(two.width, two.height, place)
        term = _term((two.env or {}).get("TERM"))
        head = (started(two.timestamp, source, place), text(two.command), text(two.title), term)
        return Beginning("asciicast v2", columns, rows, *head, _is_redacted(two.comment)), _events(
            lines, source.name, relative=False
        )
    if version == 3:
        three = _header(first, _V3, place)
        columns, rows = window(three.term.cols, three.term.rows, place)
        head = (started(three.timestamp, source, place), text(three.command), text(three.title), _term(three.term.type))
        return Beginning("asciicast v3", columns, rows, *head, _is_redacted(three.comment)), _events(
            lines, source.name, relative=True
        )
    raise refuse(place, f"asciicast version {str(version)[:20]} is not known; 1, 2 and 3 are")


def _header(line: bytes, kind: Callable[..., Any], place: str) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except UNDECODABLE as error:
        raise refuse(place, f"it is no header of an asciicast ({why_undecodable(error)})") from None


def _is_redacted(comment: object) -> bool:
    return isinstance(comment, str) and comment.startswith(REDACTED)


def _term(value: object) -> str:
    return value[:100] if isinstance(value, str) else ""


def _read_v1(source: Foreign) -> tuple[Beginning, Iterator[Event]]:
    source.file.seek(0)
    data = source.file.read(LARGEST_V1 + 1)
    if len(data) > LARGEST_V1:
        raise refuse(
            source.name, f"it is no asciicast of version 2 or 3, and too long ({LARGEST_V1} bytes) for version 1"
        )
    try:
        if _decode_version(data).version != 1:
            raise refuse(source.name, "it is one JSON value as in version 1 of asciicast, but says another version")
    except UNDECODABLE as error:
        raise refuse(source.name, f"it is no asciicast ({why_undecodable(error)})") from None
    one = _header(data, _V1, source.name)
    columns, rows = window(one.width, one.height, source.name)
    head = (started(None, source, source.name), text(one.command), text(one.title), _term((one.env or {}).get("TERM")))
    return Beginning("asciicast v1", columns, rows, *head), _events_v1(bytes(one.stdout), source.name)


def _events_v1(frames: bytes, name: str) -> Iterator[Event]:
    """Yield the events of a JSON array of frames, which is never a list: that would take thirty times as much memory."""
    elapsed = Elapsed()
    at = _FIRST.match(frames)
    number = 0
    while at is not None and at["end"] != b"]":
        number += 1
        place = f"{name}, frame {number}"
        at = _FRAME.match(frames, at.end())
        try:
            delay, shown = _decode_frame(at["frame"] if at else frames[:0])
        except UNDECODABLE:
            break
        yield Event(elapsed.after(delay, place), OUTPUT, shown.encode())
    else:
        if at is not None:
            return
    raise refuse(f"{name}, frame {max(1, number)}", "it is no frame of an asciicast, which is a time and a text")


def _events(lines: Iterator[tuple[int, bytes | None]], name: str, *, relative: bool) -> Iterator[Event]:
    """Yield the events of versions 2 and 3; of codes that nobody knows only the time counts."""
    now_us = 0
    elapsed = Elapsed()
    for number, (_, line) in enumerate(lines, start=2):
        place = f"{name}, line {number}"
        if line is None:
            raise refuse(place, f"it is longer than {MAX_LINE} bytes")
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            seconds, code, value = _decode_event(line)
        except UNDECODABLE as error:
            raise refuse(place, f"it is no event of an asciicast ({why_undecodable(error)})") from None
        now_us = elapsed.after(seconds, place) if relative else max(now_us, microseconds(seconds, place))
        read = _EVENTS.get(code)
        if read is not None:
            if not isinstance(value, str):
                raise refuse(place, f"the data of its event {code!r} is no text")
            yield Event(now_us, *read(value, place))


def _resize(value: str, place: str) -> tuple[str, bytes]:
    size = _SIZE.fullmatch(value)
    if size is None:
        raise refuse(place, f"{value[:20]!r} is no size of a window")
    return RESIZE, b"%dx%d" % window(int(size[1]), int(size[2]), place)


def _exit(value: str, place: str) -> tuple[str, bytes]:
    if not _STATUS.fullmatch(value):
        raise refuse(place, f"{value[:20]!r} is no exit status")
    return EXIT, encode_info(ExitInfo(int(value) % 256))


_EVENTS: dict[str, Callable[[str, str], tuple[str, bytes]]] = {
    "o": lambda value, _: (OUTPUT, value.encode()),
    "i": lambda value, _: (INPUT, value.encode()),
    "m": lambda value, _: (MARKER, value[:LONGEST_TEXT].encode()),
    "r": _resize,
    "x": _exit,
}
