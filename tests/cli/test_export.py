"""`export`: what a person asks for, and what is said about it."""

import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from claude_sessions.cli import export
from claude_sessions.cli.app import run
from tests.conftest import require
from tests.kit.recordings import LogWriter
from tests.kit.terminal import PtyTerminal

PROGRAM = ("-m", "claude_sessions")


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    """A recording of some seconds with a marker."""
    log = LogWriter(own_home / ".claude-sessions").start(title="demo")
    log.add("output", b"one\r\n").add("input", b"secret").add("marker", b"here").add("output", b"two\r\n")
    return log.exit()


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.cast", b'{"version":2,'),
        ("a.TXT", b"one\n"),
        ("a.ansi", b"one\r\n"),
        ("a.jsonl", b'{"timestamp"'),
        ("a.tgz", b"\x1f\x8b"),
    ],
)
def test_the_suffix_tells_the_format(
    log: LogWriter, tmp_path: Path, name: str, begins: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """The file has that form, and a line says what was made."""
    assert run(["export", "demo", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_bytes().startswith(begins)
    captured = capfd.readouterr()
    assert captured.out.startswith(f"wrote {tmp_path / name}: ")
    assert captured.err == ""


@pytest.mark.parametrize("version", [2, 3])
def test_players_are_told_of_a_limit_to_pauses(log: LogWriter, tmp_path: Path, version: int) -> None:
    """It stands in the header; the times stay as they are, and without the option nothing is said."""
    name = f"asciicast-v{version}"
    assert run(["export", "demo", str(tmp_path / "a.cast"), "--format", name, "--idle-limit", "0.5"]) == 0
    assert run(["export", "demo", str(tmp_path / "b.cast"), "--format", name]) == 0
    limited, plain = ((tmp_path / f"{each}.cast").read_bytes().splitlines() for each in "ab")
    assert json.loads(limited[0]).pop("idle_time_limit") == 0.5
    assert "idle_time_limit" not in json.loads(plain[0])
    assert limited[1:] == plain[1:]


def test_a_large_page_is_not_without_a_hint(
    log: LogWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Who makes a page that browsers have trouble with is told how to make a shorter one."""
    require((files("claude_sessions.formats") / "player" / "player.js").is_file(), "the web player is not there")
    assert run(["export", "demo", str(tmp_path / "a.html")]) == 0
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(export, "_LARGE_PAGE", 1000)
    assert run(["export", "demo", str(tmp_path / "b.html")]) == 0
    assert "--from and --to" in capfd.readouterr().err


def test_the_format_can_be_named(log: LogWriter, tmp_path: Path) -> None:
    """The name of a format goes before the suffix, and a suffix of no format needs one."""
    assert run(["export", "last", str(tmp_path / "a.txt"), "--format", "asciicast-v3"]) == 0
    header = json.loads((tmp_path / "a.txt").read_bytes().splitlines()[0])
    assert (header["version"], header["title"]) == (3, "demo")
    for alias, version in (("v3", 3), ("v2", 2), ("asciicast", 2), ("cast", 2)):
        assert run(["export", "last", str(tmp_path / "b.txt"), "--format", alias, "--force"]) == 0
        assert json.loads((tmp_path / "b.txt").read_bytes().splitlines()[0])["version"] == version


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.mp5"], "does not tell a format"),
        (["-"], "give --format"),
        (["a.cast", "--format", "avi"], "there is no format 'avi'"),
        (["a.cast", "--format", "webm"], "makes no webm; export a .gif"),
        (["a.MP4"], "makes no mp4; export a .gif"),
        (["a.gif", "--at", "1"], "--from and --to"),
        (["a.svg", "--from", "1"], "--at says which"),
        (["a.cast", "--at", "1"], "--from and --to say which"),
        (["a.svg", "--at", "5m"], "the recording is only"),
        (["a.txt", "--idle-limit", "2"], "--idle-limit is for asciicasts and html"),
        (["a.cast", "--idle-limit", "0"], "is no pause"),
        (["a.cast", "--idle-limit", "nan"], "is no pause"),
        (["a.tar.gz", "--redact"], "another format"),
        (["a.cast", "--from", "5m"], "the recording is only"),
        (["a.cast", "--from", "3", "--to", "2"], "--to is not after --from"),
        (["a.cast", "--from", "soon"], "is no time"),
        (["a.tar.gz", "--no-input"], "another format"),
        (["missing/a.cast"], "cannot be opened"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(
    log: LogWriter,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Wrong usage ends with 2 and one line, and no file is made."""
    file, *options = arguments
    assert run(["export", "demo", file if file == "-" else str(tmp_path / file), *options]) == 2
    captured = capfd.readouterr()
    assert sentence in captured.err
    assert len(captured.err.splitlines()) == 1
    assert os.listdir(tmp_path) == []


def test_redacting_is_said(log: LogWriter, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What was removed, and that the bytes are not the original's, stands on standard error and in the file's head."""
    log.add("output", b"https://ann:hunter2x@host.example\r\nmail ann@mail.example\r\n").exit()
    assert run(["export", "demo", str(tmp_path / "a.cast"), "--redact"]) == 0
    said = capfd.readouterr().err
    assert (
        "drawn anew from the screen, not the original's bytes; removed: 1 secret in 1 place (password in a URL)" in said
    )
    text = (tmp_path / "a.cast").read_text()
    assert "hunter2x" not in text
    assert "ann@mail.example" in text
    assert "not the original's bytes" in json.loads(text.splitlines()[0])["comment"]
    assert run(["export", "demo", str(tmp_path / "b.txt"), "--redact-email"]) == 0
    assert "removed: 2 secrets in 2 places" in capfd.readouterr().err
    assert run(["export", "demo", str(tmp_path / "c.svg"), "--redact-email"]) == 0
    assert "drawn anew from the screen; hidden in this picture: 2 places\n" in capfd.readouterr().err
    assert run(["export", "demo", str(tmp_path / "d.svg"), "--redact-email", "--at", "2"]) == 0
    assert "hidden in this picture: nothing\n" in capfd.readouterr().err
    assert "mail.example" not in (tmp_path / "b.txt").read_text()


def test_asciinema_plays_what_is_redacted(log: LogWriter, tmp_path: Path) -> None:
    """The remark in the head is no trouble for it."""
    require(find_spec("asciinema"), "asciinema is not installed")
    assert run(["export", "demo", str(tmp_path / "a.cast"), "--redact"]) == 0
    program = (sys.executable, "-W", "ignore", "-m", "asciinema", "cat", str(tmp_path / "a.cast"))
    done = subprocess.run(program, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    assert b"one" in done.stdout


def test_nothing_is_overwritten_unless_forced(
    log: LogWriter, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A file that is there stays, and the sentence names the option."""
    (tmp_path / "a.txt").write_text("mine")
    assert run(["export", "demo", str(tmp_path / "a.txt")]) == 2
    assert "--force" in capfd.readouterr().err
    assert (tmp_path / "a.txt").read_text() == "mine"
    assert run(["export", "demo", str(tmp_path / "a.txt"), "--force"]) == 0
    assert (tmp_path / "a.txt").read_text() == "one\ntwo\n"


def test_a_part_goes_to_standard_output(log: LogWriter, capfd: pytest.CaptureFixture[str]) -> None:
    """From a marker to a time, without what was typed; nothing else is printed there."""
    assert run(["export", "demo", "-", "--format", "asciicast-v2", "--from", "@here", "--to", "4.5", "--no-input"]) == 0
    header, *events = map(json.loads, capfd.readouterr().out.splitlines())
    assert header["timestamp"] == 1_770_465_604
    assert [event[:2] for event in events] == [[0.0, "o"], [1.0, "o"]]
    assert events[0][2].startswith("one")
    assert run(["export", "demo", "-", "--format", "asciicast-v2", "--from", "@nowhere"]) == 1


def test_what_is_not_as_recorded_is_said(own_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Bytes that are no text, and lines that are no entries, are counted on standard error."""
    log = LogWriter(own_home / ".claude-sessions").start()
    log.add("output", b"\xff ok \xfe").raw(b"torn\n" * 7).exit()
    assert run(["export", "last", str(tmp_path / "a.cast")]) == 0
    error = capfd.readouterr().err
    assert "what is not UTF-8, in 2 places" in error
    assert error.count("skipped") == 6
    assert "and 2 more bad lines" in error


def test_a_terminal_gets_nothing_that_it_would_obey(
    log: LogWriter, own_home: Path, pty_terminal: Callable[..., PtyTerminal]
) -> None:
    """Recorded bytes are refused there; the text of the screen is printed."""
    log.add("output", b"\x1b]0;owned\x07").exit()
    environment = {"PATH": os.environ["PATH"], "HOME": str(own_home), "TERM": "xterm", "LANG": "C.UTF-8"}
    program = (sys.executable, *PROGRAM, "export", "demo", "-", "--format")
    refused = pty_terminal((*program, "ansi"), own_home, environment)
    assert refused.exit_status() == 2
    shown = pty_terminal((*program, "txt"), own_home, environment)
    shown.wait_for("two")
    assert shown.exit_status() == 0


def test_a_bundle_is_a_tar_that_others_read(log: LogWriter, tmp_path: Path) -> None:
    """Its members stand below one folder, with modes that keep them private."""
    assert run(["export", "demo", str(tmp_path / "a.tar.gz")]) == 0
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        assert {member.name for member in tar} == {
            f"{log.session_id}/{log.session_id}.jsonl",
            f"{log.session_id}/manifest.json",
        }
        assert {member.mode for member in tar} == {0o600}


def agg(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program on the PATH that is called like the one that draws a GIF."""
    folder.mkdir()
    (folder / "agg").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "agg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_a_gif_is_drawn_by_agg(
    log: LogWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is handed an asciicast that nobody else can read; what it draws is the file, and nothing else is left."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    agg(tmp_path / "bin", monkeypatch, 'echo drawing; (printf GIF89a; stat -c %a "${1%/*}"; cat "$1") >"$2"')
    file = tmp_path / "a.gif"
    assert run(["export", "demo", str(file), "--idle-limit", "2", "--no-input"]) == 0
    beginning, header, *events = file.read_bytes().splitlines()
    assert beginning == b"GIF89a700"
    assert json.loads(header)["idle_time_limit"] == 2
    assert [json.loads(event)[1] for event in events] == ["o", "m", "o", "x"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(temporary.iterdir()) == []
    captured = capfd.readouterr()
    assert captured.out.startswith(f"wrote {file}: gif, ")
    assert captured.err == ""


@pytest.mark.parametrize(
    "case",
    [
        ("echo 'no such font' >&2; exit 1", "agg could not draw this: no such font"),
        ("exit 3", "agg could not draw this: exit status 3"),
        ("echo x >$2", "agg could not draw this: exit status 0"),
        ("printf '\\033]0;owned\\007' >&2; printf GIF89a >$2; kill -9 $$", "agg could not draw this: "),
    ],
)
def test_where_agg_gives_up_there_is_no_gif(
    log: LogWriter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    case: tuple[str, str],
) -> None:
    """What it says is passed on, without escapes; the code is 2 and no file is there."""
    script, sentence = case
    agg(tmp_path / "bin", monkeypatch, script)
    assert run(["export", "demo", str(tmp_path / "a.gif")]) == 2
    said = capfd.readouterr().err
    assert sentence in said
    assert "\x1b" not in said
    assert os.listdir(tmp_path) == ["bin"]


@pytest.mark.alone  # a command has one thread; with others, any of them may be given the signal
def test_agg_ends_with_us(log: LogWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal does not wait until the drawing is done, and leaves nothing of it."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    agg(tmp_path / "bin", monkeypatch, f"echo $$ >{tmp_path}/pid; kill -TERM $PPID; exec sleep 1000")
    assert run(["export", "demo", str(tmp_path / "a.gif")]) == 128 + signal.SIGTERM
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "a.gif").exists()


def test_without_agg_a_sentence_says_how_to_get_it(
    log: LogWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """At once: nothing has been read by then."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["export", "nowhere", str(tmp_path / "a.gif")]) == 2
    assert "https://docs.asciinema.org/manual/agg/" in capfd.readouterr().err


def test_standard_output_has_several_names(log: LogWriter, capfd: pytest.CaptureFixture[str]) -> None:
    """What others call /dev/stdout is what we call -."""
    for name in ("-", "/dev/stdout", "/dev/fd/1"):
        assert run(["export", "demo", name, "--format", "txt"]) == 0
        assert capfd.readouterr().out == "one\ntwo\n"
