"""Signals during commands that make files: nothing is left behind, and the exit code tells the signal."""

import os
import signal
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.cli.orderly_end import orderly_end
from tests.kit.recordings import LogWriter

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    """A recording with a password in it."""
    log = LogWriter(own_home / ".claude-sessions").start(title="demo").add("output", b"https://a:hunter22xyz@b.c/\r\n")
    return log.exit()


def all_files(*folders: Path) -> dict[str, bytes]:
    """Return every file below the folders, hidden ones too; not the home's .gitignore, which any command may make."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.name != ".gitignore"]
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


def interrupt(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Send us a signal when a file is finished but not yet in its place."""
    real = os.fsync

    def fsync(fd: int) -> None:
        real(fd)
        signal.raise_signal(number)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("suffix", ["cast", "tar.gz", "html", "svg"])
def test_an_export_leaves_nothing(
    log: LogWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, suffix: str
) -> None:
    """Neither the file nor the one that was to become it is there, and an older one is as it was."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f"old.{suffix}").write_bytes(b"old")
    before = all_files(tmp_path / "out")
    interrupt(monkeypatch, number)
    for name in ("new", "old"):
        assert run(["export", "demo", str(tmp_path / "out" / f"{name}.{suffix}"), "--force"]) == 128 + number
        assert all_files(tmp_path / "out") == before


@pytest.mark.parametrize("number", ENDING)
def test_an_import_leaves_nothing(
    log: LogWriter, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The home is as it was before."""
    state = own_home / ".claude-sessions" / "state" / f"{log.session_id}.json"
    state.parent.mkdir(mode=0o700)
    state.write_text('{"title":"demo"}')
    for name in ("a.cast", "a.tar.gz"):
        assert run(["export", "demo", str(tmp_path / name)]) == 0
    log.path.unlink()
    state.unlink()
    before = all_files(own_home)
    interrupt(monkeypatch, number)
    for name in ("a.cast", "a.tar.gz"):
        assert run(["import", str(tmp_path / name)]) == 128 + number
        assert all_files(own_home) == before


@pytest.mark.parametrize("number", ENDING)
def test_a_scrub_that_has_made_nothing_yet_changes_nothing(
    log: LogWriter, own_home: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The recording is there with all that belongs to it, and no journal of what was begun."""
    assert run(["scrub", "demo", "--dry-run"]) == 0
    before = all_files(own_home)
    interrupt(monkeypatch, number)
    assert run(["scrub", "demo", "--yes"]) == 128 + number
    assert all_files(own_home) == before


def test_a_signal_that_is_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under nohup a command goes on when the terminal goes; afterwards every signal does what it did before."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with orderly_end():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_signal_does_not_stop_the_tidying(tmp_path: Path) -> None:
    """Once one has come, what was begun is taken back in peace."""
    tidied = []

    def command() -> None:
        with orderly_end():
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(signal.SIGINT)
                tidied.append("all of it")

    with pytest.raises(SystemExit) as ended:
        command()
    assert tidied
    assert ended.value.code == 128 + signal.SIGTERM
