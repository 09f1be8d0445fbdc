"""A transcript as it was said, from disk as it is needed."""

import os
from pathlib import Path

import pytest

from claude_sessions.transcript import thread as module
from claude_sessions.transcript.lines import Fault, PlainSource
from claude_sessions.transcript.packed import zstd
from claude_sessions.transcript.thread import Thread
from claude_sessions.transcript.unpacked import open_anywhere
from tests.kit.spoken import SESSION, Fields, chained, encoded, says, system, user


@pytest.fixture(params=["kept", "read again"])
def memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways: a small transcript is kept in memory, of a large one nothing is."""
    if request.param == "read again":
        monkeypatch.setattr(module, "KEPT", 0)
    way: str = request.param
    return way


def said(thread: Thread, branch: int | None = None, *, compacted: bool = False) -> list[str | None]:
    return [line.entry.uuid for line in thread.lines(branch, compacted=compacted)]


def write(path: Path, lines: list[Fields]) -> Path:
    path.write_bytes(encoded(lines))
    return path


@pytest.mark.usefixtures("memory")
def test_the_order_is_that_of_the_conversation(tmp_path: Path) -> None:
    """An answer that was written before its prompt stands behind it, and what describes the session is left out."""
    prompt, answer = chained([user("go"), says("done")])
    path = write(tmp_path / "t.jsonl", [{"type": "ai-title", "aiTitle": "x"}, answer, prompt])
    with open_anywhere(path) as source:
        thread = Thread(source)
        assert said(thread) == ["u0", "u1"]
        assert said(thread) == ["u0", "u1"]
        assert thread.session_id == SESSION


@pytest.mark.usefixtures("memory")
def test_what_was_compacted_is_left_out(tmp_path: Path) -> None:
    """Only what came after the last compaction of the branch is said, unless all is asked for."""
    lines = chained([user("a"), system("compact_boundary"), user("b"), system("compact_boundary"), user("c")])
    for number in (1, 3):
        lines[number] |= {"parentUuid": None, "logicalParentUuid": f"u{number - 1}"}
    with open_anywhere(write(tmp_path / "t.jsonl", lines)) as source:
        thread = Thread(source)
        assert said(thread) == ["u4"]
        assert said(thread, compacted=True) == ["u0", "u1", "u2", "u3", "u4"]


@pytest.mark.usefixtures("memory")
def test_a_subagents_compaction_is_its_own(tmp_path: Path) -> None:
    """In its own transcript it counts, in that of the session it does not."""
    lines = chained([user("a"), system("compact_boundary"), user("b")])
    path = write(tmp_path / "t.jsonl", [{**line, "isSidechain": True} for line in lines])
    with open_anywhere(path) as source:
        assert said(Thread(source)) == ["u0", "u1", "u2"]
    with open_anywhere(path) as source:
        assert said(Thread(source, sidechain=True)) == ["u2"]


@pytest.mark.usefixtures("memory")
def test_branches_are_read_one_at_a_time(tmp_path: Path) -> None:
    """The newest by default; a number means another; one that is not there is an IndexError."""
    lines = chained([user("a"), says("b"), user("c"), says("d")])
    lines += [{"uuid": "v", "parentUuid": "u1", **user("instead")}]
    with open_anywhere(write(tmp_path / "t.jsonl", lines)) as source:
        thread = Thread(source)
        assert said(thread) == ["u0", "u1", "v"]
        assert said(thread, 1) == ["u0", "u1", "u2", "u3"]
        with pytest.raises(IndexError):
            thread.lines(3)


@pytest.mark.usefixtures("memory")
def test_damage_is_reported_and_the_rest_is_said(tmp_path: Path) -> None:
    """Glued objects are told apart, torn and mended lines included, however they are read."""
    one, two, three, four = (encoded([line]).strip() for line in chained([user("a"), says("b"), user("c"), says("d")]))
    path = tmp_path / "t.jsonl"
    path.write_bytes(
        one + two + b"\n\0\0\n[1]\n" + three.replace(b'"c"', b'"\\ud83d \xff"') + b"\r\n" + four + b"\n{tor"
    )
    faults: list[Fault] = []
    with open_anywhere(path) as source:
        thread = Thread(source, faults.append)
        assert said(thread) == ["u0", "u1", "u2", "u3"]
    assert [fault.reason for fault in faults] == ["not an object but an array", faults[1].reason]


def test_a_file_that_changes_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is not there any more is a fault; nothing raises."""
    monkeypatch.setattr(module, "KEPT", 0)
    path = write(tmp_path / "t.jsonl", chained([user("a"), says("b" * 100)]))
    faults: list[Fault] = []
    with open_anywhere(path) as source:
        thread = Thread(source, faults.append)
        os.truncate(path, 150)
        assert said(thread) == ["u0"]
    assert [fault.reason for fault in faults] == ["changed while it was read"]


@pytest.mark.usefixtures("memory")
def test_a_packed_transcript_reads_the_same(tmp_path: Path) -> None:
    """It is unpacked to where it can be read at any place."""
    lines = chained([user("a"), says("b"), user("c")])
    path = tmp_path / "t.jsonl.zst"
    path.write_bytes(zstd.compress(encoded(lines)))
    with open_anywhere(path) as source:
        assert isinstance(source, PlainSource)
        assert source.name == str(path)
        assert said(Thread(source)) == ["u0", "u1", "u2"]


def test_an_empty_transcript_says_nothing(tmp_path: Path) -> None:
    """It has no branches and no lines."""
    with open_anywhere(write(tmp_path / "t.jsonl", [])) as source:
        thread = Thread(source)
        assert said(thread) == []
        assert thread.newest is None
        assert thread.branches == ()


def test_how_far_reading_is_can_be_seen(tmp_path: Path) -> None:
    """From time to time somebody is told of the bytes that were read, never of more than there are."""
    path = write(tmp_path / "t.jsonl", chained(says("x" * 1000) for _ in range(3000)))
    told: list[int] = []
    with open_anywhere(path) as source:
        Thread(source, advance=told.append)
    assert 2 <= len(told) <= 4
    assert 2_000_000 < sum(told) <= path.stat().st_size
