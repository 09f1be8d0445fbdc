"""Finding one configured control key in what a person types, in every way a terminal may send it.

A key comes as its control byte, as `CSI 92;5u` once the program has switched the kitty protocol on, or as
`CSI 27;5;92~` with modifyOtherKeys; NumLock and CapsLock change the numbers. It may stand in the middle of a chunk, and the
same byte may stand in a paste, in a mouse report or in a terminal's answer, where it is no key. So the input is taken
apart into tokens; nothing but the key itself is ever changed, and nothing is held back but a beginning of an escape
sequence that may still turn out to be the key.
"""

import enum
import re
from collections.abc import Iterator
from typing import Final

from claude_sessions.base.errors import ConfigError


class Press(enum.Enum):
    """Stands in the pieces of input where the key was pressed."""

    KEY = enum.auto()


KEY: Final = Press.KEY

_PASTE_BEGINS: Final = b"\x1b[200~"
_PASTE_ENDS: Final = b"\x1b[201~"

_LONGEST: Final = 64
_LONGEST_ANSWER: Final = 4096

_TOKEN = re.compile(
    rb"\x1b(?:"
    rb"\[M[\x00-\xff]{3}"  # mouse, oldest form: three bytes of any value
    rb"|\[\[[A-E]"  # function keys of the Linux console
    rb"|\[[0-?]{0,%d}[ -/]{0,2}[@-LN-~]|\[[0-?]{1,%d}M"  # CSI
    rb"|O[ -~]"  # SS3
    rb"|[\]P_^X][^\x00-\x1f]{0,%d}(?:\x07|\x1b\\)"  # a terminal's answer
    rb"|[^\[O\x1b]"  # with Alt
    rb")" % (_LONGEST, _LONGEST, _LONGEST_ANSWER),
    re.DOTALL,
)
_MAY_BECOME_THE_KEY = re.compile(rb"\x1b(?:\[[0-9:;]{0,%d})?" % _LONGEST)
_UNFINISHED = re.compile(
    rb"\x1b(?:\[(?:[0-?]{0,%d}[ -/]{0,2}|M[\x00-\xff]{0,2}|\[)|O|[\]P_^X][^\x00-\x1f]{0,%d}\x1b?)?"
    % (_LONGEST, _LONGEST_ANSWER),
    re.DOTALL,
)
_ANSWER = re.compile(rb"\x1b[\]P_^X]")

_KITTY = re.compile(rb"\x1b\[([0-9]+)(?::([0-9]*))?(?::([0-9]*))?;([0-9]+)(?::([0-9]))?(?:;[0-9:]*)?u")
_OTHER_KEYS = re.compile(rb"\x1b\[27;([0-9]+);([0-9]+)~")

_SHIFT, _CONTROL, _LOCKS = 1, 4, 64 | 128
_RELEASE_OR_REPEAT: Final = (b"2", b"3")

_WITH_SHIFT: Final = {"^": "6", "_": "-", "@": "2"}
"""Keys that stand on another one's upper half, with the lower half on a US keyboard."""

_POSSIBLE: Final = "abefgklnopqrstuvwxy\\]^_@ "
"""What a session cannot do without is not among them: interrupting, ending, suspending, Tab, Enter, Backspace, Escape."""

_NAMES: Final = (
    "ctrl-a to ctrl-y except ctrl-c, ctrl-d, ctrl-h, ctrl-i, ctrl-j and ctrl-m, "
    "ctrl-\\, ctrl-], ctrl-^, ctrl-_, ctrl-@ and ctrl-space"
)


class KeyMatcher:
    r"""Takes one key out of a stream of input.

    >>> KeyMatcher("ctrl-]").feed(b"ab\x1dc")
    [b'ab', <Press.KEY: 1>, b'c']
    """

    def __init__(self, name: str) -> None:
        """Take a name such as `ctrl-]`; ConfigError where there is no such key."""
        self._letter = _parse(name)
        self._byte = bytes([ord(self._letter.upper()) & 0x1F])
        self._next = re.compile(b"[\x1b" + re.escape(self._byte) + b"]")
        self._held = b""  # not yet passed on
        self._passed = b""  # passed on, but the beginning of something whose end is still to come
        self._in_paste = False

    @property
    def holding(self) -> bool:
        """Whether something is held back: then call `flush()` if nothing more comes within some milliseconds."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[bytes | Press]:
        """Return what to pass on, in order, with KEY where the key was pressed. Its releases and repeats disappear."""
        if not (self._held or self._passed or self._in_paste or self._next.search(data)):
            return [data] if data else []
        return self._take_apart(data)

    def flush(self) -> bytes:
        """Return what was held back: nothing more came, so it was no part of the key."""
        held, self._held = self._held, b""
        self._passed = held or (b"" if _ANSWER.match(self._passed) else self._passed)
        return held

    def _take_apart(self, data: bytes) -> list[bytes | Press]:
        if self._passed == b"\x1b" and not data.startswith(b"[") and not self._in_paste:
            self._passed = b""  # that was the Escape key
        buffer = self._passed + self._held + data
        done = new = len(self._passed)
        self._passed = self._held = b""
        pieces: list[bytes | Press] = []
        for start, end, pressed in self._keys(buffer, new):
            if start < new:
                continue  # its beginning is already on its way
            if start > done:
                pieces.append(buffer[done:start])
            if pressed:
                pieces.append(KEY)
            done = end
        if rest := buffer[done : len(buffer) - len(self._held)]:
            pieces.append(rest)
        return pieces

    def _keys(self, buffer: bytes, new: int) -> Iterator[tuple[int, int, bool]]:
        """Yield from where to where the key stands in `buffer`, and whether that is a press.

        At the end what is unfinished is in `_held`, or in `_passed` if it cannot become the key.
        """
        position = 0
        while position < len(buffer):
            if self._in_paste:
                position = self._leave_paste(buffer, position)
                continue
            found = self._next.search(buffer, position)
            if found is None:
                return
            start = position = found.start()
            token = _TOKEN.match(buffer, start)
            if token:
                position = token.end()
                self._in_paste = token[0] == _PASTE_BEGINS
                ours, pressed = self._is_key(token[0])
                if ours:
                    yield start, position, pressed
            elif self._is_unfinished(buffer, start, new):
                return
            else:
                position += 1
                if buffer[start:position] == self._byte:
                    yield start, position, True

    def _is_unfinished(self, buffer: bytes, start: int, new: int) -> bool:
        """Tell whether a token begins at `start` whose end is still to come, and keep it."""
        if not _UNFINISHED.fullmatch(buffer, start):
            return False
        if start >= new and _MAY_BECOME_THE_KEY.fullmatch(buffer, start):
            self._held = buffer[start:]
        else:
            self._passed = buffer[start:]
        return True

    def _leave_paste(self, buffer: bytes, position: int) -> int:
        """Return where the paste ends, or the end of the buffer; remember a beginning of its end mark."""
        end = buffer.find(_PASTE_ENDS, position)
        if end >= 0:
            self._in_paste = False
            return end + len(_PASTE_ENDS)
        mark = buffer.rfind(b"\x1b", max(position, len(buffer) - len(_PASTE_ENDS) + 1))
        if mark >= 0 and _PASTE_ENDS.startswith(buffer[mark:]):
            self._passed = buffer[mark:]
        return len(buffer)

    def _is_key(self, token: bytes) -> tuple[bool, bool]:
        """Return whether a token is the key, and whether it was pressed just now (no release, no repeat)."""
        if kitty := _KITTY.fullmatch(token):
            code, shifted, base, modifiers, event = kitty.groups()
            ours = self._fits(int(modifiers), int(code), int(shifted or 0), int(base or 0))
            return ours, event not in _RELEASE_OR_REPEAT
        if other := _OTHER_KEYS.fullmatch(token):
            return self._fits(int(other[1]), int(other[2])), True
        return False, False

    def _fits(self, modifiers: int, code: int, shifted: int = 0, base: int = 0) -> bool:
        held = (modifiers - 1) & ~_LOCKS
        wanted = ord(self._letter)
        if held == _CONTROL:
            return wanted in (code, base)
        if held == _CONTROL | _SHIFT and self._letter in _WITH_SHIFT:
            return wanted in (code, shifted) or code == ord(_WITH_SHIFT[self._letter])
        return False


def _parse(name: str) -> str:
    """Return the character that is pressed together with Ctrl: `a` to `z`, a sign, or a space."""
    prefix, _, letter = name.lower().partition("-")
    letter = " " if letter == "space" else letter
    if prefix != "ctrl" or len(letter) != 1 or letter not in _POSSIBLE:
        raise ConfigError(f"{name!r} cannot be taken from the session; possible are {_NAMES}")
    return letter
