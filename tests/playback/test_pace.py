"""How far a replay is."""

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.playback.pace import Pace


def test_a_position_is_due_when_the_line_reaches_it() -> None:
    """At twice the speed in half the time."""
    pace = Pace(2)
    pace.set(100, 10)
    assert pace.due(14) == 102
    assert pace.position(103) == 16


def test_a_pause_stands_still() -> None:
    """Nothing is due, and it goes on from where it was."""
    pace = Pace()
    pace.set(100, 0)
    pace.pause(105, paused=True)
    assert (pace.position(999), pace.due(6)) == (5, float("inf"))
    pace.pause(1000, paused=False)
    assert pace.due(6) == 1001


def test_a_change_of_speed_keeps_the_position() -> None:
    """What has passed has passed at the speed before."""
    pace = Pace()
    pace.set(0, 0)
    pace.change_speed(10, 5)
    assert (pace.position(10), pace.due(15)) == (10, 11)


@given(st.lists(st.floats(0.001, 30), min_size=1, max_size=50))
def test_nothing_adds_up(late: list[float]) -> None:
    """However late each was shown, the next is due at its own time."""
    pace = Pace()
    pace.set(50, 0)
    for number, seconds in enumerate(late):
        assert pace.due(number) == 50 + number
        pace.position(50 + number + seconds)
