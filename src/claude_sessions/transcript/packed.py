"""Packed transcripts, as the archive keeps them: Zstandard frames, unpacked a block at a time."""

import os
import sys

from claude_sessions.base.errors import UsageError
from claude_sessions.transcript.archive import PACKED

__all__ = ["PACKED", "PackedSource", "zstd"]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class PackedSource:
    """A packed file, by its descriptor, which belongs to the caller. However small, it fills no memory (see `lines.Source`)."""

    def __init__(self, fd: int, name: str) -> None:
        self.name = name
        self._file = zstd.ZstdFile(os.fdopen(fd, "rb", buffering=0, closefd=False))

    def read(self, size: int, /) -> bytes:
        """Return up to `size` unpacked bytes. Raises UsageError where the file is damaged."""
        try:
            return self._file.read(size)
        except (zstd.ZstdError, EOFError) as error:
            raise UsageError(f"{self.name} is damaged: {error}") from None

    def reread(self, _size: int, _offset: int, /) -> bytes | None:
        """Return None: unpacking goes onwards only."""
        return None
