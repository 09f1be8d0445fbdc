"""A row of text that stands over a picture."""

import unicodedata

from claude_sessions.screen.printable import printable


def caption(text: str, columns: int, right: str = "") -> bytes:
    """Return a row of so many columns in reverse: a text, and another one at its right end where there is room.

    Escape sequences in it are shown, not obeyed. What is too long is cut.
    """
    shown, shown_width = _cut(" " + printable(text), columns)
    other, other_width = _cut(printable(right) + " " if right else "", columns)
    space = columns - shown_width
    if space <= other_width:
        other, other_width = "", 0
    row = shown + " " * (space - other_width) + other
    return b"\x1b[0;7m" + row.encode(errors="replace") + b"\x1b[0m"


def ending(text: str, cells: int) -> str:
    """Return as much of the end of a text as fits into so many cells, behind an ellipsis where that is not all of it."""
    shown = printable(text)
    if text_width(shown) <= cells:
        return shown
    kept = len(shown)
    width = 1
    while kept and (width := width + _width(shown[kept - 1])) <= cells:
        kept -= 1
    return "…" + shown[kept:]


def text_width(text: str) -> int:
    """Return the cells of a printable text."""
    return sum(map(_width, text))


def box(lines: list[tuple[str, str]]) -> list[bytes]:
    """Return rows of two columns in reverse, all of one width, with a margin."""
    first = max(len(left) for left, _ in lines)
    second = max(len(right) for _, right in lines)
    rows = [("", ""), *lines, ("", "")]
    return [f"\x1b[0;7m  {left:<{first}}   {right:<{second}}  \x1b[0m".encode() for left, right in rows]


def box_width(lines: list[tuple[str, str]]) -> int:
    """Return the columns of a box's rows."""
    return max(len(left) for left, _ in lines) + max(len(right) for _, right in lines) + 7


def _cut(text: str, cells: int) -> tuple[str, int]:
    """Return as much of a text as fits into so many cells, with an ellipsis where it was cut, and its width."""
    widths = [_width(one) for one in text[: cells * 4 + 1]]
    if sum(widths) <= cells:
        return text, sum(widths)
    kept = 0
    width = 0
    while width + widths[kept] <= cells - 1:
        width += widths[kept]
        kept += 1
    return text[:kept] + "…", width + 1


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
