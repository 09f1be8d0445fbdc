"""The emulator behind its small interface."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.screen.emulator import MAX_COLUMNS, MAX_LINE, MAX_ROWS, Emulator


def drawn(*pieces: bytes, columns: int = 10, rows: int = 4) -> list[str]:
    """Return the lines on the screen after `pieces`, without the empty ones at the end."""
    emulator = Emulator(columns, rows)
    for piece in pieces:
        emulator.feed(piece)
    return "\n".join(emulator.look().lines).rstrip("\n").split("\n")


def test_rows_that_wrap_are_one_line() -> None:
    """A look gives logical lines, blanks at their end left out."""
    assert drawn(b"0123456789abc  \r\nnext\r\n\r\nlast") == ["0123456789abc", "next", "", "last"]


def test_a_line_that_fills_a_row_does_not_join_the_next() -> None:
    """Only what was wrapped by the terminal belongs together."""
    assert drawn(b"0123456789\r\nnext") == ["0123456789", "next"]


def test_what_scrolls_off_is_handed_out_once() -> None:
    """Each look has the lines that left the screen since the one before."""
    emulator = Emulator(10, 2)
    emulator.feed(b"1\r\n2\r\n3\r\n4")
    assert emulator.look()[:2] == (["1", "2"], ["3", "4"])
    assert emulator.look()[:2] == ([], ["3", "4"])
    emulator.feed(b"\r\n5")
    assert emulator.look()[:2] == (["3"], ["4", "5"])


def test_a_line_half_scrolled_off_is_whole() -> None:
    """Its first part is above the screen, the look has all of it, and it scrolls off as one."""
    emulator = Emulator(10, 2)
    emulator.feed(b"x" * 25)
    assert emulator.look()[:2] == ([], ["x" * 25])
    emulator.feed(b"\r\ny\r\nz")
    assert emulator.look()[:2] == (["x" * 25], ["y", "z"])


def test_wide_characters_marks_and_no_break_spaces() -> None:
    """Text comes as a person would type it to search for it."""
    assert drawn("日本語 é\xa0x".encode(), columns=20) == ["日本語 é x"]


def test_a_del_is_not_drawn() -> None:
    """Terminals ignore it."""
    assert drawn(b"a\x7fb") == ["ab"]


def test_tells_which_screen_is_shown() -> None:
    """However the mode is spelled, and however it is cut."""
    emulator = Emulator()
    for on, off in (
        (b"\x1b[?1049h", b"\x1b[?1049l"),
        (b"\x1b[?25;1049h", b"\x1b[?1049;25l"),
        (b"\x1b[?47h", b"\x1b[?47l"),
        (b"\x1b[?1047h", b"\x1bc"),
    ):
        for sequence, shown in ((on, True), (off, False)):
            for byte in sequence:
                emulator.feed(bytes([byte]))
            assert emulator.alternate is shown
    emulator.feed(b"\x1b[38;5;147m\x1b[1049;1H1049h")
    assert not emulator.alternate


def test_the_last_look_before_a_switch() -> None:
    """Whoever asks to be called can look at the screen that is about to go."""
    seen: list[list[str]] = []
    emulator = Emulator(10, 2, before_switch=lambda: seen.append(emulator.look().lines))
    emulator.feed(b"main\x1b[?1049h\x1b[Hfull\x1b[?1049lx")
    assert seen == [["main", ""], ["full", ""]]
    assert emulator.look().lines == ["mainx", ""]


def test_tells_that_the_screen_was_cleared() -> None:
    """Once, by the next look."""
    emulator = Emulator()
    emulator.feed(b"x\x1b[0J\x1b[2K")
    assert not emulator.look().redrawn
    for clear in (b"\x1b[2J", b"\x1b[H\x1b[2K\x1b[1B\x1b[2K"):
        emulator.feed(clear)
        assert emulator.look().redrawn
    assert not emulator.look().redrawn


def test_a_window_that_grows_shows_what_had_scrolled_off() -> None:
    """As in a terminal: lines come back from above, and the cursor stays with its text."""
    emulator = Emulator(10, 2)
    emulator.feed(b"1\r\n2\r\n3\r\n4")
    emulator.look()
    emulator.resize(10, 3)
    assert emulator.look() == ([], ["2", "3", "4"], False, ["2"])
    assert emulator.look().returned == []
    assert emulator.cursor == (1, 2)
    emulator.feed(b"\x1b[31m!\r\n5")
    assert emulator.look()[:2] == (["2"], ["3", "4!", "5"])


def test_a_window_that_shrinks_scrolls() -> None:
    """What does not fit any more has scrolled off."""
    emulator = Emulator(10, 4)
    emulator.feed(b"1\r\n2\r\n3\r\n4")
    emulator.resize(10, 2)
    assert emulator.look()[:2] == (["1", "2"], ["3", "4"])


def test_lines_wrap_anew_when_the_width_changes() -> None:
    """Logical lines stay what they are."""
    emulator = Emulator(10, 4)
    emulator.feed(b"x" * 15 + b"\r\nend")
    for columns in (5, 20, 7, 10):
        emulator.resize(columns, 4)
        look = emulator.look()
        assert (look.scrolled, list(filter(None, look.lines))) == ([], ["x" * 15, "end"])


def test_sizes_are_bounded() -> None:
    """No size of a log takes all memory."""
    emulator = Emulator(0, 99_999)
    assert emulator.size == (1, MAX_ROWS)
    emulator.resize(99_999, -5)
    assert emulator.size == (MAX_COLUMNS, 1)


def test_an_endless_line_is_handed_out_in_pieces() -> None:
    """What scrolled off is not kept until a line ends that may never end."""
    emulator = Emulator(100, 2)
    emulator.feed(b"x" * (2 * MAX_LINE))
    look = emulator.look()
    assert look.scrolled
    assert sum(map(len, look.scrolled + look.lines)) == 2 * MAX_LINE


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_cut_draws_the_same(data: bytes, cuts: list[int]) -> None:
    """Characters and sequences may be split between feeds at any byte."""
    data = data.replace(b"0", b"\x1b[").replace(b"1", b"\x1b[?1049h").replace(b"2", "é日".encode())
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    whole, cut = Emulator(12, 3), Emulator(12, 3)
    whole.feed(data)
    for start, end in itertools.pairwise(places):
        cut.feed(data[start:end])
    assert cut.look().lines == whole.look().lines
    assert (cut.cursor, cut.alternate) == (whole.cursor, whole.alternate)


_FRAMES = [
    b"\x1b[H1\r\n2\r\n3\r\n4\r\n5\r\n6",
    "\x1b[H\x1b[1mé\xa0日\x1b[K\r\n\x1b[K\r\n👩\u200d🚀 e\u0301\x1b[K\r\n\x1b[Ka  b\r\n\x1b[K".encode(),
    b"\x1b[H" + b"longer than the row\r\n" * 2 + b"end\x1b[K",
    b"\x1b[2;1Hone row\x1b[K",
    b"\x1b[3;1Hone row that goes on",
    b"\r\nnext",
    b"\x1b[6;1H\r\n\r\n",
    b"\x1b[?1049h",
    b"\x1b[?1049l",
    b"\x1b[2J",
    b"",
]


@given(st.lists(st.sampled_from(_FRAMES), max_size=12))
def test_looks_in_between_change_nothing(frames: list[bytes]) -> None:
    """However many rows change from look to look, on either screen, and whether lines wrap: it is what a first look finds."""
    looked_at, other = Emulator(10, 6), Emulator(10, 6)
    for frame in frames:
        looked_at.feed(frame)
        other.feed(frame)
        looked_at.look()
    assert looked_at.look().lines == other.look().lines


def test_repetition_is_bounded() -> None:
    """A sequence that repeats a character or scrolls does so no more often than can be seen, and ordinary ones do."""
    emulator = Emulator(200, 4)
    emulator.feed(b"a\x1b[149b\r\n")
    assert emulator.look().lines[0] == "a" * 150
    emulator.feed(b"b\x1b[65535b" * 50)
    assert len("".join(emulator.look().lines)) <= 50 * 201 + 150
    emulator.feed(b"\x1b[2J\x1b[H1\r\n2\r\n3\x1b[2S")
    assert emulator.look().lines[0] == "3"
    emulator.feed(b"\x1b[99999999999999999999S" * 1000)
    assert len(emulator.look().scrolled) <= 4000


def test_empty_rows_at_the_end_stay_there_when_the_window_grows() -> None:
    """The cursor stays in its line: a program goes on drawing relative to it."""
    emulator = Emulator(20, 6)
    emulator.feed(b"".join(b"line %d\r\n" % number for number in range(10)) + b"\x1b[2;1H\x1b[Jabc")
    emulator.look()
    emulator.resize(20, 8)
    lines = emulator.look().lines
    assert lines[emulator.cursor[1]] == "abc"
    assert lines[emulator.cursor[1] + 1 :] == [""] * 4


def test_a_line_that_goes_on_in_the_next_row_later_is_one() -> None:
    """What fills a row is no line of its own once more is printed."""
    emulator = Emulator(10, 4)
    emulator.feed(b"\r\n0123456789")
    assert emulator.look().lines == ["", "0123456789", "", ""]
    emulator.feed(b"abc")
    assert emulator.look().lines == ["", "0123456789abc", ""]
