"""Labels that float over the text, such as Claude Code's `Jump to bottom`, and the lines they lie on.

While the text scrolls underneath, such a label lies on one line after the other. Each of them would be a line that
nobody knows: so the label is lifted off and is a line of its own.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

_WIDE_GAP = re.compile(r"\S {4,}\S")
_MOST = 16
_FARTHEST = 2048

_TELLING = 4
"""So many characters before the gap are the line that was there; fewer are a mark that begins many lines."""


class Labels:
    """The labels that are known so far: each with the column at which it floats."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}
        self._before: Sequence[str] = ()
        self._with_gaps: frozenset[str] = frozenset()

    def lift(self, lines: Sequence[str], shown: Sequence[str], known: Callable[[], Iterable[str]]) -> Sequence[str]:
        """Return `lines` with every label as a line of its own, after the line that it lay on.

        `lines` has a place for every row, empty ones too. `shown` are the texts that were on the screen before, `known`
        gives the latest ones of all. A label is recognised by the wide gap before it, behind a line that the last look
        found without it and that has moved below it: a table that grows a column, or a line that begins like another
        one, has none.
        """
        with_gaps = frozenset([line for line in lines if "    " in line])
        fresh = with_gaps - self._with_gaps
        if not self._columns and not fresh:
            self._before, self._with_gaps = lines, with_gaps
            return lines
        floating = {label for label, column in self._columns.items() if _is_on_one(label, column, lines)}
        lifted = []
        for at, line in enumerate(lines):
            label = self._find_known(line, floating) if floating else None
            if label is None and line in fresh:
                label = self._find_new(at, lines)
            if label is None:
                lifted.append(line)
                continue
            head = line[: len(line) - len(label)]
            text = head.rstrip()
            if text:
                covered = _covered(text, len(head), shown)
                lifted.append(covered or _covered(text, len(head), _first(known())) or text)
            lifted.append(label)
        self._before, self._with_gaps = lines, with_gaps
        return lifted

    def _find_known(self, line: str, floating: Iterable[str]) -> str | None:
        return next((label for label in floating if _lies_on(label, self._columns[label], line)), None)

    def _find_new(self, at: int, lines: Sequence[str]) -> str | None:
        line = lines[at]
        gap = _WIDE_GAP.search(line)
        if gap is None:
            return None
        head, column = line[: gap.start() + 1], gap.end() - 1
        if len(head.strip()) < _TELLING:
            return None
        moved = (text for row, text in enumerate(self._before) if row != at and text.startswith(head))
        text = _covered(head, column, (text for text in moved if text not in lines))
        if text is None or _WIDE_GAP.fullmatch(text[gap.start() : column + 1]):
            return None
        label = line[column:]
        width = _width(line[:column])
        if not _is_on_one(label, width, lines):
            return None
        if len(self._columns) == _MOST:
            del self._columns[next(iter(self._columns))]
        self._columns[label] = width
        return label


def _lies_on(label: str, column: int, line: str) -> bool:
    return line.endswith(label) and _width(line[: len(line) - len(label)]) == column


def _is_on_one(label: str, column: int, lines: Iterable[str]) -> bool:
    """Tell whether it lies on one line: what stands in several below each other is a column of the text."""
    return sum(_lies_on(label, column, line) for line in lines) == 1


def _covered(head: str, column: int, texts: Iterable[str]) -> str | None:
    """Return the text of which a label at `column` leaves `head`: `head` itself, or one that goes on below it."""
    found = None
    for text in texts:
        if text == head:
            return text
        if found is None and len(text) >= column - 1 and text.startswith(head):
            found = text
    return found


def _first(texts: Iterable[str]) -> Iterable[str]:
    return (text for _, text in zip(range(_FARTHEST), texts, strict=False))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(char) in "WF" for char in text)
