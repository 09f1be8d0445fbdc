"""The two ends of a segment, without reading what lies between: how 5,000 recordings are listed at once."""

import fcntl
import os
from collections.abc import Iterator

PIECE = 4096
"""Bytes of the first read at either end; most recordings need no second one."""

REACH = 4 * 1024 * 1024
"""How far from either end we look: our longest lines are below 400 kB, and a hostile one must not fill the memory."""


def first_line(fd: int) -> bytes:
    """Return the first line without its newline; what fits into REACH where it is longer."""
    return first_lines(fd)[0]


def first_lines(fd: int) -> list[bytes]:
    """Return the first line as `first_line` does, and the whole ones after it that came with the same read."""
    piece = PIECE
    while True:
        block = os.pread(fd, piece, 0)
        line, *others = block.split(b"\n")
        if others or len(block) < piece or piece >= REACH:
            return [line, *others[:-1]]
        piece *= 4


def last_lines(fd: int, size: int) -> Iterator[bytes]:
    """Yield the lines of a file of `size` bytes from the last to the first, as far as REACH goes; no empty ones.

    The first one yielded may be torn: it is being written, or its writer died.
    """
    rest = b""
    end = size
    piece = PIECE
    while end > 0 and size - end < REACH:
        begin = max(0, end - piece)
        lines = (os.pread(fd, end - begin, begin) + rest).split(b"\n")
        rest = lines.pop(0) if begin else b""
        for line in reversed(lines):
            if line:
                yield line
        end = begin
        piece *= 4


def is_being_written(fd: int) -> bool:
    """Tell whether the recorder holds this segment: it keeps an exclusive flock for as long as it lives."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False
