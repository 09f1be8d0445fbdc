"""The last events of a stream."""

import pytest

from claude_sessions.live.ring import Ring, event_id, event_number


def ring(*numbers: int, size: int = 20) -> Ring:
    made = Ring(size)
    for number in numbers:
        made.add(number, b"%d" % number)
    return made


def test_ids_have_three_digits_or_more() -> None:
    """Ids are those of the session player, and grow past a thousand."""
    assert [event_id(number) for number in (1, 20, 1000)] == ["evt_001", "evt_020", "evt_1000"]
    assert [event_number(event_id(number)) for number in (0, 7, 123456)] == [0, 7, 123456]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "evt_",
        "evt_7",
        "evt_0007",
        "evt_-01",
        "evt_007 ",
        "evt_\u0660\u0660\u0667",
        "session_ended",
        "evt_" + "9" * 99,
    ],
)
def test_what_is_no_id_is_none(text: str) -> None:
    """Whatever a client sends, it is one of our ids to the letter or none."""
    assert event_number(text) is None


def test_what_follows_an_event_is_given_again() -> None:
    """Who had an event gets those behind it, and who had all of them nothing."""
    found = ring(1, 2, 3)
    assert found.after("evt_001") == [b"2", b"3"]
    assert found.after("evt_003") == []
    assert found.after("evt_000") == [b"1", b"2", b"3"]


def test_what_was_evicted_or_never_there_is_unknown() -> None:
    """Only where every event that followed is still there is there an answer."""
    found = ring(1, 2, 3, 4, 5, size=2)
    assert found.after("evt_003") == [b"4", b"5"]
    assert found.after("evt_002") is None
    assert found.after("evt_006") is None
    assert found.after("nonsense") is None


def test_left_out_numbers_end_the_past() -> None:
    """Behind a gap in the numbers nothing from before it is known."""
    found = ring(1, 2, 11)
    assert found.after("evt_002") is None
    assert found.after("evt_010") == [b"11"]
