"""Keyframes kept in the cache folder: found again as long as they are true, and only then."""

import os
import stat
from pathlib import Path

import pytest

from claude_sessions.playback import keyframe_cache
from claude_sessions.playback.keyframe_cache import keep_keyframes, load_keyframes
from claude_sessions.playback.keyframes import Keyframe
from claude_sessions.playback.tape import RecordedTape
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from tests.kit.recordings import NOON, SECOND, LogWriter
from tests.playback.test_keyframes import home, log, made, recording_of, write

__all__ = ["home", "log"]


@pytest.fixture
def recording(home: Home, log: LogWriter) -> Recording:
    return recording_of(home, write(log.start(), 200))


@pytest.fixture
def kept(recording: Recording) -> list[Keyframe]:
    frames = made(recording)
    keep_keyframes(recording, frames)
    return frames


def file_of(recording: Recording) -> Path:
    return recording.home.path / "cache" / f"{recording.session_id}.keyframes"


def test_they_are_found_again(recording: Recording, kept: list[Keyframe]) -> None:
    """In a file that only their owner can read, with no other left behind."""
    assert kept
    assert load_keyframes(recording) == kept
    assert stat.S_IMODE(file_of(recording).stat().st_mode) == 0o600
    assert os.listdir(file_of(recording).parent) == [file_of(recording).name]


def test_a_player_keeps_what_it_made_and_makes_no_more_than_is_missing(recording: Recording, log: LogWriter) -> None:
    """The second time nothing has to be drawn but what comes after the last one."""
    read = []
    for _ in range(2):
        tape = RecordedTape(recording, NOON + SECOND, log.now, 1)
        read.append(sum(1 for _ in tape.wind(NOON + 3 * SECOND)))
        tape.close()
    assert 0 < read[1] < read[0]
    assert load_keyframes(recording)


def test_a_short_recording_needs_none(home: Home, log: LogWriter) -> None:
    """Nothing is written for it."""
    recording = recording_of(home, log.start().add("output", b"x"))
    keep_keyframes(recording, made(recording))
    assert not file_of(recording).exists()


def test_a_log_that_has_grown_keeps_them(recording: Recording, kept: list[Keyframe], log: LogWriter) -> None:
    """What was appended does not change what was before."""
    log.add("output", b"more")
    assert load_keyframes(recording) == kept


def test_a_new_segment_keeps_them(home: Home, recording: Recording, kept: list[Keyframe], log: LogWriter) -> None:
    """A recording goes on in another file."""
    log.next_segment().add("output", b"more")
    assert load_keyframes(recording_of(home, log)) == kept


@pytest.mark.parametrize("change", ["time", "inode", "shorter", "rewritten", "gone"])
def test_another_log_has_others(recording: Recording, kept: list[Keyframe], change: str) -> None:
    """Whatever tells that it is not the one they were made of."""
    assert kept
    path = recording.log_path
    if change == "time":
        os.utime(path, ns=(1, 1))
    elif change == "inode":
        copy = path.with_suffix(".copy")
        copy.write_bytes(path.read_bytes())
        os.utime(copy, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
        copy.rename(path)
    elif change == "shorter":
        os.truncate(path, path.stat().st_size - 1000)
    elif change == "rewritten":
        data = path.read_bytes()
        path.write_bytes(data.replace(b"G", b"H") + b"more\n")
    else:
        path.unlink()
    assert load_keyframes(recording) == []


@pytest.mark.parametrize("damage", [b"", b"abc", b"\0" * 1000])
def test_a_damaged_file_is_as_good_as_none(recording: Recording, kept: list[Keyframe], damage: bytes) -> None:
    """They are made anew, and the next time is better."""
    data = file_of(recording).read_bytes()
    for content in (damage, data[:-1], data[:50] + b"X" + data[51:], data + b"X"):
        file_of(recording).write_bytes(content)
        assert load_keyframes(recording) == []
    keep_keyframes(recording, kept)
    assert load_keyframes(recording) == kept


def test_another_version_is_as_good_as_none(
    recording: Recording, kept: list[Keyframe], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an older or newer claude-sessions wrote is not trusted."""
    assert kept
    monkeypatch.setattr(keyframe_cache, "_VERSION", 99)
    assert load_keyframes(recording) == []


def test_a_link_is_not_followed(recording: Recording, kept: list[Keyframe]) -> None:
    """Nobody makes us read another file."""
    assert kept
    file = file_of(recording)
    file.rename(file.with_suffix(".elsewhere"))
    file.symlink_to(file.with_suffix(".elsewhere"))
    assert load_keyframes(recording) == []


def test_a_folder_that_cannot_be_used_is_done_without(recording: Recording) -> None:
    """A file stands where the cache folder should be."""
    (recording.home.path / "cache").write_text("")
    keep_keyframes(recording, made(recording))
    assert load_keyframes(recording) == []
