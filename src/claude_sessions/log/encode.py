"""Entries to lines."""

import msgspec
from pybase64 import b64encode

from claude_sessions.base.clock import TimestampFormatter

_LINE = b'{"timestamp":"%b","session_id":%b,"direction":%b,"data":"%b","size":%d}\n'


class EntryEncoder:
    """Makes the lines of one session's entries.

    The base64 is the greater part of the work: pybase64 does it with the processor's vector instructions, ten times as
    fast as the standard library.
    """

    def __init__(self, session_id: str) -> None:
        self._session_id = msgspec.json.encode(session_id)
        self._directions: dict[str, bytes] = {}
        self._format = TimestampFormatter()

    def line(self, time_ns: int, direction: str, data: bytes) -> bytes:
        """Return one line, newline included."""
        name = self._directions.get(direction)
        if name is None:
            name = self._directions[direction] = msgspec.json.encode(direction)
        timestamp = self._format(time_ns).encode()
        return _LINE % (timestamp, self._session_id, name, b64encode(data), len(data))

    def __call__(self, buffer: bytearray, time_ns: int, direction: str, data: bytes) -> None:
        """Append one line, newline included, to `buffer`."""
        buffer += self.line(time_ns, direction, data)

    def timestamp(self, time_ns: int) -> str:
        """Return the timestamp text of `time_ns`, for use inside an entry's data."""
        return self._format(time_ns)
