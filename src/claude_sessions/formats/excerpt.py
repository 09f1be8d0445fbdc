"""What of a recording is exported: all of it, or a stretch that begins with the picture of its first moment."""

import math
from collections.abc import Callable, Iterator
from itertools import chain

import msgspec

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.base.errors import MalformedEntryError, UsageError
from claude_sessions.log.blocks import Block
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import HIDDEN, INPUT, OUTPUT, RESIZE, SEAL, SHOWN, START, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize, encode_info
from claude_sessions.screen.canvas import Picture
from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.keyframe import keyframe
from claude_sessions.store.recording import Recording
from claude_sessions.timeline.moment import EntryClock

_TYPED = frozenset({INPUT, HIDDEN})
_BURST = 64 * 1024

_REPORTED = 5

_FRAME = 150
"""Bytes of an entry's line beside its data."""
_STEP = 1024 * 1024


class Excerpt:
    """A stretch of a recording, in seconds from its start, with or without what was typed.

    What lies before `begin_s` is drawn, and the excerpt starts with the screen as it was then; `end_s` still belongs to
    it. `bad_lines` counts the lines that are no entries, of all of which the first few are kept.
    """

    def __init__(
        self, recording: Recording, *, begin_s: float = 0.0, end_s: float = math.inf, with_input: bool = True
    ) -> None:
        if begin_s >= end_s:
            raise UsageError("--to is not after --from; give a later time, or leave one of them out")
        self.recording = recording
        self.begin_s = begin_s
        self.with_input = with_input
        self.bad_lines = 0
        self.first_bad_lines: list[BadLine] = []
        self.on_progress: Callable[[int], None] = _ignore
        """Told now and then how many more bytes of the log have been read."""
        self.end_s = end_s
        self.idle_limit_s: float | None = None
        """The longest pause that whoever plays it should make; the times themselves stay as they are."""

    @property
    def cut(self) -> bool:
        """Whether it begins later or ends earlier than the recording."""
        return bool(self.begin_s) or self.end_s != math.inf

    @property
    def remark(self) -> str:
        """What a reader has to know of the bytes; empty where they are the original's."""
        return ""

    @property
    def remark_on_picture(self) -> str:
        """The same of a picture of one moment."""
        return ""

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.with_input and not self.cut

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Yield each entry with its time in nanoseconds since the epoch, which never goes back.

        Raises MalformedEntryError where there is no entry at all.
        """
        entries = self._timed()
        first = next(entries, None)
        if first is None:
            raise MalformedEntryError(f"{self.recording.log_path} cannot be exported: it holds no entry")
        start_ns = first[0]
        begin_ns = start_ns + round(self.begin_s * NANOSECONDS)
        end_ns = math.inf if self.end_s == math.inf else start_ns + round(self.end_s * NANOSECONDS)
        if self.begin_s:
            before = _Before(first[1])
            next_one = before.note_until(begin_ns, entries)
            yield from before.begin(begin_ns)
            entries = chain(next_one, entries)
        else:
            yield first
        for time_ns, entry in entries:
            if time_ns > end_ns:
                return
            if self._wanted(entry):
                yield time_ns, entry

    def drawn(self) -> Iterator[tuple[int, Entry]]:
        """Yield the entries from which a picture is drawn, that has to go through `hide`."""
        return self.entries()

    def hide(self, picture: Picture) -> Picture:
        """Return what of a picture may be shown."""
        return picture

    def hide_text(self, text: str) -> str:
        """Return what may be shown of a text that belongs to the recording, such as its title."""
        return text

    def blocks(self) -> Iterator[Block]:
        """Yield the whole log in blocks of good lines; what is left out of the excerpt is in it all the same."""
        for block in self.recording.blocks():
            if isinstance(block, BadLine):
                self._note_bad(block)
            else:
                self.on_progress(len(block.lines))
                yield block

    def _note_bad(self, bad: BadLine) -> None:
        self.bad_lines += 1
        if len(self.first_bad_lines) < _REPORTED:
            self.first_bad_lines.append(bad)

    def _wanted(self, entry: Entry) -> bool:
        return self.with_input or entry.direction not in _TYPED

    def _timed(self) -> Iterator[tuple[int, Entry]]:
        read = EntryClock().read
        passed = 0
        for entry in self.recording.entries():
            if isinstance(entry, BadLine):
                self._note_bad(entry)
                continue
            passed += _FRAME + entry.size * 4 // 3
            if passed >= _STEP:
                self.on_progress(passed)
                passed = 0
            yield read(entry.timestamp), entry


class _Before:
    """What happened before an excerpt: the screen that came of it, and the facts of the session."""

    def __init__(self, first: Entry) -> None:
        self._session_id = first.session_id
        self._start = (decode_info(first, StartInfo) if first.direction == START else None) or StartInfo()
        self._size = (self._start.columns, self._start.rows)
        self._emulator = Emulator(*self._size)
        self._pending: list[bytes] = []
        self._pending_size = 0
        self.note(first)

    def note_until(self, time_ns: int, entries: Iterator[tuple[int, Entry]]) -> list[tuple[int, Entry]]:
        """Take all entries up to that time; return the one after it, if there is one."""
        for entry_ns, entry in entries:
            if entry_ns > time_ns:
                return [(entry_ns, entry)]
            self.note(entry)
        return []

    def note(self, entry: Entry) -> None:
        """Take the next entry."""
        if entry.direction in SHOWN:
            self._pending.append(entry.data)
            self._pending_size += entry.size
            if self._pending_size >= _BURST:
                self._draw()
        elif entry.direction == RESIZE:
            self._resize(decode_resize(entry))
        elif entry.direction == START and (start := decode_info(entry, StartInfo)):
            self._resize((start.columns, start.rows))

    def begin(self, time_ns: int) -> Iterator[tuple[int, Entry]]:
        """Yield the entries that an excerpt begins with: a start at that time, and the picture."""
        self._draw()
        timestamp = TimestampFormatter()(time_ns)
        columns, rows = self._size
        start = msgspec.structs.replace(self._start, segment=0, previous="", columns=columns, rows=rows)
        for direction, data in ((START, encode_info(start)), (OUTPUT, keyframe(self._emulator))):
            yield time_ns, Entry(timestamp, self._session_id, direction, data, len(data))

    def _resize(self, size: tuple[int, int] | None) -> None:
        if size is not None and size != self._size:
            self._draw()
            self._size = size
            self._emulator.resize(*size)

    def _draw(self) -> None:
        if self._pending:
            self._emulator.feed(b"".join(self._pending))
            self._emulator.look()  # or it keeps all that has scrolled off
            self._pending, self._pending_size = [], 0


def without_seal(entries: Iterator[tuple[int, Entry]]) -> Iterator[tuple[int, Entry]]:
    """Leave out the seals: they speak of whole logs."""
    return ((time_ns, entry) for time_ns, entry in entries if entry.direction != SEAL)


def _ignore(_amount: int) -> None:
    """Take no notice."""
