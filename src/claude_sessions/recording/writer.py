"""Where a session's entries go: a log that is written as they come, or nowhere.

The usual one is in `threaded_writer`.
"""

from typing import NamedTuple, Protocol

from claude_sessions.base.clock import SessionClock
from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.recording.log_file import LogFile


class RecordingError(ClaudeSessionsError):
    """With `--strict`: the log does not take what happens."""


class Loss(NamedTuple):
    """What could not be recorded: how many bytes, and why."""

    bytes: int
    reason: str


class Writer(Protocol):
    """Where a session's entries go."""

    def append(self, direction: str, data: bytes = b"", time_ns: int | None = None) -> None:
        """Record that something happened, now or at `time_ns`; `flush` sends it on its way."""

    def flush(self) -> None:
        """Have everything appended so far written; called once a burst, since waking a thread is not free."""

    def breathe(self) -> None:
        """Give a slow disk a moment; called between two bursts."""

    def needs_sync(self) -> bool:
        """Tell whether anything was written since the last `sync`."""

    def sync(self) -> None:
        """Bring what is written to the disk itself; blocks."""

    def close(self, timeout_s: float) -> bool:
        """Write what is pending; return whether that was done within the time."""

    def release(self, timeout_s: float) -> None:
        """Bring everything to the disk and let go of the log, if that can be done within the time."""

    def loss(self) -> Loss | None:
        """Return what is missing from the log."""


class NoWriter:
    """For a session that cannot be recorded: it goes on all the same."""

    def append(self, direction: str, data: bytes = b"", time_ns: int | None = None) -> None:
        """Keep nothing."""

    def flush(self) -> None:
        """Nothing to send."""

    def breathe(self) -> None:
        """Nothing to wait for."""

    def needs_sync(self) -> bool:
        """Nothing is written."""
        return False

    def sync(self) -> None:
        """Nothing to bring anywhere."""

    def close(self, timeout_s: float) -> bool:  # noqa: ARG002  # the other log file needs it
        """Be done at once."""
        return True

    def release(self, timeout_s: float) -> None:
        """Nothing is held."""

    def loss(self) -> Loss | None:
        """Nothing was promised."""
        return None


class StrictWriter:
    """Writes before it returns, for `--strict`: what cannot be recorded raises RecordingError and is not shown."""

    def __init__(self, log: LogFile, clock: SessionClock) -> None:
        self._log = log
        self._clock = clock
        self._failed = ""
        self._deliver([log.first_line])

    def append(self, direction: str, data: bytes = b"", time_ns: int | None = None) -> None:
        """Append the entry; RecordingError where the log does not take it."""
        now = time_ns or self._clock.now()
        self._deliver([self._log.turn_over(now) + self._log.encode.line(now, direction, data)])

    def _deliver(self, lines: list[bytes]) -> None:
        try:
            while lines:
                lines = without_first_bytes(lines, self._log.write(lines))
        except OSError as error:
            self._failed = error.strerror or str(error)
            raise RecordingError(f"the log cannot be written: {self._failed}") from error

    def flush(self) -> None:
        """Nothing is pending, ever."""

    def breathe(self) -> None:
        """Nothing is pending, ever."""

    def needs_sync(self) -> bool:
        """Ask the log."""
        return self._log.needs_sync

    def sync(self) -> None:
        """Bring what is written to the disk itself; blocks."""
        self._log.sync()

    def close(self, timeout_s: float) -> bool:  # noqa: ARG002  # the other log file needs it
        """Seal the log."""
        self._log.close(self._clock.now(), whole=not self._failed)
        return True

    def release(self, timeout_s: float) -> None:  # noqa: ARG002  # it takes what it takes
        """Bring everything to the disk."""
        self._log.release()

    def loss(self) -> Loss | None:
        """Return why the session had to end, if it had to."""
        return Loss(0, self._failed) if self._failed else None


def without_first_bytes(pieces: list[bytes], count: int) -> list[bytes]:
    """Return what is left of `pieces` behind the first `count` bytes: nothing, as a rule."""
    if count == sum(map(len, pieces)):
        return []
    return [b"".join(pieces)[count:]]
