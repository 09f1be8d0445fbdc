"""What a page says of the recording that it plays: when and where, how it begins, and the places to jump to."""

import time
from collections.abc import Iterator

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.durations import format_length
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import MARKER, RESIZE, SHOWN, START, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.keyframe import keyframe
from claude_sessions.screen.printable import printable
from claude_sessions.timeline.moment import EntryClock
from claude_sessions.timeline.prompts import find_prompts

_PAUSE_NS = NANOSECONDS // 2
"""A screen that stands so long is one that a person has seen."""

_MOST = 1024 * 1024
"""After so many bytes without a pause the poster is what is there."""

_LONGEST_LABEL = 80


class PageFacts:
    """Is told every entry of the excerpt in turn; then it knows."""

    def __init__(self) -> None:
        self._emulator = Emulator()
        self._poster: str | None = None
        self._size = 0
        self._directory = ""
        self._began: int | None = None
        self._now = 0
        self._shown = 0

    @property
    def about(self) -> tuple[str, ...]:
        """Lines for people: when, how long, and in which directory."""
        began = self._began or 0
        when = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(began // NANOSECONDS))
        return f"{when}, {format_length(self._now - began)}", self._directory

    @property
    def poster(self) -> str:
        """What draws the first screen with text on it that stood for a while."""
        return self._drawn() if self._poster is None else self._poster

    def notice(self, time_ns: int, entry: Entry) -> None:
        """Take the next entry."""
        if self._began is None:
            self._began = time_ns
        self._now = time_ns
        if entry.direction == START and (start := decode_info(entry, StartInfo)):
            self._directory = self._directory or start.directory
            self._resize((start.columns, start.rows))
        elif entry.direction == RESIZE:
            self._resize(decode_resize(entry))
        elif entry.direction in SHOWN and self._poster is None:
            over = time_ns - self._shown >= _PAUSE_NS or self._size > _MOST
            if over and any(map(str.strip, self._emulator.look().lines)):
                self._poster = self._drawn()
                return
            self._emulator.feed(entry.data)
            self._size += entry.size
            self._shown = time_ns

    def _resize(self, size: tuple[int, int] | None) -> None:
        if size is not None and self._poster is None:
            self._emulator.resize(*size)

    def _drawn(self) -> str:
        return keyframe(self._emulator).decode(errors="ignore")


def places(excerpt: Excerpt) -> list[tuple[float, str]]:
    """Return the markers and, unless what was typed is left out, the prompts: seconds from the excerpt's start, and a label."""
    markers: list[tuple[float, str]] = []

    def noting() -> Iterator[Entry | BadLine]:
        clock = EntryClock()
        for entry in excerpt.recording.entries():
            if isinstance(entry, Entry):
                now = clock.read(entry.timestamp)
                if entry.direction == MARKER:
                    markers.append((clock.offset_s(now), entry.data.decode(errors="replace")))
            yield entry

    prompts = [(prompt.offset_s, prompt.text) for prompt in find_prompts(noting())]
    found = sorted([*markers, *(prompts if excerpt.with_input else [])])
    return [
        (round(offset_s - excerpt.begin_s, 6), _label(excerpt.hide_text(text)))
        for offset_s, text in found
        if excerpt.begin_s <= offset_s <= excerpt.end_s
    ]


def _label(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST_LABEL else line[: _LONGEST_LABEL - 1] + "…"
