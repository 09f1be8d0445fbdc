"""`import`: recordings of others become recordings here."""

import json
import re
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from tests.kit.recordings import LogWriter


@pytest.fixture
def cast(tmp_path: Path) -> Path:
    """A small asciicast."""
    path = tmp_path / "demo.cast"
    path.write_text('{"version": 3, "term": {"cols": 80, "rows": 24}}\n[1.5, "o", "hello\\r\\n"]\n[1, "x", "4"]\n')
    return path


def test_an_imported_recording_is_like_any_other(cast: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It says how to replay it; it is listed, shown with its origin, searched and replayed."""
    assert run(["import", str(cast), "--title", "mine"]) == 0
    found = re.fullmatch(r"imported ([0-9a-f-]{36}); claude-sessions replay (\w{8}) shows it\n", capfd.readouterr().out)
    assert found
    assert found[1].startswith(found[2])
    assert run(["logs", found[2], "--grep", "hell"]) == 0
    assert run(["replay", found[2], "--no-wait"]) == 0
    assert capfd.readouterr().out == "0:01.5  hello\nhello\r\n"
    assert run(["show", "mine"]) == 0
    assert "from asciicast v3 file demo.cast" in capfd.readouterr().out
    assert run(["show", "mine", "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert (shown["origin"], shown["exit_code"], shown["duration"]) == ("asciicast v3 file demo.cast", 4, 2.5)


def test_a_recording_moves_to_another_machine(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What export wrote into a bundle import reads into an empty home, under the same id and byte by byte."""
    log = LogWriter(own_home / ".claude-sessions").start().add("output", b"hi").exit()
    assert run(["export", log.session_id, str(tmp_path / "a.tar.gz")]) == 0
    monkeypatch.setenv("CLAUDE_SESSIONS_HOME", str(tmp_path / "other"))
    assert run(["import", str(tmp_path / "a.tar.gz")]) == 0
    assert (tmp_path / "other" / "logs" / log.path.name).read_bytes() == log.path.read_bytes()


def test_what_cannot_be_imported_says_what_can(
    own_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The entries of a recording, a transcript of Claude's and standard input each have a sentence of their own."""
    LogWriter(own_home / ".claude-sessions").start(title="mine").add("output", b"hi").exit()
    assert run(["export", "mine", str(tmp_path / "a.jsonl")]) == 0
    (tmp_path / "b.jsonl").write_text('{"type":"user","sessionId":"x"}\n')
    capfd.readouterr()
    for name, sentence in (
        (str(tmp_path / "a.jsonl"), "export it as .tar.gz instead"),
        (str(tmp_path / "b.jsonl"), "a transcript of Claude's"),
        ("-", "save it to a file"),
    ):
        assert run(["import", name]) == 2
        assert sentence in capfd.readouterr().err


def test_a_title_that_is_taken_is_said(own_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A copy has the title of the original, which keeps it; the id by which to name the copy is told."""
    log = LogWriter(own_home / ".claude-sessions").start(title="mine").add("output", b"hi").exit()
    assert run(["export", "mine", str(tmp_path / "a.cast"), "--redact"]) == 0
    capfd.readouterr()
    assert run(["import", str(tmp_path / "a.cast"), "--again"]) == 0
    said = capfd.readouterr()
    assert f"another recording has the title 'mine', too: name this one {said.out.split()[1][:8]}" in said.err
    assert run(["show", "mine"]) == 0
    assert log.session_id in capfd.readouterr().out
    log.path.unlink()
    assert run(["import", str(tmp_path / "a.cast"), "--again"]) == 0
    capfd.readouterr()
    assert run(["show", "mine"]) == 2
    assert capfd.readouterr().err.count(", imported)") == 2
    assert run(["import", str(tmp_path / "a.cast"), "--again", "--title", "other"]) == 0
    assert capfd.readouterr().err == ""


def test_the_list_tells_imports_apart(own_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By the name of the file where there is no title, and by what is known of the end and of the bytes."""
    log = LogWriter(own_home / ".claude-sessions").start().add("output", b"hi").exit()
    assert run(["export", log.session_id, str(tmp_path / "own.cast"), "--redact"]) == 0
    (tmp_path / "other.cast").write_text('{"version": 2, "width": 80, "height": 24}\n[1, "o", "hello"]\n')
    for name in ("own.cast", "other.cast"):
        assert run(["import", str(tmp_path / name), "--again"]) == 0
    capfd.readouterr()
    assert run(["list"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert sum(bool(re.search(r" own\.cast +\S+ k?B +exited 0, imported, redacted$", line)) for line in lines) == 1
    assert sum(bool(re.search(r" other\.cast +\S+ k?B +imported$", line)) for line in lines) == 1
    assert sum(line.endswith("exited 0") for line in lines) == 1


def test_a_broken_file_is_one_sentence(own_home: Path, cast: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The place is named, the code is 2, and no escape of the file reaches the terminal."""
    with cast.open("a") as file:
        file.write('[0, "r", "\\u001b]0;owned\\u0007"]\n')
    assert run(["import", str(cast)]) == 2
    captured = capfd.readouterr()
    assert f"{cast}, line 4" in captured.err
    assert "nothing was imported" in captured.err
    assert "\x1b" not in captured.err
    assert len(captured.err.splitlines()) == 1
    assert list((own_home / ".claude-sessions" / "logs").iterdir()) == []


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The code is that of what cannot be found."""
    assert run(["import", str(tmp_path / "missing.cast")]) == 1
    assert "no such file" in capfd.readouterr().err


def test_what_is_here_already_is_said(cast: Path, own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The recording that there is is named, and none is made unless asked for."""
    assert run(["import", str(cast)]) == 0
    session_id = capfd.readouterr().out.split()[1].rstrip(";")
    assert run(["import", str(cast)]) == 0
    said = f"session {session_id} is this recording already; import --again makes another of it\n"
    assert capfd.readouterr().out == said
    assert len(list((own_home / ".claude-sessions" / "logs").iterdir())) == 1
    assert run(["import", str(cast), "--again"]) == 0
    assert len(list((own_home / ".claude-sessions" / "logs").iterdir())) == 2
