"""Who read what: one line for each request, without queries, tokens and cookies.

    2026-02-07T18:15:32.123456Z cookie 127.0.0.1 GET /api/recordings 200 5123 12.3

When, how credentials were shown, from where, method, path, status, bytes of the answer, milliseconds. A stream has a
line when it begins (with `+` for the last two) and one when it is over.
"""

import contextlib
import logging
import os
import time
from collections.abc import Mapping
from typing import Any

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.server.state_folder import StateFolder

NAME = "access.log"
_OLD = "access.log.1"
LONGEST = 5_000_000
"""Bytes, after which the log begins anew; the one before it is kept."""
_LONGEST_METHOD = 20
_LONGEST_PATH = 500

LOGGER = logging.getLogger("claude_sessions.server")


class AccessLog:
    """Appends lines to the log of a state folder. What cannot be written is told once, and stops nothing."""

    def __init__(self, folder: StateFolder, *, longest: int = LONGEST) -> None:
        self._folder = folder
        self._longest = longest
        self._timestamp = TimestampFormatter()
        self._fd = -1
        self._size = 0
        self._is_told = False

    def note(self, scope: Mapping[str, Any], who: str, status: int, size: int | None, seconds: float) -> None:
        """Write the line of a request; `size` None: the beginning of a stream."""
        client = scope.get("client")
        path = _word(scope["raw_path"][:_LONGEST_PATH].decode("ascii", "backslashreplace"))
        method = _word(scope.get("method", "WEBSOCKET")[:_LONGEST_METHOD])
        end = "+ +" if size is None else f"{size} {seconds * 1000:.1f}"
        line = f"{who} {client[0] if client else 'unix'} {method} {path} {status} {end}"
        LOGGER.info("%s", line)
        self._write(f"{self._timestamp(time.time_ns())} {line}\n".encode())

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _write(self, line: bytes) -> None:
        try:
            if self._fd >= 0 and self._size + len(line) > self._longest:
                self.close()
                self._folder.rename(NAME, _OLD)
            if self._fd < 0:
                self._fd = self._folder.append(NAME)
                self._size = os.fstat(self._fd).st_size
            self._size += os.write(self._fd, line)
        except OSError as error:
            with contextlib.suppress(OSError):
                self.close()
            if not self._is_told:
                self._is_told = True
                LOGGER.warning("%s cannot be written: %s", self._folder.path / NAME, error.strerror)


def _word(text: str) -> str:
    """Return a text as one word, whatever it has in it: what is foreign cannot look like another column or line."""
    return "".join(char if "!" <= char <= "~" else f"%{ord(char):02X}" for char in text) or "-"
