"""Entries to lines."""

import msgspec

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.log.entry import Entry


class EntryEncoder:
    """Makes the lines of one session's entries. msgspec writes the base64 of `data` itself, at more than 1 GB/s."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._format = TimestampFormatter()
        self._encode_lines = msgspec.json.Encoder().encode_lines

    def line(self, time_ns: int, direction: str, data: bytes) -> bytes:
        """Return one line, newline included."""
        return self._encode_lines((Entry(self._format(time_ns), self._session_id, direction, data, len(data)),))

    def __call__(self, buffer: bytearray, time_ns: int, direction: str, data: bytes) -> None:
        """Append one line, newline included, to `buffer`."""
        buffer += self.line(time_ns, direction, data)

    def timestamp(self, time_ns: int) -> str:
        """Return the timestamp text of `time_ns`, for use inside an entry's data."""
        return self._format(time_ns)
