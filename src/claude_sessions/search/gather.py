"""Gathering hits: what was said, and the line on a screen that shows it, are one.

They are found apart, because the one knows what was said and the other when it was seen.
"""

import re

from claude_sessions.search.hits import Hit, Place
from claude_sessions.search.texts import Kind

_MILLISECOND = 1_000_000
_NEAR_NS = 120 * 10**9
"""An answer streams in, and a prompt is typed, for a while before their lines are written; a result is shown after."""

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = r"[\W_]++"
"""A screen breaks and indents lines, and shows Markdown without its signs: what stays are the words."""


Found = tuple[Hit, str]
"""A hit and the text that was found."""


class Gatherer:
    """Takes hits, the best first, and keeps `limit` of them. A transcript's hit takes the place of lines that show it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[list[Found]] = []
        """What is no line on a screen is alone; of lines of the same worth that were seen together the first is shown."""

    @property
    def hits(self) -> list[Hit]:
        """Those that are kept, the best first."""
        return [found[0][0] for found in self._kept]

    @property
    def _is_full(self) -> bool:
        return len(self._kept) >= self._limit

    @property
    def is_done(self) -> bool:
        """Whether nothing that comes can change anything."""
        return self._is_full and not any(hit.kind is Kind.SCREEN for hit in self.hits)

    def wants(self, place: Place) -> bool:
        """Tell whether what is at a place may change anything."""
        if not self._is_full:
            return True
        time_ns = place.time_ms * _MILLISECOND
        return not place.recording and any(
            hit.kind is Kind.SCREEN and hit.session_id == place.session and abs(hit.time_ns - time_ns) <= _NEAR_NS
            for hit in self.hits
        )

    def add(self, found: list[Found]) -> None:
        """Take what was found at one place: lines on a screen, of which one is enough, or a single text."""
        if not found:
            return
        if found[0][0].kind is Kind.SCREEN:
            found = [line for line in found if not any(_shows(line, kept[0]) for kept in self._kept)]
            at = len(self._kept)
        else:
            left = [[line for line in kept if not _shows(line, found[0])] for kept in self._kept]
            at = next((at for at, kept in enumerate(self._kept) if len(left[at]) < len(kept)), len(self._kept))
            self._kept = left
        if found:
            self._kept.insert(at, found)
        self._kept = [kept for kept in self._kept if kept][: self._limit]


def _shows(screen: Found, said: Found) -> bool:
    """Tell whether a line on a screen shows what was said, in a recording of that very time."""
    (line, shown), (hit, text) = screen, said
    if line.kind is not Kind.SCREEN or not hit.transcript or line.recording_id != hit.recording_id:
        return False
    words = _WORD.findall(shown)
    near = abs(line.time_ns - hit.time_ns) <= _NEAR_NS
    return near and bool(words) and re.search(_BETWEEN.join(map(re.escape, words)), text) is not None
