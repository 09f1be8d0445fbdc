"""Characters of several code points are drawn in the cells that terminals give them, and read back whole."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.keyframe import keyframe

ASTRONAUT = "\U0001f469\u200d\U0001f680"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"
FLAG = "\U0001f1e9\U0001f1ea"
WIDTHS = {
    "e\u0301": 1,
    "\u0438\u0306": 1,
    "\u05e9\u05c1": 1,
    "\u0e17\u0e35\u0e48": 1,
    "\u1100\u1161\u11a8": 2,
    "\u304b\u3099": 2,
    ASTRONAUT: 2,
    FAMILY: 2,
    RAINBOW: 2,
    FLAG: 2,
    "\U0001f44d\U0001f3fd": 2,
    "\u2764\ufe0f": 2,
    "1\ufe0f\u20e3": 2,
    "a\u200b": 1,
    "a\ufe0f": 1,
    "\U00040001": 1,
    "\U00033481": 2,
}


def drawn(*pieces: str | bytes, columns: int = 20, rows: int = 3) -> Emulator:
    emulator = Emulator(columns, rows)
    for piece in pieces:
        emulator.feed(piece if isinstance(piece, bytes) else piece.encode())
    return emulator


@pytest.mark.parametrize(("cluster", "width"), WIDTHS.items())
def test_takes_the_cells_of_a_terminal(cluster: str, width: int) -> None:
    """What follows stands right behind it, also where the program places that by its column."""
    emulator = drawn(f"{cluster}x")
    assert emulator.cursor == (width + 1, 0)
    assert emulator.look().lines[0] == f"{cluster}x"
    placed = drawn(f"ab{cluster}\x1b[{3 + width}Gthen")
    assert placed.look().lines[0] == f"ab{cluster}then"


@pytest.mark.parametrize("cluster", WIDTHS)
def test_any_cut_draws_the_same(cluster: str) -> None:
    """Its code points, and their bytes, may come one by one."""
    text = f"\x1b[1mab{cluster}{cluster}\x1b[m c{cluster}".encode()
    whole = drawn(text)
    cut = drawn(*(text[at : at + 1] for at in range(len(text))))
    assert cut.look().lines == whole.look().lines
    assert cut.cursor == whole.cursor


def test_a_row_is_full_where_a_terminal_says_so() -> None:
    """A line of clusters wraps by its cells and is one line; it is known again after another width."""
    emulator = drawn(ASTRONAUT * 7, columns=10)
    assert emulator.cursor == (4, 1)
    assert emulator.look().lines[0] == ASTRONAUT * 7
    emulator.resize(4, 5)
    emulator.resize(20, 5)
    assert [line for line in emulator.look().lines if line] == [ASTRONAUT * 7]


def test_what_scrolled_off_is_whole() -> None:
    """Its clusters are in it."""
    assert drawn(f"{FAMILY}e\u0301\r\n1\r\n2\r\n3").look().scrolled == [f"{FAMILY}e\u0301"]


def test_a_mark_on_nothing_is_not_drawn() -> None:
    """At the beginning of a line, and behind a sequence, there is nothing that it could belong to; no sequence is spoilt."""
    assert drawn("\u0301a\r\n\u0301b\x1b[1m\u0301c").look().lines == ["a", "bc", ""]


def test_a_stack_of_marks_without_end_is_cut() -> None:
    """A hostile cluster takes neither the memory nor the cells of others."""
    emulator = drawn("Z" + "\u0351" * 5000 + "x")
    assert emulator.cursor == (2, 0)
    assert len(emulator.look().lines[0]) < 40


def test_more_clusters_than_are_kept_lose_their_marks_and_nothing_else() -> None:
    """Whoever makes up hundreds of thousands of them gets the letters."""
    emulator = Emulator(20, 2)
    for number in range(40_000):
        mark, other = chr(0x300 + number % 100), chr(0x300 + number // 100 % 100)
        emulator.feed(f"\rab{chr(0x61 + number % 7)}{mark}{other}x".encode())
    assert emulator.cursor == (4, 0)
    assert emulator.look().lines[0].startswith("ab")


def test_a_keyframe_has_them() -> None:
    """Also where the same one stands many times in a row."""
    emulator = drawn(FLAG + ASTRONAUT * 6 + "\r\n" + "e\u0301" * 9)
    copy = drawn(keyframe(emulator))
    assert copy.look().lines == emulator.look().lines
    assert copy.cursor == emulator.cursor


@given(
    st.lists(st.sampled_from([*WIDTHS, "a", "é", "日", " ", "\r\n", "\x1b[31m", "\x1b[5G", "\U0001f1e9"]), max_size=12)
)
def test_text_that_is_printed_is_read_back(parts: list[str]) -> None:
    """Nothing is lost of what is printed without moving about, and nothing breaks otherwise; any cut makes no difference."""
    text = "".join(parts)
    emulator = drawn(text, columns=200, rows=20)
    if "\x1b[5G" not in parts and "\U0001f1e9" not in parts:
        shown = text.replace("\x1b[31m", "").split("\r\n")
        assert emulator.look().lines[: len(shown)] == [line.rstrip() for line in shown]
    data = text.encode()
    pieces = (data[low:high] for low, high in itertools.pairwise((0, len(data) // 3, len(data) // 2, len(data))))
    cut = drawn(*pieces, columns=200, rows=20)
    if "\U0001f1e9" not in parts:
        assert cut.look().lines == drawn(text, columns=200, rows=20).look().lines
