"""The terminal emulator behind one small interface: bytes go in, and the text that a person would see comes out.

The work is done by avt (pyavt). It takes text, so bytes are decoded here, across any cut; it does not say which of its
two screens is shown, so that is read off the stream; and a hostile size would take all memory, so sizes are bounded.
"""

import codecs
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import avt
import re2
from avt.util import TextUnwrapper

from claude_sessions.screen.clusters import Clusters
from claude_sessions.screen.plain import PlainText, is_usual, split_plain

MAX_COLUMNS = 1000
MAX_ROWS = 500
"""Half a million cells, about 10 MB, is the largest screen that is kept, whatever a log says."""

_CELLS_AT_ONCE = 4_000_000
"""Each line feed may make a row scroll off, and avt hands out all cells of all of them: 80 MB at a time, no more."""

_FEW = _CELLS_AT_ONCE // MAX_COLUMNS
"""So many characters are drawn in one go on a screen of any width."""

MAX_LINE = 64 * 1024
"""A line that wraps for longer than this many characters is handed out in pieces."""

_NOTABLE = (
    rb"\x1b(?:c|\[(?:[23]J|H\x1b\[2K|[0-9]*S|[0-9]{3,}b|\?(?:[0-9;]{0,40};)?(?:1049|1047|47)(?:;[0-9;]{0,40})?[hl]))"
)
_notable = re.compile(_NOTABLE)
_find_notable = re2.compile(_NOTABLE).search  # four times as fast where there is none, and there mostly is none
_UNFINISHED = re.compile(rb"\x1b(?:\[\??[0-9;]{0,80})?")
_UNFINISHED_ENDS = frozenset(bytes([byte]) for byte in b"\x1b[?;0123456789")
_LONGEST = 100

_REPEATED = re.compile(r"(.)\x1b\[([0-9]+)b", re.DOTALL)

_WORTH_A_DETOUR = 8 * 1024

_HISTORY = 300
"""How many of the lines that scrolled off can be pulled back when the window grows."""


class Look(NamedTuple):
    """What a look at the screen finds. Lines are logical ones: wrapped rows are joined, blanks at the end are gone."""

    scrolled: list[str]
    """The lines that left the screen at its top since the last look."""
    lines: list[str]
    """The lines on the screen from top to bottom, empty ones included; the first has its part that scrolled off.

    Where nothing has changed since the last look it is the same list: it is not to be altered.
    """
    redrawn: bool
    """Whether lines that had scrolled off may be back: the program cleared the whole screen."""
    returned: list[str]
    """The lines that had scrolled off before the last look and were at the top of a window that has grown."""


class Emulator:
    """A terminal of `columns` by `rows`.

    `before_switch` is called just before the other screen (main or alternate) is shown: the last chance to look at
    this one. Whoever feeds much must look now and then: what scrolled off is kept until the next look.
    """

    def __init__(self, columns: int = 80, rows: int = 24, before_switch: Callable[[], None] | None = None) -> None:
        self.alternate = False
        """Whether the alternate screen is shown."""
        self._vt = avt.Vt(*_bounded(columns, rows), 0)
        self._before_switch = before_switch
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._decode = self._decoder.decode
        self._tail = b""
        self._redrawn = False
        self._clusters = Clusters()
        self._unwrapper = TextUnwrapper()
        self._scrolled: list[str] = []
        self._history: deque[str] = deque(maxlen=_HISTORY)
        self._carried: dict[bool, list[str]] = {False: [], True: []}
        self._seen_carried = 0
        self._returned: list[str] = []
        self._lines: list[str] = []
        self._wraps: list[bool] = []
        self._changed: set[int] = set()
        self._forget_rows()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        columns, rows = self._vt.size
        return columns, rows

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the cursor, counted from 0."""
        cursor = self._vt.cursor
        return cursor.col, cursor.row

    def dump(self) -> tuple[str, bytes]:
        """Return what gives a new emulator of this size the same state, in avt's own 8-bit sequences, and the bytes held back.

        Those are the beginning of a character or sequence whose end has not come. `keyframe` makes it fit for terminals.
        """
        undecoded, _ = self._decoder.getstate()
        return self._clusters.unpack(_spelled_out(self._vt.dump())), undecoded + self._tail

    def feed(self, data: bytes) -> None:
        """Draw `data`. Characters and sequences may be split between calls at any byte."""
        if self._tail:
            data = self._tail + data
            self._tail = b""
        escape = data.rfind(b"\x1b", -_LONGEST) if data[-1:] in _UNFINISHED_ENDS else -1
        if escape >= 0 and _UNFINISHED.fullmatch(data, escape):
            data, self._tail = data[:escape], data[escape:]
        position = 0
        if _find_notable(data):
            for match in _notable.finditer(data):
                self._draw(data[position : match.start()])
                position = match.end()
                self._draw(self._note(match[0]))
        self._draw(data[position:] if position else data)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, within the bounds above.

        Terminals wrap anew then, and pull text back from what scrolled off; programs count on it when they draw relative
        to the cursor. avt does the same where it has a scrollback, so it is lent one for the occasion.
        """
        size = _bounded(columns, rows)
        if size == self._vt.size:
            return
        if self.alternate:
            self._vt.resize(*size)
        else:
            self._resize_main(size)
        self._forget_rows()

    def begin_below(self) -> None:
        """Go on with a clean screen below what is there: something that nobody recorded was printed after it.

        Whoever wants to see what is there looks before. Programs clear what they drew above the cursor, so it goes to
        the last row; a full-screen program places it anyway.
        """
        shown = [*self.look().lines]
        while shown and not shown[-1]:
            shown.pop()
        if not self.alternate:
            self._history.extend(shown)
        self._carried[self.alternate].clear()
        self._feed(b"\x1b[2J\x1b[%d;1H" % self._vt.size[1])

    def _resize_main(self, size: tuple[int, int]) -> None:
        known = len(self._history)
        before = "".join(f"{line}\r\n" for line in self._history) + "".join(self._carried[False])
        lender = avt.Vt(*self._vt.size)
        lender.feed_str(self._clusters.pack(before, before.encode())[1])
        if not self._carried[False]:  # let it all scroll off: a dump without its last, empty rows would not
            lender.feed_str(f"\x1b[{self._vt.size[1]};1H" + "\n" * lender.cursor.row + "\x1b[H")
        lender.feed_str(self._vt.dump())
        lender.resize(*size)
        self._vt = avt.Vt(*size, 0)
        self._vt.feed_str(_spelled_out(lender.dump()))
        self._carried[False].clear()
        above = self._unwrap(lender.lines()[: -size[1]])
        self._scrolled += above[known:]
        self._returned[:0] = filter(None, list(self._history)[len(above) :])
        self._history = deque(above[:known], maxlen=_HISTORY)  # look() adds what has scrolled off by this

    def look(self) -> Look:
        """Return the lines on the screen, and those that scrolled off since the last look."""
        if self._changed:
            self._read_changed()
        scrolled, redrawn, returned = self._scrolled, self._redrawn, self._returned
        if scrolled:
            self._scrolled = []
            if not self.alternate:
                self._history.extend(scrolled[-_HISTORY:])
        if returned:
            self._returned = []
        self._redrawn = False
        carried = self._carried[self.alternate]
        self._seen_carried = len(carried)
        lines = self._lines
        if carried:
            lines = [("".join(carried) + "".join(lines[:1])).rstrip(" "), *lines[1:]]
        return Look(scrolled, lines, redrawn, returned)

    def _read_changed(self) -> None:
        """Read the rows that have changed where they are few and no line goes on in the next row; else all of them."""
        changed, rows = self._changed, len(self._wraps)
        if len(self._lines) < rows or 2 * len(changed) > rows or not self._read_some():
            self._read_all()
        changed.clear()

    def _read_some(self) -> bool:
        """Read the rows that have changed, or return False: a line goes on in the next row now.

        avt does not count that as a change of the row that it begins in.
        """
        vt, push = self._vt, self._unwrapper.push
        lines = self._lines.copy()
        for row in self._changed.union([row - 1 for row in self._changed if row]):
            text = push(vt[row])
            if text is None:
                self._unwrapper.flush()
                return False
            lines[row] = text if text.isascii() else self._restored(text)
        self._lines = lines
        return True

    def _read_all(self) -> None:
        rows = len(self._wraps)
        found: list[str | None] = []
        if not self.alternate:  # avt gives the text of the main screen alone, in two thirds of the time
            found += self._vt.text()
        if len(found) != rows:
            found = [*map(self._unwrapper.push, self._vt.view())]
        lines = [text for text in found if text is not None]
        if len(lines) < rows:
            self._wraps = [text is None for text in found]
            lines = [text.rstrip(" ") for text in lines]  # avt leaves the blanks that wrapped
        else:
            self._wraps = [False] * rows
        if rest := self._unwrapper.flush():
            lines.append(rest)
        self._lines = self._restored_all(lines)

    def _draw(self, data: bytes) -> None:
        plain = None if self.alternate or len(data) < _WORTH_A_DETOUR else split_plain(data, self._vt.size[1])
        if plain is not None and is_usual(self._vt.dump()):
            self._print(plain)
        else:
            self._feed(data)

    def _print(self, plain: PlainText) -> None:
        """Draw plain text; its middle has scrolled off as soon as the tail is drawn, right after the head."""
        self._feed(plain.head)
        rows = self._vt.size[1]
        above = len(self._scrolled) + sum(not self._read(self._vt[row])[1] for row in range(rows - 1))
        self._feed(plain.tail)
        self._scrolled[above:above] = plain.lines

    def _feed(self, data: bytes) -> None:
        text = self._decode(data)
        if "\x7f" in text:  # terminals ignore it, avt prints it
            text = text.replace("\x7f", "")
        back, text = self._clusters.pack(text, data)
        if back:
            text = f"\x1b[{self._vt.cursor.col - back + 1}G{text}"
        for piece in (text,) if len(text) < _FEW else self._cut(text):
            changed, scrolled = self._vt.feed_str(piece)
            self._changed.update(changed)
            if scrolled:
                self._scrolled += self._unwrap(scrolled)

    def _cut(self, text: str) -> Iterator[str]:
        size = _CELLS_AT_ONCE // self._vt.size[0]
        return (text[start : start + size] for start in range(0, len(text), size))

    def _note(self, sequence: bytes) -> bytes:
        """Take notice of a sequence and return what to draw for it.

        It clears the screen (at once, or row by row from the top), shows the other one, or repeats something: no more
        often than can be seen.
        """
        kind = sequence[-1:]
        if kind in b"Sb":
            count = int(sequence[2:-1][:6] or 1)
            return b"\x1b[%d%b" % (min(count, self._vt.size[kind == b"S"]), kind)
        if kind in b"JK":
            self._redrawn = True
            self._drop_carried()
            if sequence.endswith(b"3J"):
                self._history.clear()
            return sequence
        alternate = kind == b"h"
        if alternate != self.alternate:
            self._switch(alternate)
        if kind == b"c":
            self._redrawn = True
            self._history.clear()
        return sequence

    def _drop_carried(self) -> None:
        """Let the line go whose end on the screen is erased. A look has shown it whole, or what scrolled off is all there is."""
        carried = self._carried[self.alternate]
        if len(carried) > self._seen_carried:
            self._scrolled.append("".join(carried).rstrip(" "))  # blanks wrap too
        carried.clear()
        self._seen_carried = 0

    def _switch(self, alternate: bool) -> None:
        if self._before_switch is not None:
            self._before_switch()
        self._scrolled.clear()
        self._returned.clear()
        self._carried[True].clear()
        self._redrawn = False
        self._changed.update(range(self._vt.size[1]))
        self.alternate = alternate

    def _unwrap(self, rows: list[avt.Line]) -> list[str]:
        """Return the lines that end in `rows`, which left the screen; the last one's beginning waits for its end."""
        carried = self._carried[self.alternate]
        found = [*map(self._unwrapper.push, rows)]
        rest = self._unwrapper.flush()
        if len(rows) * self._vt.size[0] + sum(map(len, carried)) > MAX_LINE:
            return self._unwrap_in_pieces(rows)
        ended = [text for text in found if text is not None]
        if len(ended) < len(found):
            ended = [text.rstrip(" ") for text in ended]  # avt leaves the blanks that wrapped
        lines = self._restored_all(ended)
        if carried and lines:
            lines[0] = "".join([*carried, lines[0]]).rstrip(" ")
            carried.clear()
        if rest:
            carried.append(self._restored(rest))
        return lines

    def _unwrap_in_pieces(self, rows: list[avt.Line]) -> list[str]:
        carried = self._carried[self.alternate]
        push = self._unwrapper.push
        lines = []
        for row in rows:
            text = push(row)
            if text is None:
                carried.append(self._flushed())
                if sum(map(len, carried)) > MAX_LINE:
                    lines.append("".join(carried))
                    carried.clear()
                continue
            text = self._restored(text)
            if carried:
                text = "".join(carried) + text
                carried.clear()
            lines.append(text)
        return lines

    def _read(self, row: avt.Line) -> tuple[str, bool]:
        """Return a row's text and whether it goes on in the next one (avt tells only its unwrapper)."""
        text = self._unwrapper.push(row)
        if text is None:
            return self._flushed(), True
        return self._restored(text), False

    def _restored_all(self, texts: list[str]) -> list[str]:
        joined = "\n".join(texts)
        restored = self._restored(joined)
        return texts if restored == joined else restored.split("\n")

    def _flushed(self) -> str:
        return self._restored(self._unwrapper.flush() or "")

    def _restored(self, text: str) -> str:
        """Return the text of a row as people write it."""
        return text if text.isascii() else self._clusters.unpack(text.replace("\xa0", " "))

    def _forget_rows(self) -> None:
        rows = self._vt.size[1]
        self._lines = [""] * rows
        self._wraps = [False] * rows
        self._changed = set(range(rows))


def _bounded(columns: int, rows: int) -> tuple[int, int]:
    return max(1, min(columns, MAX_COLUMNS)), max(1, min(rows, MAX_ROWS))


def _spelled_out(dump: str) -> str:
    """Return avt's dump without repetitions: of a wide character avt repeats the second half, which is empty."""
    return _REPEATED.sub(lambda found: found[1] * (int(found[2]) + 1), dump)
