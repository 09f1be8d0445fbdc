"""`show`."""

import fcntl
import json
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.events import GapInfo, LinkInfo, PauseInfo
from tests.kit.recordings import LogWriter


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    """A recording in which everything happened."""
    log = LogWriter(own_home / ".claude-sessions").start(
        title="parser", arguments=("-p", "it's"), user="ann", host="lap"
    )
    log.add("link", LinkInfo("2415fcc1", "/t/2415fcc1.jsonl")).add("output", b"x" * 1500).add("resize", b"100x30")
    log.add("gap", GapInfo(700, 2, "2026-02-07T12:00:02Z", "No space left on device"))
    log.add("pause", PauseInfo("key")).add("unpause", PauseInfo("key", "", 33)).raw(b"torn\n")
    return log.next_segment().exit(1)


def test_shows_what_is_known(log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """People read it line by line: a word, and what it is."""
    assert run(["show", log.session_id[:8]]) == 0
    out = capsys.readouterr().out
    shown = {line[:10].strip(): line[11:] for line in out.splitlines()}
    assert shown["id"] == log.session_id
    assert shown["state"] == "exited 1"
    assert shown["command"] == """/usr/bin/claude -p 'it'"'"'s'"""
    assert shown["window"] == "80x24 → 100x30 → 80x24"
    assert shown["recorded"] == "1.5 kB shown, 0 B typed"
    assert shown["lost"].startswith("700 B from 2026-02-07")
    assert shown["lost"].endswith(": No space left on device")
    assert shown["paused"].endswith("33 B not kept")
    assert shown["linked"].startswith("2415fcc1 from ")
    assert "/t/2415fcc1.jsonl" in out
    assert "line 8" in shown["damaged"]
    assert shown["replay"] == f"claude-sessions replay {log.session_id}"
    assert "in 2 segments" in shown["size"]


def test_json_has_all_of_it(log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get the list's object and more."""
    assert run(["show", "parser", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["version"], shown["id"], shown["exit_code"]) == (1, log.session_id, 1)
    assert shown["arguments"] == ["-p", "it's"]
    assert [segment["size"] for segment in shown["segments"]] == [
        path.stat().st_size for path in sorted(log.logs.iterdir(), key=lambda path: len(path.name))
    ]
    assert shown["gaps"][0]["reason"] == "No space left on device"
    assert shown["links"][0]["transcript"] == "/t/2415fcc1.jsonl"
    assert (shown["bytes"]["output"], shown["bad_lines"]) == (1500, 1)


@pytest.mark.parametrize(("text", "code"), [("none", 1), ("11111111-aaaa-4aaa-8aaa-000000000001", 1)])
def test_what_is_not_there(log: LogWriter, capsys: pytest.CaptureFixture[str], text: str, code: int) -> None:
    """Exit 1 and one sentence."""
    assert run(["show", text]) == code
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_pause_that_lasts(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While a session runs its pause has no end yet; once it has ended the pause went to the end."""
    log = LogWriter(own_home / ".claude-sessions").start().add("pause", PauseInfo("key"))
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert run(["show", "last"]) == 0
        out = capsys.readouterr().out
        assert "paused     since 2026-02-07 " in out
        assert "state      running, paused" in out
        assert run(["show", "last", "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
    assert shown["paused"] is True
    assert shown["pauses"] == [{"since": "2026-02-07T12:00:02.000000Z", "until": None, "bytes": None}]
    log.exit()
    assert run(["show", "last"]) == 0
    assert capsys.readouterr().out.count(" to the end") == 1


def test_the_last_link_names_claudes_session(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once a session has ended its id of Claude's is the one that was linked last."""
    log = LogWriter(own_home / ".claude-sessions").start().add("link", LinkInfo("first")).add("output", b"x" * 9000)
    log.add("link", LinkInfo("second")).exit()
    for arguments, expected in ((["show", "last"], "second"), (["list"], "first")):
        assert run([*arguments, "--json"]) == 0
        assert f'"claude_session_id": "{expected}"' in capsys.readouterr().out


def test_of_many_windows_the_first_and_the_last_are_shown(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who drags a window's corner makes hundreds; one that stays as it is has one size."""
    log = LogWriter(own_home / ".claude-sessions").start()
    for columns in range(81, 101):
        log.add("resize", f"{columns}x30".encode())
    log.exit()
    assert run(["show", "last"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("window "))
    assert line.startswith("window     80x24 → … → 93x30 → ")
    assert line.endswith(" → 100x30")
