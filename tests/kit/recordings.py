"""Recordings written by hand, through the product's own encoder, for tests of what reads them."""

import uuid
from pathlib import Path

import msgspec

from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.events import ExitInfo, StartInfo, encode_info

SECOND = 1_000_000_000
NOON = 1_770_465_600 * SECOND  # 2026-02-07T12:00:00Z


class LogWriter:
    """Writes one recording into a home, entry by entry; each `add` comes a second after the one before."""

    def __init__(self, home: Path, session_id: str = "", *, now: int = NOON) -> None:
        self.session_id = session_id or str(uuid.uuid4())
        self.logs = home / "logs"
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)
        self.now = now
        self.segment = 0
        self._encode = EntryEncoder(self.session_id)

    @property
    def path(self) -> Path:
        """The segment that is being written."""
        part = f".{self.segment:04d}" if self.segment else ""
        return self.logs / f"{self.session_id}{part}.jsonl"

    def add(self, direction: str, data: bytes | msgspec.Struct = b"", *, after: int = SECOND) -> "LogWriter":
        """Append one entry, `after` nanoseconds after the last one."""
        self.now += after
        line = bytearray()
        self._encode(line, self.now, direction, data if isinstance(data, bytes) else encode_info(data))
        return self.raw(bytes(line))

    def raw(self, data: bytes) -> "LogWriter":
        """Append bytes as they are."""
        with self.path.open("ab") as file:
            file.write(data)
        return self

    def start(self, **fields: object) -> "LogWriter":
        """Append the first entry."""
        plain = {"command": "/usr/bin/claude", "directory": "/home/ann/project", "columns": 80, "rows": 24, **fields}
        return self.add("start", StartInfo(**plain))  # type: ignore[arg-type]

    def exit(self, code: int | None = 0, signal: int | None = None) -> "LogWriter":
        """Append the last entry."""
        return self.add("exit", ExitInfo(code, signal))

    def later(self, seconds: float) -> "LogWriter":
        """Let time pass before the next entry."""
        self.now += int(seconds * SECOND)
        return self

    def next_segment(self) -> "LogWriter":
        """Go on in another file, as a recorder does when one is full."""
        self.segment += 1
        return self.start(segment=self.segment)
