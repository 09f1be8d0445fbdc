"""Which modes a program has left on in the terminal it draws on, found by one cheap scan on the way.

A program that is suspended, detached, killed or replayed leaves the terminal as it last set it: on the alternate
screen, reporting the mouse, with keys encoded differently. Terminals cannot be asked (the answer would reach the program's input), so the bytes are
watched and `undo()` turns off exactly what is on.

The scan stands on the recorder's way from the program to the screen, so its cost is the design here. Redraws
have an escape sequence every ten bytes and nearly none of them sets a mode, but each frame hides and shows the cursor. One
regular expression over all escapes reads 200 MB/s of that. So a large chunk is asked for the bytes that the rare ones end
their beginnings with: most have none, and `in` looks for a byte at tens of GB/s. Where there is nothing rare, the last of the
frequent switches of each kind says it all, and is found from the end.
"""

import functools
import re
from typing import Final

_LONGEST: Final = 64
"""Longest parameters of a sequence that is recognised, in bytes: what is held back between chunks stays small."""

_SMALL: Final = 512
"""Below this many bytes one search is cheaper than two."""

# _EVERY is the language; _RARE finds all of it but `? 25 h`, `? 25 l`, `? 2026 h`, `? 2026 l` and `c`, each by a byte that
# need not be looked around where it is missing; _CUT is the set of beginnings.
_EVERY = re.compile(rb"\x1b(?:[=>c]|\[(?:[?>=<][0-9;:]{0,%d}[a-zA-Z]|!p|[0-9]? q))" % _LONGEST)
_RARE = tuple(
    (byte, re.compile(pattern))
    for byte, pattern in (
        (b">", rb">(?:(?<=\x1b>)|(?<=\x1b\[>))"),
        (b"<", rb"<(?<=\x1b\[<)"),
        (b"=", rb"=(?:(?<=\x1b=)|(?<=\x1b\[=))"),
        (b"!", rb"!(?<=\x1b\[!)"),
        (b"q", rb"q(?:(?<=\x1b\[ q)|(?<=\x1b\[[0-9] q))"),
        (b"?", rb"\?(?<=\x1b\[\?)(?!25[hl]|2026[hl])"),
    )
)
_RESET = b"\x1bc"
_CUT = re.compile(rb"\x1b(?:\[(?:[?>=<][0-9;:]{0,%d}|!|[0-9]? ?)?)?" % _LONGEST)
_LONGEST_CUT: Final = len(b"\x1b[?") + _LONGEST

_ALTERNATE: Final = (1049, 1047, 47)
_ON_BY_DEFAULT: Final = (25, 7)
_KEYPAD: Final = 66
_SYNCHRONIZED: Final = 2026

# In the order in which they are turned off: first what garbles typing, then the picture.
_KEYS: Final = (1, 9001, 1003, 1002, 1001, 1000, 9, 1016, 1015, 1006, 1005, 1004, 2031, 2048, 2004, 5, 6)
_BIT: Final = {
    mode: 1 << place for place, mode in enumerate((*_KEYS, _SYNCHRONIZED, _KEYPAD, *_ALTERNATE, *_ON_BY_DEFAULT))
}
_FREQUENT: Final = {b"\x1b[?25": _BIT[25], b"\x1b[?2026": _BIT[_SYNCHRONIZED]}
_FREQUENT_BITS: Final = _BIT[25] | _BIT[_SYNCHRONIZED]
_ALTERNATE_BITS: Final = sum(_BIT[mode] for mode in _ALTERNATE)
_SOFT_RESET: Final = sum(_BIT[mode] for mode in (1, 6, 7, 25, _KEYPAD))

_DEEPEST: Final = 256
"""Entries of a keyboard stack that are kept; terminals keep 8 to 32."""


@functools.lru_cache(maxsize=256)
def _effect(sequence: bytes) -> tuple[int, int]:
    """Return which bits `? modes h` or `l` sets and which it clears."""
    if sequence[-1:] not in (b"h", b"l"):
        return 0, 0
    on = cleared = 0
    for text in sequence[1:-1].split(b";"):
        mode = int(text) if text.isdigit() else 0
        bit = _BIT.get(mode, 0)
        affected = _ALTERNATE_BITS if mode in _ALTERNATE else bit
        high = (sequence[-1:] == b"h") != (mode in _ON_BY_DEFAULT)
        cleared |= affected
        on = on & ~affected | (bit if high else 0)
    return on, cleared


def _last_switch(data: bytes, switch: bytes) -> tuple[int, bytes]:
    """Return the place of the last `h` or `l` that follows `switch`, and which it is; (0, b"") where there is none."""
    at = data.rfind(switch)
    while at >= 0:
        end = at + len(switch)
        if data[end : end + 1] in (b"h", b"l"):
            return end, data[end : end + 1]
        at = data.rfind(switch, 0, at)
    return 0, b""


class _KeyboardStack:
    """The kitty keyboard flags of one screen: the entry in force is the last; the first was there before any push."""

    def __init__(self) -> None:
        self.flags = [0]

    def push(self, flags: int) -> None:
        self.flags.append(flags)
        if len(self.flags) > _DEEPEST:
            del self.flags[1]

    def pop(self, number: int) -> None:
        if number >= len(self.flags):
            self.flags = [0]  # a pop that empties the stack resets the flags
        elif number:
            del self.flags[-number:]

    def set(self, flags: int, how: int) -> None:
        now = self.flags[-1]
        self.flags[-1] = {1: flags, 2: now | flags, 3: now & ~flags}.get(how, now)

    def undo(self) -> bytes:
        pushed = len(self.flags) - 1
        return (b"\x1b[<%du" % pushed if pushed else b"") + (b"\x1b[=0;1u" if self.flags[0] else b"")

    def redo(self) -> bytes:
        base = b"\x1b[=%d;1u" % self.flags[0] if self.flags[0] else b""
        return base + b"".join(b"\x1b[>%du" % flags for flags in self.flags[1:])


class ModeTracker:
    """Follows the modes in a stream of output, cut anywhere.

    `generation` rises whenever a chunk has left other modes on than were on before it: what `undo()` returns may have changed.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._cut = b""
        self._bits = 0
        self._main = _KeyboardStack()
        self._other = _KeyboardStack()
        self._modify_keys = b""
        self._cursor_shape = b""

    @property
    def alternate_screen(self) -> bool:
        """Whether the alternate screen is shown."""
        return bool(self._bits & _ALTERNATE_BITS)

    def feed(self, data: bytes) -> None:
        """Look through the next piece of output."""
        if self._cut:
            data = self._cut + data
            self._cut = b""
        elif b"\x1b" not in data:
            return
        last = data.rfind(b"\x1b")
        if len(data) - last <= _LONGEST_CUT and _CUT.fullmatch(data, last):
            self._cut = data[last:]
        if len(data) >= _SMALL and not any(byte in data and pattern.search(data) for byte, pattern in _RARE):
            bits = self._after_frequent(data)
            if bits is not None:
                if bits != self._bits:
                    self._bits = bits
                    self.generation += 1
                return
        found = _EVERY.findall(data)
        if found:
            self._apply_all(found)

    def _after_frequent(self, data: bytes) -> int | None:
        """Return what is on after the frequent switches in `data`; None where a full reset has to be seen in its order.

        To look for a reset costs more than all the rest: it is looked for only behind what it would switch off.
        """
        bits = self._bits
        for switch, bit in _FREQUENT.items():
            place, last = _last_switch(data, switch)
            if last:
                bits = bits & ~bit | (bit if (last == b"h") == (bit == _BIT[_SYNCHRONIZED]) else 0)
            if bits & bit and data.find(_RESET, place) >= 0:
                return None
        more = bits & ~_FREQUENT_BITS or self._modify_keys or self._cursor_shape
        more = more or self._main.flags != [0] or self._other.flags != [0]
        return None if more and _RESET in data else bits

    def undo(self) -> bytes:
        """Return what turns off exactly what is on; empty where nothing is. The state stays as it is."""
        bits = self._bits
        off = [b"%d" % mode for mode in _KEYS if bits & _BIT[mode]]
        keyboard = self._screen_keys().undo()
        parts = [
            b"\x1b[?2026l" if bits & _BIT[_SYNCHRONIZED] else b"",
            keyboard,
            b"\x1b[>4m" if self._modify_keys else b"",
            b"\x1b>" if bits & _BIT[_KEYPAD] else b"",
            b"\x1b[?%sl" % b";".join(off) if off else b"",
            b"\x1b[?7h" if bits & _BIT[7] else b"",
        ]
        if self.alternate_screen:
            parts += [self._alternate(b"l"), self._main.undo()]
        parts += [
            b"\x1b[0 q" if self._cursor_shape else b"",
            b"\x1b[?25h" if bits & _BIT[25] else b"",
        ]
        return b"".join(parts)

    def redo(self) -> bytes:
        """Return what sets again what `undo()` turned off, except synchronized output: a terminal would wait for its end."""
        bits = self._bits
        on = [b"%d" % mode for mode in reversed(_KEYS) if bits & _BIT[mode]]
        parts = [self._main.redo()]
        if self.alternate_screen:
            parts += [self._alternate(b"h"), self._other.redo()]
        parts += [
            b"\x1b[?7l" if bits & _BIT[7] else b"",
            b"\x1b[?%sh" % b";".join(on) if on else b"",
            b"\x1b=" if bits & _BIT[_KEYPAD] else b"",
            b"\x1b[>4;%sm" % self._modify_keys if self._modify_keys else b"",
            b"\x1b[%s q" % self._cursor_shape if self._cursor_shape else b"",
            b"\x1b[?25l" if bits & _BIT[25] else b"",
        ]
        return b"".join(parts)

    def _alternate(self, final: bytes) -> bytes:
        return b"".join(b"\x1b[?%d%s" % (mode, final) for mode in _ALTERNATE if self._bits & _BIT[mode])

    def _screen_keys(self) -> _KeyboardStack:
        return self._other if self.alternate_screen else self._main

    def _apply_all(self, sequences: list[bytes]) -> None:
        before = (self._bits, self._modify_keys, self._cursor_shape, self._main.flags[:], self._other.flags[:])
        for sequence in sequences:
            if sequence.startswith(b"\x1b[?"):
                on, cleared = _effect(sequence[2:])
                self._bits = self._bits & ~cleared | on
            else:
                self._apply(sequence)
        if before != (self._bits, self._modify_keys, self._cursor_shape, self._main.flags, self._other.flags):
            self.generation += 1

    def _apply(self, sequence: bytes) -> None:
        if sequence == b"\x1bc":
            self._bits = 0
            self._main, self._other = _KeyboardStack(), _KeyboardStack()
            self._modify_keys = self._cursor_shape = b""
        elif sequence == b"\x1b[!p":
            self._bits &= ~_SOFT_RESET
            self._cursor_shape = b""
        elif sequence == b"\x1b=":
            self._bits |= _BIT[_KEYPAD]
        elif sequence == b"\x1b>":
            self._bits &= ~_BIT[_KEYPAD]
        elif sequence.endswith(b" q"):
            self._cursor_shape = sequence[2:-2].lstrip(b"0")
        elif sequence.endswith(b"u"):
            self._apply_keyboard(sequence[2:3], _numbers(sequence))
        elif sequence.startswith(b"\x1b[>") and sequence[-1:] in (b"m", b"n"):
            self._apply_modify_keys(sequence)

    def _apply_keyboard(self, kind: bytes, numbers: list[int | None]) -> None:
        keys = self._screen_keys()
        first = numbers[0]
        if kind == b">":
            keys.push(first or 0)
        elif kind == b"<":
            keys.pop(1 if first is None else first)
        elif kind == b"=":
            keys.set(first or 0, (numbers[1] if len(numbers) > 1 else None) or 1)

    def _apply_modify_keys(self, sequence: bytes) -> None:
        resource, _, value = sequence[3:-1].partition(b";")
        if sequence.endswith(b"n"):
            value = b""  # `CSI > 4 n` switches it off
        if resource in (b"4", b""):
            self._modify_keys = value.strip(b"0") and b"%d" % (_number(value) or 0)


def _numbers(sequence: bytes) -> list[int | None]:
    """Return the parameters of `ESC [ x … final`; None where one is left out."""
    return [_number(text) for text in sequence[3:-1].split(b";")]


def _number(text: bytes) -> int | None:
    return min(int(text), 255) if text.isdigit() else None
