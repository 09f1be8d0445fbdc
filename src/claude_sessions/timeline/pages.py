"""The lines of a recording in pages: read off its log the first time, and kept in the cache for all others.

A page holds lines in the order in which they left the screen, as one text: who looks for something in it need not take
it apart where it is not there. Only what nobody records any more is kept.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import BinaryIO

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import INPUT, START, Entry
from claude_sessions.log.events import StartInfo, decode_info
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.store.shelf import Draft, Shelf, State, settled_state
from claude_sessions.timeline.lines import Line, LineReader
from claude_sessions.timeline.moment import seconds_since
from claude_sessions.timeline.typed import KeyboardReader
from claude_sessions.transcript.packed import zstd
from claude_sessions.version import __version__

_PAGE_CHARACTERS = 64 * 1024
"""A page is full with so many; it may be longer by what one entry completes."""

_FORMAT = 3
_WORTH_KEEPING = 1_000_000
"""Bytes of a log. Smaller ones are read in no time."""

_LARGEST = 1 << 30
_LENGTH = 8
_OPTIONS: dict[int, int] = {zstd.CompressionParameter.compression_level: 1, zstd.CompressionParameter.checksum_flag: 1}

_REPORTED = 5


class Facts(msgspec.Struct):
    """What else reading a log tells: whether there is an entry, whether input is missing on purpose, what lines are bad."""

    has_entries: bool = False
    is_without_input: bool = False
    """Input was not to be recorded, and there is none."""
    bad_lines: int = 0
    first_bad_lines: list[str] = []

    def note(self, item: Entry | BadLine) -> None:
        """Take notice of what stands in the log."""
        if isinstance(item, BadLine):
            self.bad_lines += 1
            if len(self.first_bad_lines) < _REPORTED:
                self.first_bad_lines.append(str(item))
            return
        if item.direction == INPUT:
            self.is_without_input = False
        elif item.direction == START and not self.has_entries:
            start = decode_info(item, StartInfo)
            self.is_without_input = start is not None and not start.input
        self.has_entries = True


class Page(msgspec.Struct, array_like=True, gc=False):
    """Some lines, one after the other."""

    started_ns: int
    """When the recording began."""
    runs: list[tuple[int, int]]
    """How many lines have which time (see `Line.time_ns`), in the order of the lines: those of one look have the same."""
    text: bytes
    """The lines with a line feed between each two."""
    earliest_ns: int
    """No line of a later page was complete before this."""

    def times(self) -> list[int]:
        """Return the time of each line."""
        return [time for count, time in self.runs for _ in range(count)]

    def lines(self) -> list[Line]:
        """Return the lines."""
        texts = self.text.decode().split("\n")
        started = self.started_ns
        return [Line(text, time, seconds_since(started, time)) for text, time in zip(texts, self.times(), strict=True)]


class _Header(msgspec.Struct, array_like=True):
    """What a kept file begins with: it holds for this state of the log, and as this version of us read it."""

    format: int
    version: str
    state: State


_encode = msgspec.msgpack.Encoder().encode
_decode_header = msgspec.msgpack.Decoder(_Header).decode
_decode_page = msgspec.msgpack.Decoder(Page | None).decode
_decode_facts = msgspec.msgpack.Decoder(Facts).decode


def shelf(home: Home) -> Shelf:
    """Return where the lines of the home's recordings are kept."""
    return Shelf(home, ".lines")


def read_pages(recording: Recording, facts: Facts, *, typed: bool = False) -> Iterator[Page]:
    """Yield the lines that were on the screen, or with `typed` those that were typed; `facts` is complete at the end."""
    state = settled_state(recording)
    if typed or state is None or sum(size for _, size, *_ in state) < _WORTH_KEEPING:
        yield from _read(recording, facts, typed=typed)
        return
    done = 0
    for page in _kept(recording, state, facts):
        yield page
        done += 1
    if facts.has_entries:
        return
    kept_pages = _read_and_keep(recording, state, facts)
    for number, page in enumerate(kept_pages):
        if number >= done:  # what is kept was damaged after so many pages
            yield page


def _read(recording: Recording, facts: Facts, *, typed: bool) -> Iterator[Page]:
    reader = KeyboardReader() if typed else LineReader()
    lines: list[Line] = []
    size = 0
    for entry in recording.entries():
        if isinstance(entry, BadLine):
            facts.note(entry)
            continue
        if not facts.has_entries or entry.direction in (INPUT, START):
            facts.note(entry)
        if found := reader.read(entry):
            lines += found
            size += sum([len(line.text) for line in found])
            if size >= _PAGE_CHARACTERS:
                yield _page(lines, reader)
                lines, size = [], 0
    lines += reader.finish()
    if lines:
        yield _page(lines, reader)


def _page(lines: list[Line], reader: LineReader | KeyboardReader) -> Page:
    text = "\n".join([line.text for line in lines]).encode(errors="replace")
    runs = [(len(list(run)), time) for time, run in groupby(line.time_ns for line in lines)]
    return Page(reader.started_ns, runs, text, reader.earliest())


def _read_and_keep(recording: Recording, state: State, facts: Facts) -> Iterator[Page]:
    draft = shelf(recording.home).keep(recording.session_id)
    try:
        _write(draft, _encode(_Header(_FORMAT, __version__, state)))
        for page in _read(recording, facts, typed=False):
            _write(draft, zstd.compress(_encode(page), options=_OPTIONS))
            yield page
        _write(draft, zstd.compress(_encode(None), options=_OPTIONS))
        _write(draft, _encode(facts))
        if facts.has_entries and settled_state(recording) == state:
            draft.finish()
    finally:
        draft.discard()


def _kept(recording: Recording, state: State, facts: Facts) -> Iterator[Page]:
    """Yield the pages that are kept of this state of a log, as far as they are sound; `facts` only where all are."""
    file = shelf(recording.home).open(recording.session_id)
    if file is None:
        return
    with file:
        try:
            header = _decode_header(_record(file))
            if (header.format, header.version, header.state) != (_FORMAT, __version__, state):
                return
            while page := _decode_page(zstd.decompress(_record(file))):
                yield page
            known = _decode_facts(_record(file))
        except (EOFError, OSError, zstd.ZstdError, *UNDECODABLE):
            return
    for name in Facts.__struct_fields__:
        setattr(facts, name, getattr(known, name))


def _write(draft: Draft, data: bytes) -> None:
    draft.write(len(data).to_bytes(_LENGTH), data)


def _record(file: BinaryIO) -> bytes:
    size = int.from_bytes(file.read(_LENGTH))
    data = file.read(size) if 0 < size <= _LARGEST else b""
    if len(data) != size or not data:
        raise EOFError
    return data
