"""The state files of streams."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.live.block_state import MAX_SIZE, StateFolder, position_at, state_of, still_there
from claude_sessions.live.blocks import Checkpoint
from claude_sessions.live.position import Position
from claude_sessions.transcript.files import describe

CHECKPOINT = Checkpoint(Position(1, 2, 30), 4, 5, {"block_count": 3}, "uuid", [(7, 6)])


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    path = tmp_path / "abc.jsonl"
    path.write_bytes(b'{"type":"user"}\n' * 10)
    os.utime(path, ns=(1_770_465_600 * 10**9,) * 2)
    return path


@pytest.fixture
def states(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "server" / "state")


def save(states: StateFolder, transcript: Path, session_id: str = "abc") -> bool:
    return states.save(session_id, state_of(describe(transcript), CHECKPOINT, 48, 9))


def test_what_was_saved_is_loaded(states: StateFolder, transcript: Path) -> None:
    """A stream goes on from its checkpoint, and knows how far it was."""
    assert save(states, transcript)
    found = states.load("abc")
    assert found is not None
    assert found.checkpoint == CHECKPOINT
    assert (found.reached.offset, found.reached_count) == (48, 9)
    assert still_there(transcript, found.reached)


def test_the_file_has_the_session_players_fields(states: StateFolder, transcript: Path) -> None:
    """The four fields of its format stand in it, and nobody else can read it."""
    save(states, transcript)
    path = states.path / "abc.json"
    found = json.loads(path.read_bytes())
    assert (found["file_position"], found["line_number"]) == (30, 4)
    assert found["processing_context"] == {"block_count": 3}
    assert found["last_modified"] == "2026-02-07T12:00:00.000000Z"
    assert path.stat().st_mode & 0o777 == 0o600
    assert states.path.stat().st_mode & 0o777 == 0o700
    assert os.listdir(states.path) == ["abc.json"]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"{}", b"null", b"\xff", b"[" * 5000, b" " * (MAX_SIZE + 1)],
    ids=["empty", "cut off", "array", "no fields", "null", "no text", "deep", "long"],
)
def test_a_damaged_file_is_none(states: StateFolder, transcript: Path, damage: bytes) -> None:
    """Whatever stands in a state file, it is ours or it is not there."""
    save(states, transcript)
    (states.path / "abc.json").write_bytes(damage)
    assert states.load("abc") is None


@pytest.mark.parametrize(
    "change",
    [{"event_count": -1}, {"file_position": -5}, {"event_count": 10**6}, {"version": 2}, {"releases": [["a"]]}],
)
def test_what_cannot_be_is_none(states: StateFolder, transcript: Path, change: dict[str, Any]) -> None:
    """Numbers that no stream has written, or another version of us, are not believed."""
    save(states, transcript)
    path = states.path / "abc.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change))
    assert states.load("abc") is None


@pytest.mark.parametrize("session_id", ["", "..", "../abc", "a/b", "a b", "x" * 65, "ä", "abc.json", "a\0b"])
def test_an_id_that_is_no_name_is_no_file(states: StateFolder, transcript: Path, session_id: str) -> None:
    """A transcript may be called anything: only what can be nothing else is a part of a path."""
    assert not save(states, transcript, session_id)
    assert states.load(session_id) is None
    states.forget(session_id)


def test_a_link_is_not_followed(states: StateFolder, transcript: Path, tmp_path: Path) -> None:
    """Where somebody has put a link, it is not read, and what it points to is not written."""
    save(states, transcript)
    path = states.path / "abc.json"
    kept = path.read_bytes()
    other = tmp_path / "other"
    other.write_bytes(kept)
    path.unlink()
    path.symlink_to(other)
    assert states.load("abc") is None
    assert save(states, transcript)
    assert other.read_bytes() == kept
    assert not path.is_symlink()


def test_a_folder_that_cannot_be_written_is_no_fault(transcript: Path, tmp_path: Path) -> None:
    """Without a folder nothing is remembered, and nothing raises."""
    (tmp_path / "file").write_bytes(b"")
    states = StateFolder(tmp_path / "file")
    assert not save(states, transcript)
    assert states.load("abc") is None
    states.forget("abc")


def test_what_is_forgotten_is_gone(states: StateFolder, transcript: Path) -> None:
    """A session whose transcript is gone leaves no state behind."""
    save(states, transcript)
    states.forget("abc")
    states.forget("abc")
    assert os.listdir(states.path) == []


def test_a_file_is_known_by_what_stands_before_the_position(transcript: Path) -> None:
    """One that was cut, written anew or exchanged is another one; one that has grown is the same."""
    place = position_at(transcript, 48)
    assert place is not None
    with transcript.open("ab") as file:
        file.write(b"{}\n")
    assert still_there(transcript, place)
    transcript.write_bytes(b'{"type":"usex"}\n' * 10)
    assert not still_there(transcript, place)
    transcript.write_bytes(b'{"type":"user"}\n')
    assert not still_there(transcript, place)
    transcript.unlink()
    assert not still_there(transcript, place)
