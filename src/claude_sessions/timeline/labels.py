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


class Labels:
    """The labels that are known so far: each with the column at which it floats."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}

    def lift(self, lines: Iterable[str], shown: Sequence[str], known: Callable[[], Iterable[str]]) -> list[str]:
        """Return `lines` with every label as a line of its own, after the line that it lay on.

        `shown` are the lines that were on the screen before, `known` gives the latest ones of all. A label is
        recognised by the wide gap before it, behind a line that was shown before without it.
        """
        lifted = []
        for line in lines:
            label = self._find(line, shown)
            if label is None:
                lifted.append(line)
                continue
            head = line[: len(line) - len(label)]
            text = head.rstrip()
            if text:
                covered = _covered(text, len(head), shown)
                lifted.append(covered or _covered(text, len(head), _first(known())) or text)
            lifted.append(label)
        return lifted

    def _find(self, line: str, shown: Sequence[str]) -> str | None:
        for label, column in self._columns.items():
            if line.endswith(label) and _width(line[: len(line) - len(label)]) == column:
                return label
        gap = _WIDE_GAP.search(line) if "    " in line else None
        if gap is None or line in shown:
            return None
        if _covered(line[: gap.start() + 1], gap.end() - 1, shown) is None:
            return None
        label = line[gap.end() - 1 :]
        if len(self._columns) == _MOST:
            del self._columns[next(iter(self._columns))]
        self._columns[label] = _width(line[: gap.end() - 1])
        return label


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
