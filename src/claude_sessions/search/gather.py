"""Gathering hits: what was said, and the line on a screen that shows it, are one; so are the lines of a recording and its copies.

What was said and shown is found apart, because the one knows what was said and the other when it was seen. A recording
that was exported and imported again shows the same lines at the same times from its start.
"""

import re

import msgspec

from claude_sessions.search.hits import Hit, Place
from claude_sessions.search.texts import Kind

_MILLISECOND = 1_000_000
_NEAR_NS = 120 * 10**9
"""An answer streams in, and a prompt is typed, for a while before their lines are written; a result is shown after."""

_SAME_S = 0.01
"""Formats round times."""

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
        self.is_full = False
        """Whether nothing that comes is kept, but for a transcript's hit that takes the place of lines."""
        self.is_done = False
        """Whether nothing that comes can change anything."""

    @property
    def hits(self) -> list[Hit]:
        """Those that are kept, the best first."""
        return [found[0][0] for found in self._kept]

    def wants(self, place: Place) -> bool:
        """Tell whether what is at a place may change anything."""
        if not self.is_full:
            return True
        time_ns = place.time_ms * _MILLISECOND
        return not place.recording and any(
            hit.kind is Kind.SCREEN and hit.session_id in ("", place.session) and abs(hit.time_ns - time_ns) <= _NEAR_NS
            for hit in self.hits
        )

    def add(self, found: list[Found]) -> None:
        """Take what was found at one place: lines on a screen, of which one is enough, or a single text."""
        if not found:
            return
        if found[0][0].kind is Kind.SCREEN:
            self._add_lines(found)
        else:
            self._add_text(found[0])
        self._kept = [kept for kept in self._kept if kept][: self._limit]
        self.is_full = len(self._kept) >= self._limit
        self.is_done = self.is_full and not any(hit.kind is Kind.SCREEN for hit in self.hits)

    def _add_lines(self, lines: list[Found]) -> None:
        left = []
        for line in lines:
            said = ((at, kept[0]) for at, kept in enumerate(self._kept) if kept[0][0].transcript)
            shown = next((at for at, each in said if _shows(line, each)), None)
            if shown is None:
                left.append(line)
            else:
                self._kept[shown] = [_with(self._kept[shown][0], line[0])]
        if not left:
            return
        for at, kept in enumerate(self._kept):
            if _are_copies(kept, left):
                known = bool(kept[0][0].session_id) or not left[0][0].session_id
                first, second = (kept, left) if known else (left, kept)
                self._kept[at] = [_with(first[0], second[0][0]), *first[1:]]
                return
        self._kept.append(left)

    def _add_text(self, said: Found) -> None:
        """Put a text into the place of the first line that shows it, and leave out all of these."""
        place = len(self._kept)
        for at, kept in enumerate(self._kept):
            left = [line for line in kept if not _shows(line, said)]
            if len(left) < len(kept):
                place = min(place, at)
                for line, _ in kept:
                    said = _with(said, line)
            self._kept[at] = left
        self._kept.insert(place, [said])


def _with(found: Found, other: Hit) -> Found:
    """Return what was found as the one hit that also stands for another; a recording that shows it is better than none."""
    hit, text = found
    if not hit.recording_id:
        hit = msgspec.structs.replace(hit, recording_id=other.recording_id, offset_s=other.offset_s)
    also = dict.fromkeys([*hit.also_in, other.recording_id, *other.also_in])
    also.pop(hit.recording_id, None)
    return msgspec.structs.replace(hit, also_in=tuple(also)), text


def _are_copies(some: list[Found], others: list[Found]) -> bool:
    """Tell whether lines of two recordings are the same, at the same times from their starts."""
    (one, _), (other, _) = some[0], others[0]
    if one.kind is not Kind.SCREEN or one.recording_id == other.recording_id or len(some) != len(others):
        return False
    return all(
        text == same and abs((line.offset_s or 0) - (copy.offset_s or 0)) <= _SAME_S
        for (line, text), (copy, same) in zip(some, others, strict=True)
    )


def _shows(screen: Found, said: Found) -> bool:
    """Tell whether a line on a screen shows what was said, in a recording of that very session and time.

    Nobody knows which session a recording shows that was imported: there the time has to do.
    """
    (line, shown), (hit, text) = screen, said
    if line.kind is not Kind.SCREEN or not hit.transcript:
        return False
    if line.recording_id != hit.recording_id and line.session_id not in ("", hit.session_id):
        return False
    words = _WORD.findall(shown)
    near = abs(line.time_ns - hit.time_ns) <= _NEAR_NS
    return near and bool(words) and re.search(_BETWEEN.join(map(re.escape, words)), text) is not None
