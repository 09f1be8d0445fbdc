"""What a line holds that a person types and edits: a key whose first letter comes last is a key all the same.

A small model of the line editors of shells and of Claude Code. What each of them does with rare keys differs; what is
wrong here is at worst one more reading of a line in which nothing is found.
"""

import re
from operator import methodcaller

_KEY = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[M..."  # a mouse report in the oldest form
    r"|(?P<key>\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b[\r\n]|\x1b[^\[\]PX^_O\x1b])"
    r"|\x1b[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])",
    re.DOTALL,
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\[M.{0,2}|O|[]PX^_][^\x07\x1b]*\x1b?)?\Z", re.DOTALL)
_CODED = re.compile(r"\x1b\[(?:([0-9]{1,7})(?:;([0-9]{1,3})(?::1)?)?u|27;([0-9]{1,3});([0-9]{1,7})~)")
_LAST_WORD = re.compile(r"\S+\s*\Z")
_LAST_PART = re.compile(r"\w+\W*\Z")
_FIRST_PART = re.compile(r"\W*\w+")

_KEYS = {
    "left": ("\x02", "\x1b[D", "\x1bOD"),
    "right": ("\x06", "\x1b[C", "\x1bOC"),
    "home": ("\x01", "\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"),
    "end": ("\x05", "\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"),
    "word_left": ("\x1bb", "\x1b[1;5D", "\x1b[1;3D"),
    "word_right": ("\x1bf", "\x1b[1;5C", "\x1b[1;3C"),
    "backspace": ("\x7f", "\x08"),
    "delete": ("\x04", "\x1b[3~"),
    "kill_word": ("\x17",),
    "kill_part": ("\x1b\x7f", "\x1b\x08"),
    "kill_part_right": ("\x1bd", "\x1b[3;5~"),
    "kill_left": ("\x15",),
    "kill_right": ("\x0b",),
    "yank": ("\x19",),
    "swap": ("\x14",),
    "leave": ("\r", "\n", "\x03", "\x1b\r", "\x1b\n", "\x1b[A", "\x1b[B", "\x1bOA", "\x1bOB", "\x10", "\x0e"),
}
"""What keys do, and what terminals send for them. Up and down bring another line, whose text nobody knows."""

_DOES = {key: methodcaller(name) for name, keys in _KEYS.items() for key in keys}

_LONGEST = 16 * 1024
"""Characters of a line; what is longer was pasted, and is read as it came."""

_MOST = 100
_CTRL, _ALT = 4, 2
_LAST_CODE = 0x10FFFF


class LineEditor:
    """Takes text as it was typed. `take` returns what the line was, at its end and whenever it had been longest."""

    def __init__(self) -> None:
        self._line = ""
        self._at = 0
        self._killed = ""
        self._rest = ""
        self._grew = False
        self._states: dict[str, None] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been typed in the line."""
        return not self._line

    def type(self, text: str) -> None:
        """Take more of what was typed; a key may come in two parts."""
        text, self._rest = self._rest + text, ""
        unfinished = _UNFINISHED.search(text, max(0, text.rfind("\x1b") - 1) if "\x1b" in text else len(text))
        if unfinished is not None:
            text, self._rest = text[: unfinished.start()], unfinished[0][:_LONGEST]
        for match in _KEY.finditer(text):
            if match["text"]:
                self._insert(match["text"])
            elif key := match["control"] or _plain(match["key"] or ""):
                self._press(key)

    def take(self) -> list[str]:
        """Return all that the line has been, and begin a new one."""
        states = [*self._states]
        if self._line.strip() and self._line not in self._states:
            states.append(self._line)
        self._states.clear()
        self._line, self._at = "", 0
        return states

    def _insert(self, text: str) -> None:
        if len(self._line) + len(text) <= _LONGEST:
            self._line = self._line[: self._at] + text + self._line[self._at :]
            self._at += len(text)
            self._grew = True

    def _press(self, key: str) -> None:
        if key in _DOES:
            _DOES[key](self)
        elif len(key) == 1 and key.isprintable():
            self._insert(key)

    def _note(self) -> None:
        if self._grew and self._line.strip() and len(self._states) < _MOST:
            self._states[self._line] = None
        self._grew = False

    def _cut(self, start: int, end: int, *, keep: bool = True) -> None:
        """Take a part away; what the line was before may have been more telling."""
        start, end = max(0, start), min(end, len(self._line))
        if start < end:
            self._note()
            if keep:
                self._killed = self._line[start:end]
            self._line = self._line[:start] + self._line[end:]
            self._at = start

    def _move(self, to: int) -> None:
        self._at = min(max(0, to), len(self._line))

    def left(self) -> None:
        """Go back a character."""
        self._move(self._at - 1)

    def right(self) -> None:
        """Go on a character."""
        self._move(self._at + 1)

    def home(self) -> None:
        """Go to the beginning."""
        self._move(0)

    def end(self) -> None:
        """Go to the end."""
        self._move(len(self._line))

    def word_left(self) -> None:
        """Go back a word."""
        self._move(self._start_of(_LAST_PART))

    def word_right(self) -> None:
        """Go on a word."""
        self._move(self._end_of_part())

    def backspace(self) -> None:
        """Remove the character before the cursor."""
        self._cut(self._at - 1, self._at, keep=False)

    def delete(self) -> None:
        """Remove the character at the cursor."""
        self._cut(self._at, self._at + 1, keep=False)

    def kill_word(self) -> None:
        """Cut what stands before the cursor up to a blank."""
        self._cut(self._start_of(_LAST_WORD), self._at)

    def kill_part(self) -> None:
        """Cut the letters and digits before the cursor."""
        self._cut(self._start_of(_LAST_PART), self._at)

    def kill_part_right(self) -> None:
        """Cut the letters and digits behind the cursor."""
        self._cut(self._at, self._end_of_part())

    def kill_left(self) -> None:
        """Cut all before the cursor."""
        self._cut(0, self._at)

    def kill_right(self) -> None:
        """Cut all behind the cursor."""
        self._cut(self._at, len(self._line))

    def yank(self) -> None:
        """Insert what was cut last."""
        self._insert(self._killed)

    def swap(self) -> None:
        """Swap the characters before and at the cursor, or the last two."""
        at = min(self._at, len(self._line) - 1)
        if at > 0:
            line = self._line
            self._line = line[: at - 1] + line[at] + line[at - 1] + line[at + 1 :]
            self._move(at + 1)

    def leave(self) -> None:
        """The line goes away, and was one that was typed."""
        self._cut(0, len(self._line), keep=False)

    def _start_of(self, pattern: "re.Pattern[str]") -> int:
        found = pattern.search(self._line[: self._at])
        return found.start() if found else 0

    def _end_of_part(self) -> int:
        found = _FIRST_PART.match(self._line, self._at)
        return found.end() if found else len(self._line)


def _plain(key: str) -> str:
    """Return what a terminal without keyboard protocols sends for the same key; "" where a key is only let go."""
    match = _CODED.fullmatch(key)
    if match is None:
        return key
    code, held = (match[1], match[2]) if match[1] else (match[4], match[3])
    number, modifiers = int(code), int(held or "1") - 1
    if number > _LAST_CODE or 0xD800 <= number < 0xE000:
        return ""
    char = chr(number)
    if modifiers & _CTRL:
        return chr(ord(char.upper()) & 0x1F) if char.isascii() and char.isalpha() else ""
    return f"\x1b{char}" if modifiers & _ALT else char
