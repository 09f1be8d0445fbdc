"""When what a person saw is shown again: recorded time without the times in which nothing could be seen."""

from collections.abc import Iterable
from typing import NamedTuple

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.durations import format_offset, parse_duration
from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import MARKER, PAUSE, RESUME, SUSPEND, UNPAUSE, Entry

_NAMED = 5
"""So many of a recording's markers are named to a person who asked for another."""

_HOLDS = {SUSPEND: SUSPEND, RESUME: SUSPEND, PAUSE: PAUSE, UNPAUSE: PAUSE}


class Moment(NamedTuple):
    """The place of an entry in time, in seconds."""

    recorded: float
    """From the start of the recording, as `--at` counts."""
    played: float
    """From the start of a replay at normal speed."""


class Schedule:
    """Gives each entry its place, in the order of the log.

    Between `suspend` and `resume` and between `pause` and `unpause` no time passes in a replay, and of any other time in
    which nothing is shown at most `idle_limit` seconds do (0: no limit). A time that goes back counts as the one before.
    """

    def __init__(self, idle_limit: float = 0) -> None:
        self._idle_limit = idle_limit
        self._start_ns: int | None = None
        self._now_ns = 0
        self._held: set[str] = set()
        self._since_shown = 0.0
        self._played = 0.0

    @property
    def now_ns(self) -> int:
        """The latest time so far, in nanoseconds since the epoch."""
        return self._now_ns

    @property
    def held(self) -> tuple[str, ...]:
        """Why no time passes at present: `suspend`, `pause`."""
        return tuple(sorted(self._held))

    def go_on(self, start_ns: int, now_ns: int, held: Iterable[str]) -> None:
        """Begin in the middle of a recording that began at `start_ns`, where another schedule had come to."""
        self._start_ns, self._now_ns, self._held = start_ns, now_ns, set(held)

    def reach(self, time_ns: int) -> None:
        """Pass over entries that are not placed one by one, the latest of them of that time."""
        self._now_ns = max(self._now_ns, time_ns)
        if self._start_ns is None:
            self._start_ns = self._now_ns

    def now(self) -> Moment:
        """Return the place of something to look at that happened just after the latest entry."""
        since_start = (self._now_ns - (self._start_ns or self._now_ns)) / NANOSECONDS
        return Moment(since_start, self._played + self._shortened())

    def _shortened(self) -> float:
        """Return the seconds of waiting that are made of those since something was last shown."""
        return min(self._since_shown, self._idle_limit or self._since_shown)

    def place(self, entry: Entry, *, shown: bool) -> Moment:
        """Return when the entry happened; `shown` says whether it is something to look at."""
        try:
            time_ns = max(self._now_ns, entry.time_ns)
        except ValueError:
            time_ns = self._now_ns  # its data is good all the same
        if self._start_ns is None:
            self._start_ns = self._now_ns = time_ns
        if not self._held:
            self._since_shown += (time_ns - self._now_ns) / NANOSECONDS
        self._now_ns = time_ns
        hold = _HOLDS.get(entry.direction)
        if hold == entry.direction:
            self._held.add(hold)
        elif hold:
            self._held.discard(hold)
        if shown:
            self._played += self._shortened()
            self._since_shown = 0.0
        return Moment((time_ns - self._start_ns) / NANOSECONDS, self._played)


def find_marker(entries: Iterable[Entry | BadLine], label: str) -> float:
    """Return the seconds from the start of a recording to the first marker of that label; NotFoundError where it has none."""
    schedule = Schedule()
    others: dict[str, None] = {}  # in the order of the log
    for entry in entries:
        if isinstance(entry, Entry):
            moment = schedule.place(entry, shown=False)
            if entry.direction != MARKER:
                continue
            if entry.data == label.encode():
                return moment.recorded
            if len(others) < _NAMED:
                others[entry.data.decode(errors="replace")] = None
    advice = f"it has {', '.join(map(repr, others))}" if others else "it has none at all, give a time such as 1:30"
    raise NotFoundError(f"the recording has no marker {label!r}; {advice}")


def check_offset(entries: Iterable[Entry | BadLine], seconds: float) -> None:
    """Raise UsageError where a recording is over before `seconds` from its start. Reads no further than to there.

    The end as `format_offset` prints it, which rounds up, is not too late.
    """
    schedule = Schedule()
    length = 0.0
    for entry in entries:
        if isinstance(entry, Entry):
            length = schedule.place(entry, shown=False).recorded
            if length >= seconds:
                return
    if seconds > parse_duration(format_offset(length)):
        raise UsageError(f"the recording is only {format_offset(length)} long")
