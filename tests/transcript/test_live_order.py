"""The order of a stream."""

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript.live_order import HOLD, LiveOrder


def test_what_is_in_order_goes_out_at_once() -> None:
    """An entry whose parent has been seen, or that has none, waits for nothing."""
    order: LiveOrder[str] = LiveOrder()
    assert order.add("a", None, "A", 0) == ["A"]
    assert order.add("b", "a", "B", 0) == ["B"]
    assert order.add(None, None, "title", 0) == ["title"]
    assert order.deadline is None


def test_an_answer_waits_for_its_prompt() -> None:
    """What comes before its parent goes out right behind it, and with it what hangs on it in turn."""
    order: LiveOrder[str] = LiveOrder()
    assert order.add("answer", "prompt", "answer", 1.0) == []
    assert order.add("more", "answer", "more", 1.1) == []
    assert order.deadline == 1.0 + HOLD
    assert order.add("prompt", None, "prompt", 1.2) == ["prompt", "answer", "more"]
    assert order.deadline is None


def test_nothing_waits_longer_than_a_quarter_of_a_second() -> None:
    """A parent that never comes holds its child, and what hangs on that, for 250 ms after the child came."""
    order: LiveOrder[str] = LiveOrder()
    assert order.add("b", "lost", "B", 10.0) == []
    assert order.add("c", "b", "C", 10.2) == []
    assert order.due(10.0 + HOLD - 0.001) == []
    assert order.due(10.0 + HOLD) == ["B", "C"]
    assert order.due(99) == []


def test_waiting_ends_also_when_something_else_comes() -> None:
    """Whoever calls `add` late gets what was due first."""
    order: LiveOrder[str] = LiveOrder()
    order.add("b", "lost", "B", 0)
    assert order.add("x", None, "X", 1) == ["B", "X"]


def test_what_was_before_the_stream_is_known() -> None:
    """A parent from before the stream began keeps nobody waiting."""
    order: LiveOrder[str] = LiveOrder()
    order.see("old")
    assert order.add("new", "old", "N", 0) == ["N"]


def test_the_end_gives_up_waiting() -> None:
    """Nothing is lost when the stream ends, not even what waits for itself in a circle."""
    order: LiveOrder[str] = LiveOrder()
    order.add("a", "b", "A", 0)
    order.add("b", "a", "B", 0)
    assert order.flush() == ["A", "B"]


@given(st.permutations(range(8)), st.lists(st.integers(min_value=-1, max_value=7), min_size=8, max_size=8))
def test_every_entry_goes_out_once(arrival: list[int], parents: list[int]) -> None:
    """Whatever hangs on what and comes in whatever order, each entry goes out once, behind its parent where that came in time."""
    order: LiveOrder[int] = LiveOrder()
    out: list[int] = []
    for one in arrival:
        parent = parents[one]
        out += order.add(str(one), None if parent < 0 else str(parent), one, 0.0)
    on_time = set(out)
    out += order.flush()
    assert sorted(out) == sorted(arrival)
    for at, one in enumerate(out):
        if one in on_time and parents[one] >= 0 and parents[one] != one:
            assert parents[one] in out[:at]
