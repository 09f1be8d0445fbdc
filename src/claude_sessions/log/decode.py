"""Lines to entries. A bad line is a value with its place, never the end of reading."""

from collections.abc import Callable, Iterator

import msgspec

from claude_sessions.base.errors import MalformedEntryError
from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.log.entry import Entry

MAX_LINE = 16 * 1024 * 1024
"""Longer lines are skipped and reported: ours are below 400 kB, and a hostile one must not fill the memory."""

READ_SIZE = 256 * 1024


class Place(msgspec.Struct, frozen=True):
    """Where in a recording a line stands."""

    file: str
    line: int
    """Counted from 1."""
    offset: int
    """Byte offset of the line's first byte in its file."""


class BadLine(msgspec.Struct, frozen=True):
    """A line that is no entry: where, and why."""

    place: Place
    reason: str

    def __str__(self) -> str:
        return f"{self.place.file}, line {self.place.line} (byte {self.place.offset}): {self.reason}, skipped"


_decode = msgspec.json.Decoder(Entry).decode


def decode_line(line: bytes) -> Entry:
    """Return the entry in `line` (with or without its newline); MalformedEntryError says why it is none."""
    try:
        entry = _decode(line)
    except UNDECODABLE as error:
        raise MalformedEntryError(_reason(line, error)) from None
    if entry.size != len(entry.data):
        raise MalformedEntryError(f"its size says {entry.size}, its data has {len(entry.data)} bytes")
    return entry


def _reason(line: bytes, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return why_undecodable(error)
    if not line.strip():
        return "an empty line"
    if line.count(b"\0") == len(line.rstrip(b"\n")):
        return "filled with zero bytes"
    if not line.rstrip().endswith(b"}"):
        return "cut off in the middle"
    return f"not an entry ({why_undecodable(error)})"


def split_lines(read: Callable[[int], bytes], offset: int = 0) -> Iterator[tuple[int, bytes | None]]:
    """Yield (byte offset, line without newline) of a stream; None stands for a line longer than MAX_LINE.

    The last line is yielded also where its newline is missing.
    """
    rest = b""
    start = offset
    skipped = 0
    while block := read(READ_SIZE):
        lines = (rest + block).split(b"\n") if rest else block.split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield start, None if skipped else line
            start += skipped + len(line) + 1
            skipped = 0
        if skipped or len(rest) > MAX_LINE:  # keep counting, keep nothing
            skipped += len(rest)
            rest = b""
    if skipped:
        yield start, None
    elif rest:
        yield start, rest


def read_entries(file: str, read: Callable[[int], bytes], line: int = 1, offset: int = 0) -> Iterator[Entry | BadLine]:
    """Yield what every line of a segment holds; `file` is the name to report.

    Where `read` begins in the middle, that is the line of number `line`, `offset` bytes from the segment's beginning.
    """
    for number, (start, text) in enumerate(split_lines(read, offset), line):
        if text is None:
            yield BadLine(Place(file, number, start), f"longer than {MAX_LINE} bytes")
            continue
        try:
            yield decode_line(text)
        except MalformedEntryError as error:
            yield BadLine(Place(file, number, start), str(error))
