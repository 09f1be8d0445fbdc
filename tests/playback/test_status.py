"""What the status line says, and until when."""

import pytest

from claude_sessions.playback.status import Status


def line(status: Status, now: float, *, paused: bool = False, speed: float = 1) -> str:
    found = status.line(now, 80, position=83.9, length=3723, speed=speed, paused=paused)
    return found[0] if found else ""


def test_it_says_where_we_are() -> None:
    """Of how much, how fast, and what just happened."""
    status = Status()
    status.tell(10, "2 of 3: fix it")
    assert line(status, 10) == "▶ 1:23 / 1:02:03  2 of 3: fix it"
    assert line(status, 10, speed=2, paused=True) == "⏸ 1:23 / 1:02:03  2x  2 of 3: fix it"


def test_it_goes_after_a_while() -> None:
    """It tells when, so that somebody can look then; while it is not there nobody has to."""
    status = Status()
    assert (line(status, 0), status.changes(0, paused=False)) == ("", float("inf"))
    status.tell(10)
    assert status.changes(10, paused=False) == 11
    assert status.changes(12.5, paused=False) == 13
    assert line(status, 12.9)
    assert not line(status, 13)


def test_it_goes_during_a_pause_too() -> None:
    """The row below it is to be seen; nothing ticks until then."""
    status = Status()
    status.tell(10, "message")
    assert line(status, 12.9, paused=True)
    assert status.changes(10, paused=True) == 13
    assert not line(status, 13, paused=True)


def test_switched_off_it_shows_messages_only() -> None:
    """What a person has asked for is answered."""
    status = Status()
    status.on = False
    status.tell(10)
    assert not line(status, 10)
    assert not line(status, 10, paused=True)
    status.tell(10, "not found")
    assert "not found" in line(status, 10)
    assert status.changes(10, paused=True) == 13
    assert not line(status, 13, paused=True)


@pytest.mark.parametrize(
    ("columns", "parts"),
    [
        (40, ("▶ 1:23 / 1:02:03", "100x30, cut  ? help")),
        (30, ("▶ 1:23 / 1:02:03", "100x30, cut")),
        (20, ("▶ 1:23", "100x30, cut")),
        (12, ("100x30, cut", "")),
    ],
)
def test_a_note_is_seen_on_a_narrow_terminal_too(columns: int, parts: tuple[str, str]) -> None:
    """What is known anyway gives way to it."""
    status = Status()
    status.tell(10)
    assert status.line(10, columns, position=83.9, length=3723, speed=1, paused=False, note="100x30, cut") == parts
