"""The passages of a transcript: one for each line that holds a text to be found, with its place and time."""

import zlib
from collections.abc import Collection, Iterator

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.search.texts import Kind, TextLine, decode_leniently, decode_text_line, text_in
from claude_sessions.transcript.envelope import BadLineError, take_apart
from claude_sessions.transcript.lines import Source, TooLong, read_lines

_MILLISECOND = 1_000_000
_USUAL_LENGTH = len("2026-02-07T18:15:32.123Z")


class Passage(msgspec.Struct, gc=False):
    """A text, and where it stands."""

    text: str
    kind: Kind
    offset: int
    """Byte offset of the line's object in the file."""
    time_ms: int = 0
    """Milliseconds since the epoch; of a line that does not say, those of the one before; 0 where none does."""
    key: int = 0
    """Of the line's uuid, which a resumed session's file repeats; of the text where it has none."""


class PassageReader:
    """Reads a transcript, or what stands in it from `offset` on. What is no object is passed over.

    `before` are the keys of the titles, summaries and prompts before `offset`. After it `end`, `session_id` and `directory`
    tell how far that was, and what the lines said first.
    """

    def __init__(self, source: Source, offset: int = 0, before: Collection[int] = ()) -> None:
        self.end = offset
        """Byte offset behind the last object."""
        self.session_id = ""
        self.directory = ""
        self._source = source
        self._clock = _Clock()
        self._time_ms = 0
        self.sent: list[int] = []
        """Keys of prompts that were queued before `offset` and have become lines of the conversation since."""
        self._before = set(before)
        """Titles are written again and again."""
        self._queued: dict[str, Passage] = {}
        """Prompts that were typed while Claude was busy. Most come again as a line of the conversation."""

    def passages(self) -> Iterator[Passage]:
        """Yield the passages in the order of the file; at its end the prompts that still wait for their turn."""
        for start, raw in read_lines(self._source, self.end):
            try:
                line = decode_text_line(raw)  # type: ignore[arg-type]  # TooLong ends in a TypeError
            except (TypeError, *UNDECODABLE):
                if not isinstance(raw, TooLong):
                    yield from self._slowly(start, raw)
                continue
            self.end = start + len(raw)  # type: ignore[arg-type]
            del raw  # it may have 70 MB, and the text as many again
            kind, text = text_in(line)
            if text and (passage := self._place(start, line, kind, text)):
                yield passage
        yield from self._queued.values()

    def _slowly(self, start: int, raw: bytes | bytearray) -> Iterator[Passage]:
        """Yield the passages of a line that is not one clean object."""
        try:
            for offset, each, _ in take_apart(raw):
                line = decode_leniently(each)
                self.end = start + offset + len(each)
                kind, text = text_in(line)
                if text and (passage := self._place(start + offset, line, kind, text)):
                    yield passage
        except BadLineError:
            return

    def _place(self, offset: int, line: TextLine, kind: Kind, text: str) -> Passage | None:
        if text.isspace():
            return None
        self.session_id = self.session_id or line.session_id
        self.directory = self.directory or line.cwd
        self._time_ms = self._clock.read(line.timestamp) or self._time_ms
        passage = Passage(text, kind, offset, self._time_ms, key_of(line.uuid or text))
        if kind is Kind.PROMPT:
            if line.type == "queue-operation":
                if passage.key not in self._before:
                    self._queued[text] = passage
                return None
            self._queued.pop(text, None)
            if (queued := key_of(text)) in self._before:
                self._before.remove(queued)
                self.sent.append(queued)
        elif kind is Kind.TITLE or kind is Kind.SUMMARY:
            if passage.key in self._before:
                return None
            self._before.add(passage.key)
        return passage


def key_of(name: str) -> int:
    """Return the number that stands for a uuid or a text."""
    return zlib.crc32(name.encode(errors="replace"))


def text_at(source: Source, offset: int) -> str:
    """Return the text of the passage at `offset`, where `source` stands; empty where there is none (any more)."""
    for _, raw in read_lines(source, offset):
        if isinstance(raw, TooLong):
            break
        try:
            return text_in(decode_text_line(raw))[1]
        except UNDECODABLE:
            pass
        try:
            return next((text_in(decode_leniently(each))[1] for _, each, _ in take_apart(raw)), "")
        except BadLineError:
            break
    return ""


class _Clock:
    """Reads timestamps; of those of one day little is parsed."""

    def __init__(self) -> None:
        self._day = ""
        self._day_ms = 0

    def read(self, timestamp: str) -> int:
        """Return the milliseconds since the epoch; 0 where it is no timestamp."""
        try:
            if timestamp[:10] == self._day and len(timestamp) == _USUAL_LENGTH and timestamp.isascii():
                hours, minutes, seconds = int(timestamp[11:13]), int(timestamp[14:16]), int(timestamp[17:19])
                return self._day_ms + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + int(timestamp[20:23])
            time = parse_timestamp(timestamp) // _MILLISECOND
        except (ValueError, OverflowError):
            return 0
        self._day, self._day_ms = timestamp[:10], time - time % 86_400_000
        return time
