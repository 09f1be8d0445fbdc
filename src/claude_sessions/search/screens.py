"""What could be looked for in a recording: its lines, a handful at a time, and when they were seen.

A line is found together with its neighbours, because a program that draws a screen breaks its sentences there. No file
holds the lines as such, so the index keeps them, packed.
"""

import zlib

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.search.texts import Kind

_LARGEST = 1 << 26
"""Bytes of lines unpacked: ours have a few kB."""

PackedLine = tuple[int, str]
"""Milliseconds from the start of the recording, and the text."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[PackedLine]).decode


class Screen(msgspec.Struct, gc=False):
    """Some lines of a recording that left the screen one after the other, or that were typed."""

    kind: Kind
    lines: list[PackedLine]

    @property
    def place_ms(self) -> int:
        """When the first of them was seen, from the start of the recording."""
        return min(time for time, _ in self.lines)

    @property
    def text(self) -> str:
        """All of them."""
        return text_of(self.lines)

    @property
    def packed(self) -> bytes:
        """What `unpack` takes."""
        return zlib.compress(_encode(self.lines), 1)


class FoundScreen(msgspec.Struct, array_like=True, gc=False):
    """What the index takes of a screen."""

    place_ms: int
    """From the start of the recording."""
    time_ms: int
    """Since the epoch."""
    kind: Kind
    packed: bytes
    text: str


def text_of(lines: list[PackedLine]) -> str:
    """Return the text of lines."""
    return "\n".join(text for _, text in lines)


def unpack(packed: bytes) -> list[PackedLine]:
    """Return the lines of a screen; none where that is not what it holds."""
    try:
        return _decode(zlib.decompressobj().decompress(packed, _LARGEST))
    except (zlib.error, *UNDECODABLE):
        return []
