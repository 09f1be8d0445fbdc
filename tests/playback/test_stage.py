"""What a terminal stage waits for, on a clock that only the test moves."""

import os
import signal
from collections.abc import Iterator

import pytest

from claude_sessions.playback.stage import LeaveError, TerminalStage


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The person's end and the program's end of a terminal."""
    ends = os.openpty()
    yield ends
    for end in ends:
        os.close(end)


def test_waiting_for_a_key_ends_with_one(terminal: tuple[int, int]) -> None:
    """However long the wait may be, and one that was pressed during an earlier wait does not count."""
    person, fd = terminal
    with TerminalStage(fd, fd, lambda: 0.0) as stage:
        for _ in range(2):
            os.write(person, b" ")
            stage.wait_for_key(3600)
        os.write(person, b"q")
        with pytest.raises(LeaveError):
            stage.wait_for_key(3600)


def test_waiting_for_a_key_ends_without_one(terminal: tuple[int, int]) -> None:
    """When the time is over; it begins anew with each wait."""
    _, fd = terminal
    times = iter([0.0, 1.9999, 2.0, 10.0, 11.9999, 12.0])
    with TerminalStage(fd, fd, lambda: next(times)) as stage:
        stage.wait_for_key(2)
        stage.wait_for_key(2)
    assert next(times, None) is None


def test_a_signal_ends_the_wait_for_a_key(terminal: tuple[int, int]) -> None:
    """It is not held up by a sentence to read."""
    _, fd = terminal
    with TerminalStage(fd, None, lambda: 0.0) as stage:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(LeaveError) as left:
            stage.wait_for_key(3600)
    assert left.value.signal == signal.SIGTERM
