"""Writing asciicast, the format of asciinema, versions 2 and 3 (docs.asciinema.org/manual/asciicast).

A header, then one event a line: `[time, code, text]`. In version 2 the time counts from the start of the recording, in
version 3 from the event before. Ours have six decimals: exactly the microseconds of the log.
"""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import msgspec

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.utf8 import TextJoiner
from claude_sessions.log.entry import ERROR, EXIT, INPUT, MARKER, OUTPUT, RESIZE, START, Entry
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info, decode_resize

_TEXT_CODES = {OUTPUT: "o", ERROR: "o", INPUT: "i"}
_PIECE = 256 * 1024

_json = msgspec.json.Encoder().encode


def _ignore(_time_ns: int, _entry: Entry) -> None:
    """Take no notice."""


def write_asciicast(
    excerpt: Excerpt, title: str, out: BinaryIO, version: int, notice: Callable[[int, Entry], None] = _ignore
) -> int:
    """Write the excerpt and return how many stretches of it were no UTF-8, and stand there as U+FFFD.

    `notice` is told every entry and its time.
    """
    writer = _Writer(version)
    entries = excerpt.entries()
    time_ns, first = next(entries)
    notice(time_ns, first)
    header = writer.header(time_ns, first, title)
    if excerpt.idle_limit_s is not None:
        header["idle_time_limit"] = excerpt.idle_limit_s
    if excerpt.remark:
        header["comment"] = excerpt.remark  # players pass over what they do not know
    pending = [_json(header), b"\n"]
    size = 0
    for time_ns, entry in entries:
        notice(time_ns, entry)
        line = writer.event(time_ns, entry)
        if line:
            pending.append(line)
            size += len(line)
            if size >= _PIECE:
                out.write(b"".join(pending))
                pending, size = [], 0
    out.write(b"".join([*pending, *writer.finish()]))
    return writer.replaced


def cast_lines(entries: Iterator[tuple[int, Entry]]) -> Iterator[bytes]:
    """Yield the lines of version 2 that entries with their times make, without a title: what tells two files of one recording."""
    writer = _Writer(2)
    for time_ns, first in entries:
        yield _json(writer.header(time_ns, first, ""))
        break
    for time_ns, entry in entries:
        if line := writer.event(time_ns, entry):
            yield line
    yield from writer.finish()


class _Writer:
    """Makes the lines of one asciicast."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._last_us = 0
        self._start_us = 0
        self._size = (0, 0)
        self._joiners: dict[str, TextJoiner] = {OUTPUT: TextJoiner(), ERROR: TextJoiner(), INPUT: TextJoiner()}
        self._special: dict[str, tuple[str, Callable[[Entry], str | None]]] = {
            MARKER: ("m", _label),
            RESIZE: ("r", self._resize),
            START: ("r", self._resize),
            EXIT: ("x", _status),
        }

    @property
    def replaced(self) -> int:
        return sum(joiner.replaced for joiner in self._joiners.values())

    def header(self, time_ns: int, first: Entry, title: str) -> dict[str, Any]:
        """Return the first line's object; takes the time of the first entry as the start."""
        import shlex

        start = (decode_info(first, StartInfo) if first.direction == START else None) or StartInfo()
        self._start_us = self._last_us = time_ns // 1000
        self._size = columns, rows = (start.columns, start.rows)
        head: dict[str, Any] = {"version": self._version}
        term = {"type": start.term} if start.term else {}
        if self._version == 2:
            head |= {"width": columns, "height": rows}
        else:
            head["term"] = {"cols": columns, "rows": rows, **term}
        head["timestamp"] = time_ns // NANOSECONDS
        if start.command:
            head["command"] = shlex.join([start.command, *start.arguments])
        if title:
            head["title"] = title
        if self._version == 2 and start.term:
            head["env"] = {"TERM": start.term}
        return head

    def event(self, time_ns: int, entry: Entry) -> bytes:
        """Return the line of one entry; empty where it has none."""
        code = _TEXT_CODES.get(entry.direction)
        text: str | None
        if code is not None:
            text = self._joiners[entry.direction](entry.data)
            if not text:
                return b""
        elif entry.direction in self._special:
            code, read = self._special[entry.direction]
            text = read(entry)
            if text is None:
                return b""
        else:
            return b""
        return self._line(time_ns // 1000, code, text)

    def finish(self) -> Iterator[bytes]:
        """Yield what is left of characters that were cut off."""
        for direction, joiner in self._joiners.items():
            if text := joiner.finish():
                yield self._line(self._last_us, _TEXT_CODES[direction], text)

    def _line(self, time_us: int, code: str, text: str) -> bytes:
        since = time_us - (self._start_us if self._version == 2 else self._last_us)
        self._last_us = time_us
        return b'[%d.%06d, "%b", %b]\n' % (since // 1_000_000, since % 1_000_000, code.encode(), _json(text))

    def _resize(self, entry: Entry) -> str | None:
        if entry.direction == RESIZE:
            size = decode_resize(entry)
        else:
            start = decode_info(entry, StartInfo)
            size = (start.columns, start.rows) if start else None
        if size is None or size == self._size:
            return None
        self._size = size
        return f"{size[0]}x{size[1]}"


def _label(entry: Entry) -> str:
    return entry.data.decode(errors="replace")


def _status(entry: Entry) -> str | None:
    end = decode_info(entry, ExitInfo)
    return None if end is None or end == ExitInfo() else str(end.status)
