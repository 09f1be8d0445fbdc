"""What the journal makes of clocks that are set, machines that sleep, and pauses."""

import pytest

from claude_sessions.base.clock import NANOSECONDS, SessionClock
from claude_sessions.recording.journal import Journal
from claude_sessions.recording.writer import NoWriter


class Machine:
    """The three clocks of a machine, under the test's control."""

    def __init__(self) -> None:
        self.wall = 1_770_000_000 * NANOSECONDS
        self.rising = 5_000 * NANOSECONDS
        self.awake = 5_000 * NANOSECONDS
        self.clock = SessionClock(lambda: self.wall, lambda: self.rising, lambda: self.awake)

    def works(self, seconds: float) -> None:
        self.sleeps(seconds)
        self.awake += int(seconds * NANOSECONDS)

    def sleeps(self, seconds: float) -> None:
        self.wall += int(seconds * NANOSECONDS)
        self.rising += int(seconds * NANOSECONDS)


class Kept(NoWriter):
    """Keeps what would be written."""

    def __init__(self, clock: SessionClock) -> None:
        self._clock = clock
        self.entries: list[tuple[str, bytes, int]] = []

    def append(self, direction: str, data: bytes = b"", time_ns: int | None = None) -> None:
        self.entries.append((direction, data, self._clock.now() if time_ns is None else time_ns))


@pytest.fixture
def machine() -> Machine:
    """A machine that has run for a while."""
    return Machine()


@pytest.fixture
def kept(machine: Machine) -> Kept:
    """Where the journal of the test writes."""
    return Kept(machine.clock)


@pytest.fixture
def journal(machine: Machine, kept: Kept) -> Journal:
    """A journal on that machine."""
    return Journal(kept, machine.clock, record_input=True, modes_changed=lambda: None, at_once=False)


def test_a_wall_clock_set_back_changes_nothing(machine: Machine, kept: Kept, journal: Journal) -> None:
    """An hour back during the session: timestamps go on, and not back even when the clock is read anew after `fg`."""
    journal.output(b"one")
    journal.flush()
    machine.works(1)
    machine.wall -= 3600 * NANOSECONDS
    journal.output(b"two")
    journal.flush()
    machine.clock.anchor_again()
    machine.works(1)
    journal.output(b"three")
    journal.flush()
    times = [time for _, _, time in kept.entries]
    assert [later - times[0] for later in times] == [0, NANOSECONDS, 2 * NANOSECONDS]


def test_a_clock_that_was_behind_is_caught_up_with_after_a_suspend(
    machine: Machine, kept: Kept, journal: Journal
) -> None:
    """What was corrected forwards during the stop is taken over at its end."""
    journal.output(b"one")
    journal.flush()
    machine.wall += 60 * NANOSECONDS
    machine.clock.anchor_again()
    journal.output(b"two")
    journal.flush()
    assert kept.entries[1][2] - kept.entries[0][2] == 60 * NANOSECONDS


def test_a_night_is_told(machine: Machine, kept: Kept, journal: Journal) -> None:
    """Where the machine slept the log says from when to when, so that replay need not wait for the night."""
    journal.output(b"evening")
    journal.flush()
    machine.works(5)
    machine.sleeps(8 * 3600)
    machine.works(3)
    journal.output(b"morning")
    journal.flush()
    assert [(kind, data) for kind, data, _ in kept.entries] == [
        ("output", b"evening"),
        ("suspend", b'{"cause":"sleep"}'),
        ("resume", b'{"cause":"sleep"}'),
        ("output", b"morning"),
    ]
    times = [time for _, _, time in kept.entries]
    assert times == sorted(times)
    assert times[2] - times[1] == 8 * 3600 * NANOSECONDS
    journal.output(b"noon")
    journal.flush()
    assert kept.entries[-1][:2] == ("output", b"noon")


def test_a_blink_is_not_told(machine: Machine, kept: Kept, journal: Journal) -> None:
    """Less than two seconds of sleep is nobody's business."""
    machine.sleeps(1.9)
    journal.output(b"x")
    journal.flush()
    assert [kind for kind, _, _ in kept.entries] == ["output"]


def test_events_are_kept_during_a_pause_and_bytes_are_not(kept: Kept, journal: Journal) -> None:
    """A resize during a pause is in the log (replay needs it), what was shown and typed is not but counted."""
    assert journal.pause("command")
    assert not journal.pause("command")
    journal.output(b"12345")
    journal.error(b"678")
    journal.input(b"9", hidden=False)
    journal.event("resize", b"80x24")
    assert journal.unpause("key")
    assert not journal.unpause("key")
    assert [kind for kind, _, _ in kept.entries] == ["pause", "resize", "unpause"]
    assert b'"bytes":9' in kept.entries[-1][1]


def test_modes_are_followed_during_a_pause_too(kept: Kept, journal: Journal) -> None:
    """What has to be undone at the end is known although nothing was kept."""
    journal.pause("command")
    journal.output(b"\x1b[?1049h")
    journal.flush()
    assert b"\x1b[?1049l" in journal.modes.undo()


def test_a_password_in_a_pause_is_not_even_counted_by_itself(kept: Kept, journal: Journal) -> None:
    """A hidden input during a pause leaves no entry of its own: when it was typed is nobody's business."""
    journal.pause("command")
    journal.input(b"geheim\r", hidden=True)
    journal.unpause("command")
    assert [kind for kind, _, _ in kept.entries] == ["pause", "unpause"]


def test_bytes_of_one_turn_become_one_entry(kept: Kept, journal: Journal) -> None:
    """What passes in one direction until the flush is one entry; another direction, or an event, ends it."""
    for data in (b"a", b"b"):
        journal.output(data)
    journal.input(b"key", hidden=False)
    journal.output(b"c")
    journal.event("resize", b"80x24")
    journal.output(b"d")
    journal.flush()
    found = [(kind, data) for kind, data, _ in kept.entries]
    assert found == [("output", b"ab"), ("input", b"key"), ("output", b"c"), ("resize", b"80x24"), ("output", b"d")]


def test_what_passed_before_a_pause_in_the_same_turn_is_kept(kept: Kept, journal: Journal) -> None:
    """The pause begins where it was asked for, not at the last flush; the same for its end."""
    journal.output(b"before")
    journal.pause("key")
    journal.output(b"during")
    journal.unpause("key")
    journal.output(b"after")
    journal.flush()
    assert [(kind, data) for kind, data, _ in kept.entries if kind == "output"] == [
        ("output", b"before"),
        ("output", b"after"),
    ]
    assert b'"bytes":6' in next(data for kind, data, _ in kept.entries if kind == "unpause")
