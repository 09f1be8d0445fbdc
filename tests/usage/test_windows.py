"""The five-hour windows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.usage import FileUsage, Response, load_prices
from claude_sessions.usage.once import Counted
from claude_sessions.usage.windows import HOUR_MS, LENGTH_MS, MINUTE_MS, Window, burn, largest, projection, windows

MIDNIGHT = 1_770_422_400_000
"""2026-02-07T00:00Z."""
FILE = FileUsage(True, "s", "/p", 0, 0, [])
PRICES = load_prices()


def at(hours: float, tokens: int = 1000, model: str = "claude-haiku-4-5") -> Counted:
    """Return a response so many hours after midnight."""
    return Response(f"m{hours}", "r", MIDNIGHT + round(hours * HOUR_MS), model, 0, tokens, 0, 0, 0, 0), FILE


def found(*responses: Counted, now: float = 1000) -> list[Window]:
    """Return the windows of responses, looked at so many hours after midnight."""
    return windows(responses, PRICES, MIDNIGHT + round(now * HOUR_MS))


def spans(*responses: Counted) -> list[tuple[float, float, bool]]:
    """Return where windows begin and end, in hours after midnight, and which are gaps."""
    return [((w.start - MIDNIGHT) / HOUR_MS, (w.end - MIDNIGHT) / HOUR_MS, w.gap) for w in found(*responses)]


def test_a_window_begins_with_the_full_hour() -> None:
    """And is over five hours later; what comes then begins another."""
    assert spans(at(9.6), at(13.9), at(14.1)) == [(9, 14, False), (14, 19, False)]


def test_exactly_at_its_end_another_window_begins() -> None:
    """A window does not have its end, so that none counts for six full hours; a pause of just five is no gap."""
    assert spans(at(9), at(14)) == spans(at(9.6), at(14)) == [(9, 14, False), (14, 19, False)]
    assert spans(at(9.6), at(14 - 1 / HOUR_MS)) == [(9, 14, False)]


def test_a_long_pause_is_a_gap() -> None:
    """It begins five hours after the last response, and ends with the next."""
    assert spans(at(9.5), at(20.25)) == [(9, 14, False), (14.5, 20.25, True), (20, 25, False)]


def test_the_order_of_responses_does_not_matter() -> None:
    """They are put into their order first."""
    assert spans(at(20), at(9.5), at(3)) == spans(at(3), at(9.5), at(20))


def test_nothing_gives_no_window() -> None:
    """Without responses there is nothing to show."""
    assert spans() == []


def test_a_window_sums_up_its_responses() -> None:
    """Tokens, cost and models."""
    (window,) = found(at(1), at(2, 3000, "claude-opus-4-5"), at(3, 5, "who-knows"))
    assert window.totals.total == 4005
    assert {name: part.total for name, part in window.totals.models.items()} == {
        "claude-haiku-4-5": 1000,
        "claude-opus-4-5": 3000,
        "who-knows": 5,
    }
    assert window.totals.cost is None
    assert window.totals.known_cost == 16_000 * 10**6


@pytest.mark.parametrize(("now", "active"), [(10.1, True), (13.99, True), (14, False), (99, False)])
def test_one_window_runs(now: float, active: bool) -> None:
    """Until it is over."""
    assert [window.active for window in found(at(2), at(9.6), now=now)] == [False, False, active]


def test_how_fast_and_where_to() -> None:
    """Two hours gave 3,000 tokens; at that rate another hour gives 1,500 more."""
    (window,) = found(at(9, 1000), at(11, 2000), now=13)
    speed = burn(window)
    assert speed
    assert (speed.tokens_per_minute, speed.cost_per_hour) == (25, 1500 * 10**6)
    later = projection(window, MIDNIGHT + 13 * HOUR_MS)
    assert later
    assert (later.minutes, later.tokens, later.cost) == (60, 4500, 4500 * 10**6)


def test_one_moment_has_no_speed() -> None:
    """Neither is there a projection, nor one of a window that is over."""
    (window,) = found(at(9), now=9.5)
    assert burn(window) is None
    assert projection(window, MIDNIGHT + 10 * HOUR_MS) is None
    (window,) = found(at(9), at(10))
    assert burn(window)
    assert projection(window, MIDNIGHT + 1000 * HOUR_MS) is None


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3, (False, False)), (59, (False, False)), (60, (True, False)), (299, (True, False)), (300, (True, True))],
)
def test_a_few_seconds_are_no_measure(seconds: float, told: tuple[bool, bool]) -> None:
    """A speed is told after a minute of use, where it leads after five."""
    (window,) = found(at(9), at(9 + seconds / 3600), now=9.5)
    assert (burn(window) is not None, projection(window, MIDNIGHT + 10 * HOUR_MS) is not None) == told


def test_an_unknown_cost_stays_unknown() -> None:
    """Neither the speed nor the projection makes a number of it."""
    (window,) = found(at(9, model="x"), at(10), now=11)
    speed, later = burn(window), projection(window, MIDNIGHT + 11 * HOUR_MS)
    assert speed
    assert later
    assert (speed.cost_per_hour, later.cost) == (None, None)


def test_the_largest_window_is_one_that_is_over() -> None:
    """What runs is no measure for itself."""
    assert largest(found(at(1, 50), at(9, 70), at(10, 900), now=10.5)) == 50
    assert largest([]) == 0


@given(st.lists(st.integers(0, 60 * 40), max_size=30))
def test_every_response_is_in_one_window(minutes: list[int]) -> None:
    """Windows follow each other, hold everything, and each response lies within its own."""
    responses = [at(minute * MINUTE_MS / HOUR_MS) for minute in minutes]
    every = found(*responses)
    assert sum(window.totals.responses for window in every) == len(minutes)
    starts = [window.start for window in every if not window.gap]
    assert starts == sorted(set(starts))
    for window in every:
        if not window.gap:
            assert window.start <= window.totals.first <= window.totals.last < window.end
            assert window.end - window.start == LENGTH_MS
