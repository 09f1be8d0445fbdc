"""A transcript that can be read at any place: a packed one is unpacked into a file that has no name."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from claude_sessions.transcript.lines import BLOCK, PlainSource, Source
from claude_sessions.transcript.reading import open_source


@contextlib.contextmanager
def open_anywhere(path: Path | str) -> Iterator[Source]:
    """Open a transcript whose `reread` gives bytes at any offset. Errors as with `reading.open_source`."""
    with open_source(path) as source:
        if source.reread(0, 0) is not None:
            yield source
            return
        with tempfile.TemporaryFile(buffering=0) as file:
            while block := source.read(BLOCK):
                file.write(block)
            yield PlainSource(file.fileno(), source.name)
