"""What is kept of recordings in the cache folder."""

import fcntl
import os
from pathlib import Path

import pytest

from claude_sessions.log.segment import parse_segment_name
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.store.shelf import Shelf, settled_state
from tests.kit.recordings import LogWriter

DAY = 86_400


@pytest.fixture
def home(own_home: Path) -> Path:
    return own_home / ".claude-sessions"


def names(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "cache").iterdir())


def keep(shelf: Shelf, session_id: str, data: bytes) -> None:
    draft = shelf.keep(session_id)
    draft.write(data)
    draft.finish()


def kept(shelf: Shelf, session_id: str) -> bytes | None:
    file = shelf.open(session_id)
    if file is None:
        return None
    with file:
        return file.read()


def test_gives_back_what_was_kept(home: Path) -> None:
    """For us alone to read; the last one counts."""
    log = LogWriter(home).start()
    with Home.open(home) as opened:
        shelf = Shelf(opened, ".x")
        assert kept(shelf, log.session_id) is None
        keep(shelf, log.session_id, b"first")
        keep(shelf, log.session_id, b"second")
        assert kept(shelf, log.session_id) == b"second"
    (path,) = (home / "cache").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_not_finished_is_not_there(home: Path) -> None:
    """Nor is anything left of it."""
    log = LogWriter(home).start()
    with Home.open(home) as opened:
        shelf = Shelf(opened, ".x")
        draft = shelf.keep(log.session_id)
        draft.write(b"half")
        assert kept(shelf, log.session_id) is None
        draft.discard()
        draft.write(b"more")
        draft.finish()
    assert names(home) == []


def test_the_longest_unused_go_first(home: Path) -> None:
    """Together they stay below the bound; reading one counts as use."""
    ids = [LogWriter(home).start().session_id for _ in range(4)]
    with Home.open(home) as opened:
        shelf = Shelf(opened, ".x", most_bytes=30)
        for age, session_id in zip((3, 2, 1), ids, strict=False):
            keep(shelf, session_id, b"0123456789")
            when = os.stat(home / "cache" / f"{session_id}.x").st_mtime - age * DAY
            os.utime(home / "cache" / f"{session_id}.x", (when, when))
        assert kept(shelf, ids[0]) == b"0123456789"
        keep(shelf, ids[3], b"0123456789")
        assert [kept(shelf, session_id) is not None for session_id in ids] == [True, False, True, True]


def test_what_belongs_to_no_recording_goes(home: Path) -> None:
    """Whatever deleted the log; files of others stay, and parts that are being written."""
    log, gone = LogWriter(home).start(), LogWriter(home).start()
    with Home.open(home) as opened:
        shelf = Shelf(opened, ".x")
        keep(shelf, gone.session_id, b"secret")
        (home / "cache" / "search.db").touch()
        gone.path.unlink()
        writing = shelf.keep(log.session_id)
        keep(shelf, log.session_id, b"text")
        assert kept(shelf, gone.session_id) is None
        writing.finish()
    assert names(home) == sorted([f"{log.session_id}.x", "search.db"])


def test_a_recording_can_be_forgotten(home: Path) -> None:
    """Before its log goes; also where nothing is kept."""
    log = LogWriter(home).start()
    with Home.open(home) as opened:
        shelf = Shelf(opened, ".x")
        keep(shelf, log.session_id, b"text")
        for _ in range(2):
            shelf.forget(log.session_id)
            assert kept(shelf, log.session_id) is None


@pytest.mark.parametrize("fault", ["others may write", "a file", "a link"])
def test_a_folder_that_cannot_be_used_is_not(home: Path, tmp_path: Path, fault: str) -> None:
    """Nothing is kept, and nobody is troubled."""
    log = LogWriter(home).start()
    cache = home / "cache"
    if fault == "others may write":
        cache.mkdir()
        cache.chmod(0o777)
    elif fault == "a file":
        cache.touch()
    else:
        (tmp_path / "elsewhere").mkdir()
        cache.symlink_to(tmp_path / "elsewhere")
    with Home.open(home) as opened:
        shelf = Shelf(opened, ".x")
        keep(shelf, log.session_id, b"text")
        assert kept(shelf, log.session_id) is None
        shelf.forget(log.session_id)
    assert list(tmp_path.glob("elsewhere/*")) == []


def test_the_state_of_a_log_tells_that_it_changed(home: Path) -> None:
    """It grew, was replaced by another file, or is recorded right now."""
    log = LogWriter(home).start().add("output", b"text").next_segment().exit()
    with Home.open(home) as opened:
        found = [parse_segment_name(path.name) for path in (home / "logs").iterdir()]
        segments = Recording(opened, log.session_id, tuple(sorted(filter(None, found))))
        before = settled_state(segments)
        assert before
        assert len(before) == 2
        assert settled_state(segments) == before
        log.add("output", b"more")
        assert settled_state(segments) != before
        before = settled_state(segments)
        data = log.path.read_bytes()
        log.path.unlink()
        log.path.write_bytes(data)
        assert settled_state(segments) != before
        with log.path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            assert settled_state(segments) is None
        log.path.unlink()
        assert settled_state(segments) is None
