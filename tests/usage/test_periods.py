"""Days, weeks and months at a place."""

import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import UsageError
from claude_sessions.usage.periods import Days, by, zone

ODD = timezone(timedelta(minutes=7, seconds=30))
"""An offset such as no place has any more, but TZ can be set to."""
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati"]


def ms(text: str) -> int:
    """Return a moment in milliseconds since the epoch."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("name", "moment", "day"),
    [
        ("UTC", "2026-02-07T23:59:59.999+00:00", "2026-02-07"),
        ("Europe/Berlin", "2026-02-07T23:00:00+00:00", "2026-02-08"),
        ("America/New_York", "2026-02-08T04:59:59+00:00", "2026-02-07"),
        ("Europe/Berlin", "2026-03-29T21:59:59+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("Europe/Berlin", "2026-10-25T22:59:59+00:00", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", "2026-10-26"),
    ],
)
def test_days_are_those_of_the_zone(name: str, moment: str, day: str) -> None:
    """Also on the days on which the clock is put forward and back."""
    assert Days(zone(name)).day(ms(moment)) == day


@given(times=st.lists(st.integers(0, 4_000_000_000_000), max_size=20), name=st.sampled_from(ZONES))
def test_what_is_remembered_is_right(times: list[int], name: str) -> None:
    """Whatever was asked before, the day is what the zone says."""
    days = Days(zone(name))
    for moment in times:
        expected = datetime.fromtimestamp(moment / 1000, ZoneInfo(name)).date().isoformat()
        assert days.day(moment) == expected


@given(times=st.lists(st.integers(0, 4 * 86_400_000), max_size=20))
def test_an_offset_of_no_full_quarter_of_an_hour(times: list[int]) -> None:
    """The day changes within a quarter of an hour of UTC; every moment has its own."""
    days = Days(ODD)
    assert days.day(86_400_000 - 450_001) == "1970-01-01"
    assert days.day(86_400_000 - 450_000) == "1970-01-02"
    for moment in times:
        assert days.day(moment) == datetime.fromtimestamp(moment // 1000, ODD).date().isoformat()


def test_the_local_zone_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """TZ moves it."""
    moment = ms("2026-02-07T20:00:00+00:00")
    for name, day in (("Asia/Tokyo", "2026-02-08"), ("America/Lima", "2026-02-07")):
        monkeypatch.setenv("TZ", name)
        time.tzset()
        assert Days().day(moment) == day
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("kind", "period"), [("daily", "2027-01-02"), ("weekly", "2026-12-28"), ("monthly", "2027-01")]
)
def test_periods(kind: str, period: str) -> None:
    """A week is named after its Monday, also across the new year."""
    period_of = by(kind, Days(UTC))
    assert period_of(ms("2027-01-02T12:00:00+00:00")) == period
    assert period_of(ms("2027-01-02T13:00:00+00:00")) == period


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "/etc/passwd", "../x", "a" * 9999, "\0", "Europe"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    """With a sentence that says what one is like."""
    with pytest.raises(UsageError, match="is no time zone; write one such as Europe/Berlin"):
        zone(name)
