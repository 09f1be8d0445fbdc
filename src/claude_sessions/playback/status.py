"""The status line: where a replay is, and what just happened; for so long as there is something to say."""

from claude_sessions.base.durations import format_offset

_STANDS_FOR = 3.0
"""Seconds."""

_TICK = 1.0

_PLAYING, _PAUSED = "▶", "⏸"


class Status:
    """Knows what the line says and until when. Times are those of the stage's clock."""

    def __init__(self) -> None:
        self.on = True
        """Whether the person wants it."""
        self.message = ""
        self._until = 0.0

    def tell(self, now: float, message: str = "") -> None:
        """Show the line for a while, with a message in it or without."""
        self.message = message
        self._until = now + _STANDS_FOR

    def changes(self, now: float, *, paused: bool) -> float:
        """Return when it says something else, or goes away; infinity where it stays as it is, or is not there."""
        if not self._shown(now):
            return float("inf")
        return self._until if paused else min(self._until, now + _TICK)

    def line(
        self, now: float, *, position: float, length: float, speed: float, paused: bool, note: str = ""
    ) -> tuple[str, str] | None:
        """Return the left and the right part of the line; None where it is not to be seen. Positions are in seconds.

        With a message it is seen though the person has switched it off.
        """
        if now >= self._until:
            self.message = ""
        if not self._shown(now):
            return None
        mark = _PAUSED if paused else _PLAYING
        left = f"{mark} {_clock(position)} / {_clock(length)}"
        left += f"  {speed:g}x" if speed != 1 else ""
        return (f"{left}  {self.message}" if self.message else left), f"{note}  ? help" if note else "? help"

    def _shown(self, now: float) -> bool:
        return now < self._until and (self.on or bool(self.message))


def _clock(seconds: float) -> str:
    """Return `1:23` or `1:02:03`: tenths would flicker."""
    return format_offset(int(seconds)).partition(".")[0]
