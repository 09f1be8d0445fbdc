"""Reading ttyrec: frames of output, each behind its time and its length, all little-endian 32-bit numbers."""

import re
import struct
from collections.abc import Iterator
from decimal import Decimal

from claude_sessions.formats.foreign import Beginning, Event, Foreign, microseconds, refuse, started, window
from claude_sessions.log.entry import OUTPUT

HEADER = struct.Struct("<III")
"""Seconds since the epoch, microseconds, bytes that follow."""

_PIECE = 64 * 1024
_LONGEST_FRAME = 16 * 1024 * 1024
_SIZE = re.compile(rb"\x1b\[8;([0-9]{1,5});([0-9]{1,5})t")
"""Rows and columns: many recorders begin with that."""

_SIZE_WITHIN = 64


def looks_like_ttyrec(head: bytes) -> bool:
    """Tell whether a file that begins so may be a ttyrec: nothing in it says so."""
    if len(head) < HEADER.size:
        return False
    _, micros, size = HEADER.unpack_from(head)
    return bool(micros < 1_000_000 and size <= _LONGEST_FRAME)


def read_ttyrec(source: Foreign) -> tuple[Beginning, Iterator[Event]]:
    """Return what the file says, its events as they are asked for. Raises ForeignFileError."""
    head = source.file.read(HEADER.size + _SIZE_WITHIN)
    source.file.seek(0)
    if len(head) < HEADER.size:
        raise refuse(source.name, "it is shorter than a single frame of a ttyrec")
    seconds, micros, _ = HEADER.unpack_from(head)
    place = f"{source.name}, byte 0"
    size = _SIZE.search(head, HEADER.size)
    columns, rows = window(int(size[2]), int(size[1]), place) if size else (80, 24)
    start_ns = started(seconds, source, place) + micros * 1000
    return Beginning("ttyrec", columns, rows, start_ns), _frames(source, seconds * 1_000_000 + micros)


def _frames(source: Foreign, start_us: int) -> Iterator[Event]:
    offset = 0
    now_us = 0
    while header := source.file.read(HEADER.size):
        place = f"{source.name}, byte {offset}"
        if len(header) < HEADER.size:
            raise refuse(place, "the file ends within a frame")
        seconds, micros, size = HEADER.unpack(header)
        if micros >= 1_000_000 or size > _LONGEST_FRAME:
            raise refuse(place, "it is no frame of a ttyrec")
        since_us = max(0, seconds * 1_000_000 + micros - start_us)
        now_us = max(now_us, microseconds(Decimal(since_us) / 1_000_000, place))
        offset += HEADER.size + size
        while size:
            data = source.file.read(min(size, _PIECE))
            if not data:
                raise refuse(place, f"the file ends {size} bytes before its frame does")
            size -= len(data)
            yield Event(now_us, OUTPUT, data)
