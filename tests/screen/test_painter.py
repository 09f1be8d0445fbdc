"""Drawing pictures anew: a terminal that gets only our bytes shows what the first one showed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.screen.canvas import Canvas, Picture
from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.painter import Painter

COLUMNS, ROWS = 20, 6


class Copy:
    """A terminal, and another one that is shown pictures of it."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self.canvas = Canvas(columns, rows, before_switch=self.show)
        self.painter = Painter(columns, rows)
        self.copy = Emulator(columns, rows)
        self.written = b""

    def show(self) -> None:
        data = self.painter.paint(self.canvas.picture())
        self.written += data
        self.copy.feed(data)

    def feed(self, data: bytes) -> None:
        self.canvas.feed(data)
        self.show()

    def resize(self, columns: int, rows: int) -> None:
        self.canvas.resize(columns, rows)
        self.copy.resize(columns, rows)
        self.copy.feed(self.painter.resize(*self.canvas.size))
        self.show()

    def differs(self) -> str:
        """Return what is different between the two, in words; empty where nothing is."""
        one, two = self.canvas, Canvas(*self.copy.size)
        two._vt, two._clusters, two.alternate = self.copy._vt, self.copy._clusters, self.copy.alternate
        left, right = one.picture(), two.picture()
        if _shown(left) != _shown(right):
            return f"{_shown(left)} != {_shown(right)}"
        if _rest(left) != _rest(right):
            return f"{_rest(left)} != {_rest(right)}"
        return ""


def _rest(picture: Picture) -> tuple[object, ...]:
    """Return all but the rows; a cursor behind the last column, where the next character wraps, stands in it."""
    column, row = picture.cursor
    return min(column, len(picture.rows[0].cells) - 1), row, picture.cursor_visible, picture.alternate


def _shown(picture: Picture) -> list[object]:
    return [row.cells for row in picture.rows]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"one\r\ntwo", b"\x1b[1;1HON", b"\x1b[2J"],
        [b"\x1b[31mred\x1b[0m plain \x1b[1;4;38;5;200;48;2;1;2;3mrich", b"\r\x1b[K"],
        ["漢字と仮名".encode(), b"\rx", "\r👍 ok".encode()],
        [b"\n" * 10 + b"low", b"\x1b[H\x1b[7mtop"],
        [b"x" * 50, b"\x1b[1;3Hy", b"\r\n" * 5 + b"z" * 41],
        [b"main\x1b[?1049hother", b"\x1b[2;2Hmore", b"\x1b[?1049lback"],
        [b"\x1b[?25lhidden", b"\x1b[?25h"],
        [b"\x1b[2;4r\x1b[4;1Ha\nb\nc\x1b[r", b"\x1b[3;1H\x1b[L\x1b[Mend"],
        [b"\x1b[44m\x1b[2Jblue\x1b[m", b"\x1b[1;19Hedge"],
    ],
)
def test_the_copy_shows_the_same(pieces: list[bytes]) -> None:
    """Text, colours, wide characters, wrapped lines, both screens, regions and the cursor."""
    both = Copy()
    for piece in pieces:
        both.feed(piece)
        assert both.differs() == ""


def test_what_scrolls_off_scrolls_off_there_too() -> None:
    """The lines that leave the screen leave the copy in the same order, whole, those that wrapped as one."""
    one, both = Emulator(COLUMNS, ROWS), Copy()
    text = b"".join(b"line %d %s\r\n" % (n, b"word " * (n % 7)) for n in range(40))
    one.feed(text)
    both.feed(text)
    assert both.copy.look().scrolled == one.look().scrolled
    assert both.differs() == ""


@pytest.mark.parametrize("between", [b"\x1b[H\x1b[J", b"\x1b[H\x1b[K\x1b[B\x1b[K\x1b[H"])
def test_full_rows_do_not_become_one_line(between: bytes) -> None:
    """Where a line that wrapped stood before, a full row and the one below it are two lines in the copy, too."""
    both = Copy()
    both.feed(b"a line that wraps into the next row")
    both.feed(between + b"-" * COLUMNS + b"\r\n> my key is\r\n")
    assert both.copy.look().lines[:2] == ["-" * COLUMNS, "> my key is"]
    assert both.differs() == ""


def test_nothing_is_written_where_nothing_changes() -> None:
    """The same picture costs no byte, one changed character a few."""
    both = Copy()
    both.feed(b"spinner | and text")
    length = len(both.written)
    both.feed(b"\x1b[m")
    assert len(both.written) == length
    both.feed(b"\x1b[1;9H/\x1b[2;6H")
    assert len(both.written) - length < 40


def test_another_size_begins_anew() -> None:
    """After the window has changed the copy is right again, on both screens."""
    both = Copy()
    both.feed(b"a long line that wraps around\r\nshort")
    both.resize(11, 4)
    assert both.differs() == ""
    both.feed(b"\x1b[?1049hfull")
    both.resize(30, 8)
    both.feed(b"\x1b[?1049l\x1b[Hback")
    assert both.differs() == ""


_PIECES = st.lists(
    st.one_of(
        st.text(alphabet=st.sampled_from("ab cé漢👍\u0301"), max_size=30).map(str.encode),
        st.sampled_from(
            [
                b"\r\n",
                b"\n",
                b"\x1b[H",
                b"\x1b[2J",
                b"\x1b[K",
                b"\x1b[1J",
                b"\x1b[31m",
                b"\x1b[7m",
                b"\x1b[m",
                b"\x1b[3;5H",
                b"\x1b[2;4r",
                b"\x1b[r",
                b"\x1bM",
                b"\x1b[2L",
                b"\x1b[M",
                b"\x1b[3P",
                b"\x1b[2@",
                b"\x1b[5X",
                b"\x1b[?1049h",
                b"\x1b[?1049l",
                b"\x1b[?25l",
                b"\x1b[?25h",
                b"\x1b[?7l",
                b"\x1b[?7h",
                b"\x1b[4h",
                b"\x1b[4l",
                b"\x1b(0qqq\x1b(B",
                b"\t",
                b"\x1b[2S",
                b"\x1b[1T",
                b"\x1b7",
                b"\x1b8",
                b"\x1bc",
                b"\x1b#8",
            ]
        ),
    ),
    max_size=40,
)


@given(_PIECES)
def test_whatever_is_drawn_the_copy_shows_it(pieces: list[bytes]) -> None:
    """Any mixture of text and sequences, looked at after each."""
    both = Copy()
    for piece in pieces:
        both.feed(piece)
    assert both.differs() == ""
