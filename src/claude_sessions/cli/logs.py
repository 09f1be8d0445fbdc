"""`logs`: what was on the screen of a session, as text; what was typed; or the recorded bytes."""

import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.log.decode import BadLine
    from claude_sessions.log.entry import Entry
    from claude_sessions.search.pattern import Pattern
    from claude_sessions.store.recording import Recording
    from claude_sessions.timeline.lines import Line

_SHOWN_WARNINGS = 5

_MATCH, _OFF = "\x1b[1;31m", "\x1b[m"


def logs(
    session: SessionId,
    grep: Annotated[
        str | None, typer.Option("--grep", metavar="PATTERN", help="Only lines that match, each with when it was seen.")
    ] = None,
    ignore_case: Annotated[bool, typer.Option("-i", help="Upper and lower case are the same.")] = False,
    fixed: Annotated[bool, typer.Option("-F", help="PATTERN is a text, not a regular expression.")] = False,
    times: Annotated[bool, typer.Option("-t", help="Begin each line with when it was seen.")] = False,
    typed: Annotated[bool, typer.Option("--input", help="What was typed instead of what was shown.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The exact bytes of the output.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The entries of the log as they stand in it.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on for as long as the session runs.")] = False,
) -> None:
    """Print the lines that were on the screen of a session, each once.

    A line is printed where it left the screen: redraws, ticking clocks and scrolling back add none. Times count from
    the start of the session and are what `replay --at` takes. With --grep the exit code is 1 where nothing matches.
    """
    from claude_sessions.base.errors import UsageError
    from claude_sessions.cli.output import open_recording
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
    pattern = None if grep is None else compile_pattern(grep, ignore_case=ignore_case, fixed=fixed)
    warnings = _Warnings()
    with open_recording(session) as recording:
        if raw or json:
            _copy(_raw(recording, follow, warnings) if raw else _json(recording, follow, warnings), flush=follow)
            found = True
        else:
            found = _print(_lines(recording, typed, follow, warnings), pattern, times=times, flush=follow)
    warnings.finish()
    if pattern is not None and not found:
        raise typer.Exit(1)


class _Warnings:
    """Bad lines of the log: the first few are named on stderr, the others counted."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, bad: "BadLine") -> None:
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


def _lines(recording: "Recording", typed: bool, follow: bool, warnings: _Warnings) -> "Iterator[list[Line]]":
    """Yield the lines in batches; perhaps an empty one where nothing new is to be had for now."""
    from claude_sessions.log.decode import BadLine
    from claude_sessions.timeline.lines import LineReader
    from claude_sessions.timeline.typed import KeyboardReader

    reader = KeyboardReader() if typed else LineReader()
    for entry in _entries(recording, follow):
        if entry is None:
            yield reader.pause()
        elif isinstance(entry, BadLine):
            warnings.add(entry)
        elif batch := reader.read(entry):
            yield batch
    yield reader.finish()


def _print(batches: "Iterable[list[Line]]", pattern: "Pattern | None", *, times: bool, flush: bool) -> bool:
    """Print lines, those that match where there is a pattern; tell whether there was any."""
    from claude_sessions.cli.output import colours
    from claude_sessions.screen.printable import printable

    coloured = colours(sys.stdout)
    found = False
    for batch in batches:
        if pattern is not None:
            texts = list(_matching(batch, pattern, coloured))
        elif times:
            texts = [f"{_offset(line.offset_s)}  {printable(line.text)}\n" for line in batch]
        else:
            texts = [printable(line.text) + "\n" for line in batch]
        if texts:
            found = True
            sys.stdout.write("".join(texts))
        if flush:
            sys.stdout.flush()
    return found


def _matching(lines: "Iterable[Line]", pattern: "Pattern", coloured: bool) -> Iterator[str]:
    from claude_sessions.screen.printable import printable

    for line in lines:
        span = pattern.search(line.text)
        if span is None:
            continue
        before, match, after = line.text[: span[0]], line.text[span[0] : span[1]], line.text[span[1] :]
        shown = f"{_MATCH}{printable(match)}{_OFF}" if coloured and match else printable(match)
        yield f"{_offset(line.offset_s)}  {printable(before)}{shown}{printable(after)}\n"


@lru_cache(maxsize=8)  # the lines of one look have one time
def _offset(seconds: float) -> str:
    """Return when a line was complete, in the form that `replay --at` takes."""
    from claude_sessions.base.durations import format_offset

    return format_offset(seconds)


def _raw(recording: "Recording", follow: bool, warnings: _Warnings) -> Iterator[bytes]:
    """Yield the bytes of the output; an empty piece where nothing new is to be had for now."""
    from claude_sessions.log.decode import BadLine
    from claude_sessions.log.entry import OUTPUT

    if not follow:
        for block in recording.blocks():
            if isinstance(block, BadLine):
                warnings.add(block)
            else:
                yield block.data(OUTPUT)
        return
    for entry in _entries(recording, follow):
        if isinstance(entry, BadLine):
            warnings.add(entry)
        else:
            yield entry.data if entry and entry.direction == OUTPUT else b""


def _json(recording: "Recording", follow: bool, warnings: _Warnings) -> Iterator[bytes]:
    """Yield the lines of the log that are good, as they stand in it; escaped where a terminal would obey them."""
    from claude_sessions.live.tail import follow_lines
    from claude_sessions.log.decode import BadLine

    if follow:
        for line, entry in follow_lines(recording):
            if isinstance(entry, BadLine):
                warnings.add(entry)
            else:
                yield line + b"\n" if entry else b""
        return
    for block in recording.blocks():
        if isinstance(block, BadLine):
            warnings.add(block)
        else:
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
