"""Following one transcript: the same objects as a reader of the whole file sees, however it was written."""

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_sessions.live import transcript_tail
from claude_sessions.live.position import Position
from claude_sessions.live.sink import Restart, TailLine
from claude_sessions.live.transcript_tail import TranscriptTail
from claude_sessions.transcript.lines import Fault
from claude_sessions.transcript.reading import open_source, read_entries

ONE, TWO = b'{"type":"user","n":1}', b'{"type":"user","n":2}'


class Tail:
    """A file, and what follows it from a position on; the beginning by default."""

    def __init__(self, path: Path, position: Position | None = None) -> None:
        path.touch()
        found = path.stat()
        self.path = path
        self.faults: list[Fault] = []
        position = position or Position(found.st_dev, found.st_ino, 0, 0)
        self.tail = TranscriptTail(path, position, self.faults.append)

    def write(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def lines(self, size: int = transcript_tail.PIECE) -> list[TailLine]:
        """Return what is new, looking as often as there is more at once."""
        found = []
        more = True
        while more:
            look = self.tail.look(size)
            assert look.restart is None
            found += look.lines
            more = look.more
        return found


def raws(lines: list[TailLine]) -> list[bytes]:
    return [line.raw for line in lines]


piece = st.one_of(
    st.sampled_from(
        [
            ONE,
            TWO,
            ONE + TWO,
            b"\xef\xbb\xbf" + ONE,
            ONE + b"\r",
            b"\0\0" + ONE,
            b"",
            b"[1]",
            b'{"torn',
            b'{"x":"\\ud83d"}',
            b'{"n":NaN}',
            b'{"x":"\xff"}',
            b'{"x":"' + b"y" * 300 + b'"}',
        ]
    ),
    st.binary(max_size=20).map(lambda data: data.replace(b"\n", b"")),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(piece, max_size=20), st.lists(st.integers(1, 90), min_size=1, max_size=20), st.integers(1, 200))
def test_it_sees_what_a_reader_sees(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], cuts: list[int], size: int
) -> None:
    """Written in any portions and read in pieces of any size, each object and fault comes once, with its place."""
    tail = Tail(tmp_path_factory.mktemp("tail") / "a.jsonl")
    data = b"".join(one + b"\n" for one in pieces)
    lines: list[TailLine] = []
    at = 0
    while at < len(data):
        cut = cuts[at % len(cuts)]
        tail.write(data[at : at + cut])
        at += cut
        lines += tail.lines(size)
        position = tail.tail.position  # as a process does that begins anew
        again = Tail(tail.path, position)
        again.faults, again.tail = tail.faults, TranscriptTail(tail.path, position, tail.faults.append)
        tail = again
    faults: list[Fault] = []
    with open_source(tail.path) as source:
        whole = list(read_entries(source, faults.append))
    assert [(line.offset, line.raw, line.line.entry) for line in lines] == [
        (line.offset, bytes(line.raw), line.entry) for line in whole
    ]
    assert tail.faults == faults
    assert tail.tail.position.offset == len(data)
    assert tail.tail.position.line == len(pieces)
    for line, following in itertools.pairwise(lines):
        assert line.offset < line.end <= following.offset or line.end == following.offset


def test_nothing_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told is not read again, but for the few bytes that tell whether the file is still the same."""
    tail = Tail(tmp_path / "a.jsonl")
    tail.write((ONE + b"\n") * 10_000)
    assert len(tail.lines()) == 10_000
    read = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, size, at: read.append(len(found := real(fd, size, at))) or found)
    tail.write(TWO + b"\n")
    assert raws(tail.lines()) == [TWO]
    assert sum(read) < 200


def test_a_line_longer_than_a_piece_waits_without_being_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long line that is written bit by bit is searched for its end once, not from its beginning each time."""
    monkeypatch.setattr(transcript_tail, "PIECE", 1000)
    monkeypatch.setattr(transcript_tail, "_SEARCHED", 5000)
    tail = Tail(tmp_path / "a.jsonl")
    long = b'{"x":"' + b"x" * 100_000 + b'"}'
    read = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, size, at: read.append(len(found := real(fd, size, at))) or found)
    tail.write(ONE + b"\n")
    for at in range(0, len(long), 9000):
        tail.write(long[at : at + 9000])
        assert raws(tail.lines(1000)) == ([ONE] if at == 0 else [])
    tail.write(b"\n" + TWO + b"\n")
    assert raws(tail.lines(1000)) == [long, TWO]
    assert sum(read) < 3 * len(long)


def test_a_line_that_is_too_long_is_skipped_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line beyond the limit is reported once and not read; what follows it is told."""
    monkeypatch.setattr(transcript_tail, "LONGEST", 5000)
    monkeypatch.setattr(transcript_tail, "PIECE", 1000)
    tail = Tail(tmp_path / "a.jsonl")
    tail.write(ONE + b"\n" + b"x" * 7000 + b"\n" + TWO + b"\n")
    assert raws(tail.lines(1000)) == [ONE, TWO]
    assert tail.faults == [Fault(str(tail.path), len(ONE) + 1, 7000, "too long a line")]
    tail.write(ONE + b"\n")
    assert raws(tail.lines()) == [ONE]


def test_reading_that_begins_in_a_line_goes_back_to_its_beginning(tmp_path: Path) -> None:
    """From the end of a file on: a line that was half there is told whole, also a first one."""
    for before in (b"", ONE + b"\n"):
        path = tmp_path / f"{len(before)}.jsonl"
        path.write_bytes(before + TWO[:7])
        found = path.stat()
        tail = Tail(path, Position(found.st_dev, found.st_ino, found.st_size))
        assert tail.lines() == []
        tail.write(TWO[7:] + b"\n")
        assert raws(tail.lines()) == [TWO]
        assert tail.tail.position.line is None


@pytest.mark.parametrize(
    ("content", "restart"),
    [
        (b"", Restart.TRUNCATED),
        (TWO + b"\n", Restart.TRUNCATED),
        (TWO + b"\n" + TWO + b"\n" + TWO + b"\n", Restart.TRUNCATED),
        (None, Restart.REPLACED),
    ],
)
def test_a_file_that_is_no_longer_what_it_was(tmp_path: Path, content: bytes | None, restart: Restart) -> None:
    """Cut, cut and written again beyond where reading stood, or exchanged: reading begins anew, and says why."""
    path = tmp_path / "a.jsonl"
    tail = Tail(path)
    tail.write(ONE + b"\n" + ONE + b"\n")
    assert len(tail.lines()) == 2
    if content is None:
        (tmp_path / "other").write_bytes(content := TWO + b"\n" + ONE + b"\n" + TWO + b"\n")
        (tmp_path / "other").rename(path)
    else:
        path.write_bytes(content)
    look = tail.tail.look()
    assert look.restart is restart
    assert b"".join(line.raw + b"\n" for line in look.lines) == content
    assert tail.tail.position.line == content.count(b"\n")
    assert tail.tail.look().restart is None


def test_what_is_no_file_is_an_error(tmp_path: Path) -> None:
    """A pipe of that name does not make the reader wait, and a folder is none either."""
    os.mkfifo(tmp_path / "pipe.jsonl")
    for path in (tmp_path / "pipe.jsonl", tmp_path):
        with pytest.raises(OSError, match=r"no file|directory"):
            TranscriptTail(path, Position(0, 0, 0)).look()
