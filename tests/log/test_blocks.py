"""The fast way through a log."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.log import blocks
from claude_sessions.log.blocks import Block, read_blocks
from claude_sessions.log.decode import BadLine, read_entries
from claude_sessions.log.encode import EntryEncoder


def log(*items: bytes | str) -> bytes:
    """Return a segment: an output entry for every bytes, and every str as it stands."""
    encode = EntryEncoder("0c0ffee0-0000-4000-8000-000000000000")
    buffer = bytearray()
    for number, item in enumerate(items):
        if isinstance(item, str):
            buffer += item.encode()
        else:
            encode(buffer, number * 1_000_000, "output" if number % 3 else "input", item)
    return bytes(buffer)


def in_pieces(data: bytes, size: int) -> Callable[[int], bytes]:
    file = io.BytesIO(data)
    return lambda wanted: file.read(min(size, wanted))


def test_gives_lines_and_their_bytes() -> None:
    """The output in one piece, the lines as they stand in the file."""
    data = log(b"in", b"one", b"two", b"in")
    (block,) = read_blocks("x", io.BytesIO(data).read)
    assert isinstance(block, Block)
    assert block.lines == data
    assert (block.data("output"), block.data("input"), block.data("error")) == (b"onetwo", b"inin", b"")


lines = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(["torn\n", "\n", '{"direction":"output"}\n', "{}{}\n", "\0\0\n", "é\n", "  \r\n"]),
    st.just(log(b"glued", b"together").decode().replace("\n", "", 1)),
)


@given(st.lists(lines, max_size=12), st.integers(1, 400), st.booleans())
def test_finds_what_the_slow_way_finds(items: list[bytes | str], size: int, torn: bool) -> None:
    """The same bytes, the same bad lines at the same places, however it is read."""
    data = log(*items)[: -1 if torn else None]
    slow = list(read_entries("x", io.BytesIO(data).read))
    fast = list(read_blocks("x", in_pieces(data, size)))
    assert [item for item in fast if isinstance(item, BadLine)] == [item for item in slow if isinstance(item, BadLine)]
    assert b"".join(item.data("output") for item in fast if isinstance(item, Block)) == b"".join(
        item.data for item in slow if not isinstance(item, BadLine) and item.direction == "output"
    )


def test_a_line_that_is_too_long_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported with its place, and takes no memory."""
    monkeypatch.setattr(blocks, "MAX_LINE", 1000)
    data = log(b"one", "x" * 5000 + "\n", b"two", "y" * 5000)
    items = list(read_blocks("x", in_pieces(data, 300)))
    bad = [item for item in items if isinstance(item, BadLine)]
    assert [(item.place.line, data[item.place.offset : item.place.offset + 1]) for item in bad] == [
        (2, b"x"),
        (4, b"y"),
    ]
    assert b"".join(item.data("output") for item in items if isinstance(item, Block)) == b"two"
