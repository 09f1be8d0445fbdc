"""Text of unknown origin made safe to print: nothing in it moves the cursor, changes the terminal, or reorders what is read."""

import re

_HIDDEN = "\x7f-\x9f\xad\u115f\u1160\u180e\u200b\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")  # letters, says Unicode, and shows nothing
_REORDERING = "\u061c\u200e\u200f\u2028-\u202e"
_HALVES = "\ud800-\udfff"
_FLAG = "(?<=\U0001f3f4)[\U000e0030-\U000e007a]{1,6}\U000e007f"

_UNSAFE = re.compile(f"{_FLAG}|[\0-\x1f{_HIDDEN}{_REORDERING}{_HALVES}]")
"""Control characters; marks that reorder or hide text (CVE-2021-42574), tags and fillers, which nobody sees and a model
reads; halves of a surrogate pair, which no encoding takes. Tags that make a flag (of Scotland) are none of it."""

_UNSAFE_IN_TEXT = re.compile(_UNSAFE.pattern.replace("\0-\x1f", "\0-\x08\x0b-\x1f"))
"""The same without tabs and line feeds."""

_PLAIN = b"\t\n" + bytes(range(0x20, 0x7F))

_SEQUENCE = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b\n]*(?:\x07|\x1b\\\\)|\x1b[ -/]*[0-Z\\^-~]")
"""Whole control sequences: colours and cursor moves, titles and hyperlinks, character sets."""

_BLANKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")


def printable(text: str) -> str:
    r"""Return `text` on one line: line breaks and tabs become blanks, control characters are shown as `^[` or `<U+9B>`.

    >>> printable("fix\tthe \x1b[31mtest")
    'fix the ^[[31mtest'
    """
    if text.isprintable() and not _FILLERS.search(text):
        return text
    return _UNSAFE.sub(_shown, text)


def printable_text(text: str) -> str:
    r"""Return `text` of several lines made safe: line feeds and tabs stay, colours and other sequences are left out.

    >>> printable_text("\tone\r\n\x1b[31mtwo\x07")
    '\tone\ntwo^G'
    """
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return text
    text = text.replace("\r\n", "\n")
    if "\x1b" in text or "\x9b" in text:
        text = _SEQUENCE.sub("", text)
    return _UNSAFE_IN_TEXT.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    if len(character) > 1:
        return character
    if character in _BLANKS:
        return " "
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return "^" + chr(code ^ 0x40)
    return f"<U+{code:02X}>"
