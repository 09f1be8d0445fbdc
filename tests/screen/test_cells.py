"""Parts of a screen, written out for another one."""

import avt
import pytest
from pyghostty import Terminal

from claude_sessions.screen.cells import Pane


def written(data: bytes, size: tuple[int, int], recorded: tuple[int, int] = (20, 4)) -> list[str]:
    """Return what another terminal shows for the rows of a part."""
    pane = Pane(*recorded)
    pane.feed(data)
    terminal = Terminal(*size)
    terminal.feed(b"\x1b[?2027h")  # it then knows clusters
    for number, row in enumerate(pane.picture(size).rows):
        terminal.feed(b"\x1b[%d;1H" % (number + 1) + row)
    return [line.rstrip() for line in terminal.text().split("\n")]


def test_all_of_a_screen() -> None:
    """Wide characters, marks and clusters stand where they stood."""
    text = "abc 日本 e\u0301f 👩\u200d🚀|"
    assert written(text.encode(), (20, 4))[0] == text


@pytest.mark.parametrize("cluster", ["\U0001f469\u200d\U0001f680", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd"])
def test_a_terminal_without_clusters_shows_all_else_in_place(cluster: str) -> None:
    """It gives each of their parts cells of its own; what follows stands where it stood, and nothing is left behind it."""
    pane = Pane(20, 3)
    pane.feed(f"{cluster} is x\r\n{cluster}\r\n{' ' * 18}{cluster}".encode())
    terminal = avt.Vt(20, 3)  # it knows of none
    for number, row in enumerate(pane.picture((20, 3)).rows):
        terminal.feed_str(f"\x1b[{number + 1};1H\x1b[?7l{row.decode()}")
    first, second, third = terminal.view()
    assert "".join(cell.char for cell in first.cells[2:]).rstrip() == " is x"
    assert "".join(cell.char for cell in second.cells[2:]).rstrip() == ""
    assert "".join(cell.char for cell in third.cells[:18]).rstrip() == ""


def test_plain_blanks_at_the_end_of_a_row_are_left_out() -> None:
    """Whoever copies from the terminal does not get them; blanks with a colour are part of the picture."""
    pane = Pane(20, 2)
    pane.feed(b"abc   \x1b[2;1Hx\x1b[41m  ")
    first, second = pane.picture((20, 2)).rows
    assert first.endswith(b"abc\x1b[0m")
    assert second.endswith(b"  \x1b[0m")


@pytest.mark.parametrize(
    ("style", "key", "value"),
    [(b"1", "bold", True), (b"7", "inverse", True), (b"3", "italic", True), (b"4", "underline", 1)],
)
def test_styles(style: bytes, key: str, value: object) -> None:
    """Each is written in a form that all terminals know."""
    pane = Pane(10, 2)
    pane.feed(b"a\x1b[%bmb\x1b[mc" % style)
    terminal = Terminal(10, 2)
    terminal.feed(pane.picture((10, 2)).rows[0])
    assert [bool(terminal.style(column, 0)[key]) for column in range(3)] == [False, bool(value), False]


@pytest.mark.parametrize("colour", [b"31", b"97", b"38;5;200", b"38;2;1;2;3", b"48;5;9", b"103"])
def test_colours(colour: bytes) -> None:
    """Of eight, of sixteen, of 256 and all."""
    pane, terminal, original = Pane(10, 2), Terminal(10, 2), Terminal(10, 2)
    pane.feed(b"\x1b[%bmx" % colour)
    original.feed(b"\x1b[%bmx" % colour)
    terminal.feed(pane.picture((10, 2)).rows[0])
    for ground in ("fg", "bg"):
        assert terminal.style(0, 0)[ground] == original.style(0, 0)[ground]


def test_a_part_is_around_the_cursor() -> None:
    """In the upper left corner for as long as the cursor can be seen there; the cursor is told within the part."""
    pane = Pane(20, 10)
    pane.feed(b"\x1b[1;1Hupper left\x1b[10;20HX\x1b[3;3H")
    assert pane.picture((8, 4)).cursor == (2, 2)
    assert b"upper le" in pane.picture((8, 4)).rows[0]
    pane.feed(b"\x1b[10;20H")
    part = pane.picture((8, 4))
    assert part.cursor == (7, 3)
    assert part.rows[3].endswith(b"X\x1b[0m")
    assert len(part.rows) == 4


def test_half_of_a_wide_character_is_a_blank() -> None:
    """At either edge of a part."""
    assert written("日本語日本語日本語".encode() + b"\x1b[1;1H", (5, 1))[0] == "日本"
    assert written("日本語日本語日本語".encode() + b"\x1b[1;7H", (5, 1))[0] in {"本語", " 語日", "語日"}


def test_a_hidden_cursor_is_said_to_be_hidden() -> None:
    """So that it is not shown elsewhere."""
    pane = Pane(10, 2)
    assert pane.picture((10, 2)).cursor_visible
    pane.feed(b"\x1b[?25l")
    assert not pane.picture((10, 2)).cursor_visible
