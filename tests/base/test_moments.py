"""Moments as people type them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import UsageError
from claude_sessions.base.moments import parse_moment

BERLIN = ZoneInfo("Europe/Berlin")
NOW = "2026-02-07T17:15:32+00:00"


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-01", "2026-02-01T00:00:00+01:00"),
        ("20260201", "2026-02-01T00:00:00+01:00"),
        ("2026-07-01", "2026-07-01T00:00:00+02:00"),
        ("2026-02-01 18:15", "2026-02-01T18:15:00+01:00"),
        ("2026-02-01t18:15:30", "2026-02-01T18:15:30+01:00"),
        ("2026-02-01T18:15:30Z", "2026-02-01T18:15:30+00:00"),
        ("2026-02-01T18:15:30-05:00", "2026-02-01T18:15:30-05:00"),
        ("today", "2026-02-07T00:00:00+01:00"),
        ("Yesterday", "2026-02-06T00:00:00+01:00"),
        ("18:15", "2026-02-07T18:15:00+01:00"),
        ("18:16", "2026-02-06T18:16:00+01:00"),
        (" 9:00 ", "2026-02-07T09:00:00+01:00"),
        ("2d", "2026-02-05T18:15:32+01:00"),
        ("1w", "2026-01-31T18:15:32+01:00"),
        ("1h30m", "2026-02-07T16:45:32+01:00"),
        ("0s", "2026-02-07T18:15:32+01:00"),
    ],
)
def test_every_form_of_a_moment_is_read(text: str, moment: str) -> None:
    """Dates, times and ages mean what they say, in the zone that is asked for."""
    assert parse_moment(text, ns(NOW), BERLIN) == ns(moment)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-28", "2026-03-29T00:00:00+01:00"),
        ("2026-03-29", "2026-03-30T00:00:00+02:00"),
        ("today", "2026-02-08T00:00:00+01:00"),
        ("18:15", "2026-02-07T18:15:00+01:00"),
        ("1d", "2026-02-06T18:15:32+01:00"),
    ],
)
def test_an_end_takes_in_the_day_that_it_names(text: str, moment: str) -> None:
    """`--until` a date goes to the end of that day, whether it has 23 or 24 hours; a time is itself."""
    assert parse_moment(text, ns(NOW), BERLIN, end=True) == ns(moment)


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "2026-02-30", "2026-13-01", "24:00", "12:60", "-2d", "2x", "90", "1.5h", "d", "٢d", "9" * 400 + "x"],
)
def test_what_is_no_moment_is_a_usage_error(text: str) -> None:
    """The sentence shows what was typed and what could have been."""
    with pytest.raises(UsageError, match="is no date, time or age; write"):
        parse_moment(text, ns(NOW), BERLIN)


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local zone is that of New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_the_local_zone_is_the_default() -> None:
    """Without a zone a date is the day as the person's clock has it, also where it was not winter yet."""
    assert parse_moment("2026-02-01", ns(NOW)) == ns("2026-02-01T00:00:00-05:00")
    assert parse_moment("2025-10-01", ns(NOW)) == ns("2025-10-01T00:00:00-04:00")
    assert parse_moment("12:15", ns(NOW)) == ns("2026-02-07T12:15:00-05:00")


def test_an_age_beyond_the_epoch_is_the_beginning() -> None:
    """Whoever asks for a hundred years means all."""
    assert parse_moment("36500d", ns(NOW)) == 0


@given(st.integers(365 * 86_400, 230 * 365 * 86_400))
def test_what_json_prints_can_be_typed(seconds: int) -> None:
    """A timestamp of the JSON forms reads back as itself."""
    text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.000000Z"
    assert parse_moment(text, 0) == seconds * 10**9
