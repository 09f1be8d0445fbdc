"""What `logs` prints of lines: their text, when they were seen, which part of them matches; or JSON, or their number."""

import json
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from claude_sessions.search.select import Selected, Wanted
    from claude_sessions.search.stretches import Burst
    from claude_sessions.store.recording import Recording
    from claude_sessions.timeline.lines import Line
    from claude_sessions.timeline.pages import Facts

_MATCH, _OFF = "\x1b[1;31m", "\x1b[m"
_GAP = "--\n"
_PLAIN = bytes(range(0x20, 0x7F)) + b"\n"


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
    from claude_sessions.search.select import Selection
    from claude_sessions.search.stretches import Stretch
    from claude_sessions.timeline.pages import read_pages

    selection = Selection(wanted)
    if form.follow:
        return _print_each((selection.take(lines) for lines in _follow(recording, form.typed, facts)), wanted, form)
    pages = read_pages(recording, facts, typed=form.typed)
    if wanted.pattern is not None:
        batches = selection.select(pages)
        if form.counted or form.json:
            return _sum_up(recording.session_id, batches, form)
        return _print_each(batches, wanted, form)
    stretch = Stretch(wanted.since_ns, wanted.until_ns)
    bursts = stretch.by_time(pages) if form.times else stretch.of_screen(pages)
    if form.counted:
        return _print_count(recording.session_id, sum(_number(burst) for batch in bursts for burst in batch), form)
    if form.json:
        return _print_all_as_json(recording.session_id, bursts)
    return _print_all(bursts, form)


def _print_all(batches: "Iterable[list[Burst]]", form: Form) -> bool:
    """Print bursts of lines as they are; tell whether there was any."""
    found = False
    for batch in batches:
        found = True
        if form.times:
            sys.stdout.write("".join([_with_time(burst) for burst in batch]))
        else:
            sys.stdout.write(_harmless(b"\n".join([burst.text for burst in batch])) + "\n")
    return found


def _with_time(burst: "Burst") -> str:
    time = _offset(burst.offset_s) + "  "
    return time + _harmless(burst.text).replace("\n", "\n" + time) + "\n"


def _harmless(lines: bytes) -> str:
    """Return lines as they are printed. Most are plain, and looking at each would take ten times as long."""
    from claude_sessions.screen.printable import printable

    text = lines.decode()
    if not lines.translate(None, _PLAIN):
        return text
    return "\n".join([printable(line) for line in text.split("\n")])


def _print_each(batches: "Iterable[list[Selected]]", wanted: "Wanted", form: Form) -> bool:
    """Print selected lines; tell whether there was any."""
    from claude_sessions.cli.output import colours

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
    if not form.counted:
        return _print_json(session_id, ([_json(each) for each in batch] for batch in batches))
    count = sum(len(batch) for batch in batches)
    return _print_count(session_id, count, form)


def _number(burst: "Burst") -> int:
    return burst.text.count(b"\n") + 1


def _print_count(session_id: str, count: int, form: Form) -> bool:
    from claude_sessions.cli.output import print_json

    if form.json:
        print_json({"session_id": session_id, "count": count})
    else:
        print(count)
    return count > 0


def _print_all_as_json(session_id: str, batches: "Iterable[list[Burst]]") -> bool:
    from claude_sessions.search.select import Selected
    from claude_sessions.timeline.lines import Line

    def lines(burst: "Burst") -> "Iterator[dict[str, Any]]":
        for text in burst.text.decode().split("\n"):
            yield _json(Selected(Line(text, burst.time_ns, burst.offset_s), True, None, False))

    return _print_json(session_id, ([each for burst in batch for each in lines(burst)] for batch in batches))


def _print_json(session_id: str, batches: Iterable[list[dict[str, Any]]]) -> bool:
    """Print one JSON object, its lines as they come: there may be millions. Tell whether there was any."""
    from claude_sessions.cli.output import json_around

    begin, end = json_around({"session_id": session_id, "lines": []}, "lines")
    sys.stdout.write(begin)
    found = False
    for batch in filter(None, batches):
        sys.stdout.write(", " * found + json.dumps(batch)[1:-1])
        found = True
    sys.stdout.write(end)
    return found


def _json(each: "Selected") -> dict[str, Any]:
    return {
        "time": _timestamp(each.line.time_ns),
        "offset": round(each.line.offset_s, 6),
        "text": each.line.text,
        "wanted": each.wanted,
        "match": None if each.span is None else {"start": each.span[0], "end": each.span[1]},
    }


@lru_cache(maxsize=8)
def _timestamp(time_ns: int) -> str:
    from claude_sessions.base.clock import TimestampFormatter

    return TimestampFormatter()(time_ns)
