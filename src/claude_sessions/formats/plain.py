"""The simple formats: lines of text, the bytes of the output, the entries of the log."""

from typing import BinaryIO

from claude_sessions.formats.excerpt import Excerpt, without_seal
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import OUTPUT
from claude_sessions.screen.printable import printable
from claude_sessions.timeline.lines import LineReader


def write_text(excerpt: Excerpt, _title: str, out: BinaryIO) -> int:
    """Write the lines that were on the screen, each once, as `logs` prints them."""
    reader = LineReader()
    for _, entry in excerpt.entries():
        if batch := reader.read(entry):
            out.write("".join([printable(line.text) + "\n" for line in batch]).encode())
    out.write("".join([printable(line.text) + "\n" for line in reader.finish()]).encode())
    return 0


def write_output(excerpt: Excerpt, _title: str, out: BinaryIO) -> int:
    """Write the exact bytes of the output."""
    if excerpt.cut:
        for _, entry in excerpt.entries():
            if entry.direction == OUTPUT:
                out.write(entry.data)
        return 0
    out.writelines(block.data(OUTPUT) for block in excerpt.blocks())
    return 0


def write_entries(excerpt: Excerpt, _title: str, out: BinaryIO) -> int:
    """Write the entries: the log's own lines where it is whole, otherwise new ones without the seal."""
    if excerpt.whole:
        out.writelines(block.lines for block in excerpt.blocks())
        return 0
    line = EntryEncoder(excerpt.recording.session_id).line
    entries = without_seal(excerpt.entries())
    out.writelines(line(time_ns, entry.direction, entry.data) for time_ns, entry in entries)
    return 0
