"""Lines that somebody wrote to do harm: each costs a line, never the reading."""

import io
import json

import msgspec
import pytest

from claude_sessions.base.errors import MalformedEntryError
from claude_sessions.log.blocks import Block, read_blocks
from claude_sessions.log.decode import BadLine, decode_line, read_entries
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import ExitInfo, GapInfo, HiddenInfo, PauseInfo, StartInfo, decode_info

DEEP = b'{"x":' + b"[" * 40_000 + b"]" * 40_000 + b"}"
HUGE = 10**400


def good_line() -> bytes:
    line = bytearray()
    EntryEncoder("11111111-aaaa-4aaa-8aaa-000000000001")(line, 10**18, "output", b"x")
    return bytes(line)


def entry_with(data: bytes) -> Entry:
    return Entry("2026-02-07T12:00:00.000000Z", "11111111-aaaa-4aaa-8aaa-000000000001", "gap", data, len(data))


def test_deep_nesting_is_a_bad_line() -> None:
    """A line whose brackets go deeper than the decoder can is reported, and the next one is read."""
    with pytest.raises(MalformedEntryError, match="nested too deeply"):
        decode_line(DEEP)
    found = list(read_entries("a", io.BytesIO(DEEP + b"\n" + good_line()).read))
    assert [type(one) for one in found] == [BadLine, Entry]


def test_deep_nesting_among_good_lines_of_a_block() -> None:
    """The fast way loses that line alone."""
    found = list(read_blocks("a", io.BytesIO(good_line() + DEEP + b"\n" + good_line()).read))
    assert [type(one) for one in found] == [Block, BadLine, Block]


@pytest.mark.parametrize("kind", [StartInfo, ExitInfo, HiddenInfo])
def test_deep_nesting_inside_of_an_entry_says_nothing(kind: type[msgspec.Struct]) -> None:
    """Data that cannot be decoded is no information, not an error."""
    assert decode_info(entry_with(DEEP), kind) is None


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (StartInfo, "columns"),
        (StartInfo, "segment"),
        (StartInfo, "pid"),
        (ExitInfo, "code"),
        (ExitInfo, "signal"),
        (GapInfo, "bytes"),
        (HiddenInfo, "bytes"),
        (PauseInfo, "bytes"),
    ],
)
@pytest.mark.parametrize("number", [-1, 2**53 + 1, HUGE], ids=["negative", "large", "huge"])
def test_absurd_numbers_say_nothing(kind: type[msgspec.Struct], field: str, number: int) -> None:
    """Negative numbers and those that not every reader of JSON can hold are not believed."""
    assert decode_info(entry_with(json.dumps({field: number}).encode()), kind) is None
    assert decode_info(entry_with(json.dumps({field: 2**53}).encode()), kind) is not None
