"""Responses summed up: by day, week, month, session, project or model."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

import msgspec

from claude_sessions.usage.once import Counted
from claude_sessions.usage.prices import Mode, Prices
from claude_sessions.usage.response import PARTIAL, FileUsage, Response

K = TypeVar("K", bound=Hashable)


class Totals(msgspec.Struct):
    """What some responses used up. Counts are tokens unless they say otherwise."""

    responses: int = 0
    """How many."""
    input: int = 0
    output: int = 0
    write_5m: int = 0
    write_1h: int = 0
    read: int = 0
    searches: int = 0
    """How many web searches."""
    partial: int = 0
    """How many responses of which only the beginning was recorded: the output is at least this."""
    known_cost: int = 0
    """The cost of what has a price, in UNITS."""
    first: int = 2**62
    """Time of the first response and of the last, in milliseconds since the epoch; in reverse where there is none."""
    last: int = 0
    unknown: set[str] = msgspec.field(default_factory=set)
    """Models of whose cost something is not known, as they are named in reports."""
    models: dict[str, "Totals"] = msgspec.field(default_factory=dict)
    """The same for each model, by its name; empty within."""

    @property
    def cache_write(self) -> int:
        """All that was written to the cache."""
        return self.write_5m + self.write_1h

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input + self.output + self.write_5m + self.write_1h + self.read

    @property
    def lower_bound(self) -> bool:
        """Whether the output, and with it the total and the cost, is more than is known."""
        return self.partial > 0

    @property
    def cost(self) -> int | None:
        """The cost in UNITS; None where it is not known of a part."""
        return None if self.unknown else self.known_cost

    def dearest_first(self) -> "list[tuple[str, Totals]]":
        """Return `models`, the one that cost most at first."""
        return sorted(self.models.items(), key=lambda one: (-one[1].known_cost, one[0]))

    def count(self, response: Response, cost: int | None) -> None:
        """Count one response; `models` stays as it is."""
        self.responses += 1
        self.input += response.input
        self.output += response.output
        self.write_5m += response.write_5m
        self.write_1h += response.write_1h
        self.read += response.read
        self.searches += response.searches
        if response.flags & PARTIAL:
            self.partial += 1
        if cost is None:
            self.unknown.add(response.label)
        else:
            self.known_cost += cost
        self.first = min(self.first, response.time)
        self.last = max(self.last, response.time)

    def add(self, other: "Totals") -> None:
        """Add other responses to these, model by model."""
        self.responses += other.responses
        self.input += other.input
        self.output += other.output
        self.write_5m += other.write_5m
        self.write_1h += other.write_1h
        self.read += other.read
        self.searches += other.searches
        self.partial += other.partial
        self.known_cost += other.known_cost
        self.unknown |= other.unknown
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        for model, part in other.models.items():
            self.models.setdefault(model, Totals()).add(part)


def summed(
    responses: Iterable[Counted], key: Callable[[Response, FileUsage], K], prices: Prices, mode: Mode = Mode.AUTO
) -> dict[K, Totals]:
    """Return the responses summed up by `key`, and within that by model."""
    cells: dict[tuple[K, str], Totals] = {}
    for response, file in responses:
        place = (key(response, file), response.label)
        cell = cells.get(place)
        if cell is None:
            cell = cells[place] = Totals()
        cell.count(response, prices.cost(response, mode))
    groups: dict[K, Totals] = {}
    for (name, model), cell in cells.items():
        groups.setdefault(name, Totals()).add(cell)
        groups[name].models[model] = cell
    return groups
