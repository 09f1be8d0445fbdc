"""The places of a recording that a person jumps to: its markers, and its prompts."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from claude_sessions.log.entry import MARKER, Entry
from claude_sessions.playback.schedule import Schedule
from claude_sessions.timeline.prompts import find_prompts

_JUST_NOW = 1.0
"""A place that is so few seconds past is where we are; the one before it is meant."""

_A_MOMENT = 1e-6
"""What was seen at a time is on the screen a microsecond after it: times in the log have no smaller steps."""


class Place(msgspec.Struct, frozen=True, order=True):
    """A moment in seconds from the start, and what is to be said there."""

    offset_s: float
    text: str


Notice = Callable[[], None]
"""Called now and then during long work."""
Find = Callable[[Notice], Iterable[Place]]


class Places:
    """Places in the order of time, looked for when they are first asked for."""

    def __init__(self, find: Find) -> None:
        self.notice: Notice = _go_on
        """Called now and then while they are looked for."""
        self._find = find
        self._found: Sequence[Place] | None = None

    def next(self, now: float) -> tuple[Place, str] | None:
        """Return the place after `now` and which of how many it is; None where there is none."""
        return self._numbered([at for at, place in enumerate(self._all()) if place.offset_s > now + _A_MOMENT][:1])

    def last(self, now: float) -> tuple[Place, str] | None:
        """Return the place before `now`, likewise. One just passed does not count."""
        return self._numbered([at for at, place in enumerate(self._all()) if place.offset_s < now - _JUST_NOW][-1:])

    def count(self) -> int:
        """Return how many there are."""
        return len(self._all())

    def no_more(self, what: str, *, forward: bool) -> str:
        """Say that there is none in a direction."""
        count = self.count()
        if not count:
            return f"no {what}"
        return f"no later {what} than {count} of {count}" if forward else f"no earlier {what} than 1 of {count}"

    def _numbered(self, found: list[int]) -> tuple[Place, str] | None:
        return (self._all()[found[0]], f"{found[0] + 1} of {self.count()}") if found else None

    def _all(self) -> Sequence[Place]:
        if self._found is None:
            self._found = sorted(self._find(self.notice))
        return self._found


def _go_on() -> None:
    """Do nothing."""


def find_places(entries: Iterable[Entry]) -> list[Place]:
    """Return the markers and prompts of a recording, each with its sign. `entries` are those that are no output, and its last one."""
    places: list[Place] = []
    prompts = find_prompts(_noting_markers(entries, places))
    return places + [Place(prompt.offset_s, f"❯ {prompt.text}") for prompt in prompts]


def _noting_markers(entries: Iterable[Entry], places: list[Place]) -> Iterator[Entry]:
    """Pass entries on, and add the markers among them to `places`."""
    schedule = Schedule()
    for entry in entries:
        offset = schedule.place(entry, shown=False).recorded
        if entry.direction == MARKER:
            places.append(Place(offset, "@" + entry.data.decode(errors="replace")))
        yield entry
