"""Bytes to lines: offsets, long lines, what is blank."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript import lines
from claude_sessions.transcript.lines import PlainSource, TooLong, read_lines


class Onwards:
    """A source that cannot be read again, as a packed one, and gives a few bytes at a time."""

    name = "packed"

    def __init__(self, data: bytes, most: int = 7) -> None:
        self._data = data
        self._most = most

    def read(self, size: int, /) -> bytes:
        piece, self._data = self._data[: min(size, self._most)], self._data[min(size, self._most) :]
        return piece

    def reread(self, _size: int, _offset: int, /) -> bytes | None:
        return None


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read eight bytes at a time: every line is long."""
    monkeypatch.setattr(lines, "BLOCK", 8)


def plain(path: Path, data: bytes) -> list[tuple[int, bytes]]:
    """Return the lines of a file with these bytes."""
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        return [(offset, bytes_of(line)) for offset, line in read_lines(PlainSource(fd, str(path)))]
    finally:
        os.close(fd)


def bytes_of(line: bytes | bytearray | TooLong) -> bytes:
    assert not isinstance(line, TooLong)
    return bytes(line)


def expected(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Say the same as read_lines in the plainest way."""
    start = 0
    for line in data.split(b"\n"):
        kept = line.lstrip(b"\0 \t\r\xef\xbb\xbf")
        if kept.rstrip(b"\0 \t\r"):
            yield start + len(line) - len(kept), kept.rstrip(b"\0 \t\r")
        start += len(line) + 1


def test_blank_lines_and_what_surrounds_an_object_are_left_out(tmp_path: Path) -> None:
    """BOM, CR, blanks and zero bytes are not part of a line; the offset is that of its first byte."""
    data = b'\xef\xbb\xbf{"a":1}\r\n\n\0\0\0\0\n  {"b":2}\n\0\0{"c":3}'
    assert plain(tmp_path / "t", data) == [(3, b'{"a":1}'), (20, b'{"b":2}'), (30, b'{"c":3}')]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("length", range(1, 40))
def test_a_line_of_any_length_is_whole(tmp_path: Path, length: int) -> None:
    """Around the borders of blocks nothing is lost or doubled, and what follows is found."""
    data = b"x" * length + b"\n" + b"y" * 3 + b"\n" + b"z" * length
    assert plain(tmp_path / "t", data) == list(expected(data))
    assert [(at, bytes_of(line)) for at, line in read_lines(Onwards(data))] == list(expected(data))


@given(data=st.lists(st.sampled_from([b"{", b"}", b"\n", b"\0", b" ", b"\r", b"ab", b"\xef\xbb\xbf"])).map(b"".join))
def test_any_bytes_give_the_lines_that_they_have(data: bytes) -> None:
    """However the bytes arrive, lines and offsets are the same."""
    for most in (1, 3, 8, 1000):
        assert [(at, bytes_of(line)) for at, line in read_lines(Onwards(data, most))] == list(expected(data))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("packed", [False, True])
def test_a_line_beyond_all_measure_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    """It is told with its size, and reading goes on behind it."""
    monkeypatch.setattr(lines, "LONGEST", 20)
    data = b"{" + b"x" * 29 + b"\n{}\n"
    path = tmp_path / "t"
    path.write_bytes(data)
    with path.open("rb") as file:
        source = Onwards(data) if packed else PlainSource(file.fileno(), "t")
        assert list(read_lines(source)) == [(0, TooLong(30)), (31, b"{}")]


def test_reading_can_begin_in_the_middle(tmp_path: Path) -> None:
    """Offsets are those of the file."""
    path = tmp_path / "t"
    path.write_bytes(b"{1}\n{2}\n")
    with path.open("rb") as file:
        assert list(read_lines(PlainSource(file.fileno(), "t", 4), 4)) == [(4, b"{2}")]
