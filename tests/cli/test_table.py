"""A table that fits a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.cli.table import Column, display_width, fit, left_out, shorten, table

COLUMNS = (
    Column("ID"),
    Column("PATH", least=6, keep_end=True),
    Column("TITLE", least=6, left_out=1),
    Column("SIZE", left_out=2, right=True),
    Column("STATE", least=4, last=True),
)
ROWS = [
    ("aaaa", "/home/ann/projects/parser", "find the 日本語 bug", "12 kB", "running"),
    ("bbbb", "/srv", "", "1.2 MB", "exited 0"),
]


def test_takes_the_room_it_needs_in_a_pipe() -> None:
    """Without a width nothing is cut, and numbers stand on the right."""
    assert table(COLUMNS, ROWS, None) == [
        "ID    PATH                       TITLE                  SIZE  STATE",
        "aaaa  /home/ann/projects/parser  find the 日本語 bug   12 kB  running",
        "bbbb  /srv                                            1.2 MB  exited 0",
    ]


def test_what_has_no_room_is_known() -> None:
    """So that it can be said; without a width there is room for all."""
    assert left_out(COLUMNS, ROWS, None) == left_out(COLUMNS, ROWS, 100) == []
    for width in range(10, 100):
        head = table(COLUMNS, ROWS, width)[0]
        assert [name for name in ("TITLE", "SIZE") if name not in head] == left_out(COLUMNS, ROWS, width), width


def test_gives_way_step_by_step() -> None:
    """First the longest text shrinks (a path at its beginning), then whole columns go, the least important first."""
    assert table(COLUMNS, ROWS, 50) == [
        "ID    PATH          TITLE           SIZE  STATE",
        "aaaa  …ects/parser  find the 日…   12 kB  running",
        "bbbb  /srv                        1.2 MB  exited 0",
    ]
    assert table(COLUMNS, ROWS, 30)[0].split() == ["ID", "PATH", "TITLE", "STATE"]
    assert table(COLUMNS, ROWS, 20)[1] == "aaaa  …arser  runni…"


def test_colours_only_the_last_cell() -> None:
    """The style surrounds the state, and takes no room."""
    lines = table(COLUMNS, ROWS, 50, ["31", ""])
    assert lines[1].endswith("  \x1b[31mrunning\x1b[0m")
    assert "\x1b" not in lines[0] + lines[2]


texts = st.text("aé日😀\u0301 ", max_size=40)


@given(rows=st.lists(st.tuples(texts, texts, texts, texts, texts), max_size=4), width=st.integers(1, 120))
def test_never_wider_than_the_terminal(rows: list[tuple[str, ...]], width: int) -> None:
    """Whatever the texts and the width: no line is wider."""
    assert all(display_width(line) <= width for line in table(COLUMNS, rows, width))


@given(text=texts, width=st.integers(0, 50))
def test_a_cell_has_exactly_its_width(text: str, width: int) -> None:
    """Wide characters and combining marks are counted in cells."""
    assert display_width(fit(text, width, COLUMNS[0])) == width
    assert display_width(shorten(text, width, keep_end=True)) <= width
