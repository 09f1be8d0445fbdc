"""The prompts of a recording: what the person asked, and when.

Claude's own transcripts tell it best: they know what was sent, and nothing of what was corrected before. Where there is
none (any more), each line that was typed counts.
"""

from collections.abc import Iterable, Iterator

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import INPUT, LINK, START, Entry, parse_timestamp
from claude_sessions.log.events import LinkInfo, decode_info
from claude_sessions.log.segment import is_session_id
from claude_sessions.timeline.moment import EntryClock
from claude_sessions.timeline.typed import KeyboardReader
from claude_sessions.transcript.locate import locate
from claude_sessions.transcript.prompts import prompt_text
from claude_sessions.transcript.reading import open_source, read_entries


class Prompt(msgspec.Struct, frozen=True):
    """What a person sent off, and when."""

    text: str
    offset_s: float
    """Seconds from the start of the recording."""


class _Stretch(msgspec.Struct):
    """From when to when (nanoseconds since the epoch) the recording shows a session of Claude's."""

    link: LinkInfo
    since_ns: int
    until_ns: int


def find_prompts(entries: Iterable[Entry | BadLine]) -> list[Prompt]:
    """Return the prompts of a recording in the order of time. Reads all of it, and the transcripts that it names."""
    clock = EntryClock()
    keyboard = KeyboardReader()
    lines = []
    stretches: list[_Stretch] = []
    for entry in entries:
        if isinstance(entry, BadLine):
            continue
        now = clock.read(entry.timestamp)
        if entry.direction in (INPUT, START):
            lines += keyboard.read(entry)
        elif entry.direction == LINK and (link := decode_info(entry, LinkInfo)):
            if stretches:
                stretches[-1].until_ns = now
            stretches.append(_Stretch(link, now, now))
    if stretches:
        stretches[0].since_ns = clock.started or 0  # claude is asked before it has said which session it is
        stretches[-1].until_ns = clock.now
    sent = sorted(set(_sent(stretches)))
    if sent:
        return [Prompt(text, clock.offset_s(time)) for time, text in sent]
    return [Prompt(line.text, line.offset_s) for line in lines]


def _sent(stretches: Iterable[_Stretch]) -> Iterator[tuple[int, str]]:
    """Yield the prompts in the transcripts of the stretches: their time in nanoseconds since the epoch, and text."""
    for stretch in stretches:
        try:
            yield from _sent_to(stretch)
        except ClaudeSessionsError:
            continue  # it was deleted, or never written


def _sent_to(stretch: _Stretch) -> Iterator[tuple[int, str]]:
    if not is_session_id(stretch.link.claude_session_id):
        return  # `locate` would take a path too
    with open_source(locate(stretch.link.claude_session_id).path) as source:
        for line in read_entries(source):
            if (text := prompt_text(line)) is None:
                continue
            try:
                time = parse_timestamp(line.entry.timestamp)
            except (ValueError, OverflowError):
                continue
            if stretch.since_ns <= time <= stretch.until_ns:
                yield time, text
