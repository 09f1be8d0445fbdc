"""Commands among files that somebody wrote to do harm: a sentence or silence, never a traceback."""

import json
import os
import re
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from tests.kit.recordings import LogWriter

DEEP = b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
HUGE = b'{"bytes":1' + b"0" * 400 + b"}"


@pytest.fixture
def home(own_home: Path) -> Path:
    """The default home's path."""
    return own_home / ".claude-sessions"


def register(own_home: Path, **fields: object) -> Path:
    """Write a registry file for this process, which lives."""
    folder = own_home / ".claude" / "sessions"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}.json"
    path.write_text(json.dumps({"pid": os.getpid(), "sessionId": "abcd-1", "cwd": "/", **fields}))
    return path


@pytest.mark.parametrize("place", ["line", "start", "exit", "hidden", "state"])
def test_deep_nesting_stops_no_command(home: Path, place: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Wherever it stands, every reading command goes on without it."""
    log = LogWriter(home)
    if place == "start":
        log.add("start", DEEP)
    else:
        log.start()
    log.add("output", b"hello\r\n")
    if place == "line":
        log.raw(DEEP + b"\n")
    elif place == "hidden":
        log.add("hidden", DEEP)
    if place == "exit":
        log.add("exit", DEEP)
    else:
        log.exit()
    if place == "state":
        (home / "state").mkdir(mode=0o700)
        (home / "state" / f"{log.session_id}.json").write_bytes(DEEP)
    for arguments in (["list"], ["show", "last"], ["logs", "last"], ["replay", "last", "--no-wait"]):
        assert run(arguments) == 0, arguments
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        assert arguments[0] != "logs" or captured.out == "hello\n"


def test_huge_numbers_stop_no_command(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An entry that claims more bytes than there are numbers for is not counted."""
    LogWriter(home).start().add("hidden", HUGE).add("gap", HUGE).add("unpause", HUGE).exit()
    assert run(["show", "last"]) == 0
    assert run(["show", "last", "--json"]) == 0
    assert json.loads(capfd.readouterr().out.splitlines()[-1])["hidden_bytes"] == 0


def test_a_registry_file_stops_no_command(own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Absurd times and deep data in a live process's file: it is as if the file were not there."""
    for fields in ({"startedAt": 1e308}, {"startedAt": 1e20}):
        register(own_home, **fields)
        assert run(["list"]) == 0
        assert "no sessions" in capfd.readouterr().err
    register(own_home).write_bytes(DEEP)
    assert run(["list"]) == 0
    assert "no sessions" in capfd.readouterr().err
    register(own_home)
    assert run(["list"]) == 0
    assert "abcd-1" in capfd.readouterr().out


def test_a_registry_file_commands_no_terminal(own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing that it says reaches the terminal as an escape sequence."""
    escapes = "\x1b]0;owned\x07\x9b2J"
    register(own_home, cwd=escapes, name=escapes, status="waiting", waitingFor=escapes)
    assert run(["list"]) == 0
    register(own_home, sessionId=escapes)
    assert run(["list"]) == 0
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f]", capfd.readouterr().out)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 5000 + "]" * 5000,
        "replay.speed" + ".a" * 5000 + " = 1",
        "replay.speed = 1" + "0" * 400,
        "replay.speed = 1" + "0" * 5000,
        "quiet = 0x1" + "0" * 5000,
    ],
)
def test_a_hostile_configuration_is_a_sentence(home: Path, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever it holds, it is named and the command ends with 2."""
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(text)
    assert run(["list"]) == 2
    error = capfd.readouterr().err
    assert "config.toml" in error
    assert len(error.splitlines()) == 1
