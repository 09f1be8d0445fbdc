"""Characters of several code points, such as a letter with marks, a flag, a family: each is drawn as one.

A terminal puts an e and its accent into one cell, and an astronaut (woman, joiner, rocket) into two. avt gives every code
point cells of its own: what follows would stand too far to the right, and be overwritten by what the program places
after it. So such a cluster is drawn as one code point that Unicode leaves unassigned, of the cluster's width, and its text
is put back where text is read.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

import re2

_FIRST_RESERVED, _FIRST_NARROW, _LAST_RESERVED = "\U00033480", "\U00040000", "\U0004fffd"
_FIRST = {1: ord(_FIRST_NARROW), 2: ord(_FIRST_RESERVED)}
_MOST = 16_384
"""Stand-ins of each width. avt draws unassigned code points in one cell, and those of plane 3 in two."""

_LONGEST = 16
"""Code points of a cluster: a family of four with tones has eleven. What goes on for longer is cut here."""

_RESERVED = f"{_FIRST_RESERVED}-\U0003fffd{_FIRST_NARROW}-{_LAST_RESERVED}"
_FLAG = "\U0001f1e6-\U0001f1ff"
_PICTURE = "\u2190-\u2bff\U0001f000-\U0001faff"
_TONE = "\U0001f3fb-\U0001f3ff"
_JOINER = "\u200d"
_AS_PICTURE = "\ufe0f"
_ZERO_WIDTH = (
    "\u1160-\u11ff\ud7b0-\ud7fb\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0001-\U000e01ef"
)
"""What takes no cell besides marks: the later parts of Hangul, joiners, marks of direction, selectors, tags."""

_MAY_HOLD = (
    rb"\A[\x80-\xbf]|[\xcc\xcd\xd2\xd6-\xdc\xdf\xe0\xe1\xf1\xf3]|\xf0(?:[\xb0-\xbf]|\x9f(?:\x87|\x8f[\xbb-\xbf]))"
    rb"|\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf]|\x83[\x90-\xbf]|\xb3|\xb5|\xb7)|\xe3(?:\x80[\xaa-\xaf]|\x82[\x99\x9a])"
    rb"|\xea[\x99-\xaf]|\xed[\x9e\x9f]|\xef(?:\xac|\xb8|\xbb\xbf)"
)
"""What bytes hold that may hold a cluster: the first of a code point that joins another, or the rest of one that was cut."""

_ASCII = bytes(range(0x80))
_FEW = 2048

_END_OF_SEQUENCE = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\\\^-~])\\Z")
_TAIL = 64

_stand_ins = re.compile(f"[{_RESERVED}]").sub


_Search = Callable[[str, int], re.Match[str] | None]


@cache
def _finder() -> Callable[[bytes], object]:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    search: Callable[[bytes], object] = re2.compile(_MAY_HOLD, options).search
    return search


@lru_cache(maxsize=512)
def _is_suspect(beyond_ascii: bytes) -> bool:
    return _finder()(beyond_ascii) is not None


def _may_hold(data: bytes) -> bool:
    """Tell whether there may be a cluster. Programs draw the same frames, bullets and dots over and over."""
    beyond_ascii = data.translate(None, _ASCII)
    if len(beyond_ascii) > _FEW:
        return _finder()(beyond_ascii) is not None
    return _is_suspect(beyond_ascii)


@cache
def _finders() -> tuple[_Search, _Search]:
    """Return what searches for a character that may belong to a cluster, and what matches the cluster there.

    That is a flag, a run of what joins the character before it, or a stand-in. Made where it is needed for the first time:
    Unicode's marks have to be gathered.
    """
    marks = _ZERO_WIDTH + "".join(
        chr(point) for point in range(0x300, 0x10000) if unicodedata.category(chr(point)) in ("Mn", "Me")
    )
    joined = f"{_JOINER}[{_PICTURE}]|(?<=[{_PICTURE}{_AS_PICTURE}])[{_TONE}]|[{marks}]"
    cluster = re.compile(f"[{_FLAG}]{{2}}[{marks}]*|(?:{joined})+|[{_RESERVED}]")
    return re.compile(f"[{_FLAG}{_TONE}{_RESERVED}{marks}]").search, cluster.match


def _find_clusters(text: str) -> Iterator[re.Match[str]]:
    """Yield flags, runs of what joins the character before them, and what is a stand-in itself."""
    search, match = _finders()
    position = 0
    while (candidate := search(text, position)) is not None:
        position = candidate.start() + 1
        if (found := match(text, candidate.start())) is not None:
            position = found.end()
            yield found


class Clusters:
    """The stand-ins of one screen, and what was drawn last: a cluster may come in two pieces."""

    def __init__(self) -> None:
        self._stand_ins: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._next = dict(_FIRST)
        self._tail = ""

    def pack(self, text: str, data: bytes) -> tuple[int, str]:
        """Return `text`, the text of `data`, as it is to be drawn after what was packed before.

        The number is that of cells to go back first: its beginning belongs to the character that was drawn last.
        """
        if not text:
            return 0, text
        back = 0
        if not text.isascii() and (_may_hold(data) or self.unpack(self._tail[-1:]).endswith(_JOINER)):
            back, text = self._pack(text)
        self._tail = text[-_TAIL:]
        return back, text

    def unpack(self, text: str) -> str:
        """Return what was read off the screen, or is to be drawn elsewhere, with its clusters."""
        texts = self._texts
        if not texts:
            return text
        return _stand_ins(lambda found: texts.get(found[0], found[0]), text)

    def _pack(self, text: str) -> tuple[int, str]:
        base = _last_character(self._tail)
        drawn = self.unpack(base)
        text = drawn + text
        begin = done = len(drawn)
        back = 0
        pieces: list[str] = []
        for match in _find_clusters(text):
            start, end = match.span()
            if end <= begin:
                continue
            cluster = match[0]
            if start < begin or (start == begin > 0 and not _stands_alone(cluster)):
                back = 1 + _is_wide(base)
                cluster = text[:end]
            elif not _stands_alone(cluster):
                joined = start > done and _last_character(text[max(done, start - _TAIL) : start])
                cluster = joined + cluster if joined else ""  # a mark on nothing: terminals drop it
                start -= bool(joined)
            pieces += text[done:start], self._stand_in(cluster[:_LONGEST])
            done = end
        return back, "".join([*pieces, text[done:]])

    def _stand_in(self, cluster: str) -> str:
        if (known := self._stand_ins.get(cluster)) is not None:
            return known
        if len(cluster) == 1 and not _stands_alone(cluster):
            return cluster
        width = _width(cluster) if cluster else 1
        if not cluster or self._next[width] == _FIRST[width] + _MOST:
            return cluster[:1]
        stand_in = chr(self._next[width])
        self._next[width] += 1
        self._stand_ins[cluster] = stand_in
        self._texts[stand_in] = cluster
        return stand_in


def _stands_alone(cluster: str) -> bool:
    first = cluster[0]
    return "\U0001f1e6" <= first <= "\U0001f1ff" or _FIRST_RESERVED <= first <= _LAST_RESERVED


def is_stand_in(character: str) -> bool:
    """Tell whether a character that was read off the screen stands for a cluster."""
    return character >= _FIRST_RESERVED


def _last_character(text: str) -> str:
    """Return the last character where it was drawn into a cell; nothing where it is a control or ends a sequence."""
    last = text[-1:]
    if last < " " or "\x7f" <= last < "\xa0":
        return ""
    escape = text.rfind("\x1b")
    return "" if escape >= 0 and _END_OF_SEQUENCE.match(text, escape) else last


def _is_wide(character: str) -> bool:
    if character >= _FIRST_RESERVED:
        return character < _FIRST_NARROW
    return unicodedata.east_asian_width(character) in "WF"


def _width(cluster: str) -> int:
    """Return the cells that a cluster takes where flags, tones and pictures are known, as Claude Code counts them."""
    first, rest = cluster[0], cluster[1:]
    is_picture = first > "\xa8" or "\u20e3" in rest
    is_flag = len(cluster) > 1 and _stands_alone(cluster)
    return 2 if is_flag or _is_wide(first) or (is_picture and _AS_PICTURE in rest) else 1
