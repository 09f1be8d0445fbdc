"""When what was recorded is shown again."""

import pytest

from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.log.decode import BadLine, Place
from claude_sessions.log.entry import Entry
from claude_sessions.playback.schedule import Schedule, check_offset, find_marker


def at(second: float, direction: str = "output", data: bytes = b"x") -> Entry:
    whole, micro = divmod(round(second * 1_000_000), 1_000_000)
    return Entry(f"2026-02-07T12:{whole // 60:02d}:{whole % 60:02d}.{micro:06d}Z", "id", direction, data, len(data))


def played(*entries: Entry, idle_limit: float = 0) -> list[float]:
    schedule = Schedule(idle_limit)
    moments = [schedule.place(entry, shown=entry.direction == "output") for entry in entries]
    return [moment.played for moment, entry in zip(moments, entries, strict=True) if entry.direction == "output"]


def test_outputs_keep_their_distance() -> None:
    """Each output comes as long after the start as it did."""
    assert played(at(0, "start"), at(1), at(1.5), at(60)) == [1, 1.5, 60]


@pytest.mark.parametrize(("begin", "end"), [("suspend", "resume"), ("pause", "unpause")])
def test_a_night_in_which_nothing_was_recorded_costs_no_waiting(begin: str, end: str) -> None:
    """Suspended, asleep or paused time is left out, and what frames it is not."""
    assert played(at(0, "start"), at(1), at(2, begin), at(500), at(1000, end), at(1001)) == [1, 2, 3]


def test_a_pause_inside_of_a_suspension_ends_with_the_last_of_them() -> None:
    """Only when both are over does time go on."""
    assert played(at(0), at(1, "suspend"), at(2, "pause"), at(3, "resume"), at(4), at(5, "unpause"), at(6)) == [0, 1, 2]


def test_the_idle_limit_shortens_long_waits_only() -> None:
    """The limit counts from one output to the next, whatever is typed in between."""
    assert played(at(0), at(1), at(5, "input"), at(21), at(21.5), idle_limit=2) == [0, 1, 3, 3.5]


def test_time_never_goes_back() -> None:
    """An entry of the past, or one without a readable time, counts as simultaneous with the one before."""
    broken = Entry("yesterday", "id", "output", b"x", 1)
    assert played(at(10), at(12), at(3), broken, at(13)) == [0, 2, 2, 2, 3]


def test_the_place_for_at_counts_all_time() -> None:
    """`--at` counts from the start of the recording, as `logs` and `show` do."""
    schedule = Schedule(1)
    schedule.place(at(0, "start"), shown=False)
    assert schedule.place(at(90), shown=True) == (90, 1)


def test_a_marker_is_found_by_its_label() -> None:
    """The first marker of exactly that label is meant, bad lines notwithstanding."""
    bad = BadLine(Place("f", 2, 0), "torn")
    entries = [at(0, "start"), bad, at(1, "marker", b"other"), at(7, "marker", b"here"), at(9, "marker", b"here")]
    assert find_marker(entries, "here") == 7
    with pytest.raises(NotFoundError, match=r"'her'; it has 'other', 'here'$"):
        find_marker(entries, "her")
    with pytest.raises(NotFoundError, match="none at all"):
        find_marker(entries[:2], "here")


def test_a_time_behind_the_end_is_refused() -> None:
    """The end itself is not behind it, nor is the end as it is printed, which is rounded up."""
    entries = [at(0, "start"), at(92.34, "exit"), BadLine(Place("f", 3, 0), "torn")]
    for second in (0, 50, 92.34, 92.4):
        check_offset(entries, second)
    with pytest.raises(UsageError, match=r"the recording is only 1:32.4 long"):
        check_offset(entries, 92.5)
