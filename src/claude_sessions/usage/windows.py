"""The five-hour windows in which Anthropic meters its subscriptions: what each used, how fast, and where that leads.

A window begins with the full hour (UTC) of its first response and ends five hours later. The next begins with the first
response from then on, or after five hours without one; such a pause is a gap.
"""

from collections.abc import Iterable, Sequence

import msgspec

from claude_sessions.usage.once import Counted
from claude_sessions.usage.prices import Mode, Prices
from claude_sessions.usage.report import Totals

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
LENGTH_MS = 5 * HOUR_MS
BURN_FROM_MS = MINUTE_MS
"""How long a window must have been used until it is said how fast that goes: before it is chance."""
PROJECTION_FROM_MS = 5 * MINUTE_MS
"""As above, until it is said where that leads."""
WARNED_FROM = 0.8
"""The share of a limit from which a projection is a warning."""


class Window(msgspec.Struct):
    """A window, or the gap between two. Times are milliseconds since the epoch."""

    start: int
    end: int
    active: bool = False
    """Whether it runs now: not yet over, and its last response less than five hours ago."""
    gap: bool = False
    totals: Totals = msgspec.field(default_factory=Totals)


class Burn(msgspec.Struct, frozen=True):
    """How fast a window is used up, from its first response to its last."""

    tokens_per_minute: float
    tokens_per_minute_uncached: float
    """Input and output alone."""
    cost_per_hour: int | None
    """In UNITS; None where a cost is not known."""


class Projection(msgspec.Struct, frozen=True):
    """What an active window comes to at its end, if it goes on as fast."""

    minutes: int
    """That are left."""
    tokens: int
    cost: int | None
    """In UNITS; None where a cost is not known."""


def windows(responses: Iterable[Counted], prices: Prices, now: int, mode: Mode = Mode.AUTO) -> list[Window]:
    """Return all windows and gaps in order. `now` is in milliseconds since the epoch."""
    found: list[Window] = []
    window: Window | None = None
    for response, _ in sorted(responses, key=lambda one: one[0].time):
        if window is not None:
            last = window.totals.last
            if response.time - last > LENGTH_MS:
                found.append(Window(last + LENGTH_MS, response.time, gap=True))
            if response.time >= window.end:
                window = None
        if window is None:
            start = response.time - response.time % HOUR_MS
            window = Window(start, start + LENGTH_MS)
            found.append(window)
        cost = prices.cost(response, mode)
        window.totals.count(response, cost)
        window.totals.models.setdefault(response.label, Totals()).count(response, cost)
    for each in found:
        each.active = not each.gap and now - each.totals.last < LENGTH_MS and now < each.end
    return found


def burn(window: Window) -> Burn | None:
    """Return how fast a window is used up; None where its responses lie too near together to tell."""
    totals = window.totals
    lasted = totals.last - totals.first
    if lasted < BURN_FROM_MS:
        return None
    return Burn(
        totals.total * MINUTE_MS / lasted,
        (totals.input + totals.output) * MINUTE_MS / lasted,
        None if totals.cost is None else totals.cost * HOUR_MS // lasted,
    )


def projection(window: Window, now: int) -> Projection | None:
    """Return where an active window leads; None where it is not active, or its responses lie too near together."""
    speed = burn(window)
    if speed is None or not window.active or window.totals.last - window.totals.first < PROJECTION_FROM_MS:
        return None
    minutes = round((window.end - now) / MINUTE_MS)
    cost = window.totals.cost
    further = 0 if speed.cost_per_hour is None else speed.cost_per_hour * minutes // 60
    return Projection(
        minutes,
        round(window.totals.total + speed.tokens_per_minute * minutes),
        None if cost is None else cost + further,
    )


def limit_status(tokens: int, limit: int) -> str:
    """Return how a projection compares with a limit: `ok`, `warning` or `exceeds`."""
    return "exceeds" if tokens > limit else "warning" if tokens > limit * WARNED_FROM else "ok"


def sum_of_windows(found: Iterable[Window]) -> Totals:
    """Return the sum of windows."""
    totals = Totals()
    for window in found:
        totals.add(window.totals)
    return totals


def largest(found: Sequence[Window]) -> int:
    """Return the most tokens of any window that is over; 0 without one."""
    return max((window.totals.total for window in found if not window.active), default=0)
