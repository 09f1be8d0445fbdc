"""The stretch of a text that shows why it was found."""

from collections.abc import Callable

import msgspec

Spans = list[tuple[int, int]]

WIDTH = 160
"""Characters of a snippet where nobody says otherwise."""

_BEFORE = 0.3
"""So much of it stands before the first match."""

_LONGEST_SPAN = 120


class Snippet(msgspec.Struct, frozen=True):
    """A part of a text on one line, and where in it the matches are (begin, end)."""

    text: str
    matches: tuple[tuple[int, int], ...]


def snippet(text: str, spans: Spans, width: int = WIDTH) -> Snippet:
    """Return about `width` characters of a text around the place where most of its matches are; blanks are run together."""
    first = _best(spans, width)
    begin = max(0, first - int(width * _BEFORE))
    end = min(len(text), begin + width)
    begin = max(0, min(begin, end - width))
    begin, end = _at_word(text, begin, first, -1), _at_word(text, end, max(first + 1, end - 20), 1)
    parts: list[str] = ["…" if begin else ""]
    matches = []
    at = begin
    for start, stop in spans:
        if start < at or start >= end:
            continue
        parts.append(_joined(text[at:start]))
        shown = _joined(text[start : min(stop, start + _LONGEST_SPAN)])
        length = sum(map(len, parts))
        matches.append((length, length + len(shown)))
        parts.append(shown)
        at = min(stop, max(end, start + _LONGEST_SPAN))
    parts.append(_joined(text[at:end]) if at < end else "")
    parts.append("…" if max(at, end) < len(text) else "")
    return Snippet("".join(parts), tuple(matches))


def mark(found: Snippet, plain: Callable[[str], str], marked: Callable[[str], str]) -> str:
    """Return the text of a snippet, its matches through `marked`, what is between them through `plain`."""
    parts = []
    at = 0
    for begin, end in found.matches:
        parts += [plain(found.text[at:begin]), marked(found.text[begin:end])]
        at = end
    return "".join([*parts, plain(found.text[at:])])


def _best(spans: Spans, width: int) -> int:
    """Return where the first of the matches begins that stand nearest together."""
    best, most = 0, 0
    for at, (begin, _) in enumerate(spans[:1000]):
        near = sum(start < begin + width * (1 - _BEFORE) for start, _ in spans[at : at + 20])
        if near > most:
            best, most = begin, near
    return best


def _at_word(text: str, at: int, limit: int, step: int) -> int:
    """Return the place of a blank near `at`, so that no word is cut; `at` itself where there is none before `limit`."""
    if not 0 < at < len(text):
        return at
    if step < 0:
        blank = text.find(" ", at, min(limit, at + 20))
        return blank + 1 if blank >= 0 else at
    blank = text.rfind(" ", limit, at)
    return blank if blank >= 0 else at


def _joined(text: str) -> str:
    """Return a text with every run of blanks and line breaks as one blank."""
    if not text:
        return ""
    joined = " ".join(text.split())
    return (" " if text[0].isspace() else "") + joined + (" " if joined and text[-1].isspace() else "")
