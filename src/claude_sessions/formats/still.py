"""One moment of a recording as an SVG picture: text that can be selected and searched, in shapes that never differ.

Nothing in it is fetched or runs. Each run of text says how wide it is, so that any fixed-width font fits its cells.
"""

import math
import re
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import BinaryIO, NamedTuple

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.formats.concealed import BLINKING, Concealer
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.log.entry import RESIZE, SHOWN, START
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.screen.canvas import Canvas, Cell, Picture, Row

_FONT_SIZE = 14
_WIDTH, _HEIGHT = 8.4, 18
_MARGIN = 12
_BASELINE = 13.5
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"

_GOODBYE_NS = 5 * NANOSECONDS
"""What a full-screen program leaves on the main screen when it ends is there for at most so long."""

_INK, _PAPER = "#cccccc", "#121314"
_PALETTE = (
    *("#000000", "#dd3c69", "#4ebf22", "#ddaf3c", "#26b0d7", "#b954e1", "#54e1b9", "#d9d9d9"),
    *("#4d4d4d", "#dd3c69", "#4ebf22", "#ddaf3c", "#26b0d7", "#b954e1", "#54e1b9", "#ffffff"),
)
_CUBE = (0, 95, 135, 175, 215, 255)

_NOT_IN_XML = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def write_still(excerpt: Excerpt, title: str, out: BinaryIO) -> int:
    """Draw what is on the screen at the end of the excerpt. Nothing in it can be no UTF-8."""
    columns, picture = _last_picture(excerpt)
    picture = excerpt.hide(picture)
    rows = len(picture.rows)
    width, height = columns * _WIDTH + 2 * _MARGIN, rows * _HEIGHT + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">',
        f"<title>{_text(title or f'Session {excerpt.recording.session_id[:8]}')}</title>",
        *([f"<desc>{_text(remark)}</desc>"] if (remark := excerpt.remark_on_picture) else []),
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{_PAPER}"/>',
        f'<g transform="translate({_MARGIN} {_MARGIN})" font-family="{_FONTS}" font-size="{_FONT_SIZE}" style="white-space:pre">',
    ]
    for number, row in enumerate(picture.rows):
        lines += _row(row, number)
    if picture.cursor_visible:
        column, at = picture.cursor
        lines.append(_rectangle(min(column, columns - 1), at, 1, _INK, ' fill-opacity="0.6"'))
    out.write("\n".join([*lines, "</g>", "</svg>", ""]).encode())
    return 0


def _last_picture(excerpt: Excerpt) -> tuple[int, Picture]:
    """Return the width and what is there at the end; where that is just a goodbye, what a full-screen program showed last."""
    full: tuple[int, int, Picture] | None = None
    now = 0

    def before_switch() -> None:
        nonlocal full
        if canvas.alternate:
            full = now, canvas.size[0], canvas.picture()

    canvas = Canvas(before_switch=before_switch)
    concealer = Concealer()
    for time_ns, entry in excerpt.drawn():
        now = time_ns
        if entry.direction in SHOWN:
            canvas.feed(concealer(entry.data))
            canvas.picture()  # or it keeps all that has scrolled off
        elif entry.direction == RESIZE and (size := decode_resize(entry)):
            canvas.resize(*size)
        elif entry.direction == START and (start := decode_info(entry, StartInfo)):
            canvas.resize(start.columns, start.rows)
    if full is not None and excerpt.end_s == math.inf and not canvas.alternate and now - full[0] < _GOODBYE_NS:
        return full[1:]
    return canvas.size[0], canvas.picture()


class _Look(NamedTuple):
    """How text is drawn: colours, and the attributes of its element."""

    ink: str
    paper: str
    attributes: str
    concealed: bool


def _row(row: Row, number: int) -> Iterator[str]:
    """Yield the elements of a row: what lies behind the text first."""
    runs = list(_runs(row))
    for column, cells, look in runs:
        if look.paper != _PAPER:
            yield _rectangle(column, number, sum(cell.width for cell in cells), look.paper)
    for column, cells, look in runs:
        text = "".join(cell.char for cell in cells)
        shown = text.strip(" ")  # no browser agrees with another on blanks at the ends
        if shown and not look.concealed:
            first = column + len(text) - len(text.lstrip(" "))
            length = sum(cell.width for cell in cells) - (len(text) - len(shown))
            yield (
                f'<text x="{first * _WIDTH:g}" y="{number * _HEIGHT + _BASELINE:g}" textLength="{length * _WIDTH:g}"'
                f' fill="{look.ink}"{look.attributes}>{_text(shown)}</text>'
            )


def _runs(row: Row) -> Iterator[tuple[int, list[Cell], _Look]]:
    """Yield stretches of the same look with their column; what is not one plain column wide stands alone."""
    column = 0

    def kind(numbered: tuple[int, Cell]) -> tuple[str, int]:
        at, cell = numbered
        return cell.style, -1 if cell.width == 1 and cell.char.isascii() else at

    for (style, _), group in groupby(((at, cell) for at, cell in enumerate(row.cells) if cell.width), kind):
        cells = [cell for _, cell in group]
        yield column, cells, _look(style)
        column += sum(cell.width for cell in cells)


def _rectangle(column: int, row: int, columns: int, colour: str, more: str = "") -> str:
    x, y, width = column * _WIDTH, row * _HEIGHT, columns * _WIDTH
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{_HEIGHT}" fill="{colour}"{more}/>'


def _look(style: str) -> _Look:
    """Return the look that an SGR sequence with these parameters gives."""
    numbers = [int(number) for number in style.split(";") if number]
    ink, paper, attributes, decoration = _INK, _PAPER, "", []
    inverse = concealed = False
    at = 0
    while at < len(numbers):
        number = numbers[at]
        if number in (38, 48):
            colour, at = _extended(numbers, at)
            ink, paper = (colour, paper) if number == 38 else (ink, colour)
            continue
        if 30 <= number <= 37 or 90 <= number <= 97:
            ink = _PALETTE[number % 10 + 8 * (number >= 90)]
        elif 40 <= number <= 47 or 100 <= number <= 107:
            paper = _PALETTE[number % 10 + 8 * (number >= 100)]
        elif number == 7:
            inverse = True
        elif number == BLINKING:
            concealed = True
        elif number in (4, 9):
            decoration.append("underline" if number == 4 else "line-through")
        else:
            attributes += _ATTRIBUTES.get(number, "")
        at += 1
    if decoration:
        attributes += f' text-decoration="{" ".join(decoration)}"'
    return _Look(paper, ink, attributes, concealed) if inverse else _Look(ink, paper, attributes, concealed)


_ATTRIBUTES = {1: ' font-weight="bold"', 2: ' fill-opacity="0.6"', 3: ' font-style="italic"'}


def _extended(numbers: list[int], at: int) -> tuple[str, int]:
    """Return the colour of `38;2;R;G;B` or `38;5;N`, and where the parameters go on."""
    if numbers[at + 1] == 2:
        return "#{:02x}{:02x}{:02x}".format(*numbers[at + 2 : at + 5]), at + 5
    index = numbers[at + 2]
    if index < 16:
        colour = _PALETTE[index]
    elif index < 232:
        red, green, blue = (index - 16) // 36, (index - 16) // 6 % 6, (index - 16) % 6
        colour = f"#{_CUBE[red]:02x}{_CUBE[green]:02x}{_CUBE[blue]:02x}"
    else:
        colour = f"#{8 + 10 * (index - 232):02x}" + f"{8 + 10 * (index - 232):02x}" * 2
    return colour, at + 3


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))
