"""Lines to envelopes: damage of every kind is passed over with its place, and nothing that is an object is lost."""

import json
import os
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.transcript.envelope import Line, decode_any
from claude_sessions.transcript.lines import Fault
from claude_sessions.transcript.reading import open_source, read_entries

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\ud83d"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["type", "uuid", "parentUuid", "timestamp", "sessionId", "isSidechain", "isMeta", "message", "subtype", "x"]
)


def read(path: Path, data: bytes | None = None) -> tuple[list[Line], list[Fault]]:
    """Return everything that a transcript with these bytes holds."""
    if data is not None:
        path.write_bytes(data)
    faults: list[Fault] = []
    with open_source(path) as source:
        return list(read_entries(source, faults.append)), faults


def test_an_envelope_has_the_fields_of_its_line(tmp_path: Path) -> None:
    """What readers ask first is decoded, and the line is kept as it came."""
    raw = (
        b'{"parentUuid":"p","isSidechain":true,"isMeta":true,"type":"assistant","uuid":"u","timestamp":"t",'
        b'"sessionId":"s","requestId":"r","agentId":"a","subtype":"x","message":{"role":"assistant"},"later":[1,2]}'
    )
    (line,), faults = read(tmp_path / "t", raw + b"\n")
    entry = line.entry
    assert (entry.type, entry.uuid, entry.parent_uuid, entry.timestamp) == ("assistant", "u", "p", "t")
    assert (entry.session_id, entry.request_id, entry.agent_id, entry.subtype) == ("s", "r", "a", "x")
    assert entry.is_sidechain
    assert entry.is_meta
    assert bytes(entry.message) == b'{"role":"assistant"}'
    assert (line.raw, line.offset, faults) == (raw, 0, [])


def test_glued_objects_are_taken_apart(tmp_path: Path) -> None:
    """Two and more objects on one line are all there, each with its own offset and bytes."""
    found, faults = read(tmp_path / "t", '{"uuid":"ä"}{"uuid":"b"} {"uuid":"c"}\n{"uuid":"d"}\n'.encode())
    assert [(line.entry.uuid, line.offset, line.raw) for line in found] == [
        ("ä", 0, '{"uuid":"ä"}'.encode()),
        ("b", 13, b'{"uuid":"b"}'),
        ("c", 26, b'{"uuid":"c"}'),
        ("d", 39, b'{"uuid":"d"}'),
    ]
    assert faults == []


def test_many_objects_on_one_line_take_no_longer_than_on_many(tmp_path: Path) -> None:
    """A hostile line of twenty thousand objects is taken apart in one go (a quadratic way would hang here)."""
    found, faults = read(tmp_path / "t", b'{"uuid":"x"} ' * 20_000)
    assert len(found) == 20_000
    assert found[-1].offset == 13 * 19_999
    assert faults == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"uuid":"x', "cut off in the middle"),
        (b'{"uuid":', "cut off in the middle"),
        (b"[1,2]", "not an object but an array"),
        (b'"text"', "not an object but a text"),
        (b"17", "not an object but a number"),
        (b"null", "not an object but null"),
        (b"hello", "not JSON (Expecting value)"),
        (b'{"a":' + b"[" * 20_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
def test_what_is_no_object_is_a_fault_with_its_place(tmp_path: Path, line: bytes, reason: str) -> None:
    """The lines around it are read."""
    found, faults = read(tmp_path / "t", b'{"uuid":"a"}\n' + line + b'\n{"uuid":"b"}\n')
    assert [each.entry.uuid for each in found] == ["a", "b"]
    assert faults == [Fault(str(tmp_path / "t"), 13, len(line), reason)]


def test_what_stands_behind_an_object_is_a_fault_of_its_own(tmp_path: Path) -> None:
    """The object in front of it is kept."""
    found, faults = read(tmp_path / "t", b'{"uuid":"a"}{"uuid":"b\n')
    assert [line.entry.uuid for line in found] == ["a"]
    assert [(fault.offset, fault.size) for fault in faults] == [(12, 10)]


def test_a_field_of_another_type_leaves_the_others(tmp_path: Path) -> None:
    """A uuid that is a number does not hide the rest of the line."""
    (line,), faults = read(tmp_path / "t", b'{"uuid":5,"type":"user","isMeta":"yes","message":[1]}')
    assert (line.entry.uuid, line.entry.type, line.entry.is_meta) == (None, "user", False)
    assert bytes(line.entry.message) == b"[1]"
    assert faults == []


def test_a_number_that_is_too_large_is_read() -> None:
    """As the largest there is: decoding such a value raises nothing, whatever else it holds."""
    assert decode_any(b'{"a":[1e999,-1e999,7]}') == {"a": [sys.float_info.max, -sys.float_info.max, 7]}


@pytest.mark.parametrize("text", [b"\\ud83d", b"\xff\xfe"])
def test_text_that_is_none_is_mended(tmp_path: Path, text: bytes) -> None:
    """Half a surrogate pair and bytes that are no UTF-8 do not cost the line."""
    raw = b'{"type":"user","message":"a' + text + b'b"}'
    (line,), faults = read(tmp_path / "t", raw)
    assert decode_any(line.entry.message) == "a" + "\ufffd" * (2 if text[0] == 0xFF else 1) + "b"
    assert line.raw == raw
    assert faults == []


@given(st.dictionaries(FIELDS, JSON))
def test_any_object_is_an_entry(tmp_path_factory: pytest.TempPathFactory, value: dict[str, object]) -> None:
    """Whatever types its fields have."""
    found, faults = read(tmp_path_factory.mktemp("t") / "t", json.dumps(value).encode())
    assert len(found) == 1
    assert faults == []


def test_twenty_thousand_broken_lines_raise_nothing(tmp_path: Path) -> None:
    """Every byte is in an entry, in a fault, or blank; the clean lines among them are all found."""
    dice = random.Random(7)
    clean = b'{"type":"user","uuid":"clean","message":{"role":"user","content":"\xc3\xa4 \\u00e4 {\\"x\\":[1]}"}}'
    lines = []
    for number in range(20_000):
        line = bytearray(clean)
        for _ in range(dice.randrange(0, 4) if number % 4 else 0):
            change = dice.randrange(3)
            at = dice.randrange(len(line))
            if change == 0:
                line[at] = dice.choice(b'{}[]",:\\\0\xff\xed\xa0\x80 u\r09')
            elif change == 1:
                del line[at : at + dice.randrange(1, 20)]
            else:
                line[at:at] = clean[: dice.randrange(len(clean))]
            line = line or bytearray(b"{}")
        lines.append(bytes(line).replace(b"\n", b" "))
    data = b"\n".join(lines)
    found, faults = read(tmp_path / "t", data)
    assert sum(line.raw == clean for line in found) >= 5000
    kept = sum(len(line.raw) for line in found) + sum(fault.size for fault in faults)
    blank = sum(data.count(byte) for byte in (b"\0", b" ", b"\r", b"\n"))
    assert len(data) - blank <= kept <= len(data)


def test_a_file_that_grows_is_read_to_where_it_ends(tmp_path: Path) -> None:
    """What is appended while it is read belongs to it; the last line may be half written."""
    path = tmp_path / "t"
    path.write_bytes(b'{"uuid":"a"}\n')
    faults: list[Fault] = []
    with open_source(path) as source:
        entries = read_entries(source, faults.append)
        assert next(entries).entry.uuid == "a"
        with path.open("ab") as file:
            file.write(b'{"uuid":"b"}\n{"uuid":"c"')
        assert [line.entry.uuid for line in entries] == ["b"]
    assert [fault.reason for fault in faults] == ["cut off in the middle"]


def test_a_file_that_is_cut_ends_early(tmp_path: Path) -> None:
    """Truncated while it is read: what was read stays, and it ends."""
    path = tmp_path / "t"
    path.write_bytes(b'{"uuid":"a"}\n' * 200_000)
    with open_source(path) as source:
        entries = read_entries(source)
        next(entries)
        os.truncate(path, 0)
        assert 0 < len(list(entries)) < 119_999


@pytest.mark.parametrize("action", ["replace", "delete"])
def test_a_file_that_is_replaced_or_deleted_is_read_as_it_was(tmp_path: Path, action: str) -> None:
    """Who has it open reads the old one to its end."""
    path = tmp_path / "t"
    path.write_bytes(b'{"uuid":"a"}\n' * 200_000)
    with open_source(path) as source:
        entries = read_entries(source)
        next(entries)
        path.unlink()
        if action == "replace":
            path.write_bytes(b'{"uuid":"new"}\n')
        assert {line.entry.uuid for line in entries} == {"a"}


def test_no_file_and_no_regular_file_are_told(tmp_path: Path) -> None:
    """A pipe does not hang the reader."""
    with pytest.raises(NotFoundError, match="no such file"), open_source(tmp_path / "t"):
        pass
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no file"), open_source(tmp_path / "pipe"):
        pass


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file here that opens and cannot be read")
def test_a_read_that_fails_names_the_file(tmp_path: Path) -> None:
    """A disk that is damaged ends in a sentence."""
    (tmp_path / "t").symlink_to("/proc/self/mem")
    with pytest.raises(UsageError, match="t cannot be read: Input/output error"):
        read(tmp_path / "t")
