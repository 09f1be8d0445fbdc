"""What `logs` prints of lines: their text, when they were seen, which part of them matches; or JSON, or their number."""

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from claude_sessions.search.select import Selected, Wanted
    from claude_sessions.store.recording import Recording
    from claude_sessions.timeline.lines import Line
    from claude_sessions.timeline.pages import Facts

_MATCH, _OFF = "\x1b[1;31m", "\x1b[m"
_GAP = "--\n"


class Form(NamedTuple):
    """How they are printed."""

    times: bool
    """By time, each with its time."""
    counted: bool
    """Only how many there are."""
    json: bool
    typed: bool
    """What was typed, not what was shown."""
    follow: bool


def print_lines(recording: "Recording", wanted: "Wanted", form: Form, facts: "Facts") -> bool:
    """Print the wanted lines of a session; tell whether there was any. `facts` is what else its log tells."""
    from claude_sessions.cli.output import colours
    from claude_sessions.search.select import Selection
    from claude_sessions.timeline.pages import read_pages

    selection = Selection(wanted)
    batches: Iterable[list[Selected]]
    if form.follow:
        batches = (selection.take(lines) for lines in _follow(recording, form.typed, facts))
    elif wanted.pattern is None and not form.times:
        batches = (selection.take(page.lines()) for page in read_pages(recording, facts, typed=form.typed))
    else:
        batches = selection.select(read_pages(recording, facts, typed=form.typed))
    if form.counted or form.json:
        return _sum_up(recording.session_id, batches, form)
    timed = form.times or wanted.pattern is not None
    coloured = colours(sys.stdout)
    found = False
    for batch in batches:
        found = found or bool(batch)
        sys.stdout.write("".join([_text(each, coloured, timed) for each in batch]))
        if form.follow:
            sys.stdout.flush()
    return found


def _follow(recording: "Recording", typed: bool, facts: "Facts") -> "Iterator[list[Line]]":
    """Yield the lines of a session while it runs; perhaps none where nothing new is to be had for now."""
    from claude_sessions.cli.log_bytes import note_bad
    from claude_sessions.live.tail import follow
    from claude_sessions.log.decode import BadLine
    from claude_sessions.timeline.lines import LineReader
    from claude_sessions.timeline.typed import KeyboardReader

    reader = KeyboardReader() if typed else LineReader()
    quiet_since = monotonic_ns()
    for entry in follow(recording):
        if entry is None:
            yield reader.pause(monotonic_ns() - quiet_since)
            continue
        quiet_since = monotonic_ns()
        if isinstance(entry, BadLine):
            note_bad(entry, facts)
            continue
        facts.note(entry)
        yield reader.read(entry)
    yield reader.finish()


def _text(each: "Selected", coloured: bool, timed: bool) -> str:
    """Return what is printed of a line: as grep does, a dash marks what is near a match, and two what lies between."""
    from claude_sessions.screen.printable import printable

    text = each.line.text
    if not timed:
        return printable(text) + "\n"
    shown = printable(text)
    if each.span is not None:
        begin, end = each.span
        match = printable(text[begin:end])
        match = f"{_MATCH}{match}{_OFF}" if coloured and match else match
        shown = f"{printable(text[:begin])}{match}{printable(text[end:])}"
    gap = _GAP if each.follows_gap else ""
    return f"{gap}{_offset(each.line.offset_s)}{'  ' if each.wanted else '- '}{shown}\n"


@lru_cache(maxsize=8)  # the lines of one look have one time
def _offset(seconds: float) -> str:
    """Return when a line was complete, in the form that `replay --at` takes."""
    from claude_sessions.base.durations import format_offset

    return format_offset(seconds)


def _sum_up(session_id: str, batches: "Iterable[list[Selected]]", form: Form) -> bool:
    """Print the lines as one JSON object, or their number; tell whether there was any."""
    from claude_sessions.cli.output import print_json

    if form.counted:
        count = sum(len(batch) for batch in batches)
        if form.json:
            print_json({"session_id": session_id, "count": count})
        else:
            print(count)
        return count > 0
    lines = [_json(each) for batch in batches for each in batch]
    print_json({"session_id": session_id, "lines": lines})
    return bool(lines)


def _json(each: "Selected") -> dict[str, Any]:
    from claude_sessions.base.clock import TimestampFormatter

    return {
        "time": TimestampFormatter()(each.line.time_ns),
        "offset": round(each.line.offset_s, 6),
        "text": each.line.text,
        "wanted": each.wanted,
        "match": None if each.span is None else {"start": each.span[0], "end": each.span[1]},
    }
