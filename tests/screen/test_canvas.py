"""Cells: rows make them when somebody asks, and what has not changed is not read again."""

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.screen.canvas import BLANK, Canvas, Row

_DRAWN = st.sampled_from(
    [
        b"word ",
        b"\r\n",
        b"\x1b[31m",
        b"\x1b[m",
        b"\x1b[44m\x1b[K",
        b"x" * 30,
        b"\x1b[H",
        "漢e\u0301".encode(),
        b"\x1b[2J",
        b"\x1b[7m \x1b[m",
        b"\x1b[?1049h",
        b"\x1b[?1049l",
    ]
)


@given(st.lists(_DRAWN, max_size=40))
def test_a_row_is_what_its_cells_are(drawn: list[bytes]) -> None:
    """Text, width, end and equality say the same as the cells, in rows with colours and in plain ones."""
    canvas = Canvas(30, 4)
    for data in drawn:
        canvas.feed(data)
        picture = canvas.picture()
        for row in (*picture.gone, *picture.rows):
            cells = row.cells
            assert row.columns == len(cells) == 30
            assert row.text == "".join(cell.char for cell in cells if cell.width)
            assert all(cell == BLANK for cell in cells[row.end :])
            assert row.end == 0 or cells[row.end - 1] != BLANK
            assert row == Row(cells, wrapped=row.wrapped)
            assert not row.alone.wrapped
            assert row.alone.cells == cells
            assert [cells[at].char for at in row.places] == [cells[at].char for at in row.places if cells[at].width]


def test_what_scrolls_is_the_same_row() -> None:
    """A row that has only moved is the same object; one in another colour is another."""
    canvas = Canvas(10, 3)
    canvas.feed(b"one\r\ntwo\r\nthree")
    before = canvas.picture().rows
    canvas.feed(b"\r\n\x1b[1mthree")
    after = canvas.picture()
    assert after.gone[0] is before[0]
    assert after.rows[:2] == before[1:]
    assert after.rows[0] is before[1]
    assert after.rows[2] != after.rows[1]
    assert after.rows[2].text == after.rows[1].text
