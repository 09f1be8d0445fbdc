"""A recording inside of a terminal that may be larger than the recorded one."""

_HOME = b"\x1b[H"


class Window:
    """Knows the recorded terminal's size, and what to erase when that has changed.

    The viewer's terminal is not resized. But what a recorded terminal lost when it was resized would stand on in a larger one, and
    a program draws only what it believes to be there. So everything outside of the recorded size is
    erased when the program draws anew: Claude Code goes to the upper left corner then and erases line by line.
    """

    def __init__(self) -> None:
        self.size = (0, 0)
        """Columns and rows of the recorded terminal at present; zeros while they are unknown."""
        self.largest = (0, 0)
        """The largest number of columns and of rows so far."""
        self._changed = False

    def resize(self, size: tuple[int, int]) -> None:
        """Note the size that the recorded terminal has from here on."""
        self._changed = self._changed or self.size not in (size, (0, 0))
        self.size = size
        self.largest = (max(size[0], self.largest[0]), max(size[1], self.largest[1]))

    def before(self, data: bytes, terminal: tuple[int, int], *, alternate_screen: bool) -> bytes:
        """Return what must be shown before `data`, on a terminal of that many columns and rows."""
        if not self._changed or not (alternate_screen or _HOME in data):
            return b""
        self._changed = False
        return self.erase_outside(terminal)

    def erase_outside(self, terminal: tuple[int, int]) -> bytes:
        """Return what erases the right and lower parts of a larger terminal; the cursor stays where it is."""
        columns, rows = self.size
        parts = []
        if 0 < columns < terminal[0]:
            parts += [b"\x1b[%d;%dH\x1b[K" % (row, columns + 1) for row in range(1, min(rows, terminal[1]) + 1)]
        if 0 < rows < terminal[1]:
            parts.append(b"\x1b[%d;1H\x1b[J" % (rows + 1))
        return b"\x1b7\x1b[0m%s\x1b8" % b"".join(parts) if parts else b""
