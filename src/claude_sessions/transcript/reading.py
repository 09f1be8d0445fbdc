"""A transcript, line by line: each object with its envelope, in the order of the file; each fault with its place.

Reading ends where the file ends at that moment: what is appended later is the next reader's. The last line may be
without its newline; where it is half written it is a fault like any other.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.envelope import BadLineError, Line, decode_envelope, take_apart
from claude_sessions.transcript.lines import Fault, PlainSource, Source, TooLong, read_lines

OnFault = Callable[[Fault], None]


def ignore(fault: Fault) -> None:
    """Take a fault and do nothing: for readers whose caller has told the person already."""


def read_entries(source: Source, on_fault: OnFault = ignore, offset: int = 0) -> Iterator[Line]:
    """Yield every object of a transcript with its envelope; `on_fault` is told of what is none, in the same order.

    `offset` is where in the file `source` stands.
    """
    for start, line in read_lines(source, offset):
        try:
            yield Line(start, line, decode_envelope(line))  # type: ignore[arg-type]  # TooLong ends in a TypeError
        except (TypeError, *UNDECODABLE):
            yield from _slowly(source.name, start, line, on_fault)


def _slowly(name: str, start: int, line: bytes | bytearray | TooLong, on_fault: OnFault) -> Iterator[Line]:
    """Yield what can be read of a line that is not one clean object."""
    if isinstance(line, TooLong):
        on_fault(Fault(name, start, line.size, "too long a line"))
        return
    done = 0
    try:
        for offset, raw, envelope in take_apart(line):
            done = offset + len(raw)
            yield Line(start + offset, raw, envelope)
    except BadLineError as error:
        on_fault(Fault(name, start + done, len(line) - done, str(error)))


@contextlib.contextmanager
def open_source(path: Path | str, offset: int = 0) -> Iterator[Source]:
    """Open a transcript for reading, packed (`.zst`) or plain; a plain one at `offset`.

    Raises NotFoundError where there is none, UsageError where it cannot be read or is no file.
    """
    name = str(path)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise NotFoundError(f"{name}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be opened: {error.strerror}") from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise UsageError(f"{name} is no file")
        yield _packed(fd, name) if name.endswith(".zst") else PlainSource(fd, name, offset)
    finally:
        os.close(fd)


def _packed(fd: int, name: str) -> Source:
    from claude_sessions.transcript.packed import PackedSource

    return PackedSource(fd, name)
