"""One line of text at the bottom of a terminal, over whatever is there."""

import unicodedata

from claude_sessions.screen.printable import printable

_AT_ROW = b"\x1b7\x1b[?6l\x0f\x1b(B\x1b[4l\x1b[%d;1H\x1b[0m"
"""Goes to a row with nothing in force that would change what is printed there; `_BACK` goes back."""

_BACK = b"\x1b[0m\x1b8"


def caption(text: str, size: tuple[int, int]) -> bytes:
    """Return what shows `text` in reverse on the last row of a terminal of that many columns and rows; the cursor stays.

    Escape sequences in it are shown, not obeyed. What is too long is cut.
    """
    columns, rows = size
    shown = _cut(" " + printable(text), columns - 1)
    return _AT_ROW % rows + b"\x1b[7m" + shown.encode(errors="replace") + b"\x1b[K" + _BACK


def _cut(text: str, cells: int) -> str:
    """Return as much of a text as fits into so many cells, with an ellipsis where it was cut."""
    widths = [2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text[: cells + 1]]
    if sum(widths) <= cells:
        return text
    kept = len(widths)
    while kept and sum(widths[:kept]) > cells - 1:
        kept -= 1
    return text[:kept] + "…"
