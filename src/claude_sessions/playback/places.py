"""The places of a recording that a person jumps to: its markers, and its prompts."""

import math
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
        self.bounds = (0.0, math.inf)
        """Seconds from the start: what is outside is not found."""
        self._find = find
        self._found: Sequence[Place] | None = None
        self._given: int | None = None
        """The one that was returned last."""

    def next(self, now: float) -> tuple[Place, str] | None:
        """Return the place after `now` and which of how many it is; None where there is none.

        Who still is at the one that was returned last gets the one after that: there may be several of one moment.
        """
        if (given := self._still_at(now)) is not None:
            return self._numbered([given + 1] if given + 1 < self.count() else [])
        return self._numbered([at for at, place in enumerate(self._all()) if place.offset_s > now + _A_MOMENT][:1])

    def last(self, now: float) -> tuple[Place, str] | None:
        """Return the place before `now`, likewise. One just passed does not count."""
        if (given := self._still_at(now)) is not None:
            return self._numbered([given - 1] if given else [])
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

    def _still_at(self, now: float) -> int | None:
        """Return the place that was returned last where that is exactly where we are."""
        if self._given is None or abs(self._all()[self._given].offset_s - now) > 2 * _A_MOMENT:
            return None
        return self._given

    def _numbered(self, found: list[int]) -> tuple[Place, str] | None:
        if not found:
            return None
        self._given = found[0]
        return self._all()[found[0]], f"{found[0] + 1} of {self.count()}"

    def _all(self) -> Sequence[Place]:
        if self._found is None:
            since, until = self.bounds
            self._found = sorted(place for place in self._find(self.notice) if since <= place.offset_s <= until)
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
