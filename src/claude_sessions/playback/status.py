"""The status line: where a replay is, and what just happened; for so long as there is something to say."""

from claude_sessions.base.durations import format_offset
from claude_sessions.playback.caption import text_width

_STANDS_FOR = 3.0
"""Seconds."""

_MARGINS = 3
"""Columns of a row that neither of its parts has."""

_TICK = 1.0

_PLAYING, _PAUSED = "▶", "⏸"


class Status:
    """Knows what the line says and until when. Times are those of the stage's clock."""

    def __init__(self) -> None:
        self.on = True
        """Whether the person wants it."""
        self.message = ""
        self._until = 0.0

    def tell(self, now: float, message: str = "", seconds: float = _STANDS_FOR) -> None:
        """Show the line for a while, with a message in it or without."""
        self.message = message
        self._until = now + seconds

    def changes(self, now: float, *, paused: bool) -> float:
        """Return when it says something else, or goes away; infinity where it stays as it is, or is not there."""
        if not self._shown(now):
            return float("inf")
        return self._until if paused else min(self._until, now + _TICK)

    def line(
        self, now: float, columns: int, *, position: float, length: float, speed: float, paused: bool, note: str = ""
    ) -> tuple[str, str] | None:
        """Return the left and the right part of the line; None where it is not to be seen. Positions are in seconds.

        With a message it is seen though the person has switched it off. Where there is no room for the `note` beside the
        rest, which a person has to know, the rest is shorter.
        """
        if now >= self._until:
            self.message = ""
        if not self._shown(now):
            return None
        mark = _PAUSED if paused else _PLAYING
        short = f"{mark} {_clock(position)}"
        left = f"{short} / {_clock(length)}" + (f"  {speed:g}x" if speed != 1 else "")
        if self.message or not note:
            return (f"{left}  {self.message}" if self.message else left), f"{note}  ? help".lstrip()
        for parts in ((left, f"{note}  ? help"), (left, note), (short, note)):
            if sum(map(text_width, parts)) + _MARGINS <= columns:
                return parts
        return note, ""

    def _shown(self, now: float) -> bool:
        return now < self._until and (self.on or bool(self.message))


def _clock(seconds: float) -> str:
    """Return `1:23` or `1:02:03`: tenths would flicker."""
    return format_offset(int(seconds)).partition(".")[0]
