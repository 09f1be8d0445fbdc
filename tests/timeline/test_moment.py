"""Times in a recording as people type them."""

from datetime import UTC, datetime

import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.timeline.moment import parse_place

SECOND = 1_000_000_000
STARTED = int(datetime(2026, 2, 7, 12, tzinfo=UTC).timestamp()) * SECOND
NOW = STARTED + 86_400 * SECOND


def place(text: str, *, end: bool = False) -> float:
    """Return the seconds from the start."""
    return (parse_place(text, STARTED, NOW, {"tests": 42.5}.__getitem__, end=end) - STARTED) / SECOND


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1:30", 90), ("0:01:30.5", 90.5), ("1h2m", 3720), ("0", 0), ("12", 12), ("@tests", 42.5)],
)
def test_most_count_from_the_start(text: str, seconds: float) -> None:
    """As `replay --at` takes them; a line that is printed with that time is at it, though that is rounded up."""
    assert place(text, end=True) == pytest.approx(seconds, abs=1e-6)
    rounded = 0.1 if seconds and not text.startswith("@") else 0
    assert seconds - rounded <= place(text) <= seconds


def test_what_has_a_date_is_a_moment() -> None:
    """With an offset or without; the day of an end belongs to it."""
    assert place("2026-02-07T12:00:30Z") == 30
    assert place("2026-02-07 13:00:30+01:00", end=True) == pytest.approx(30)
    assert place("2026-02-08", end=True) - place("2026-02-08") == pytest.approx(86_400)
    assert place("20260208") == place("2026-02-08")


@pytest.mark.parametrize("text", ["", "soon", "-5", "2026-02-31", "1e9", "@"])
def test_what_is_none(text: str) -> None:
    """A sentence says how times are written, or that there is no such marker."""
    with pytest.raises((UsageError, KeyError)):
        place(text)
