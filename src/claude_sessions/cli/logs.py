"""`logs`: what was on the screen of a session, as text; what was typed; or the recorded bytes."""

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from heapq import heappop, heappush
from time import monotonic_ns
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.log.decode import BadLine
    from claude_sessions.log.entry import Entry
    from claude_sessions.search.pattern import Pattern
    from claude_sessions.store.recording import Recording
    from claude_sessions.timeline.lines import Line, LineReader
    from claude_sessions.timeline.typed import KeyboardReader

_SHOWN_WARNINGS = 5

_MATCH, _OFF = "\x1b[1;31m", "\x1b[m"


def logs(
    session: SessionId,
    grep: Annotated[
        str | None, typer.Option("--grep", metavar="PATTERN", help="Only lines that match, by when they were seen.")
    ] = None,
    ignore_case: Annotated[bool, typer.Option("-i", help="Upper and lower case are the same.")] = False,
    fixed: Annotated[bool, typer.Option("-F", help="PATTERN is a text, not a regular expression.")] = False,
    times: Annotated[
        bool, typer.Option("-t", help="Begin each line with when it was seen; the first seen first.")
    ] = False,
    typed: Annotated[bool, typer.Option("--input", help="What was typed instead of what was shown.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The exact bytes of the output.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The entries of the log as they stand in it.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on for as long as the session runs.")] = False,
) -> None:
    """Print the lines that were on the screen of a session, each once.

    They come in the order of the screen, as each leaves it: redraws, ticking clocks and scrolling back add none. With
    -t or --grep they come by time, but with --follow as they leave the screen or have stood still for a second. Times
    count from the start of the session and are what `replay --at` takes. With --grep the exit code is 1 where nothing
    matches.
    """
    from claude_sessions.base.errors import MalformedEntryError, UsageError
    from claude_sessions.cli.output import complain, open_recording
    from claude_sessions.search.pattern import compile_pattern

    if raw and sys.stdout.isatty():
        raise UsageError(
            "logs --raw would let the recording drive this terminal; use claude-sessions replay, or send it to a file"
        )
    chosen = [name for name, is_set in (("--raw", raw), ("--json", json), ("--input", typed)) if is_set]
    if len(chosen) > 1:
        raise UsageError(f"logs takes one of {' and '.join(chosen)}")
    if (raw or json) and (grep is not None or times):
        raise UsageError(f"{'--grep' if grep is not None else '-t'} is for lines of text; leave out {chosen[0]}")
    if grep is None and (ignore_case or fixed):
        raise UsageError(f"{'-i' if ignore_case else '-F'} says how --grep compares; add --grep PATTERN")
    pattern = None if grep is None else compile_pattern(grep, ignore_case=ignore_case, fixed=fixed)
    account = _Account()
    with open_recording(session) as recording:
        if raw or json:
            _copy(_raw(recording, follow, account) if raw else _json(recording, follow, account), flush=follow)
            found = True
        else:
            reader = _reader(typed)
            batches = _lines(recording, reader, follow, account)
            found = _print(batches, reader, pattern, times=times, follow=follow)
        account.finish()
        if not account.has_entries:
            raise MalformedEntryError(f"{recording.log_path} cannot be read: it holds no entry")
    if typed and account.is_without_input:
        complain("what was typed is not recorded in this session")
    if pattern is not None and not found:
        raise typer.Exit(1)


class _Account:
    """What the log holds: whether any entry; and bad lines, the first few named on stderr, the others counted."""

    def __init__(self) -> None:
        self._count = 0
        self.has_entries = False
        self.is_without_input = False
        """Input was not to be recorded, and there is none."""

    def note(self, entry: "Entry") -> None:
        """Take notice of an entry."""
        from claude_sessions.log.entry import INPUT, START
        from claude_sessions.log.events import StartInfo, decode_info

        if entry.direction == INPUT:
            self.is_without_input = False
        elif entry.direction == START and not self.has_entries:
            start = decode_info(entry, StartInfo)
            self.is_without_input = start is not None and not start.input
        self.has_entries = True

    def add(self, bad: "BadLine") -> None:
        """Say what is wrong with a line."""
        from claude_sessions.cli.output import complain

        self._count += 1
        if self._count <= _SHOWN_WARNINGS:
            complain(bad)

    def finish(self) -> None:
        from claude_sessions.cli.output import complain

        if self._count > _SHOWN_WARNINGS:
            complain(f"and {self._count - _SHOWN_WARNINGS} more bad lines, skipped")


def _entries(recording: "Recording", follow: bool) -> "Iterator[Entry | BadLine | None]":
    if not follow:
        return recording.entries()
    from claude_sessions.live.tail import follow as follow_entries

    return follow_entries(recording)


def _reader(typed: bool) -> "LineReader | KeyboardReader":
    from claude_sessions.timeline.lines import LineReader
    from claude_sessions.timeline.typed import KeyboardReader

    return KeyboardReader() if typed else LineReader()


def _lines(
    recording: "Recording", reader: "LineReader | KeyboardReader", follow: bool, account: _Account
) -> "Iterator[list[Line]]":
    """Yield the lines in batches; perhaps an empty one where nothing new is to be had for now."""
    from claude_sessions.log.decode import BadLine
    from claude_sessions.log.entry import INPUT, START

    quiet_since = monotonic_ns()
    for entry in _entries(recording, follow):
        if entry is None:
            yield reader.pause(monotonic_ns() - quiet_since)
            continue
        if follow:
            quiet_since = monotonic_ns()
        if isinstance(entry, BadLine):
            account.add(entry)
            continue
        if not account.has_entries or entry.direction in (INPUT, START):
            account.note(entry)
        if batch := reader.read(entry):
            yield batch
    yield reader.finish()


def _print(
    batches: "Iterable[list[Line]]",
    reader: "LineReader | KeyboardReader",
    pattern: "Pattern | None",
    *,
    times: bool,
    follow: bool,
) -> bool:
    """Print lines, those that match where there is a pattern; tell whether there was any."""
    from claude_sessions.cli.output import colours
    from claude_sessions.screen.printable import printable

    coloured = colours(sys.stdout)
    queue = None if follow else _ByTime()
    found = False
    for batch in batches:
        if pattern is None and not times:
            texts = [printable(line.text) + "\n" for line in batch]
        else:
            timed = _matching(batch, pattern, coloured) if pattern is not None else _timed(batch)
            texts = [text for _, text in timed] if queue is None else queue.move_on(timed, reader)
        if texts:
            found = True
            sys.stdout.write("".join(texts))
        if follow:
            sys.stdout.flush()
    rest = queue.rest() if queue is not None else []
    sys.stdout.write("".join(rest))
    return found or bool(rest)


class _ByTime:
    """Puts what is printed with a time in the order of time.

    It waits here for as long as a line that was seen before it may be to come: one that is still on the screen. Of plain
    output that is little more than a screenful.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, str]] = []
        self._count = 0

    def move_on(self, timed: Iterable[tuple[int, str]], reader: "LineReader | KeyboardReader") -> list[str]:
        """Take what the reader gave last, and return what no line can come before any more."""
        for time, text in timed:
            heappush(self._waiting, (time, self._count, text))
            self._count += 1
        ready: list[str] = []
        if self._waiting:
            earliest = reader.earliest()
            while self._waiting and self._waiting[0][0] < earliest:
                ready.append(heappop(self._waiting)[2])
        return ready

    def rest(self) -> list[str]:
        """Return what is left at the end."""
        return [text for _, _, text in sorted(self._waiting)]


def _timed(lines: "Iterable[Line]") -> Iterator[tuple[int, str]]:
    from claude_sessions.screen.printable import printable

    for line in lines:
        yield line.time_ns, f"{_offset(line.offset_s)}  {printable(line.text)}\n"


def _matching(lines: "Iterable[Line]", pattern: "Pattern", coloured: bool) -> Iterator[tuple[int, str]]:
    from claude_sessions.screen.printable import printable

    for line in lines:
        span = pattern.search(line.text)
        if span is None:
            continue
        before, match, after = line.text[: span[0]], line.text[span[0] : span[1]], line.text[span[1] :]
        shown = f"{_MATCH}{printable(match)}{_OFF}" if coloured and match else printable(match)
        yield line.time_ns, f"{_offset(line.offset_s)}  {printable(before)}{shown}{printable(after)}\n"


@lru_cache(maxsize=8)  # the lines of one look have one time
def _offset(seconds: float) -> str:
    """Return when a line was complete, in the form that `replay --at` takes."""
    from claude_sessions.base.durations import format_offset

    return format_offset(seconds)


def _raw(recording: "Recording", follow: bool, account: _Account) -> Iterator[bytes]:
    """Yield the bytes of the output; an empty piece where nothing new is to be had for now."""
    from claude_sessions.log.decode import BadLine
    from claude_sessions.log.entry import OUTPUT

    if not follow:
        for block in recording.blocks():
            if isinstance(block, BadLine):
                account.add(block)
            else:
                account.has_entries = True
                yield block.data(OUTPUT)
        return
    for entry in _entries(recording, follow):
        if isinstance(entry, BadLine):
            account.add(entry)
        else:
            account.has_entries = account.has_entries or entry is not None
            yield entry.data if entry and entry.direction == OUTPUT else b""


def _json(recording: "Recording", follow: bool, account: _Account) -> Iterator[bytes]:
    """Yield the lines of the log that are good, as they stand in it; escaped where a terminal would obey them."""
    from claude_sessions.live.tail import follow_lines
    from claude_sessions.log.decode import BadLine

    if follow:
        for line, entry in follow_lines(recording):
            if isinstance(entry, BadLine):
                account.add(entry)
            else:
                account.has_entries = account.has_entries or entry is not None
                yield line + b"\n" if entry else b""
        return
    for block in recording.blocks():
        if isinstance(block, BadLine):
            account.add(block)
        else:
            account.has_entries = True
            yield block.lines


def _copy(pieces: Iterable[bytes], *, flush: bool) -> None:
    """Write bytes as they are; to a terminal (`--json` alone gets here) only what it shows and does not obey."""
    from claude_sessions.screen.printable import printable

    harmless = sys.stdout.isatty()
    for piece in pieces:
        if harmless:
            for line in piece.splitlines():
                sys.stdout.write(printable(line.decode(errors="replace")) + "\n")
        else:
            sys.stdout.buffer.write(piece)
        if flush or harmless:
            sys.stdout.flush()
