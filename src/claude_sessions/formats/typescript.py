"""Reading what script(1) of util-linux writes: a file with the bytes, and one with the times.

The times are lines `DELTA BYTES`, or with more than one stream `O DELTA BYTES`, `I DELTA BYTES`, `S DELTA SIGNAL …`
and, before and after them, `H 0.000000 NAME VALUE` (script(1), scriptreplay(1)).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from claude_sessions.formats.foreign import Beginning, Elapsed, Event, Foreign, refuse, started, text, window
from claude_sessions.log.decode import split_lines
from claude_sessions.log.entry import EXIT, INPUT, OUTPUT, RESIZE
from claude_sessions.log.events import ExitInfo, encode_info

BEGINNING = b"Script started on "

_PIECE = 64 * 1024
_LONGEST_LINE = 64 * 1024
_QUOTED = re.compile(r'(COMMAND|TERM|COLUMNS|LINES)="([^"]*)"')
_DATE = re.compile(r"Script started on ([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}[+-][0-9:]{4,6})")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,15})?", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,15}", re.ASCII)
_ROWS_AND_COLUMNS = re.compile(r"ROWS=([0-9]{1,6}) COLS=([0-9]{1,6})", re.ASCII)


def read_typescript(source: Foreign, timing: Foreign) -> tuple[Beginning, Iterator[Event]]:
    """Return what the two files say, the events as they are asked for. Raises ForeignFileError."""
    first = source.file.readline(_LONGEST_LINE)
    if not first.startswith(BEGINNING) or not first.endswith(b"\n"):
        raise refuse(f"{source.name}, line 1", "it does not begin as script(1) begins its files")
    words = first.decode(errors="replace")
    said = dict(_QUOTED.findall(words))
    place = f"{source.name}, line 1"
    columns, rows = window(_whole(said.get("COLUMNS"), 80), _whole(said.get("LINES"), 24), place)
    start_ns = started(_date(words), source, place)
    command, term = text(said.get("COMMAND")), text(said.get("TERM"))
    beginning = Beginning("typescript", columns, rows, start_ns, command, "", term)
    return beginning, _Replay(source, timing).events()


def _whole(value: str | None, default: int) -> int:
    return int(value) if value and _COUNT.fullmatch(value) else default


def _date(words: str) -> float | None:
    """Return the start as seconds since the epoch; None where it is written in another language's way."""
    found = _DATE.match(words)
    try:
        return datetime.fromisoformat(found[1]).timestamp() if found else None
    except (ValueError, OverflowError):
        return None


class _Replay:
    """Goes through the times and takes from the bytes what they say."""

    def __init__(self, source: Foreign, timing: Foreign) -> None:
        self._source = source
        self._timing = timing
        self._elapsed = Elapsed()
        self._now_us = 0
        self._said: dict[str, str] = {}

    def events(self) -> Iterator[Event]:
        for number, (_, line) in enumerate(split_lines(self._timing.file.read), start=1):
            place = f"{self._timing.name}, line {number}"
            if line is None or len(line) > _LONGEST_LINE:
                raise refuse(place, "it is far too long for a line of times")
            words = line.decode(errors="replace").split(" ", 3)
            if words == [""]:
                continue
            if words[0] not in {"O", "I", "S", "H"}:
                words = ["O", *words]
            yield from self._step(words, place)

    def _step(self, words: list[str], place: str) -> Iterator[Event]:
        kind = words[0]
        if len(words) < 3 or not _NUMBER.fullmatch(words[1]):
            raise refuse(place, "it is no line of times as script(1) writes them")
        self._now_us = self._elapsed.after(Decimal(words[1]), place)
        if kind == "H":
            self._said[words[2]] = words[3] if len(words) > 3 else ""
            if words[2] == "EXIT_CODE" and _COUNT.fullmatch(self._said["EXIT_CODE"]):
                yield Event(self._now_us, EXIT, encode_info(ExitInfo(int(self._said["EXIT_CODE"]) % 256)))
        elif kind == "S":
            if words[2] == "SIGWINCH" and (size := _ROWS_AND_COLUMNS.match(words[3] if len(words) > 3 else "")):
                columns, rows = window(int(size[2]), int(size[1]), place)
                yield Event(self._now_us, RESIZE, b"%dx%d" % (columns, rows))
        else:
            if not _COUNT.fullmatch(words[2]):
                raise refuse(place, "it is no line of times as script(1) writes them")
            if kind == "O" or self._holds_input():
                yield from self._bytes(OUTPUT if kind == "O" else INPUT, int(words[2]), place)

    def _holds_input(self) -> bool:
        """Tell whether what was typed stands in the same file as what was shown."""
        return bool(self._said.get("INPUT_LOG")) and self._said.get("INPUT_LOG") == self._said.get("OUTPUT_LOG")

    def _bytes(self, direction: str, count: int, place: str) -> Iterator[Event]:
        while count:
            data = self._source.file.read(min(count, _PIECE))
            if not data:
                raise refuse(place, f"it speaks of {count} bytes more than {self._source.name} holds")
            count -= len(data)
            yield Event(self._now_us, direction, data)
