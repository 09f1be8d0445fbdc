"""What is shown straight through, and when, on a stage whose clock only the test moves."""

from collections import deque

import pytest

from claude_sessions.log.decode import BadLine, Place
from claude_sessions.playback.straight import StraightPlayer
from tests.kit.playing import at


class Stage:
    """Writes down what was shown when; each write takes `cost` seconds."""

    resumed = resized = typing = False

    def __init__(self, *, is_terminal: bool = False, cost: float = 0) -> None:
        self.keys: deque[str] = deque()
        self.is_terminal = is_terminal
        self.now = 1000.0
        self.shown: list[tuple[float, bytes]] = []
        self._cost = cost

    def size(self) -> tuple[int, int]:
        return (100, 30)

    def clock(self) -> float:
        return self.now

    def write(self, data: bytes) -> None:
        if data:
            self.shown.append((round(self.now - 1000, 6), data))
        self.now += self._cost

    def wait_until(self, due: float) -> None:
        self.now = max(self.now, due)

    def poll(self) -> None: ...

    def begin_anew(self) -> None: ...


START = at(0, "start", b"{}")
TWO = [START, at(1, data=b"a"), at(1.2, "input", b"typed"), at(2, "error", b"b"), at(4, data=b"c")]


def test_output_and_error_are_shown_at_their_times() -> None:
    """What was typed is not shown; what came on stderr is."""
    stage = Stage()
    StraightPlayer(TWO, stage).play()
    assert stage.shown == [(1, b"a"), (2, b"b"), (4, b"c")]


def test_speed_divides_the_time() -> None:
    """Twice the speed takes half the time."""
    stage = Stage()
    StraightPlayer(TWO, stage).play(speed=2)
    assert stage.shown == [(0.5, b"a"), (1, b"b"), (2, b"c")]


def test_delays_do_not_add_up() -> None:
    """A slow terminal makes one output late, not all that follow."""
    stage = Stage(cost=0.9)
    StraightPlayer([START, *(at(second, data=b"x") for second in range(1, 100))], stage).play()
    assert [when for when, _ in stage.shown] == list(range(1, 100))


def test_at_leaves_the_past_out_where_there_is_no_terminal() -> None:
    """A file or pipe gets what came after that moment, at its time, and a sequence that began before it not as text."""
    stage = Stage()
    entries = [START, at(1, data=b"a\x1b]0;ti"), at(2, "error", b"tle"), at(3, data=b"more\x07b"), at(4, data=b"c")]
    StraightPlayer(entries, stage).play(at=2)
    assert stage.shown == [(1, b"b"), (2, b"c")]


@pytest.mark.parametrize("is_terminal", [False, True])
def test_pouring_from_a_moment_on(is_terminal: bool) -> None:
    """Without waiting too, `--at` leaves out the past in a pipe, and on a terminal draws it as one frame."""
    stage = Stage(is_terminal=is_terminal)
    StraightPlayer(TWO, stage).pour(at=2)
    assert b"".join(data for _, data in stage.shown) == (b"\x1b[?2026hab\x1b[?2026lc" if is_terminal else b"c")


def test_at_on_a_terminal_draws_one_frame() -> None:
    """The past does not flicker by: it is held until it is complete, whatever frames it had."""
    stage = Stage(is_terminal=True)
    entries = [START, at(1, data=b"\x1b[?2026ha\x1b[?2026l"), at(9, data=b"b")]
    StraightPlayer(entries, stage).pour(at=8)
    assert b"".join(data for _, data in stage.shown) == b"\x1b[?2026ha\x1b[?2026lb"


def test_at_behind_the_end_shows_the_end() -> None:
    """There is nothing more to wait for."""
    stage = Stage(is_terminal=True)
    StraightPlayer(TWO, stage).pour(at=1e6)
    assert stage.shown == [(0, b"\x1b[?2026h"), (0, b"abc"), (0, b"\x1b[?2026l")]


def test_at_after_a_long_wait_respects_the_idle_limit() -> None:
    """What is left of a long wait is no longer than the limit."""
    stage = Stage()
    StraightPlayer([START, at(1, data=b"a"), at(100, data=b"b")], stage).play(at=10, idle_limit=3)
    assert stage.shown == [(3, b"b")]


def test_pour_shows_everything_without_waiting() -> None:
    """Time plays no part, and sequences cut between entries are whole again."""
    stage = Stage()
    StraightPlayer([START, at(1, data=b"a\x1b[3"), at(500, data=b"1mb\x1b]0;t"), at(900, data=b"\x07c")], stage).pour()
    assert stage.shown == [(0, b"a\x1b[31mbc")]


def test_nothing_hostile_is_shown() -> None:
    """Queries, titles and clipboard writes of the recording stay in the recording."""
    stage = Stage()
    StraightPlayer([START, at(1, data=b"a\x1b[6n\x1b]52;c;aGk=\x07\x1b[?1003hb")], stage).play()
    assert stage.shown == [(1, b"ab")]


def test_bad_lines_are_counted_and_skipped() -> None:
    """A damaged log plays on; the first few faults are kept for a report at the end."""
    bad = [BadLine(Place("f", line, 0), "torn") for line in range(2, 9)]
    stage = Stage()
    player = StraightPlayer([START, *bad, at(1, data=b"a")], stage)
    player.play()
    assert stage.shown == [(1, b"a")]
    assert player.damage.count == 7
    assert len(player.damage.first) == 5


@pytest.mark.parametrize(
    ("data", "ended"), [(b'{"code":0}', True), (b'{"code":null,"signal":9}', False), (b"?", False)]
)
def test_a_killed_program_has_not_put_its_cursor_away(data: bytes, ended: bool) -> None:
    """Only a program that ended by itself left the cursor where a prompt belongs."""
    player = StraightPlayer([START, at(1), at(2, "exit", data)], Stage())
    player.pour()
    assert player.ended is ended


def test_the_largest_size_is_known() -> None:
    """So that a person can be told that the terminal is too small."""
    start = at(0, "start", b'{"columns":100,"rows":30}')
    player = StraightPlayer([start, at(1, "resize", b"80x50"), at(2, "resize", b"junk")], Stage())
    player.pour()
    assert player.window.largest == (100, 50)


OUTSIDE = b"\x1b7\x1b[0m\x1b[1;81H\x1b[K\x1b[2;81H\x1b[K\x1b[3;1H\x1b[J\x1b8"


@pytest.mark.parametrize("at_second", [0, 9])
def test_what_a_resize_took_away_goes_when_the_program_draws_anew(at_second: int) -> None:
    """On a larger terminal the old picture would stand on to the right of the new one and below."""
    stage = Stage(is_terminal=True)
    start = at(0, "start", b'{"columns":100,"rows":30}')
    entries = [start, at(1, data=b"old"), at(2, "resize", b"80x2"), at(3, data=b"more"), at(4, data=b"\x1b[Hnew")]
    StraightPlayer(entries, stage).pour(at=at_second)
    drawn = b"".join(data for _, data in stage.shown)
    assert drawn.index(b"old") < drawn.index(OUTSIDE) < drawn.index(b"new")
    assert drawn.count(OUTSIDE) == 1


@pytest.mark.parametrize("size", [b"100x30", b"200x60"])
def test_nothing_is_erased_where_nothing_is_outside(size: bytes) -> None:
    """A terminal of the recorded size, or a smaller one, shows the recording's bytes and no others."""
    stage = Stage(is_terminal=True)
    entries = [at(0, "start", b'{"columns":80,"rows":24}'), at(1, "resize", size), at(4, data=b"\x1b[Hnew")]
    StraightPlayer(entries, stage).play()
    assert stage.shown == [(4, b"\x1b[Hnew")]


@pytest.mark.parametrize("pour", [False, True])
def test_nothing_after_the_end_that_was_asked_for(pour: bool) -> None:
    """What happens at that very moment still belongs to it."""
    stage = Stage()
    player = StraightPlayer(TWO, stage)
    if pour:
        player.pour(at=1, end=2)
    else:
        player.play(at=1, end=2)
    assert b"".join(data for _, data in stage.shown) == b"b"
