"""What front and host say to each other: short lines over two pipes, and the undo string in shared memory.

A pipe that ends says that the other side is gone, however it went. Imports nothing heavy: this runs before claude starts.
"""

import contextlib
import mmap
import os
from typing import Final

RESIZED: Final = b"resized"
"""front: the terminal has another size."""
SIGNAL: Final = b"signal"
"""front: a signal for the child; its number follows."""
CONTINUED: Final = b"continued"
"""front: back in the foreground, the terminal is raw again where it was."""
TAKEN: Final = b"taken"
"""front: the terminal is raw now, as asked."""
STOPPED: Final = b"stopped"
"""host: the child has stopped; stop as well."""
TAKE: Final = b"take"
"""host: the child wants the keyboard; make the terminal raw."""
DONE: Final = b"done"
"""host: it is over; the exit status follows, then the sentence for the person."""

_LENGTH_SIZE = 2
_MEMORY_SIZE = 4096


class Leash:
    """One side's ends of the two pipes."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.read_fd = read_fd
        self._write_fd = write_fd
        self._partial = b""

    def send(self, word: bytes, rest: bytes = b"") -> None:
        """Say something; nothing happens where nobody listens any more."""
        with contextlib.suppress(OSError):
            os.write(self._write_fd, b"%s %s\n" % (word, rest.replace(b"\n", b" ")))

    def receive(self) -> list[tuple[bytes, bytes]] | None:
        """Return what has arrived as (word, rest), or None at the end; blocks while there is nothing."""
        block = os.read(self.read_fd, 65536)
        if not block:
            return None
        *lines, self._partial = (self._partial + block).split(b"\n")
        return [(word, rest) for word, _, rest in (line.partition(b" ") for line in lines)]

    def close(self) -> None:
        """Let go of both pipes."""
        os.close(self.read_fd)
        os.close(self._write_fd)


def leash_pair() -> tuple[Leash, Leash]:
    """Return front's and host's ends."""
    from_host, to_front = os.pipe()
    from_front, to_host = os.pipe()
    return Leash(from_host, to_host), Leash(from_front, to_front)


class UndoMemory:
    """The bytes that give the terminal its modes back, in memory that front still has when the host was killed."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _MEMORY_SIZE)

    def write(self, undo: bytes) -> None:
        """Replace the string; a reader sees the old one, none, or the new one."""
        undo = undo[: _MEMORY_SIZE - _LENGTH_SIZE]
        self._memory[:_LENGTH_SIZE] = b"\0\0"
        self._memory[_LENGTH_SIZE : _LENGTH_SIZE + len(undo)] = undo
        self._memory[:_LENGTH_SIZE] = len(undo).to_bytes(_LENGTH_SIZE, "little")

    def read(self) -> bytes:
        """Return the string that was written last."""
        length = int.from_bytes(self._memory[:_LENGTH_SIZE], "little")
        return self._memory[_LENGTH_SIZE : _LENGTH_SIZE + length]
