"""A scrub that is killed: the next command finishes it or takes it back, so that there is one recording, never two."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.cli.app import run
from claude_sessions.sessions import SessionManager
from claude_sessions.store.home import Home
from claude_sessions.upkeep.replacement import Replacement, finish_replacements
from tests.kit.recordings import LogWriter

PASSWORD = "hunter22xyz"


@pytest.fixture
def home(own_home: Path) -> Path:
    return own_home / ".claude-sessions"


@pytest.fixture
def log(home: Path) -> LogWriter:
    """A recording of two segments with a password in it, in its title and in what is kept beside it."""
    log = LogWriter(home).start().add("output", f"https://ann:{PASSWORD}@example.org/\r\n".encode())
    log.next_segment().add("output", b"bye\r\n").exit()
    for folder, name, text in (
        ("state", f"{log.session_id}.json", json.dumps({"title": f"demo {PASSWORD}"})),
        ("cache", f"{log.session_id}.lines", PASSWORD),
    ):
        (home / folder).mkdir(mode=0o700)
        (home / folder / name).write_text(text)
    return log


def all_files(home: Path) -> dict[str, bytes]:
    """Return every file of the home."""
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


class KilledError(BaseException):
    """We are dead."""


class Mortal:
    """Lets this process do so many things to the disk, then no more: nothing that runs afterwards has any effect."""

    CALLS = ("unlink", "link", "rename", "fsync", "fchmod", "write")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, breaths: int) -> None:
        self.left = breaths
        self.dead = False
        for name in self.CALLS:
            monkeypatch.setattr(os, name, self._mortal(getattr(os, name)))

    def _mortal(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self.dead:
                return len(arguments[1]) if real.__name__ == "write" else None
            if not self.left:
                self.dead = True
                raise KilledError
            self.left -= 1
            return real(*arguments, **named)

        return call


def test_wherever_it_dies_one_recording_is_left(home: Path, log: LogWriter, tmp_path: Path) -> None:
    """At each step: afterwards there is the old one with all that is its own, or the new one and no trace of the secret."""
    original = all_files(home)
    finished = taken_back = breaths = 0
    alive = False
    while not alive:
        restore(home, original)
        with pytest.MonkeyPatch.context() as patch:
            patched = Mortal(patch, breaths)
            try:
                assert run(["scrub", log.session_id, "--yes"]) == 0
                alive = True
            except KilledError:
                assert patched.dead
        breaths += 1
        (session,) = SessionManager(home).list()
        files = all_files(home)
        if session.id == log.session_id:
            taken_back += 1
            assert {name: data for name, data in files.items() if ".import-" not in name} == original
        else:
            finished += 1
            assert session.title == "demo " + "*" * len(PASSWORD)
            assert not [name for name, data in files.items() if PASSWORD.encode() in data or log.session_id in name]
        assert not [name for name in files if name.startswith("run/")]
        (tmp_path / "a.cast").write_text('{"version": 2, "width": 80, "height": 24}\n')
        assert run(["import", str(tmp_path / "a.cast")]) == 0
        assert not [name for name in all_files(home) if ".import-" in name]
    assert finished > 5
    assert taken_back > 5


def restore(home: Path, files: dict[str, bytes]) -> None:
    """Make the home what it was."""
    for path in home.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, data in files.items():
        (home / name).write_bytes(data)


def test_who_is_at_work_is_left_alone(home: Path, log: LogWriter) -> None:
    """The journal of a command that lives is locked; nobody finishes its work."""
    with SessionManager(home).open(log.session_id) as recording, Replacement(recording) as replacement:
        replacement.announce("2f1c4f0e-0000-4000-8000-000000000000")
        assert [session.id for session in SessionManager(home).list()] == [log.session_id]
        assert (home / "run" / f"replace-{log.session_id}").exists()
    assert not (home / "run" / f"replace-{log.session_id}").exists()


@pytest.mark.parametrize(
    "name", ["replace-", "replace-..", "replace-x", "replace-2f1c4f0e-0000-4000-8000-00000000000x"]
)
def test_only_ids_are_believed(home: Path, log: LogWriter, name: str) -> None:
    """A file that is called like a journal and names no recording deletes nothing."""
    (home / "run").mkdir(mode=0o700)
    (home / "run" / name).write_text("2f1c4f0e-0000-4000-8000-000000000000\n")
    before = all_files(home)
    with Home.open(home) as opened:
        finish_replacements(opened)
    assert all_files(home) == before


@pytest.mark.parametrize("text", ["", "\n", "x", "2f1c4f0e-0000-4000-8000-000000000000\n", "../../x\n", "\xff" * 200])
def test_a_journal_without_a_successor_deletes_no_recording(home: Path, log: LogWriter, text: str) -> None:
    """Where what it names is not there, or nothing that could be, the old recording stays."""
    before = all_files(home)
    (home / "run").mkdir(mode=0o700)
    (home / "run" / f"replace-{log.session_id}").write_text(text)
    assert [session.id for session in SessionManager(home).list()] == [log.session_id]
    assert all_files(home) == before


def test_what_cannot_be_deleted_is_said_once(home: Path, log: LogWriter) -> None:
    """The list goes on, with a sentence that names the file; after that it is the person's."""
    new = LogWriter(home).start().exit()
    (home / "run").mkdir(mode=0o700)
    (home / "run" / f"replace-{log.session_id}").write_text(f"{new.session_id}\n")
    victim = home / "cache" / f"{log.session_id}.lines"
    victim.unlink()
    victim.mkdir()
    manager = SessionManager(home)
    assert len(manager.list()) == 2
    assert [str(victim) in warning for warning in manager.warnings] == [True]
    assert len(manager.list()) == 2
    assert manager.warnings == ()
