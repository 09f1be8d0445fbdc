"""The short way for plain text, such as `cat` prints: most of it passes by without an emulator, several times as fast.

On a screen in its usual state a line of plain text scrolls off as it was printed. So of a long piece only the first
and the last rows are drawn: those that join what is on the screen, and those that stay on it.
"""

import re
from typing import NamedTuple

_PLAIN = bytes([*range(0x20, 0x7F), *range(0x80, 0x100)])
_BREAK = b"\r\n"
_C1 = re.compile("[\x80-\x9f]")

_UNUSUAL = re.compile("\x9b(?:[0-9;]*r|[?0-9;]*h|\\?7l)|\x1b\\(0|\x0e")
"""In avt's dump: margins, insert and origin mode, no wrapping, line drawing."""


class PlainText(NamedTuple):
    """A piece of plain text in three parts."""

    head: bytes
    """Fills the screen, and ends with a line break."""
    lines: list[str]
    """What passes by."""
    tail: bytes
    """Fills the screen once more."""


def split_plain(data: bytes, rows: int) -> PlainText | None:
    """Return the parts of `data`, or None where it is no plain text, or too short for the detour."""
    controls = data.translate(None, _PLAIN)
    if (
        len(controls) < 8 * (rows + 1)
        or controls != _BREAK * (len(controls) // 2)
        or data.count(_BREAK) * 2 != len(controls)
    ):
        return None
    rest = data.split(_BREAK, rows)[rows]
    middle = rest.rsplit(_BREAK, rows + 1)[0]
    text = middle.decode(errors="replace")
    if not text.isascii():
        if _C1.search(text):
            return None
        text = text.replace("\xa0", " ")
    lines = text.split("\r\n")
    if " \r\n" in text or text.endswith(" "):
        lines = [line.rstrip() for line in lines]
    return PlainText(data[: len(data) - len(rest)], lines, rest[len(middle) + len(_BREAK) :])


def is_usual(dump: str) -> bool:
    """Tell from avt's dump whether printed text simply scrolls: no margins, no modes, no other character set."""
    return _UNUSUAL.search(dump) is None
