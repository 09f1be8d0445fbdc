"""Reading a foreign `.tar.gz`: in one pass, in little memory, and no further than its compression is believable.

Of the members only the names, sizes and bytes are used; nothing is ever unpacked to a name of the archive's choosing.
Ours reads no more of the format than bundles need: tarfile takes an extended header of any size into memory.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from claude_sessions.formats.foreign import Foreign, refuse

_BLOCK = 512
_PIECE = 256 * 1024

_FREELY = 256 * 1024 * 1024
_DENSEST = 200
"""Up to so many bytes a file may unpack to whatever it is; what is larger must not be more than so many times smaller
packed. A log of one repeated line is 150 times smaller, a bomb 1000 times."""

_LONGEST_NAME = 64 * 1024
_OCTAL = re.compile(rb"[0-7]{1,12}")
_RECORD = re.compile(rb"([0-9]{1,6}) ([a-zA-Z._]+)=")

_FILE, _FOLDER, _EXTENDED, _GLOBAL, _LONG_NAME = b"0", b"5", b"x", b"g", b"L"


class Member(NamedTuple):
    """A regular file of the archive. Its pieces have to be taken before the next member."""

    name: str
    size: int
    pieces: Iterator[bytes]


def read_members(source: Foreign) -> Iterator[Member]:
    """Yield the files of the archive. Raises ForeignFileError for what is damaged, a link, a device or a bomb."""
    unpacked = _Unpacked(source)
    name, size = "", -1
    while header := unpacked.header():
        kind = header[156:157].replace(b"\0", _FILE)
        length = _number(header[124:136], unpacked.place)
        if kind in (_EXTENDED, _GLOBAL, _LONG_NAME):
            if length > _LONGEST_NAME:
                raise refuse(unpacked.place, "it has a name that is absurdly long")
            data = b"".join(unpacked.pieces(length))
            if kind == _EXTENDED:
                name, size = _extended(data, unpacked.place)
            elif kind == _LONG_NAME:
                name = data.rstrip(b"\0").decode(errors="replace")
            continue
        name = name or _name(header)
        if kind == _FILE:
            length = size if size >= 0 else length
            pieces = unpacked.pieces(length)
            yield Member(name, length, pieces)
            for _ in pieces:
                pass  # what was not taken
        elif kind != _FOLDER:
            raise refuse(unpacked.place, f"{name[:100]!r} in it is no plain file")
        name, size = "", -1


def _number(field: bytes, place: str) -> int:
    """Return a number of a header: octal digits, or from the second byte on binary where the first has its highest bit."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b"\0 ") or b"0"
    if not _OCTAL.fullmatch(digits):
        raise refuse(place, "its header is damaged")
    return int(digits, 8)


def _name(header: bytes) -> str:
    name, prefix = header[:100].partition(b"\0")[0], header[345:500].partition(b"\0")[0]
    whole = prefix + b"/" + name if prefix and header[257:262] == b"ustar" else name
    return whole.decode(errors="replace")


def _extended(data: bytes, place: str) -> tuple[str, int]:
    """Return the name and the size that an extended header gives: empty and -1 where it does not."""
    name, size, at = "", -1, 0
    while at < len(data) and (record := _RECORD.match(data, at)):
        end = at + int(record[1])
        value = data[record.end() : end - 1]
        if record[2] == b"path":
            name = value.decode(errors="replace")
        elif record[2] == b"size":
            if not (value.isdigit() and len(value) < 19):
                raise refuse(place, "its header is damaged")
            size = int(value)
        if end <= at:
            break
        at = end
    return name, size


class _Unpacked:
    """The bytes inside of the compression, counted."""

    def __init__(self, source: Foreign) -> None:
        self._source = source
        self._unpacked = gzip.GzipFile(fileobj=source.file, mode="rb")
        self._count = 0

    @property
    def place(self) -> str:
        """Where in the unpacked archive we are."""
        return f"{self._source.name}, unpacked byte {self._count}"

    def header(self) -> bytes:
        """Return the next header; empty at the end."""
        header = self._exactly(_BLOCK)
        if not header.strip(b"\0"):
            return b""
        plain = header[:148] + b" " * 8 + header[156:]
        if sum(plain) != _number(header[148:156], self.place):
            raise refuse(self.place, "it is no tar archive, or damaged")
        return header

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield so many bytes, and go past what fills the last block."""
        padding = -size % _BLOCK
        while size:
            piece = self._exactly(min(size, _PIECE))
            size -= len(piece)
            yield piece
        if padding:
            self._exactly(padding)

    def _exactly(self, size: int) -> bytes:
        try:
            data = self._unpacked.read(size)
        except (EOFError, OSError, zlib.error):
            raise refuse(self.place, "its compression is damaged, or it is cut off") from None
        self._count += len(data)
        if len(data) < size:
            raise refuse(self.place, "it is cut off")
        if self._count > _FREELY and self._count > _DENSEST * self._source.file.tell():
            raise refuse(self.place, "it unpacks to more than a recording could")
        return data
