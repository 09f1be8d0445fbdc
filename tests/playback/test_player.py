"""What the player shows, and when, on a stage whose clock only the test moves."""

import pytest

from claude_sessions.log.decode import BadLine, Place
from claude_sessions.log.entry import Entry
from claude_sessions.playback.player import Player
from claude_sessions.timeline.prompts import Prompt
from tests.playback.test_schedule import at


class Stage:
    """Writes down what was shown when; each write takes `cost` seconds; after the `stop_at`th wait something else was on it.

    `keys` are seconds at which a person wants to jump, and where to: -1 or 1.
    """

    def __init__(
        self, *, is_terminal: bool = False, cost: float = 0, stop_at: int = 0, keys: dict[float, int] | None = None
    ) -> None:
        self.jump = 0
        self._keys = dict(keys or {})
        self.is_terminal = is_terminal
        self.resumed = False
        self.now = 1000.0
        self.shown: list[tuple[float, bytes]] = []
        self._cost = cost
        self._stop_at = stop_at

    def size(self) -> tuple[int, int]:
        return (100, 30)

    def clock(self) -> float:
        return self.now

    def write(self, data: bytes) -> None:
        if data:
            self.shown.append((round(self.now - 1000, 6), data))
        self.now += self._cost

    def wait_until(self, due: float) -> None:
        self._stop_at -= 1
        if self._stop_at == 0:
            self.resumed = True
            return
        for pressed in sorted(self._keys):
            if 1000 + pressed <= due:
                self.now = max(self.now, 1000 + pressed)
                self.jump = self._keys.pop(pressed)
                return
        self.now = max(self.now, due)

    def begin_anew(self) -> None:
        self.write(b"<anew>")

    def announce(self, text: str, seconds: float) -> None:
        self.write(text.encode())
        self.now += seconds


START = at(0, "start", b"{}")
TWO = [START, at(1, data=b"a"), at(1.2, "input", b"typed"), at(2, "error", b"b"), at(4, data=b"c")]


def test_output_and_error_are_shown_at_their_times() -> None:
    """What was typed is not shown; what came on stderr is."""
    stage = Stage()
    Player(lambda: TWO, stage).play()
    assert stage.shown == [(1, b"a"), (2, b"b"), (4, b"c")]


def test_speed_divides_the_time() -> None:
    """Twice the speed takes half the time."""
    stage = Stage()
    Player(lambda: TWO, stage).play(speed=2)
    assert stage.shown == [(0.5, b"a"), (1, b"b"), (2, b"c")]


def test_delays_do_not_add_up() -> None:
    """A slow terminal makes one output late, not all that follow."""
    stage = Stage(cost=0.9)
    Player(lambda: [START, *(at(second, data=b"x") for second in range(1, 100))], stage).play()
    assert [when for when, _ in stage.shown] == list(range(1, 100))


def test_at_shows_the_past_at_once_and_goes_on_from_there() -> None:
    """Half a second before the next output, `--at` waits for half a second."""
    stage = Stage(is_terminal=True)
    Player(lambda: TWO, stage).play(at=3.5)
    assert stage.shown == [(0, b"\x1b[?2026h"), (0, b"ab"), (0, b"\x1b[?2026l"), (0.5, b"c")]


def test_at_leaves_the_past_out_where_there_is_no_terminal() -> None:
    """A file or pipe gets what came after that moment, at its time, and a sequence that began before it not as text."""
    stage = Stage()
    entries = [START, at(1, data=b"a\x1b]0;ti"), at(2, "error", b"tle"), at(3, data=b"more\x07b"), at(4, data=b"c")]
    Player(lambda: entries, stage).play(at=2)
    assert stage.shown == [(1, b"b"), (2, b"c")]


@pytest.mark.parametrize("is_terminal", [False, True])
def test_pouring_from_a_moment_on(is_terminal: bool) -> None:
    """Without waiting too, `--at` leaves out the past in a pipe, and on a terminal draws it as one frame."""
    stage = Stage(is_terminal=is_terminal)
    Player(lambda: TWO, stage).pour(at=2)
    assert b"".join(data for _, data in stage.shown) == (b"\x1b[?2026hab\x1b[?2026lc" if is_terminal else b"c")


def test_at_on_a_terminal_draws_one_frame() -> None:
    """The past does not flicker by: it is held until it is complete, whatever frames it had."""
    stage = Stage(is_terminal=True)
    entries = [START, at(1, data=b"\x1b[?2026ha\x1b[?2026l"), at(9, data=b"b")]
    Player(lambda: entries, stage).play(at=8)
    assert b"".join(data for when, data in stage.shown if when == 0) == b"\x1b[?2026ha\x1b[?2026l"


def test_at_behind_the_end_shows_the_end() -> None:
    """There is nothing more to wait for."""
    stage = Stage(is_terminal=True)
    Player(lambda: TWO, stage).play(at=1e6)
    assert stage.shown == [(0, b"\x1b[?2026h"), (0, b"abc"), (0, b"\x1b[?2026l")]


def test_at_after_a_long_wait_respects_the_idle_limit() -> None:
    """What is left of a long wait is no longer than the limit."""
    stage = Stage()
    Player(lambda: [START, at(1, data=b"a"), at(100, data=b"b")], stage).play(at=10, idle_limit=3)
    assert stage.shown == [(3, b"b")]


def test_pour_shows_everything_without_waiting() -> None:
    """Time plays no part, and sequences cut between entries are whole again."""
    stage = Stage()
    Player(lambda: [START, at(1, data=b"a\x1b[3"), at(500, data=b"1mb\x1b]0;t"), at(900, data=b"\x07c")], stage).pour()
    assert stage.shown == [(0, b"a\x1b[31mbc")]


def test_nothing_hostile_is_shown() -> None:
    """Queries, titles and clipboard writes of the recording stay in the recording."""
    stage = Stage()
    Player(lambda: [START, at(1, data=b"a\x1b[6n\x1b]52;c;aGk=\x07\x1b[?1003hb")], stage).play()
    assert stage.shown == [(1, b"ab")]


def test_bad_lines_are_counted_and_skipped() -> None:
    """A damaged log plays on; the first few faults are kept for a report at the end."""
    bad = BadLine(Place("f", 2, 0), "torn")
    stage = Stage()
    player = Player(lambda: [START, *[bad] * 7, at(1, data=b"a")], stage)
    player.play()
    assert stage.shown == [(1, b"a")]
    assert player.bad_lines == 7
    assert len(player.first_bad_lines) == 5


@pytest.mark.parametrize(
    ("data", "ended"), [(b'{"code":0}', True), (b'{"code":null,"signal":9}', False), (b"?", False)]
)
def test_a_killed_program_has_not_put_its_cursor_away(data: bytes, ended: bool) -> None:
    """Only a program that ended by itself left the cursor where a prompt belongs."""
    player = Player(lambda: [START, at(1), at(2, "exit", data)], Stage())
    player.pour()
    assert player.ended is ended


def test_the_largest_size_is_known() -> None:
    """So that a person can be told that the terminal is too small."""
    start = at(0, "start", b'{"columns":100,"rows":30}')
    player = Player(lambda: [start, at(1, "resize", b"80x50"), at(2, "resize", b"junk")], Stage())
    player.pour()
    assert player.window.largest == (100, 50)


def again(*entries: Entry) -> bytes:
    """Return what is drawn when something else was on the terminal before the last entry."""
    stage = Stage(is_terminal=True, stop_at=len(entries))
    Player(lambda: [START, *entries], stage).play()
    drawn = b"".join(data for _, data in stage.shown)
    everything = b"".join(entry.data for entry in entries)
    head, tail = everything[: -len(entries[-1].data)], entries[-1].data
    assert drawn.startswith(head)
    assert drawn.endswith(tail)
    return drawn[len(head) : -len(tail)]


def test_the_alternate_screen_is_drawn_again_after_a_stop() -> None:
    """Its contents are lost when the shell takes the terminal, so what made them is shown once more."""
    assert again(at(1, data=b"main"), at(2, data=b"$ \x1b[?1049hA"), at(3, data=b"B"), at(4, data=b"C")) == b"AB"


def test_the_main_screen_is_left_alone_after_a_stop() -> None:
    """The terminal still has it."""
    assert again(at(1, data=b"\x1b[?1049hA"), at(2, data=b"\x1b[?1049lmain"), at(3, data=b"C")) == b""


OUTSIDE = b"\x1b7\x1b[0m\x1b[1;81H\x1b[K\x1b[2;81H\x1b[K\x1b[3;1H\x1b[J\x1b8"


@pytest.mark.parametrize("at_second", [0, 9])
def test_what_a_resize_took_away_goes_when_the_program_draws_anew(at_second: int) -> None:
    """On a larger terminal the old picture would stand on to the right of the new one and below."""
    stage = Stage(is_terminal=True)
    start = at(0, "start", b'{"columns":100,"rows":30}')
    entries = [start, at(1, data=b"old"), at(2, "resize", b"80x2"), at(3, data=b"more"), at(4, data=b"\x1b[Hnew")]
    Player(lambda: entries, stage).play(at=at_second)
    drawn = b"".join(data for _, data in stage.shown)
    assert drawn.index(b"old") < drawn.index(OUTSIDE) < drawn.index(b"new")
    assert drawn.count(OUTSIDE) == 1


@pytest.mark.parametrize("size", [b"100x30", b"200x60"])
def test_nothing_is_erased_where_nothing_is_outside(size: bytes) -> None:
    """A terminal of the recorded size, or a smaller one, shows the recording's bytes and no others."""
    stage = Stage(is_terminal=True)
    entries = [at(0, "start", b'{"columns":80,"rows":24}'), at(1, "resize", size), at(4, data=b"\x1b[Hnew")]
    Player(lambda: entries, stage).play()
    assert stage.shown == [(4, b"\x1b[Hnew")]


PROMPTS = [Prompt("first", 1.5), Prompt("second", 3.5)]
HELD, SHOWN = b"\x1b[?2026h", b"\x1b[?2026l"


def jumped(keys: dict[float, int], prompts: list[Prompt] = PROMPTS, **options: float) -> list[tuple[float, bytes]]:
    stage = Stage(is_terminal=True, keys=keys)
    Player(lambda: TWO, stage, lambda: prompts).play(**options)
    return [(when, data) for when, data in stage.shown if data not in {HELD, SHOWN}]


def test_a_jump_shows_the_prompt_for_two_seconds_and_goes_on_from_there() -> None:
    """Forward: the picture of that moment, the prompt over it, the picture again, and the rest in its time."""
    assert jumped({0.25: 1}) == [
        (0.25, b"<anew>"),
        (0.25, b"a"),
        (0.25, b"first"),
        (2.25, b"<anew>"),
        (2.25, b"a"),
        (2.75, b"b"),
        (4.75, b"c"),
    ]


def test_a_jump_back_begins_anew() -> None:
    """What came after that moment is gone, and comes again."""
    shown = jumped({3.75: -1})
    assert shown[:4] == [(1, b"a"), (2, b"b"), (3.75, b"<anew>"), (3.75, b"a")]
    assert shown[4] == (3.75, b"first")
    assert [data for _, data in shown[5:]] == [b"<anew>", b"a", b"b", b"c"]


def test_a_prompt_just_passed_is_where_we_are() -> None:
    """Back means the one before it; a second later it means that one itself."""
    assert (1.6, b"<anew>") not in jumped({1.6: -1})
    assert (2.6, b"first") in jumped({2.6: -1})


def test_jumps_go_from_prompt_to_prompt() -> None:
    """Also while the last one is still announced, and at another speed."""
    shown = jumped({0.1: 1, 2.15: 1}, speed=2)
    assert [data for _, data in shown if data in {b"first", b"second"}] == [b"first", b"second"]


@pytest.mark.parametrize(("key", "prompts"), [(1, []), (-1, []), (1, PROMPTS[:1]), (-1, PROMPTS[1:])])
def test_a_jump_to_nowhere_changes_nothing(key: int, prompts: list[Prompt]) -> None:
    """Where there is no prompt on that side, the session goes on as if no key had been pressed."""
    assert jumped({2.5: key}, prompts) == [(1, b"a"), (2, b"b"), (4, b"c")]


def test_a_prompt_behind_the_last_output_can_be_seen() -> None:
    """It is announced over the last picture."""
    assert jumped({0.5: 1}, [Prompt("late", 99)])[-2:] == [(2.5, b"<anew>"), (2.5, b"abc")]


def test_prompts_are_looked_for_only_when_somebody_asks() -> None:
    """And only once."""
    asked: list[str] = []

    def ask() -> list[Prompt]:
        asked.append("asked")
        return []

    for keys in ({}, {0.1: -1, 0.2: -1}):
        Player(lambda: TWO, Stage(is_terminal=True, keys=keys), ask).play()
    assert asked == ["asked"]


def test_bad_lines_are_counted_once_for_all_jumps() -> None:
    """However often the recording is gone through."""
    bad = BadLine(Place("x.jsonl", 2, 80), "cut off in the middle")
    player = Player(lambda: [START, bad, *TWO[1:]], Stage(is_terminal=True, keys={0.5: 1}), lambda: PROMPTS)
    player.play()
    assert (player.bad_lines, player.first_bad_lines) == (1, [bad])
