"""What `logs --raw` and `logs --json` print: the bytes of the output, or the lines of the log as they stand in it."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_sessions.log.decode import BadLine
    from claude_sessions.store.recording import Recording
    from claude_sessions.timeline.pages import Facts


def copy_log(recording: "Recording", facts: "Facts", *, raw: bool, follow: bool) -> None:
    """Write the output of a session (`raw`) or its log to stdout; with `follow` for as long as it runs."""
    _copy(_raw(recording, follow, facts) if raw else _json(recording, follow, facts), flush=follow)


def note_bad(bad: "BadLine", facts: "Facts") -> None:
    """Take notice of a line that is no entry; name the first few on stderr at once, for who follows a session."""
    from claude_sessions.cli.output import complain

    facts.note(bad)
    if facts.bad_lines == len(facts.first_bad_lines):
        complain(bad)


def _raw(recording: "Recording", follow: bool, facts: "Facts") -> Iterator[bytes]:
    """Yield the bytes of the output; an empty piece where nothing new is to be had for now."""
    from claude_sessions.live.tail import follow as follow_entries
    from claude_sessions.log.decode import BadLine
    from claude_sessions.log.entry import OUTPUT

    if not follow:
        for block in recording.blocks():
            if isinstance(block, BadLine):
                facts.note(block)
            else:
                facts.has_entries = True
                yield block.data(OUTPUT)
        return
    for entry in follow_entries(recording):
        if isinstance(entry, BadLine):
            note_bad(entry, facts)
        else:
            facts.has_entries = facts.has_entries or entry is not None
            yield entry.data if entry and entry.direction == OUTPUT else b""


def _json(recording: "Recording", follow: bool, facts: "Facts") -> Iterator[bytes]:
    """Yield the lines of the log that are good, as they stand in it; escaped where a terminal would obey them."""
    from claude_sessions.live.tail import follow_lines
    from claude_sessions.log.decode import BadLine

    if follow:
        for line, entry in follow_lines(recording):
            if isinstance(entry, BadLine):
                note_bad(entry, facts)
            else:
                facts.has_entries = facts.has_entries or entry is not None
                yield line + b"\n" if entry else b""
        return
    for block in recording.blocks():
        if isinstance(block, BadLine):
            facts.note(block)
        else:
            facts.has_entries = True
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
