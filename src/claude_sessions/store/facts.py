"""What the entries of a recording say besides the bytes: windows, links, losses, pauses."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import GAP, HIDDEN, LINK, MARKER, PAUSE, RESIZE, START, UNPAUSE, Entry
from claude_sessions.log.events import (
    GapInfo,
    HiddenInfo,
    LinkInfo,
    PauseInfo,
    StartInfo,
    decode_info,
    decode_resize,
)

T = TypeVar("T")

_LONGEST_LABEL = 4096

KEPT = 1000
"""Of each kind this many are kept; the rest is only counted, so that no log fills the memory."""


class Pause(msgspec.Struct, frozen=True):
    """A stretch that was not recorded because the person said so. Timestamps as in the log; `until` empty: to the end."""

    since: str
    until: str = ""
    bytes: int = 0


class Mark(msgspec.Struct, frozen=True):
    """A marker, by hand or of a program, and when."""

    since: str
    label: str


class Link(msgspec.Struct, frozen=True):
    """From `since` on, the recording shows this session of Claude's."""

    since: str
    claude_session_id: str
    transcript: str = ""


class Facts(msgspec.Struct):
    """See the module. `counts` and `bytes` are by direction; `windows` are (columns, rows) in order of time."""

    counts: Counter[str]
    bytes: Counter[str]
    windows: list[tuple[int, int]]
    links: list[Link]
    gaps: list[GapInfo]
    pauses: list[Pause]
    hidden_bytes: int = 0
    markers: list[Mark] = []
    bad_lines: list[BadLine] = []
    bad_line_count: int = 0


def gather(entries: Iterable[Entry | BadLine]) -> Facts:
    """Go through the entries once and return what they say."""
    facts = Facts(Counter(), Counter(), [], [], [], [])
    for entry in entries:
        if isinstance(entry, BadLine):
            facts.bad_line_count += 1
            _keep(facts.bad_lines, entry)
            continue
        direction = entry.direction
        if len(facts.counts) < KEPT or direction in facts.counts:
            facts.counts[direction] += 1
            facts.bytes[direction] += entry.size
        note = _NOTES.get(direction)
        if note is not None:
            note(facts, entry)
    return facts


def _note_start(facts: Facts, entry: Entry) -> None:
    info = decode_info(entry, StartInfo)
    if info:
        _note_window(facts, (info.columns, info.rows))


def _note_resize(facts: Facts, entry: Entry) -> None:
    size = decode_resize(entry)
    if size:
        _note_window(facts, size)


def _note_window(facts: Facts, size: tuple[int, int]) -> None:
    if not facts.windows or facts.windows[-1] != size:
        _keep(facts.windows, size)


def _note_link(facts: Facts, entry: Entry) -> None:
    info = decode_info(entry, LinkInfo)
    if info and (not facts.links or facts.links[-1].claude_session_id != info.claude_session_id):
        _keep(facts.links, Link(entry.timestamp, info.claude_session_id, info.transcript))
    elif info and info.transcript:
        facts.links[-1] = msgspec.structs.replace(facts.links[-1], transcript=info.transcript)


def _note_gap(facts: Facts, entry: Entry) -> None:
    _keep(facts.gaps, decode_info(entry, GapInfo) or GapInfo(since=entry.timestamp))


def _note_pause(facts: Facts, entry: Entry) -> None:
    _keep(facts.pauses, Pause(entry.timestamp))


def _note_unpause(facts: Facts, entry: Entry) -> None:
    info = decode_info(entry, PauseInfo) or PauseInfo()
    since = info.since
    if facts.pauses and not facts.pauses[-1].until:
        since = facts.pauses.pop().since
    _keep(facts.pauses, Pause(since, entry.timestamp, info.bytes))


def _note_hidden(facts: Facts, entry: Entry) -> None:
    info = decode_info(entry, HiddenInfo)
    facts.hidden_bytes += info.bytes if info else 0


def _note_marker(facts: Facts, entry: Entry) -> None:
    _keep(facts.markers, Mark(entry.timestamp, entry.data[:_LONGEST_LABEL].decode(errors="replace")))


_NOTES = {
    START: _note_start,
    RESIZE: _note_resize,
    LINK: _note_link,
    GAP: _note_gap,
    PAUSE: _note_pause,
    UNPAUSE: _note_unpause,
    HIDDEN: _note_hidden,
    MARKER: _note_marker,
}


def _keep(kept: list[T], one: T) -> None:
    if len(kept) < KEPT:
        kept.append(one)
