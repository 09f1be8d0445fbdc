"""The lines that have scrolled off a screen, to know them again when a program prints them once more."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

MEMORY = 16_384
"""How many lines are remembered."""

_RECENT = 2048
"""How far back text is looked for that was wrapped anew: many screens of any size."""

_SURE = 8
"""So many characters in a row are no coincidence; fewer only right behind others that were found, or as a whole line."""

_FEW = 3


class Bygone:
    """The latest of them, in order."""

    def __init__(self) -> None:
        self._texts: deque[str] = deque()
        self._counts: dict[str, int] = {}

    def extend(self, texts: Iterable[str]) -> None:
        """Take lines that have scrolled off now, the uppermost first."""
        known, counts = self._texts, self._counts
        for text in texts:
            known.append(text)
            counts[text] = counts.get(text, 0) + 1
            if len(known) > MEMORY:
                self._forget(known.popleft())

    def take_back(self, texts: Sequence[str]) -> None:
        """Forget lines that are back on the screen; they are the latest ones."""
        for text in reversed(texts):
            if not self._texts or self._texts[-1] != text:
                return
            self._forget(self._texts.pop())

    def texts(self) -> list[str]:
        """Return them all."""
        return list(self._texts)

    def knows_some_of(self, texts: Sequence[str]) -> bool:
        """Tell cheaply whether it is worth while to look for these lines: some different ones are known."""
        known = {text for text in texts if text in self._counts}
        return len(known) >= min(_FEW, len(set(texts)))

    def latest(self) -> list[str]:
        """Return those that text is looked for in that was wrapped anew."""
        return list(self._texts)[-_RECENT:]

    def _forget(self, text: str) -> None:
        left = self._counts[text] - 1
        if left:
            self._counts[text] = left
        else:
            del self._counts[text]


def find_rewrapped(wanted: Sequence[str | None], known: Sequence[str]) -> Iterator[int]:
    """Yield the indices of lines whose text is known, though its lines begin and end elsewhere.

    Blanks do not count: programs indent what they wrap themselves. None in `wanted` stands for a line that is settled.
    """
    text = _squeezed("".join(known[-_RECENT:]))
    whole = set(known)
    end = -1
    for at, line in enumerate(wanted):
        part = _squeezed(line or "")
        if part and end >= 0 and text.startswith(part, end):
            end += len(part)
        elif len(part) >= _SURE and (place := text.find(part)) >= 0:
            end = place + len(part)
        elif line in whole:
            end = -1
        else:
            end = -1
            continue
        yield at


def _squeezed(text: str) -> str:
    return "".join(text.split())
