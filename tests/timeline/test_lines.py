"""The lines of a recording, as a person saw them."""

import itertools
import random
import re
import textwrap
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.log.decode import BadLine, Place, decode_line
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import StartInfo, encode_info
from claude_sessions.screen import emulator
from claude_sessions.timeline.lines import BURST_BYTES, PAUSE_NS, SETTLED_NS, LineReader, lines

NOON = 1_770_465_600_000_000_000
LATER = PAUSE_NS * 2
HOME = b"\x1b[H"


def entries(*events: bytes | tuple[str, bytes], gap: int = LATER, columns: int = 40, rows: int = 6) -> Iterator[Entry]:
    """Yield a start entry and then one entry for every event, each `gap` nanoseconds after the one before."""
    encode = EntryEncoder("0c0ffee0-0000-4000-8000-000000000000")
    start = ("start", encode_info(StartInfo(columns=columns, rows=rows)))
    for number, event in enumerate((start, *events)):
        direction, data = event if isinstance(event, tuple) else ("output", event)
        line = bytearray()
        encode(line, NOON + number * gap, direction, data)
        yield decode_line(bytes(line))


def texts(*events: bytes | tuple[str, bytes], gap: int = LATER, columns: int = 40, rows: int = 6) -> list[str]:
    return [line.text for line in lines(entries(*events, gap=gap, columns=columns, rows=rows))]


def page(*rows: str) -> bytes:
    """Draw a whole screen as full-screen programs do: every row placed and cleared."""
    return HOME + b"".join(f"\x1b[{n}H{row}\x1b[K".encode() for n, row in enumerate(rows, 1))


def test_printed_text_comes_out_as_it_was() -> None:
    """What `cat` prints is reported line by line, in order, the last without a line break too."""
    assert texts(b"one\r\ntwo\r\n", b"three\r\nfour") == ["one", "two", "three", "four"]


def test_text_that_is_longer_than_the_screen_comes_out_whole() -> None:
    """Nothing is lost where a thousand lines pass in one burst, or in many."""
    wanted = [f"line {n} of a file" for n in range(1000)]
    printed = "".join(f"{line}\r\n" for line in wanted).encode()
    assert texts(printed) == wanted
    assert texts(*(printed[n : n + 777] for n in range(0, len(printed), 777)), gap=PAUSE_NS) == wanted
    assert texts(*(printed[n : n + 33] for n in range(0, len(printed), 33)), gap=1000) == wanted


def test_equal_lines_that_are_printed_are_not_one() -> None:
    """Three times the same line are three lines."""
    assert texts(b"same\r\n" * 3, b"same\r\n" * 7, b"end") == ["same"] * 10 + ["end"]


def test_a_line_that_wraps_is_one_line() -> None:
    """A line is a logical one, whatever the width of the window."""
    words = b"the quick brown fox jumps over the lazy dog"
    assert texts(words + b"\r\n" + b"x" * 95 + b"\r\nend", columns=10) == [words.decode(), "x" * 95, "end"]


def test_words_placed_with_cursor_moves_are_found_as_they_were_seen() -> None:
    """Claude Code 2.1.197 skips blanks with cursor moves; a person saw blanks."""
    assert texts(b"\x1b[1mClaude\x1b[8GCode\x1b[0m\xc2\xa0v2\r\n") == ["Claude Code v2"]


def test_a_line_that_grows_is_reported_once() -> None:
    """Text of which the old one is a prefix is a new version of the same line."""
    (line,) = lines(entries(b"a", b"b", b"\rabc"))
    assert line.text == "abc"
    assert line.offset_s == 3 * LATER / 1e9
    assert line.time_ns == NOON + 3 * LATER


def test_what_is_overwritten_by_other_text_is_reported() -> None:
    """A line that becomes another was a line."""
    assert texts(b"first", b"\r\x1b[Ksecond") == ["first", "second"]


def test_what_is_erased_is_reported() -> None:
    """A line that is cleared away was a line, and comes before what is printed after it."""
    assert texts(b"first", b"\x1b[2J\x1b[H", b"second") == ["first", "second"]


def test_what_backspace_takes_back_is_reported_once() -> None:
    """The longest version and the last, but none in between."""
    assert texts(b"rm -rf", b"\b\x1b[K", b"\b\x1b[K", b"\b\x1b[K") == ["rm -rf", "rm"]
    assert texts(b"rm -rf", b"\b\x1b[K", b"f", b" x") == ["rm -rf x"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("* Thinking (9s)", "+ Thinking (10s)"),
        ("✻ Thinking… (59s · 1.2k tokens)", "· Thinking… (1m 2s · 987 tokens)"),
        ("⠋ Building 3/17", "⠙ Building 4/17"),
        ("[####    ] 12%".replace("#", "█"), "[########] 100%".replace("#", "█")),
        ("● Bash(ls)", "  Bash(ls)"),
    ],
)
def test_a_line_that_ticks_stays_one(first: str, second: str) -> None:
    """Digits and spinners that move make no new lines; the last version counts."""
    assert texts(first.encode(), b"\r\x1b[K" + second.encode()) == [second]


def test_ticking_above_and_text_that_comes_in_between() -> None:
    """A spinner that is pushed down by new text ticks on, and is one line."""
    assert texts(
        b"text\r\n* Wait (1s)\r\n----",
        b"\x1b[1A\r\x1b[Jmore\r\n+ Wait (2s)\r\n----",
        b"\x1b[1A\r\x1b[Jstill more\r\n* Wait (3s)\r\n----",
    ) == ["text", "more", "still more", "* Wait (3s)", "----"]


def test_numbers_that_are_text_are_not_taken_for_ticking() -> None:
    """A numbered list that is paged through keeps every number, though only digits differ."""
    first = page(*(f"{n}" for n in range(1, 7)))
    second = page(*(f"{n}" for n in range(11, 17)))
    assert texts(b"\x1b[?1049h", first, second) == [f"{n}" for n in (*range(1, 7), *range(11, 17))]


def test_a_redraw_makes_no_lines() -> None:
    """The same screen drawn anew, as a whole or after being cleared, says nothing new."""
    screen = page("one", "two", "three")
    assert texts(screen, screen, b"\x1b[2J" + screen, screen) == ["one", "two", "three"]


def test_a_redraw_that_a_look_falls_into_makes_no_lines() -> None:
    """Between clearing and drawing there may be a pause; nobody saw other lines."""
    screen = page("one", "two", "three")
    assert texts(screen, b"\x1b[2J", screen) == ["one", "two", "three"]


def test_scrolling_by_redraw_reports_every_line_once() -> None:
    """On the alternate screen a program scrolls by drawing rows anew: each text comes once, also when scrolled back."""
    text = [f"word{n} and line {n}" for n in range(40)]
    frame = lambda top: page("── title ──", *text[top : top + 4], "> prompt")  # noqa: E731 - a short way to say it
    down, up = range(37), range(36, -1, -1)
    seen = texts(b"\x1b[?1049h", *map(frame, (*down, *up, *down)), b"\x1b[?1049l", b"end")
    assert sorted(seen) == sorted([*text, "── title ──", "> prompt", "end"])
    assert [line for line in seen if line in text[:36]] == text[:36]


def test_paging_by_redraw_reports_every_line_once() -> None:
    """The same with pages that have no row in common, forth and back."""
    text = [f"{'abcdefghij'[n % 10] * (1 + n // 10)} is text" for n in range(40)]
    frame = lambda top: page("title", *text[top : top + 4], "> prompt")  # noqa: E731 - a short way to say it
    there, back = range(0, 40, 4), range(36, -1, -4)
    seen = texts(b"\x1b[?1049h", *map(frame, (*there, *back, *there)))
    assert [line for line in seen if line in text] == text


def test_a_floating_label_is_one_line_and_spoils_none() -> None:
    """Claude Code's `Jump to bottom` lies on whatever row is there: what it lies on is still one line."""
    text = [f"{'abcdefghij'[n % 10] * (1 + n // 10)} is text" for n in range(30)]
    label = "Jump to bottom"

    def frame(top: int) -> bytes:
        shown = text[top : top + 4]
        return page(*shown[:3], f"{shown[3]:20}{label if top < 26 else ''}", "> prompt")

    seen = texts(b"\x1b[?1049h", *map(frame, (*range(26, 0, -1), *range(27))))
    assert sorted(line for line in seen if "text" in line) == sorted(text)
    assert [line for line in seen if "Jump" in line] == ["Jump to bottom"]


@pytest.mark.parametrize(
    "screens",
    [
        [["  - calc.py  test_calc.py"], ["  - calc.py  test_calc.py", "  -     return a - b"]],
        [["test_one.py", "test_two.py"], ["test_one.py      passed", "test_two.py"]],
        [["title", "old line", "test_one.py"], ["old line", "test_one.py     ok", "test_two.py     ok"]],
        [["title", "old line", "test_one.py    waiting"], ["old line", "test_one.py    ok"]],
        [["title", "test_one.py    ok"], ["title", "test_one.py    ok", "test_two.py    ok"]],
    ],
)
def test_columns_of_a_text_are_no_labels(screens: list[list[str]]) -> None:
    """A wide gap in a line is part of it, whatever stood there before or stands below it."""
    seen = texts(b"\x1b[?1049h", *(page(*screen, *[""] * (6 - len(screen))) for screen in screens))
    known = {line for screen in screens for line in screen}
    assert set(screens[-1]) <= set(seen) <= known
    assert len(seen) == len(set(seen))


def test_a_label_is_known_also_where_an_empty_row_made_room_for_it() -> None:
    """What counts is the row that the line below it has left, not how many lines stand above."""
    before = page("", "first line", "second line", "third line")
    after = page("first line", "second line", f"{'third line':20}Jump to bottom", "")
    assert texts(b"\x1b[?1049h", before, after) == ["first line", "second line", "third line", "Jump to bottom"]


def test_a_prompt_kept_in_sight_as_a_headline_is_one_line() -> None:
    """The headline that repeats a line above the text is not a second one when both are in sight."""
    text = [f"{'abcdefghij'[n] * 3} is text" for n in range(10)]
    bare = page("> question", *text[:4], "prompt")
    stuck = [page("> question", *text[n : n + 4], "prompt") for n in range(1, 6)]
    both = page("> question", "> question", *text[:3], "prompt")
    assert sorted(texts(b"\x1b[?1049h", bare, *stuck, *reversed(stuck), both, bare)) == sorted(
        ["> question", *text[:9], "prompt"]
    )


def test_lines_of_both_screens_are_reported() -> None:
    """What was on the main screen is still there after a full-screen program, and is not reported twice."""
    assert texts(b"main\r\n", b"\x1b[?1049h\x1b[Hfull", b"\x1b[?1049l", b"more") == ["full", "main", "more"]


def test_a_program_that_comes_back_to_the_alternate_screen_is_known() -> None:
    """After Ctrl-Z and fg it draws its text once more: no new lines."""
    screen = page("one of them", "two of them")
    assert texts(b"\x1b[?1049h", screen, b"\x1b[?1049l", b"\x1b[?1049h", screen) == ["one of them", "two of them"]


def test_a_screen_that_was_left_within_one_burst_is_seen() -> None:
    """Leaving the alternate screen is a reason to look at it."""
    assert texts(b"\x1b[?1049h\x1b[Hfull\x1b[?1049l\x1b[Hmain") == ["full", "main"]


def test_a_transcript_printed_anew_after_clearing_is_known() -> None:
    """Claude Code 2.1.197 clears screen and scrollback and prints everything again when the window changes."""
    text = [f"{'abcdefghij'[n % 10] * (1 + n // 10)} is text" for n in range(40)]
    printed = "\r\n".join(text).encode()
    again = b"\x1b[2J\x1b[3J\x1b[H" + printed
    assert texts(printed, again, ("resize", b"50x8"), again, b"\r\nnew") == [*text, "new"]


def test_a_resize_is_honoured() -> None:
    """Rows are wrapped at the width that the window had; the line stays one."""
    assert texts(b"x" * 15, ("resize", b"10x6"), b"y" * 10, columns=20) == ["x" * 15 + "y" * 10]


def test_the_size_of_a_later_segment_is_honoured() -> None:
    """Each segment starts with the size; one whose first segment is lost is drawn right."""
    later = ("start", encode_info(StartInfo(segment=1, columns=10, rows=4)))
    assert texts(b"one\r\n", later, b"\x1b[1;11Hx", columns=80) == ["one      x"]


def test_output_without_a_start_is_drawn_on_80_by_24() -> None:
    """A log that lost its beginning reads."""
    _, output = entries(b"\x1b[24;80Hx\x1b[99;99Hy")
    assert [line.text for line in lines([output])] == [" " * 79 + "y"]


def test_an_absurd_size_is_bounded() -> None:
    """A hostile size takes neither the memory nor the time of the reader."""
    assert texts(("resize", b"99999x9999"), b"\x1b[9999;9999Hx")[-1].strip() == "x"


def test_input_and_unknown_directions_are_not_drawn() -> None:
    """Only what the person saw makes lines; a bad line of the log is passed over."""
    bad = BadLine(Place("x", 1, 0), "torn")
    good = list(entries(b"seen", ("input", b"typed"), ("sparkle", b"future"), ("marker", b"label")))
    assert [line.text for line in lines([bad, *good, bad])] == ["seen"]


def test_output_into_a_pipe_has_its_lines() -> None:
    """Where no terminal put a return before a line feed, each line begins at the left all the same."""
    assert texts(b"one\ntw", b"o\n\x1b[31mthree\x1b[m\nfour\n") == ["one", "two", "three", "four"]
    assert texts(b"one\r\n", ("error", b"two\nthree\n"), b"four") == ["one", "two", "three", "four"]


def test_a_bare_line_feed_on_a_terminal_moves_straight_down() -> None:
    """A full-screen program in raw mode means it."""
    assert texts(b"\x1b[Habc\ndef") == ["abc", "   def"]


def test_nothing_shines_through_after_a_suspension() -> None:
    """What the shell printed after Ctrl-Z is not known; what Claude draws after `fg` stands on a clean screen."""
    stopped = (("suspend", b""), ("resume", b""))
    moves = b"\x1b[1;1Hnew\x1b[1;10Htext"
    assert texts(b"an old line of text\r\nmore", *stopped, moves) == ["an old line of text", "more", "new      text"]
    assert texts(b"\x1b[?1049h\x1b[Han old line", *stopped, moves) == ["an old line", "new      text"]
    assert texts(b"one\r\n> box", *stopped, b"\x1b[1A\r\x1b[Jtwo\r\n> box") == ["one", "> box", "two"]
    assert texts(b"an old line", *stopped, b"new\r\n", ("resize", b"40x9"), b"end") == ["an old line", "new", "end"]


def test_a_machine_that_slept_changes_nothing_on_the_screen() -> None:
    """Only a shell prints over what is there."""
    slept = (("suspend", b'{"cause":"sleep"}'), ("resume", b'{"cause":"sleep"}'))
    assert texts(b"first", *slept, b" and second") == ["first and second"]


def test_lines_come_as_soon_as_they_are_complete() -> None:
    """Who follows a recording does not wait for its end."""
    reader = LineReader()
    for entry in entries(b"one\r\ntwo\r\n" + b"\r\n" * 10):
        assert reader.read(entry) == []
    assert [line.text for line in reader.pause()] == ["one", "two"]
    assert reader.finish() == []


def test_a_line_that_stands_still_comes_before_it_leaves_and_once() -> None:
    """Who follows a recording gets it after a second, again only with another text, and not while it ticks."""
    reader = LineReader()
    *begun, last = entries(b"text\r\n* Wait (1s)", b"\r+ Wait (2s)", b"\r* Done\x1b[K\r\n" * 9)
    for entry in begun:
        assert reader.read(entry) == []
    assert reader.pause(SETTLED_NS - LATER - 1) == []
    assert [line.text for line in reader.pause(SETTLED_NS - LATER)] == ["text"]
    assert [line.text for line in reader.pause(SETTLED_NS)] == ["+ Wait (2s)"]
    assert reader.pause(SETTLED_NS * 9) == []
    assert reader.read(last) == []
    found = [*reader.pause(SETTLED_NS), *reader.finish()]
    assert [line.text for line in found] == ["* Done"] * 9


def test_no_line_comes_that_is_earlier_than_was_said() -> None:
    """By this who wants the order of time knows how long to wait; the time goes on with what is printed."""
    reader = LineReader()
    said = 0
    drawn = (
        b"prompt\r\n",
        b"\x1b[?1049h\x1b[Htop\r\nabc",
        b"\rab\x1b[K",
        b"\rx",
        b"\x1b[?1049l",
        b"more\r\n" * 9,
        b"end",
    )
    for entry in entries(*drawn):
        assert all(line.time_ns >= said for line in reader.read(entry))
        said = reader.earliest()
    assert said > NOON + LATER
    assert all(line.time_ns >= said for line in reader.finish())


def test_a_long_burst_is_looked_at_in_pieces() -> None:
    """64 KiB without a pause end a burst, also inside one entry: what was on the screen then is reported."""
    filler = b"\x1b[m" * (BURST_BYTES // 3)
    assert "for a while" in texts(b"for a while" + filler + b"\r\x1b[K" + filler + b"at the end")


def test_a_line_without_an_end_takes_no_memory_without_an_end() -> None:
    """A megabyte without a line break is handed out in pieces, and none of it is lost."""
    found = texts(*[b"x" * 50_000] * 20, columns=100)
    assert sum(map(len, found)) >= 1_000_000
    assert max(map(len, found)) < 200_000


def test_times_that_go_back_or_cannot_be_read_do_no_harm() -> None:
    """A log with broken timestamps still has its lines."""
    good = list(entries(b"one\r\n", b"two\r\n", b"three"))
    stamps = ("", "yesterday", "2026-02-07T12:00:0xZ", "9999-99-99T99:99:99.999999Z", "2026-02-07T12:00:00.²²²²²²Z")
    for stamp in stamps:
        broken = [Entry(stamp, entry.session_id, entry.direction, entry.data, entry.size) for entry in good]
        assert [line.text for line in lines(broken)] == ["one", "two", "three"]
    assert [line.offset_s for line in lines([*reversed(good), *good])] == [0.0] * 5


printed_lines = st.lists(
    st.text(st.characters(categories=("L", "N", "P"), max_codepoint=0x2FF), min_size=1, max_size=60), max_size=60
)


@given(printed_lines, st.lists(st.integers(0, 4000), max_size=6), st.sampled_from([1000, LATER]))
def test_printing_loses_nothing_whatever_the_cuts(wanted: list[str], cuts: Iterable[int], gap: int) -> None:
    """However output is cut into entries and bursts, the lines are what was printed."""
    printed = "".join(f"{line}\r\n" for line in wanted).encode()
    places = sorted({min(cut, len(printed)) for cut in cuts} | {0, len(printed)})
    pieces = [printed[start:end] for start, end in itertools.pairwise(places)]
    seen = texts(*pieces, gap=gap, columns=23, rows=5)
    if gap == LATER:  # a look between two entries may find a line's first half, which then grows
        assert seen == wanted
    assert "".join(seen) == "".join(wanted)


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_bytes_do_harm(pieces: list[bytes]) -> None:
    """Whatever a hostile log holds, reading it ends, and what comes out is text without control characters."""
    soup = [piece.replace(b"0", b"\x1b[").replace(b"1", b"\x1b[?1049h").replace(b"2", b"\x1b[2J") for piece in pieces]
    assert not any(re.search(r"[\x00-\x1f\x7f-\x9f]", line) for line in texts(*soup))


def test_a_long_redraw_is_not_looked_at_in_the_middle_of_a_frame() -> None:
    """Without a pause, frames that are marked as such are drawn whole: what is redrawn in each is one line."""
    body = "".join(f"word{n} in every frame\x1b[K\r\n" for n in range(4)).encode()
    frames = [
        b"\x1b[?2026h\x1b[H\x1b[J" + b"\x1b[m" * (n % 700) + body + b"* %d ticks\x1b[?2026l" % n for n in range(600)
    ]
    assert texts(*frames, gap=1000) == [*(f"word{n} in every frame" for n in range(4)), "* 599 ticks"]


@pytest.mark.parametrize("before", [b"", b"\x1b[2;4r", b"\x1b[4h", b"\x1b[?7l", b"\x1b(0", b"\x1b[3;3Hxy", b"x" * 95])
@pytest.mark.parametrize("text", ["plain text", "with blanks at the end   ", "é ── text " * 9])
def test_plain_text_in_bulk_is_what_the_emulator_makes_of_it(
    before: bytes, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short way for plain text gives the same lines as the long one, whatever the state of the screen."""
    printed = before + "".join(f"{n} {text}\r\n" for n in range(2000)).encode() + b"\x1b[m\x1b[5;5Hend"
    short = texts(printed)
    monkeypatch.setattr(emulator, "_WORTH_A_DETOUR", 1 << 30)
    assert short == texts(printed)
    assert len(short) > 1000 or before.endswith(b"r")


def read_about(seed: int, *, braces: float = 0) -> tuple[list[str], list[str]]:
    """Return what was in sight while a person scrolled by lines and pages and the program wrote, and what was reported."""
    chance = random.Random(seed)
    text: list[str] = []
    frames = []
    seen: set[int] = set()
    top, height = 0, chance.randrange(6, 15)
    for tick in range(80):
        if chance.random() < 0.5:
            new = range(len(text), len(text) + chance.choice([1, 1, 2, height // 2]))
            long = [f"{''.join(chance.choices('abcdefgh ', k=12))} {n}" for n in new]
            text += [chance.choice("{}") if braces and chance.random() < braces else line for line in long]
        top += chance.choice([-1, -1, -3, 1, 1, 3, 1 - height, height - 1, len(text)])
        top = max(0, min(top, len(text) - height))
        shown = range(top, min(top + height, len(text)))
        seen.update(shown)
        frames.append(page(*(text[n] for n in shown), f"* Working ({tick}s)", "-----", "> "))
    found = texts(b"\x1b[?1049h", *frames, rows=height + 5)
    return [*(text[n] for n in seen), "-----", ">"], [line for line in found if "Working" not in line]


@pytest.mark.parametrize("seed", range(20))
def test_reading_forth_and_back_while_text_comes_reports_every_line_once(seed: int) -> None:
    """A person scrolls by lines and pages while the program writes; what was in sight comes once, the rest never."""
    seen, found = read_about(seed)
    assert sorted(found) == sorted(seen)


@pytest.mark.parametrize("seed", range(20))
def test_lines_of_one_brace_do_not_hide_others(seed: int) -> None:
    """Where many short lines are equal nobody can tell them apart, but every other line that was in sight is reported."""
    seen, found = read_about(seed, braces=0.2)
    assert set(seen) <= set(found)
    assert len(found) < 1.3 * len(seen)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"one\r\ntwo", b" more\r\nthree\r\n"],
        [b"one\n", b"two\n"],
        [b"\x1b[?1049h\x1b[Hone\x1b[2;1Htwo", b"\x1b[3;1Hthree", b"\x1b[?1049lafter\r\n"],
        [b"caf\xc3", b"\xa9 \x1b[3", b"1mred\x1b[m\r\n"],
        [b"".join(b"line %d\r\n" % number for number in range(40)), b"more\r\n"],
    ],
)
def test_a_reader_can_stop_and_go_on(pieces: list[bytes]) -> None:
    """Every line is reported, those on the screen when it stops; nothing that was reported is reported again unchanged."""
    whole, stopped = LineReader(), LineReader()
    expected, found = [], []
    for number, piece in enumerate(pieces):
        entry = Entry(f"2026-02-07T12:00:0{number}.000000Z", "", "output", piece, len(piece))
        expected += whole.read(entry)
        found += stopped.read(entry)
        lines, stop = stopped.stop()
        found += lines
        stopped = LineReader.go_on(stop)
    expected += whole.finish()
    found += stopped.finish()
    texts = [line.text for line in found]
    assert {line.text for line in expected} <= set(texts)
    assert len(texts) == len(set(texts))
    times = {line.text: line.offset_s for line in found}
    assert all(times[line.text] == line.offset_s for line in expected)


PARAGRAPH = "the quick brown fox jumps over the lazy dog while claude writes a long answer about it"


def wrapped(width: int) -> list[str]:
    """Wrap a text as Claude Code does by itself: lines of its own, indented."""
    first, *more = textwrap.wrap(PARAGRAPH, width - 4)
    return [f"● {first}", *(f"  {line}" for line in more)]


@pytest.mark.parametrize("clear", [b"\x1b[2J\x1b[H", b"\x1b[H" + b"\x1b[2K\x1b[1B" * 12 + b"\x1b[H"])
@pytest.mark.parametrize("alternate", [b"", b"\x1b[?1049h"])
def test_a_paragraph_that_a_program_wraps_anew_is_known(clear: bytes, alternate: bytes) -> None:
    """After the window has changed the same words stand in other lines; they were all seen before."""

    def screen(width: int) -> bytes:
        return clear + "\r\n".join(["title", *wrapped(width), "> prompt"]).encode()

    resized = [event for width in (30, 60, 25) for event in (("resize", b"%dx12" % width), screen(width))]
    seen = texts(alternate, screen(40), *resized, columns=40, rows=12)
    assert sorted(seen) == sorted(["title", *wrapped(40), "> prompt"])


def test_what_is_printed_right_after_a_resize_is_new() -> None:
    """A line that is printed once more is another line."""
    again = b"building the whole project\r\n"
    assert texts(again, ("resize", b"50x8"), again, ("resize", b"40x6"), again) == ["building the whole project"] * 3


def test_a_window_that_is_dragged_makes_no_lines() -> None:
    """Whatever sizes it goes through: what comes back from above was there before, also where many lines are equal."""
    printed = ["equal line"] * 30 + [f"line {n}" for n in range(30)]
    sizes = [("resize", b"%dx%d" % (40 + n % 7, 4 + n * 5 % 23)) for n in range(60)]
    events = [event for n, size in enumerate(sizes) for event in (size, b"more %d\r\n" % n)]
    seen = texts("".join(f"{line}\r\n" for line in printed).encode(), *events, *sizes, b"end")
    assert seen == [*printed, *(f"more {n}" for n in range(60)), "end"]


def test_earlier_text_that_is_drawn_over_the_screen_is_known() -> None:
    """Claude Code 2.1.197 shows what had scrolled off by drawing over the top rows, and scrolls on from there."""
    text = [f"{'abcdefghij'[n % 10] * (1 + n // 10)} is text" for n in range(20)]
    printed = "\r\n".join(text).encode()
    earlier = page(*text[10:16]) + "".join(f"\r\n{line}" for line in text[16:]).encode() + b"\r\nnew"
    assert sorted(texts(printed, earlier)) == sorted([*text, "new"])


def test_lines_of_one_instant_are_ordered_from_top_to_bottom() -> None:
    """Sorted by time they stand as they stood on the screen, though they left it at different times."""
    first = page("title", "one", "two", "three", "> box", "hint")
    second = page("title", "one", "* Wait (1s)", "three", "> box", "hint")
    third = page("* other *", "one", "* Wait (1s)", "three", "", "hint")
    found = sorted(lines(entries(b"\x1b[?1049h", first, second, third)), key=lambda line: line.time_ns)
    assert [line.text for line in found] == [
        "title",
        "one",
        "two",
        "three",
        "> box",
        "hint",
        "* Wait (1s)",
        "* other *",
    ]
    assert {round(line.offset_s / (LATER / 1e9), 6) for line in found} == {2, 3, 4}


@pytest.mark.parametrize("alternate", [b"", b"\x1b[?1049h"])
def test_what_a_question_covered_for_a_while_is_one_line(alternate: bytes) -> None:
    """The foot of the screen, rules and a spinner that are drawn again after it, also farther down."""
    rule, box, hint = "─" * 30, "> type here", "? for shortcuts"
    dialog = [rule, "Do you want to proceed?", "❯ 1. Yes", "  2. No", "Esc to cancel"]
    clear = b"\x1b[2J"
    seen = texts(
        alternate,
        page("● text", "* Thinking… (1s)", rule, box, hint),
        clear + page("● text", *dialog),
        clear + page("● text", "● more text", "✢ Thinking… (9s · ↓ 12 tokens)", rule, box, hint),
        clear + page("● text", *dialog),
        clear + page("● text", "● more text", "✻ Thought for 9s", rule, box, hint),
        rows=12,
    )
    assert seen.count("● text") == seen.count("● more text") == seen.count(box) == seen.count(hint) == 1
    assert seen.count("Do you want to proceed?") == 1
    assert [line for line in seen if "Think" in line] == ["✢ Thinking… (9s · ↓ 12 tokens)"]
    assert seen.count(rule) <= 2


def test_a_bullet_that_blinks_makes_no_line() -> None:
    """Also where what stands around it changes at the same time."""
    seen = texts(
        b"\x1b[?1049h",
        page("● Running a command…", "  first", "wait"),
        page("question", "answer", ""),
        page("text", "  Running a command…", "  second", "wait"),
        page("text", "  Ran a command", "  second", "wait"),
    )
    assert len([line for line in seen if "Running" in line]) == 1


def test_hints_that_change_in_part_are_one_line() -> None:
    """The last state counts, also of a line that is not printed at the end."""
    hints = ["? for shortcuts · ← for agents · high", "esc to interrupt · ← for agents · high", "← for agents · high"]
    seen = texts(*(b"\r\x1b[K" + hint.encode() for hint in hints))
    assert seen == ["← for agents · high"]
    assert texts("one · two".encode(), "\r\x1b[Kthree · four".encode()) == ["one · two", "three · four"]


def test_a_prompt_that_is_typed_again_is_a_line_again() -> None:
    """What is known at the foot is not known above it."""
    answers = ["first answer", "second answer"]
    screens = [
        ["> go on", "hint"],
        ["> go on", *answers[:1], "> ", "hint"],
        ["> go on", *answers[:1], "> go on", "hint"],
        ["> go on", *answers[:1], "> go on", *answers[1:], "> ", "hint"],
    ]
    seen = texts(b"\x1b[?1049h", *(page(*screen, *[""] * (6 - len(screen))) for screen in screens))
    assert seen.count("> go on") == 2
    assert set(answers) <= set(seen)


@pytest.mark.parametrize("alternate", [b"", b"\x1b[?1049h"])
def test_what_leaves_the_foot_first_is_told_below_what_stood_above_it(alternate: bytes) -> None:
    """The order is that of the screen: banner, question and answer before a dialog that was gone long before them."""
    clear = b"\x1b[2J"
    seen = texts(
        alternate,
        page("banner"),
        clear + page("banner", "> question", "* Waiting… (1s)", "Do you want to proceed?", "Esc to cancel"),
        clear + page("banner", "> question", "the answer", "> "),
        clear + page("banner", "> question", "the answer", "more of it", "> "),
        rows=8,
    )
    places = [seen.index(text) for text in ("banner", "> question", "the answer", "more of it")]
    assert places == sorted(places)
    assert seen.index("> question") < seen.index("Do you want to proceed?")
    assert seen[:2] == ["banner", "> question"]


def test_a_line_that_went_on_above_another_is_told_above_it() -> None:
    """The prompt that was typed stays where it is, and the rule above it is the one below it now."""
    rule = "─" * 30
    seen = texts(
        b"\x1b[?1049h",
        page("banner", rule, "> my key is abcdefghijk", "  lmnop please", rule, "hint"),
        page("banner", "> my key is abcdefghijkl", "  mnop please", "* Waiting… (1s)", rule, "> ", rule, "hint"),
        page("banner", "> my key is abcdefghijkl", "  mnop please", "the answer", rule, "> ", rule, "hint"),
        rows=10,
    )
    first, second = seen.index("> my key is abcdefghijkl"), seen.index("  mnop please")
    assert second == first + 1


def test_the_rows_of_one_text_are_all_known_after_a_resize_or_none() -> None:
    """What was wrapped anew, in the middle of words too, stood as a whole above each other before."""
    text = "> my key is " + "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=60)) + " please"

    def screen(width: int) -> bytes:
        rows = textwrap.wrap(text, width, subsequent_indent="  ")
        rule = "─" * width
        foot = [rule, "> ", rule, "hint one · hint two"]
        return b"\x1b[2J" + page("banner", *rows, "the answer", "and more of it", *foot)

    sizes = [event for width in (30, 70) for event in (("resize", b"%dx14" % width), screen(width))]
    seen = texts(b"\x1b[?1049h", screen(50), *sizes, columns=50, rows=14)
    assert seen[:5] == ["banner", *textwrap.wrap(text, 50, subsequent_indent="  "), "the answer", "and more of it"]
    assert not [line for line in seen[5:] if line[2:] and line.strip() in text]
    assert {len(line) for line in seen if "─" in line} == {50}


def test_blanks_that_wrapped_are_no_part_of_a_line() -> None:
    """A prompt on a coloured row that scrolls off when the window becomes narrow is the prompt that was there."""
    shown = "".join(f"line {n}\r\n" for n in range(3)).encode() + b"\x1b[44m> a prompt" + b" " * 30 + b"\x1b[m\r\n"
    more = "".join(f"more {n}\r\n" for n in range(8)).encode()
    seen = texts(shown, ("resize", b"16x4"), more, columns=40, rows=6)
    assert seen == [*(f"line {n}" for n in range(3)), "> a prompt", *(f"more {n}" for n in range(8))]


def test_who_follows_need_not_wait_for_the_lines_above() -> None:
    """What was erased comes as soon as all stands still, though the top of the screen has not left it."""
    reader = LineReader()
    found = [
        line.text
        for entry in entries(page("banner", "dialog", "rest"), b"\x1b[2J" + page("banner", "", "rest"), b"\x1b[1;20H")
        for line in reader.read(entry)
    ]
    found += [line.text for line in reader.pause(SETTLED_NS)]
    assert sorted(found) == ["banner", "dialog", "rest"]
    assert not reader.finish()
