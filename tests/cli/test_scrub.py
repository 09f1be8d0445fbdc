"""`scrub`: the secret is gone from the home, and everything else is there under a new id."""

import fcntl
import hashlib
import io
import json
import os
import random
import string
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import LinkInfo
from claude_sessions.sessions import SessionManager
from tests.kit.recordings import LogWriter

KEY = "sk-ant-api03-" + "".join(random.Random(5).choices(string.ascii_letters + string.digits, k=93)) + "AA"


@pytest.fixture
def home(own_home: Path) -> Path:
    return own_home / ".claude-sessions"


@pytest.fixture
def log(home: Path) -> LogWriter:
    """A recording into which a key was pasted, in two segments, with all that is kept beside a log."""
    log = LogWriter(home).start(title="the pasted key")
    log.add("output", b"\x1b[32mhello\x1b[m\r\n").add("input", KEY.encode() + b"\r").add(
        "output", KEY.encode() + b"\r\n"
    )
    log.next_segment().add("marker", b"here").add("output", b"bye\r\n").exit()
    for folder, name, text in (
        ("state", f"{log.session_id}.json", json.dumps({"title": f"mine {KEY}", "notes": [KEY, 1]})),
        ("cache", f"{log.session_id}.lines", KEY),
        ("cache", "search.db", KEY),
        ("cache", "overview.db", KEY),
        ("cache", "overview.db-wal", KEY),
        ("run", f"{log.session_id}.sock", ""),
    ):
        (home / folder).mkdir(mode=0o700, exist_ok=True)
        (home / folder / name).write_text(text)
        (home / folder / name).chmod(0o600)
    return log


class Keyboard(io.StringIO):
    """Answers that are typed."""

    def isatty(self) -> bool:
        """Say that a person sits there."""
        return True


def everything(home: Path) -> dict[str, bytes]:
    """Return every file of the home."""
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def entries(text: str) -> list[Entry]:
    with SessionManager().open(text) as recording:
        return [entry for entry in recording.entries() if isinstance(entry, Entry)]


def test_a_key_is_gone(home: Path, log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """No file of the home has it any more; the new recording says what it is, and is sealed as every other."""
    assert run(["scrub", log.session_id, "--yes"]) == 0
    said = capsys.readouterr()
    assert "found: 1 secret in 2 places (Anthropic key)" in said.out
    assert f"{len(KEY)} characters, in 2 places, first at 0:02.0" in said.out
    assert log.session_id in said.out
    assert KEY not in said.out + said.err
    files = everything(home)
    assert not [name for name, data in files.items() if KEY.encode() in data]
    assert not [name for name in files if log.session_id in name or ".db" in name]
    found = entries("last")
    assert found[0].session_id != log.session_id
    start = json.loads(found[0].data)
    assert start["title"] == "the pasted key"
    assert start["origin"].startswith(f"session {log.session_id}, drawn anew from the screen, not the original's bytes")
    assert [entry.direction for entry in found if entry.direction != "output"] == ["start", "marker", "exit", "seal"]
    shown = b"".join(entry.data for entry in found if entry.direction == "output")
    assert b"\x1b[0;32mhello" in shown
    assert b"*" * 80 in shown
    session = SessionManager().find("last")
    assert session.title == "mine " + "*" * len(KEY)
    path = home / "logs" / f"{session.id}.jsonl"
    *lines, seal = path.read_bytes().splitlines(keepends=True)
    assert (
        hashlib.sha256(b"".join(lines)).hexdigest() in __import__("base64").b64decode(json.loads(seal)["data"]).decode()
    )
    assert path.stat().st_mode & 0o777 == 0o400


def test_nothing_is_done_without_an_answer(
    home: Path, log: LogWriter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """--dry-run names what would go; a question that nobody can answer, or that is answered no, changes nothing."""
    before = everything(home)
    assert run(["scrub", log.session_id, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in before if name != ".gitignore")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert run(["scrub", log.session_id]) == 2
    assert "--yes" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    assert run(["scrub", log.session_id]) == 2
    assert everything(home) == before


def test_a_pattern_of_ones_own(home: Path, log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """What an expression matches goes, and the expression itself is written nowhere; keys stay unless asked for."""
    assert run(["scrub", log.session_id, "--pattern", "hel+o", "--yes"]) == 0
    assert "pattern 1" in capsys.readouterr().out
    text = b"".join(entry.data for entry in entries("last"))
    assert b"hello" not in text
    assert b"hel+o" not in text
    assert KEY[:40].encode() in text
    assert run(["scrub", "last", "--pattern", "bye", "--secrets", "--yes"]) == 0
    assert not [name for name, data in everything(home).items() if KEY[:40].encode() in data]


def test_where_there_is_nothing_nothing_changes(home: Path, log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """No finding is exit 1, and an expression that is none is exit 2."""
    before = everything(home)
    assert run(["scrub", log.session_id, "--pattern", "nowhere", "--yes"]) == 1
    assert "nothing was found" in capsys.readouterr().err
    assert run(["scrub", log.session_id, "--pattern", "(", "--yes"]) == 2
    assert everything(home) == before


def test_a_running_session_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that is being written cannot be replaced."""
    log = LogWriter(home).start().add("output", KEY.encode())
    with log.path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert run(["scrub", log.session_id, "--yes"]) == 2
    assert "still being recorded" in capsys.readouterr().err
    assert log.path.exists()


def test_a_recording_that_was_cut_off_stays_one(home: Path) -> None:
    """Its new log ends without an exit, too."""
    LogWriter(home).start().add("output", KEY.encode())
    assert run(["scrub", "last", "--yes"]) == 0
    assert str(SessionManager().find("last").state) == "cut off"


def test_the_old_id_leads_to_the_new_one(log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for what was scrubbed, also twice, is told what there is in its place."""
    assert run(["scrub", log.session_id, "--yes"]) == 0
    once = SessionManager().find("last").id
    assert run(["scrub", "last", "--pattern", "hello", "--yes"]) == 0
    twice = SessionManager().find("last").id
    for gone in (log.session_id, log.session_id[:8], once):
        capsys.readouterr()
        assert run(["show", gone]) == 1
        assert f"made anew by scrub; in its place there is {twice}" in capsys.readouterr().err


def test_claudes_own_transcript_is_named(
    home: Path, log: LogWriter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not touched, so a sentence says where it is and what to do; a dry run says so before."""
    path = tmp_path / "0c0c0c0c-0000-4000-8000-000000000000.jsonl"
    path.write_text("{}\n")
    LogWriter(home, now=log.now).start().add("link", LinkInfo(path.stem, str(path))).add("output", KEY.encode()).exit()
    for option in ("--dry-run", "--yes"):
        assert run(["scrub", "last", option]) == 0
        said = capsys.readouterr().err
        assert f"still holds what was typed and answered: {path}" in said
        assert "delete the file" in said
    assert path.exists()


def test_what_cannot_be_deleted_is_named(home: Path, log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a file stays, the sentence says which; the log is the last to go."""
    victim = home / "cache" / f"{log.session_id}.lines"
    victim.unlink()
    victim.mkdir()
    assert run(["scrub", log.session_id, "--yes"]) == 2
    assert f"{log.session_id}.lines" in capsys.readouterr().err
    assert log.path.exists()
    os.rmdir(victim)
