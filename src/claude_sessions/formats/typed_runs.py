"""What was typed, in runs that are judged as a whole: up to an Enter, and all of a paste or of a block of key material."""

from collections.abc import Iterator
from typing import NamedTuple

from claude_sessions.formats.line_editor import LineEditor
from claude_sessions.log.entry import INPUT, Entry
from claude_sessions.timeline.typed import KeyboardReader

_LONGEST = 256 * 1024
_PAIRS = ((b"\x1b[200~", b"\x1b[201~"), (b"-----BEGIN", b"-----END"))
"""What begins and ends a paste, and a block of key material."""

_GOING_ON = (b"\x1b[13;2u", b"\x1b[27;2;13~", b"\x1b\r", b"\n")
"""Keys that begin a new line in Claude Code and end none: Shift-Enter, Alt-Enter, Ctrl-J."""


class Run(NamedTuple):
    """Entries of input that belong together, and the lines that they are."""

    entries: tuple[Entry, ...]
    lines: tuple[str, ...]
    edited: tuple[str, ...] = ()
    """What a line editor has held of it, moves of the cursor followed."""

    @property
    def line(self) -> str:
        """What was there at its Enter."""
        return self.edited[-1] if self.edited else "".join(self.lines[-1:])

    @property
    def goes_on(self) -> bool:
        """Whether its last line is meant to go on in the next run."""
        typed = b"".join(entry.data for entry in self.entries)
        return typed.endswith(_GOING_ON) or any(line.endswith("\\") for line in self.lines[-1:])

    def texts(self) -> Iterator[str]:
        """Yield every reading of it in which a secret may be seen."""
        yield b"".join(entry.data for entry in self.entries).decode(errors="replace").replace("\r", "\n")
        yield from self.lines
        yield from (text for text in self.edited if text not in self.lines)
        if len(self.lines) > 1:
            yield "\n".join(self.lines)
            yield "".join(line.removesuffix("\\") for line in self.lines)


class TypedRuns:
    """Takes entry after entry. A run comes out when it is over; one that goes on in the next, once more together with it."""

    def __init__(self) -> None:
        self._keyboard = KeyboardReader()
        self._editor = LineEditor()
        self._entries: list[Entry] = []
        self._lines: list[str] = []
        self._raw = bytearray()
        self._before: Run | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing that writes has been typed since the last run."""
        return not self._lines and self._editor.is_empty

    def read(self, entry: Entry) -> Iterator[Run]:
        """Take the next entry and yield the runs that it ends."""
        lines = [line.text for line in self._keyboard.read(entry)]
        if entry.direction != INPUT:
            return
        self._entries.append(entry)
        self._editor.type(entry.data.decode(errors="replace"))
        self._lines += lines
        self._raw += entry.data
        if len(self._raw) > _LONGEST or (self._lines and not self._is_open()):
            yield from self._take()

    def finish(self) -> Iterator[Run]:
        """Yield what is left."""
        self._lines += [line.text for line in self._keyboard.finish()]
        yield from self._take()

    def _is_open(self) -> bool:
        """Tell whether a paste or a block has begun and not ended."""
        return any(self._raw.rfind(first) > self._raw.rfind(last) for first, last in _PAIRS)

    def _take(self) -> Iterator[Run]:
        run = Run(tuple(self._entries), tuple(self._lines), tuple(self._editor.take()))
        self._entries, self._lines, self._raw = [], [], bytearray()
        before, self._before = self._before, run
        if run.entries:
            yield run
            if before is not None and before.goes_on:
                yield Run(before.entries + run.entries, before.lines[-1:] + run.lines, run.edited)
