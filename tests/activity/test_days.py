"""Days, streaks and hours of work."""

from datetime import date, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.activity.days import PAUSE_S, Calendar, Streak, active_seconds, current, longest, streaks
from tests.kit.worked import NOON_MS

DAY = date(2026, 2, 7)


def days(*numbers: int) -> list[date]:
    return [DAY + timedelta(days=number) for number in numbers]


def test_days_are_those_of_the_zone() -> None:
    """Half an hour before midnight in one place is the next day in another."""
    late = NOON_MS // 1000 + 11 * 3600 + 1800
    assert Calendar(ZoneInfo("UTC")).day_and_hour(late) == (DAY, 23)
    assert Calendar(ZoneInfo("Asia/Kathmandu")).day_and_hour(late) == (DAY + timedelta(days=1), 5)  # 5 h 45 min ahead
    assert Calendar(ZoneInfo("America/New_York")).day_and_hour(late) == (DAY, 18)
    zone = timezone(-timedelta(minutes=7))
    assert Calendar(zone).day_and_hour(late + 1800 + 6 * 60) == (DAY, 23)
    assert Calendar(zone).day_and_hour(late + 1800 + 7 * 60) == (DAY + timedelta(days=1), 0)


def test_work_leaves_out_pauses() -> None:
    """A gap of up to ten minutes is work, a longer one is not; the order does not matter."""
    assert active_seconds([0, 60, 60 + PAUSE_S, 61 + 2 * PAUSE_S]) == 60 + PAUSE_S
    assert active_seconds([500, 0]) == 500
    assert active_seconds([]) == active_seconds([7]) == 0


def test_streaks() -> None:
    """Runs of days without a gap; of two equally long ones the later counts."""
    runs = streaks(days(5, 0, 1, 1, 6, 9))
    assert runs == [Streak(*days(0, 1)), Streak(*days(5, 6)), Streak(*days(9, 9))]
    assert longest(runs) == Streak(*days(5, 6))
    assert longest([]) is None
    assert runs[1].days == 2


def test_the_current_streak_lasts_until_a_whole_day_has_passed() -> None:
    """Whoever has not begun today yet has not lost it."""
    runs = streaks(days(0, 1))
    assert current(runs, days(1)[0]) == current(runs, days(2)[0]) == runs[0]
    assert current(runs, days(3)[0]) is None
    assert current([], DAY) is None


@given(st.lists(st.dates(date(2020, 1, 1), date(2020, 3, 1)), min_size=1))
def test_streaks_are_the_days(found: list[date]) -> None:
    """Each day is in exactly one run."""
    runs = streaks(found)
    spread = [run.first + timedelta(days=number) for run in runs for number in range(run.days)]
    assert spread == sorted(set(found))
