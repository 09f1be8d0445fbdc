"""How far a transcript has been read: enough to go on there, also in another process, and to notice where that is wrong."""

import msgspec


class Position(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A place between two lines of a file."""

    device: int
    inode: int
    """Which file it was: another one may have its name by now."""
    offset: int
    """Bytes before it."""
    line: int | None = None
    """Lines before it; None where nobody has counted them, since reading began at the file's end."""
    before: bytes = b""
    """The last bytes before it, at most REMEMBERED: where others stand there now, the file was written anew.

    Empty where none was read: then the place may also be in the middle of a line.
    """


REMEMBERED = 64
"""Bytes of `Position.before`."""
