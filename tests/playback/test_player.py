"""What a person sees who plays a recording and presses keys, on a stage whose clock only the test moves."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.log.decode import BadLine, Place
from claude_sessions.log.entry import Entry
from claude_sessions.playback import places
from claude_sessions.playback.places import Places
from claude_sessions.playback.player import Player
from claude_sessions.playback.stage import LeaveError
from tests.kit.playing import ListTape, PlayedStage, at, start

TEN = [start(), *(at(second, data=b"\r%d" % second) for second in range(1, 11))]


def played(
    entries: Sequence[Entry | BadLine],
    keys: dict[float, str] | None = None,
    *,
    stage: PlayedStage | None = None,
    options: dict[str, Any] | None = None,
    **more: Any,
) -> PlayedStage:
    stage = stage or PlayedStage(keys=keys)
    player = Player(ListTape(entries), stage, **more)
    try:
        player.play(**(options or {}))
    except LeaveError:
        stage.shown.append((stage.now - 1000, b"<left>"))
    return stage


def first_rows(stage: PlayedStage) -> list[tuple[float, str]]:
    """Return what the first row has shown, and from when on."""
    rows: list[tuple[float, str]] = []
    for when, lines in stage.seen:
        if not rows or rows[-1][1] != lines[0]:
            rows.append((round(when, 3), lines[0]))
    return rows


def test_without_keys_the_bytes_are_those_of_the_recording() -> None:
    """Each at its time, nothing added, and at the end it is over."""
    assert played(TEN).shown == [(second, b"\r%d" % second) for second in range(1, 11)]


def test_an_hour_drifts_by_nothing() -> None:
    """A slow terminal makes one output late, not all that follow."""
    stage = PlayedStage(cost=0.4)
    entries = [start(), *(at(second, data=b"x") for second in range(1, 3601))]
    played(entries, stage=stage)
    assert [when for when, _ in stage.shown] == list(range(1, 3601))


@pytest.mark.parametrize(("speed", "keys", "last"), [(2, {}, 5), (1, {4: "up"}, 8), (1, {4: "down"}, 12)])
def test_speed(speed: float, keys: dict[float, str], last: float) -> None:
    """It can be given, and changed on the way: up is half as fast again, down three quarters."""
    assert played(TEN, keys, options={"speed": speed}).seen[-1][0] <= last
    assert played(TEN, keys, options={"speed": speed}).now == 1000 + last


def test_at_begins_with_the_picture() -> None:
    """What happened before is there at once, and the rest comes as it did from there."""
    stage = played(TEN, options={"at": 7.5})
    assert first_rows(stage) == [(0, "7"), (0.5, "8"), (1.5, "9")]
    assert stage.screen()[0] == "10"


def test_at_behind_the_last_output_shows_it_and_ends() -> None:
    """There is nothing to wait for."""
    stage = played([*TEN, at(20, "exit", b'{"code":0}')], options={"at": 15})
    assert (stage.screen()[0], stage.now) == ("10", 1000)


def test_space_pauses_and_goes_on() -> None:
    """The time in between costs nothing of the recording, and the status line says what is."""
    stage = played(TEN, {2.5: " ", 60: " "})
    assert stage.now == 1000 + 60 + 7.5
    assert stage.when("⏸ 0:02 / 0:10") == 2.5
    assert stage.when("▶ 0:02 / 0:10") == 60


def test_the_status_line_goes_and_leaves_nothing() -> None:
    """It stands for three seconds over the last row; then the picture is as it would have been."""
    entries = [start(), at(1, data=b"\x1b[6;1Hlast row\x1b[H"), at(2), at(9)]
    stage = played(entries, {1.5: " ", 1.6: " "})
    assert stage.when("0:01 / 0:09") == 1.5
    assert [lines[5] for when, lines in stage.seen if when >= 4.6] == ["last row"] * len(
        [1 for when, _ in stage.seen if when >= 4.6]
    )
    assert stage.seen[-1][1][5] == "last row"


@pytest.mark.parametrize(("key", "row"), [("left", "3"), ("right", "9")])
def test_arrows_go_five_seconds(key: str, row: str) -> None:
    """Back by the picture of then, forward without waiting."""
    stage = played(TEN, {4.5 if key == "right" else 8.5: key})
    pressed = 4.5 if key == "right" else 8.5
    assert next(text for when, text in first_rows(stage) if when == pressed and text != str(int(pressed))) == row


def test_going_back_stops_at_the_beginning_and_forward_at_the_end() -> None:
    """Whoever has wound to the end stays there, and may wind back."""
    stage = played(TEN, {2.5: "left", 3: "right", 3.1: "right", 60: "left"})
    assert stage.when("0:00 / 0:10") == 2.5
    assert stage.when("0:10 / 0:10") == 3.1
    assert stage.now == 1000 + 60 + 5
    assert stage.when("⏸ 0:10 / 0:10") == 3.1


def test_space_at_the_end_begins_again() -> None:
    """Whoever has seen the end may want to see it all."""
    stage = played(TEN, {0.5: "9", 0.6: "right", 5: " "})
    assert stage.now == 1000 + 5 + 10


def test_forward_leaves_out_a_wait_that_is_shortened_anyway() -> None:
    """With an idle limit nobody walks through an hour in steps of five seconds."""
    entries = [start(), at(1, data=b"one"), at(3600, data=b"\rtwo"), at(3601)]
    stage = played(entries, {1.5: "right"}, options={"idle_limit": 2})
    assert stage.when("two") == 1.5


def test_a_step_shows_the_next_change_and_pauses_there() -> None:
    """Output that changes nothing is passed over."""
    entries = [start(), at(1, data=b"one"), at(50, data=b"\x1b[m"), at(60, data=b"\rtwo"), at(61, data=b"\rsix")]
    stage = played(entries, {2: ".", 5: ".", 9: "q"})
    assert [text for _, text in first_rows(stage)] == ["", "one", "two", "six"]
    assert (stage.when("two"), stage.when("six")) == (2, 5)
    assert stage.when("⏸ 1:00") == 2


def test_a_step_back_shows_the_change_before() -> None:
    """Output that changed nothing is passed over; before the first there is the beginning."""
    entries = [
        start(),
        at(1, data=b"one"),
        at(50, data=b"\rtwo"),
        at(60, data=b"\x1b[m"),
        at(61, data=b"\rsix"),
        at(99),
    ]
    stage = played(entries, {70: ",", 71: ",", 72: ",", 73: ",", 74: "q"})
    assert [text for when, text in first_rows(stage) if when >= 70] == ["two", "one", ""]
    assert stage.when("⏸ 1:00") == 70
    assert stage.when("⏸ 0:01") == 71
    assert not any("0:00" in lines[5] for when, lines in stage.seen if 70 <= when < 72)


def test_a_minute_and_the_ends() -> None:
    """By `<` and `>`, Shift and arrows, Home, End and G."""
    entries = [start(), *(at(second, data=b"\r%d" % second) for second in range(10, 301, 10))]
    keys = {0.1: ">", 0.2: "shift-right", 0.3: "<", 0.4: "shift-left", 0.5: "end", 0.6: "home", 0.7: "G", 0.8: "q"}
    rows = dict(first_rows(played(entries, keys)))
    assert rows == {0: "", 0.1: "60", 0.2: "120", 0.3: "60", 0.4: "", 0.5: "300", 0.6: "", 0.7: "300"}


def test_tenths() -> None:
    """A digit goes to so many tenths of the whole."""
    stage = played(TEN, {0.5: "7"})
    assert stage.when("7") == 0.5
    assert stage.now == 1000 + 0.5 + 3


MARKED = [places.Place(3.2, "here"), places.Place(8.2, "there")]


def test_brackets_jump_to_places_and_say_what_they_are() -> None:
    """Back means the one before a place that was just passed."""
    stage = played(TEN, {1.5: "]", 1.6: "]", 2.5: "[", 2.9: "["}, places=Places(lambda _notice: MARKED))
    assert stage.when("1 of 2: here") == 1.5
    assert stage.when("2 of 2: there") == 1.6
    assert [text for when, text in first_rows(stage) if when == 2.5] == ["3"]


def test_a_jump_pauses_at_what_it_found() -> None:
    """Which would scroll off otherwise; near the end of a stretch the replay would be over."""
    for keys in ({1.5: "]"}, {1.5: "/3", 1.6: "enter"}):
        stage = played(TEN, {**keys, 60: " "}, options={"end": 4}, places=Places(lambda _notice: MARKED), search=find)
        assert 1060.5 < stage.now <= 1061
        assert {lines[0] for when, lines in stage.seen if 2 < when < 60} == {"3"}
        assert any("⏸ 0:03 / 0:04  1 of " in lines[5] for _, lines in stage.seen)


def test_what_is_outside_of_the_stretch_is_not_found() -> None:
    """Nobody can go there."""
    stage = played(
        TEN,
        {0.5: "/all", 0.6: "enter", 1: "n", 2: "n", 3: "]", 4: "q"},
        options={"begin": 4, "at": 4, "end": 6},
        places=Places(lambda _notice: MARKED),
        search=find,
    )
    assert not any(" of 10" in lines[5] for _, lines in stage.seen)
    assert stage.when("2 of 3: line 5") == 0.6
    assert stage.when("no later hit than 3 of 3") == 2
    assert stage.when("no marker or prompt") == 3


def test_hits_of_one_moment_come_one_after_the_other() -> None:
    """To and fro: none of them is passed over."""

    def hits(_text: str, _notice: object) -> list[places.Place]:
        return [places.Place(second, f"{second} {letter}") for second in (2, 5) for letter in "abc"]

    keys = {0.5: "/x", 0.6: "enter", **{1 + step / 10: "n" for step in range(6)}, 2: "N", 3: "N", 4: "N", 5: "q"}
    stage = played(TEN, keys, search=hits)
    said = [lines[5].partition(": ")[2].strip(" ?help") for _, lines in stage.seen if " of 6: " in lines[5]]
    assert list(dict.fromkeys(said)) == ["2 a", "2 b", "2 c", "5 a", "5 b", "5 c"]
    assert said[-1] == "2 c"
    assert stage.when("no later hit than 6 of 6") == 1.5


def test_a_jump_to_nowhere_says_so() -> None:
    """And a recording without places plays on."""
    stage = played(TEN, {1.5: "]"})
    assert stage.when("no marker or prompt") == 1.5
    assert first_rows(stage)[:4] == [(0, ""), (1, "1"), (2, "2"), (3, "3")]
    stage = played(TEN, stage=PlayedStage((80, 6), {1.5: "[", 9: "]"}), places=Places(lambda _notice: MARKED))
    assert stage.when("no earlier marker or prompt than 1 of 2") == 1.5
    assert stage.when("no later marker or prompt than 2 of 2") == 9


def test_places_are_looked_for_only_when_somebody_asks() -> None:
    """A long recording is read for them: nobody has to wait for that at the start."""
    asked: list[str] = []

    def look(_notice: Callable[[], None]) -> list[places.Place]:
        asked.append("asked")
        return []

    played(TEN, places=Places(look))
    assert asked == []
    played(TEN, {1.5: "]", 2: "["}, places=Places(look))
    assert asked == ["asked"]


def find(text: str, notice: Callable[[], None]) -> Iterator[places.Place]:
    notice()
    for second in range(1, 11):
        if str(second) == text or text == "all":
            yield places.Place(second, f"line {second}")


def test_search_jumps_to_the_next_hit_and_n_from_hit_to_hit() -> None:
    """Time stands still while it is typed; after the last place the first one comes."""
    stage = played(TEN, {2.5: "/all", 3: "enter", 3.1: "n", 3.2: "N", 3.3: "q"}, search=find)
    assert stage.when("/all") == 2.5
    assert stage.when("3 of 10: line 3") == 3
    assert stage.when("4 of 10: line 4") == 3.1
    stage = played(TEN, {5.5: "/2", 6: "enter"}, search=find)
    assert stage.when("1 of 1: line 2") == 6


def test_a_search_in_vain_says_so() -> None:
    """And nothing else happens; `n` without a search says what to do, and goes by the last one that found something."""
    stage = played(TEN, {2.5: "/x", 3: "enter", 4: "n"}, search=find)
    assert stage.when("not found: x") == 3
    assert stage.when("nothing to find: /") == 4
    stage = played(TEN, {1.5: "/5", 2: "enter", 2.1: "/x", 2.2: "enter", 2.3: "n", 2.4: "0", 2.5: "n"}, search=find)
    assert stage.when("no later hit than 1 of 1") == 2.3
    assert [when for when, lines in stage.seen if "1 of 1: line 5" in lines[5]][-1] >= 2.5


def test_q_is_a_letter_while_a_text_is_typed() -> None:
    """Backspace takes it back, Escape gives up."""
    stage = played(TEN, {2.5: "/q", 3: "backspace", 4: "2", 5: "escape"}, search=find)
    assert stage.when("/q") == 2.5
    assert stage.when("/2") == 4
    assert stage.now == 1000 + 10 + 2.5


def test_a_text_can_be_edited_a_little() -> None:
    """Ctrl-U empties it, Up brings the last one again, Ctrl-C gives up as Escape does."""
    keys = {2.5: "/abc", 2.6: "ctrl-u", 2.7: "x", 3: "enter", 4: "/", 4.1: "up", 5: "ctrl-c"}
    stage = played(TEN, keys, search=find)
    assert stage.when("not found: x") == 3
    assert any(when == 4.1 and lines[5] == " /x▏" for when, lines in stage.seen)
    assert stage.now == 1000 + 10 + 1.5


def test_of_a_long_text_its_end_is_seen() -> None:
    """There a person types."""
    stage = played(TEN, {2.5: "/" + "abc " * 20 + "z", 3: "escape"}, search=find)
    row = [lines[5] for when, lines in stage.seen if when == 2.5][-1]
    assert row.startswith(" /…")
    assert row.endswith("abc abc z▏")


def test_an_empty_answer_clears_what_was_said() -> None:
    """Such as an error of before."""

    def locate(_text: str) -> float:
        raise UsageError("no time")

    stage = played(TEN, {2.5: "gx", 3: "enter", 3.5: "g", 4: "enter"}, locate=locate)
    assert not any("no time" in lines[5] for when, lines in stage.seen if when >= 4)


def test_g_goes_to_a_time() -> None:
    """In the forms that `--at` takes."""
    stage = played(TEN, {2.5: "g0:08", 3: "enter"})
    assert (3, "8") in first_rows(stage)
    assert stage.now == 1000 + 3 + 2


def test_a_time_that_is_none_is_said_to_be_none() -> None:
    """In the words of the error, on the status line."""

    def locate(_text: str) -> float:
        raise UsageError("no time")

    assert played(TEN, {2.5: "gx", 3: "enter"}, locate=locate).when("no time") == 3


def test_help_is_shown_until_a_key_is_pressed() -> None:
    """Nothing of it stays."""
    stage = PlayedStage((80, 24), {1.5: "?", 2.5: "?"})
    played([start(80, 24), *TEN[1:]], stage=stage)
    assert stage.when("5 seconds back, forward") == 1.5
    assert not any("forward" in line for when, lines in stage.seen if when > 2.5 for line in lines)


def test_help_on_a_small_terminal_comes_in_pages() -> None:
    """`?` again shows the next one; where a line does not fit, where else to look."""
    stage = PlayedStage((50, 12), {1.5: "?", 2: "?", 2.5: "?"})
    played([start(), *TEN[1:]], stage=stage)
    shown = {when: "\n".join(lines) for when, lines in stage.seen}
    assert "pause, go on" in shown[1.5]
    assert "quit" not in shown[1.5]
    assert "quit" in shown[2]
    assert "quit" not in shown[2.5]
    assert "pause" not in shown[2.5]
    for size, words in (
        ((30, 6), "keys: man claude-sessions"),
        ((40, 3), "keys: man c"),
        ((20, 5), "keys: see man page"),
    ):
        stage = PlayedStage(size, {1.5: "?", 2: "?"})
        played([start(20, 2), *TEN[1:]], stage=stage)
        assert stage.when(words) == 1.5
        assert "keys" not in stage.screen()[-1]


def test_any_other_key_shows_the_status_line() -> None:
    """For as long as it stands during a pause, too; then the row below it can be seen."""
    entries = [start(), at(1, data=b"\x1b[6;1Hlast row\x1b[H"), at(9)]
    stage = played(entries, {1.5: " ", 8: "i", 20: "q"})
    rows = [(when, lines[5]) for when, lines in stage.seen if when >= 1.5]
    assert [when for when, row in rows if "⏸ 0:01" in row] == [1.5, 8]
    assert [when for when, row in rows if row == "last row"] == [4.5, 11]


def test_the_status_line_can_be_switched_off() -> None:
    """Then a pause shows nothing but the picture."""
    stage = played(TEN, {0.1: "s", 5: " ", 6: " ", 7: "s"})
    assert stage.when("status line off") == 0.1
    assert not any("status" in line for when, lines in stage.seen if 1.1 <= when < 7 for line in lines)
    assert not any("0:05" in line for _, lines in stage.seen for line in lines)
    assert stage.when("status line on") == 7


def test_from_and_to_bound_what_is_played() -> None:
    """Nobody winds out of the stretch."""
    stage = played(TEN, {0.2: "left", 0.4: "9"}, options={"begin": 3, "at": 3, "end": 7})
    rows = {text for _, text in first_rows(stage)}
    assert rows <= {"", "3", "4", "5", "6", "7"}
    assert stage.screen()[0] == "7"


def test_the_time_up_to_the_end_of_a_stretch_is_waited_for() -> None:
    """Whether something comes after it, or the recording says nothing more; no longer than `idle_limit`, nor than it is."""
    entries = [start(), at(30), at(32), at(40, "exit", b'{"code":0}')]
    for options, seconds in (
        ({"begin": 30.5, "end": 31.5}, 1),
        ({"end": 31.5}, 31.5),
        ({"begin": 31, "end": 35}, 4),
        ({"begin": 33, "end": 35, "idle_limit": 0.5}, 0.5),
        ({"begin": 31, "end": 99}, 9),
    ):
        at_first = {"at": options.get("begin", 0), **options}
        assert round(played(entries, options=at_first).now - 1000, 3) == seconds
    assert played(entries, options={"begin": 31, "at": 31}).now == 1001


def test_a_stretch_without_output_loops() -> None:
    """Until somebody leaves; one of no length is none."""
    entries = [start(), at(30), at(40)]
    stage = played(entries, {7.2: "q"}, options={"begin": 31, "at": 31, "end": 32, "loop": True})
    assert (stage.now, stage.shown[-1][1]) == (1007.2, b"<left>")
    assert played([start(), at(0)], options={"loop": True}).now == 1000


def test_a_loop_begins_again() -> None:
    """From the beginning of the stretch, until somebody leaves."""
    stage = PlayedStage(keys={6: "q"})
    played(TEN, stage=stage, options={"begin": 7, "end": 9, "loop": True})
    assert [text for _, text in first_rows(stage)][:5] == ["7", "8", "7", "8", "7"]


def test_who_has_wound_to_the_end_of_a_loop_stays_there() -> None:
    """To look at it, paused or not; space begins again."""
    stage = played(TEN, {1.5: " ", 2: "end", 50: " ", 52.5: "q"}, options={"loop": True, "end": 7})
    assert {lines[0] for when, lines in stage.seen if 2 < when < 50} == {"7"}
    assert stage.when("0:07 / 0:07") == 2
    assert first_rows(stage)[-1] == (52, "2")
    stage = played(TEN, {2: "end", 20: "q"}, options={"loop": True})
    assert {lines[0] for when, lines in stage.seen if when > 2} == {"10"}


def test_a_small_terminal_shows_the_part_around_the_cursor() -> None:
    """Of its own screen, and the status line says why."""
    stage = PlayedStage((50, 5), {5: " ", 9: "q"})
    lines = b"\r\n".join(b"line %d " % number + b"." * 60 + b"|" for number in range(20))
    played([start(100, 40), at(1, data=lines), at(20)], stage=stage)
    assert stage.when("100x40, cut  ? help") == 0
    assert stage.seen[-1][1][0].startswith("....")
    assert any("|" in line for line in stage.seen[-1][1])
    assert stage.terminal.mode(1049)


def test_the_part_that_is_shown_is_said_by_the_size_of_that_moment() -> None:
    """In a sentence where there is room for it; where nothing is cut, nothing is said."""
    entries = [start(100, 30), at(1), at(2, "resize", b"60x5"), at(3), at(9)]
    stage = played(entries, {5: "q"}, stage=PlayedStage((80, 6)), options={"at": 0.5})
    assert stage.when("recorded at 100x30: the part around the cursor is shown") == 0
    stage = played(entries, stage=PlayedStage((80, 6)), options={"at": 3})
    assert not any("recorded" in line or "cut" in line for _, lines in stage.seen for line in lines)


def test_the_terminal_may_be_resized_at_any_time() -> None:
    """Too small, the picture is cropped; large enough again, all of it is there."""
    stage = PlayedStage((40, 6))
    stage.then = {2: lambda: stage.resize(20, 3), 4: lambda: stage.resize(60, 10)}
    entries = [start(), at(1, data=b"\x1b[?25hABCDEFGHIJKLMNOPQRSTUVWXYZ\r\ntwo"), at(3, data=b"!"), at(9)]
    played(entries, stage=stage)
    assert [lines[0] for when, lines in stage.seen if when == 2][-1] == "ABCDEFGHIJKLMNOPQRST"
    assert stage.seen[-1][1][:2] == ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "two!"]
    assert not stage.terminal.mode(1049)


def test_after_a_stop_everything_is_drawn_again() -> None:
    """What the shell has printed meanwhile is not in the picture."""
    stage = PlayedStage()

    def stopped() -> None:
        stage.terminal.feed(b"\x1b[H\x1b[2Jshell")
        stage.resumed = True

    stage.then = {2.5: stopped}
    entries = [start(), at(1, data=b"\x1b[?1049hA"), at(2, data=b"B"), at(3, data=b"C"), at(4)]
    played(entries, stage=stage)
    assert stage.seen[-1][1][0] == "ABC"


def test_nothing_hostile_is_shown() -> None:
    """Queries, titles and clipboard writes of the recording stay in the recording; wound to, too."""
    hostile = b"a\x1b[6n\x1b]52;c;aGk=\x07\x1b[?1003hb"
    for options in ({}, {"at": 1.5}):
        stage = played([start(), at(1, data=hostile), at(2, data=b"c")], options=options)
        drawn = b"".join(data for _, data in stage.shown)
        assert not any(sequence in drawn for sequence in (b"[6n", b"]52", b"1003"))
        assert stage.screen()[0] == "abc"


def test_bad_lines_are_counted_once() -> None:
    """However often the recording is gone through."""
    bad = BadLine(Place("x.jsonl", 2, 80), "cut off in the middle")
    stage = PlayedStage(keys={2.5: "left", 3: "right"})
    player = Player(ListTape([TEN[0], bad, *TEN[1:]]), stage)
    player.play()
    assert (player.damage.count, player.damage.first) == (1, [bad])


@pytest.mark.parametrize(
    ("data", "ended"), [(b'{"code":0}', True), (b'{"code":null,"signal":9}', False), (b"?", False)]
)
def test_a_killed_program_has_not_put_its_cursor_away(data: bytes, ended: bool) -> None:
    """Only a program that ended by itself left the cursor where a prompt belongs."""
    player = Player(ListTape([start(), at(1), at(2, "exit", data)]), PlayedStage())
    player.play()
    assert player.ended is ended


def test_what_takes_long_says_so() -> None:
    """After a moment, on the status line; what is quick shows nothing."""
    stage = PlayedStage(keys={2.5: "/x", 3: "enter", 3.5: "q"})
    said: list[str] = []

    def slow(_text: str, notice: Callable[[], None]) -> Iterator[places.Place]:
        for _ in range(3):
            notice()
            said.append(stage.screen()[5])
            stage.now += 0.25
        yield places.Place(4, "x")

    played(TEN, stage=stage, search=slow)
    assert said == [" /x▏", " /x▏", " looking for x"]
    assert stage.when("1 of 1: x") == 3.75


def test_winding_that_takes_long_says_so() -> None:
    """With how much of the recording is behind us."""
    stage = PlayedStage(keys={2.5: "9"})

    class SlowTape(ListTape):
        def wind(self, until_ns: int) -> Iterator[float]:
            del until_ns
            for share in (0.2, 0.4, 0.6):
                yield share
                stage.now += 0.2

    player = Player(SlowTape(TEN), stage)
    player.play()
    assert any("drawing the pictures on the way: 60%" in data.decode() for _, data in stage.shown)
    assert not any("20%" in data.decode() for _, data in stage.shown)
