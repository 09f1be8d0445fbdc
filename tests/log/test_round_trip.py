"""Any bytes go into a log and come out again; a log that was cut anywhere reads up to the cut."""

import bisect
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.log.decode import BadLine, decode_line, read_entries
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import Entry
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from tests.kit.recordings import LogWriter

SESSION = "0f0f0f0f-0000-4000-8000-000000000001"
NOON = 1_770_465_600_000_000_000
TAIL = 64 * 1024


@given(
    data=st.binary(max_size=3000),
    direction=st.sampled_from(["output", "input", "error", "a-direction-of-next-year"]),
    time_ns=st.integers(0, 4_000_000_000_000_000_000),
)
def test_any_bytes_come_back(data: bytes, direction: str, time_ns: int) -> None:
    """What is encoded on one line is decoded to the same bytes, direction and microsecond."""
    line = bytearray()
    EntryEncoder(SESSION)(line, time_ns, direction, data)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    entry = decode_line(bytes(line))
    assert (entry.data, entry.size, entry.direction, entry.session_id) == (data, len(data), direction, SESSION)
    assert entry.time_ns == time_ns // 1000 * 1000


@given(line=st.binary(max_size=300))
def test_any_line_is_an_entry_or_a_reason(line: bytes) -> None:
    """Whatever stands on a line, the reader says what it is or why it is nothing."""
    (found,) = read_entries("log", io.BytesIO(line.replace(b"\n", b" ") + b"\n").read)
    assert isinstance(found, Entry) or found.reason


@given(flips=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=5))
def test_damage_costs_the_damaged_lines_alone(flips: list[tuple[int, int]]) -> None:
    """Bytes that were changed anywhere leave every other line as it was."""
    whole = log_of(20)
    damaged = bytearray(whole)
    for place, value in flips:
        if whole[place % len(whole)] != 0x0A and value != 0x0A:
            damaged[place % len(whole)] = value
    before = list(read_entries("log", io.BytesIO(whole).read))
    after = list(read_entries("log", io.BytesIO(bytes(damaged)).read))
    assert len(after) == len(before)
    changed = sum(one != other for one, other in zip(before, after, strict=True))
    assert changed <= len(flips)


def test_a_log_cut_at_any_byte_reads_up_to_the_cut() -> None:
    """For each of the last 64 KiB of cuts: all whole lines are there, at most the torn one is reported."""
    whole = log_of(600)
    assert len(whole) > TAIL
    everything = list(read_entries("log", io.BytesIO(whole).read))
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 0x0A]
    for cut in range(len(whole) - TAIL, len(whole)):
        complete = bisect.bisect_right(ends, cut)
        begin = ends[complete - 3] if cut % 1000 else 0  # mostly from two lines before: what stands before is the same
        found = list(read_entries("log", io.BytesIO(whole[begin:cut]).read))
        known = everything[complete - 2 if begin else 0 : complete]
        assert found[: len(known)] == known
        torn = found[len(known) :]
        if cut in ends:
            assert torn == []
        elif cut + 1 in ends:  # all but the newline is there
            assert torn == [everything[complete]]
        else:
            assert [type(one) for one in torn] == [BadLine]


def log_of(lines: int) -> bytes:
    """Return a log of that many output entries."""
    text = bytearray()
    encode = EntryEncoder(SESSION)
    for number in range(lines):
        encode(text, NOON + number * 1_000_000, "output", bytes(range(number % 256)) or b"x")
    return bytes(text)


@pytest.mark.parametrize("tear", [b"", b"{", b'{"timestamp":"2026', b"\0" * 4096, b"\xff\xfe\n", b"\n"])
def test_a_torn_line_in_the_middle_is_reported_and_skipped(tmp_path: Path, tear: bytes) -> None:
    """A line given up in the middle, zeros that a crash left, an empty line: one warning with its place, the rest is read."""
    home = tmp_path / "home"
    log = LogWriter(home).start().add("output", b"before")
    if tear:
        log.raw(tear + (b"" if tear.endswith(b"\n") else b"\n"))
    log.add("output", b"after").exit()
    with Home.open(home) as opened:
        found = list(find(opened, log.session_id).entries())
    entries = [item.data for item in found if isinstance(item, Entry) and item.direction == "output"]
    bad = [item for item in found if isinstance(item, BadLine)]
    assert entries == [b"before", b"after"]
    assert len(bad) == bool(tear)
    assert all(item.place.line == 3 and "line 3" in str(item) for item in bad)
