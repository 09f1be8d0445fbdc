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


def test_a_wait_ends_with_a_key(terminal: tuple[int, int]) -> None:
    """However long it may be; the next one begins when somebody has acted on the key."""
    person, fd = terminal
    with TerminalStage(fd, fd, lambda: 0.0) as stage:
        for key in (b" ", b"\x1b[C"):
            os.write(person, key)
            stage.wait_until(3600)
            assert len(stage.keys) == 1
            stage.keys.clear()
        os.write(person, b"q")
        with pytest.raises(LeaveError):
            stage.wait_until(3600)


def test_a_wait_ends_when_it_is_due(terminal: tuple[int, int]) -> None:
    """By the clock; one that was due before does not wait at all."""
    _, fd = terminal
    times = iter([1.999, 1.9999, 2.0, 11.0])
    with TerminalStage(fd, fd, lambda: next(times)) as stage:
        stage.wait_until(2)
        stage.wait_until(10)
    assert next(times, None) is None


def test_a_signal_ends_the_wait(terminal: tuple[int, int]) -> None:
    """Whatever is shown."""
    _, fd = terminal
    with TerminalStage(fd, None, lambda: 0.0) as stage:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(LeaveError) as left:
            stage.wait_until(3600)
    assert left.value.signal == signal.SIGTERM


def test_another_size_ends_the_wait(terminal: tuple[int, int]) -> None:
    """So that the picture is drawn anew."""
    _, fd = terminal
    with TerminalStage(fd, None, lambda: 0.0) as stage:
        signal.raise_signal(signal.SIGWINCH)
        stage.wait_until(3600)
        assert stage.resized


def test_escape_alone_is_a_key_after_a_moment(terminal: tuple[int, int]) -> None:
    """Nothing followed it; the same byte at the beginning of an arrow waits for its end."""
    person, fd = terminal
    with TerminalStage(fd, fd, lambda: 0.0) as stage:
        os.write(person, b"\x1b")
        stage.wait_until(3600)
        assert list(stage.keys) == ["escape"]


def test_keys_do_not_leave_while_a_text_is_typed(terminal: tuple[int, int]) -> None:
    """Nor after a key that begins one; Ctrl-C does."""
    person, fd = terminal
    with TerminalStage(fd, fd, lambda: 0.0) as stage:
        os.write(person, b"/q")
        stage.wait_until(3600)
        assert list(stage.keys) == ["/", "q"]
        stage.keys.clear()
        stage.typing = True
        os.write(person, b"q")
        stage.wait_until(3600)
        assert list(stage.keys) == ["q"]
        stage.keys.clear()
        os.write(person, b"\x04")
        with pytest.raises(LeaveError):
            stage.wait_until(3600)


def test_a_key_that_leaves_does_so_while_a_slow_terminal_is_written_to(terminal: tuple[int, int]) -> None:
    """Nobody has to wait until all of a picture is out."""
    person, fd = terminal
    with TerminalStage(fd, fd, lambda: 0.0) as stage:
        os.write(person, b"q")
        with pytest.raises(LeaveError):
            stage.write(b"x" * 1_000_000)
