"""The two ends of a segment."""

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.store import ends


def opened(path: Path, content: bytes) -> int:
    path.write_bytes(content)
    return os.open(path, os.O_RDONLY)


@given(lines=st.lists(st.binary().filter(lambda line: b"\n" not in line)), torn=st.booleans(), piece=st.integers(1, 9))
def test_reads_every_line_backwards(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], torn: bool, piece: int
) -> None:
    """Whatever the size of the pieces, the lines come whole, from the last to the first, without empty ones."""
    content = b"\n".join(lines) + (b"" if torn else b"\n")
    fd = opened(tmp_path_factory.getbasetemp() / "segment", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ends, "PIECE", piece)
        assert list(ends.last_lines(fd, len(content))) == [line for line in reversed(content.split(b"\n")) if line]
    os.close(fd)


def test_first_line_longer_than_a_piece(tmp_path: Path) -> None:
    """A first line that needs several reads is returned whole."""
    fd = opened(tmp_path / "segment", b"x" * 300_000 + b"\nnext\n")
    assert ends.first_line(fd) == b"x" * 300_000
    os.close(fd)


def test_whole_lines_after_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the same read brought is returned too, but no line that may be cut."""
    monkeypatch.setattr(ends, "PIECE", 16)
    fd = opened(tmp_path / "segment", b"first\nsecond\nthird\n")
    assert ends.first_lines(fd) == [b"first", b"second"]
    os.close(fd)


def test_looks_no_farther_than_the_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without end costs no more memory than REACH and one piece."""
    monkeypatch.setattr(ends, "REACH", 64)
    monkeypatch.setattr(ends, "PIECE", 16)
    fd = opened(tmp_path / "segment", b"x" * 10_000)
    assert len(ends.first_line(fd)) <= 64
    assert list(ends.last_lines(fd, 10_000)) == []
    os.close(fd)


def test_a_held_segment_is_being_written(tmp_path: Path) -> None:
    """A segment is being written exactly as long as somebody holds its exclusive lock."""
    fd = opened(tmp_path / "segment", b"")
    writer = os.open(tmp_path / "segment", os.O_WRONLY)
    assert not ends.is_being_written(fd)
    fcntl.flock(writer, fcntl.LOCK_EX)
    assert ends.is_being_written(fd)
    os.close(writer)
    assert not ends.is_being_written(fd)
    fcntl.flock(os.open(tmp_path / "segment", os.O_WRONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(fd)
