"""`archive` with its words, and `resume`, as a person runs them."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.events import LinkInfo
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.recordings import LogWriter

PROGRAM = [sys.executable, "-m", "claude_sessions"]


@pytest.fixture
def claude(own_home: Path) -> ClaudeFolder:
    return ClaudeFolder(own_home / ".claude")


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out.splitlines()


def test_it_says_what_it_did(claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """How many were new, had grown, were unchanged and are kept, and how small it is now."""
    assert run(["archive"]) == 0
    assert said(capsys) == ["there is nothing to archive: no transcripts, Claude Code writes one for each session"]
    first, second = claude.session(lines=100), claude.session()
    assert run(["archive", "--dry-run"]) == 0
    assert said(capsys) == ["would archive: 2 new, 0 grown, 0 unchanged"]
    assert run(["archive"]) == 0
    lines = said(capsys)
    assert lines[0] == "archived: 2 new, 0 grown, 0 unchanged"
    assert lines[1].startswith("2 sessions of ")
    first.unlink()
    claude.grow(second)
    assert run(["archive"]) == 0
    assert said(capsys)[0] == "archived: 0 new, 1 grown, 0 unchanged; 1 kept, the original is gone"
    second.write_bytes(b"")
    assert run(["archive"]) == 0
    lines = said(capsys)
    assert lines[0] == "archived: 0 new, 0 grown, 1 replaced, 0 unchanged; 1 kept, the original is gone"
    assert lines[1].startswith(f"of session {second.stem} 1 file became shorter; archive restore takes the longest")


def test_json(claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Sessions by what became of them; the list has every file's place."""
    session, gone = claude.session("/home/ann/my shop"), claude.session()
    assert run(["archive"]) == 0
    gone.unlink()
    claude.grow(session)
    capsys.readouterr()
    assert run(["archive", "--json"]) == 0
    (told,) = map(json.loads, said(capsys))
    assert told.pop("packed_size") > 0
    assert told.pop("size") > session.stat().st_size
    nothing: list[str] = []
    assert told == {
        "version": 1,
        "dry_run": False,
        "new": nothing,
        "grown": [session.stem],
        "replaced": nothing,
        "unchanged": 0,
        "kept": 1,
        "warnings": nothing,
    }
    assert run(["archive", "list", "--json"]) == 0
    (told,) = map(json.loads, said(capsys))
    assert [each["id"] for each in told["sessions"]] == [session.stem, gone.stem]
    assert [each["original"] for each in told["sessions"]] == [True, False]
    first = told["sessions"][0]
    assert first["directory"] == "/home/ann/my shop"
    assert first["size"] == session.stat().st_size
    assert first["packed_size"] == sum(os.stat(path).st_size for path in first["files"])
    assert first["title"] == "what is 0?"
    assert (first["started"][:16], first["ended"][:16]) == ("2026-02-07T12:00", "2026-02-07T12:39")
    assert first["earlier"] == []
    assert run(["archive", "list", "--json", "-n", "1"]) == 0
    (told,) = map(json.loads, said(capsys))
    assert len(told["sessions"]) == 1


def test_the_list_is_for_people(claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """A table, and no escapes in it whatever a directory is called."""
    session = claude.session("/home/ann/\x1b[31mred")
    assert run(["archive", "list"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "claude-sessions archive fills it" in captured.err
    assert run(["archive"]) == 0
    capsys.readouterr()
    assert run(["archive", "list"]) == 0
    head, line = said(capsys)
    assert head.split() == ["ID", "ENDED", "DIRECTORY", "TITLE", "SIZE", "PACKED", "ORIGINAL"]
    assert line.endswith("there")
    assert line.split()[0] == session.stem[:8]
    assert "what is 0?" in line
    assert "\x1b" not in line


def test_options_stand_behind_the_word(capsys: pytest.CaptureFixture[str]) -> None:
    """In front of it they would mean something else: that is said."""
    assert run(["archive", "--json", "list"]) == 2
    assert "claude-sessions archive list" in capsys.readouterr().err


def test_a_warning_is_exit_2(claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever runs it from cron hears of it; the rest is archived."""
    claude.beside(claude.session(), "a\nb.txt", b"")
    assert run(["archive"]) == 2
    captured = capsys.readouterr()
    assert "1 new" in captured.out
    assert captured.err.count("\n") == 1


def test_restore_says_where_it_is_and_what_to_do(claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """First what would be done, then it is done, then there is nothing to do."""
    session = claude.session()
    assert run(["archive"]) == 0
    session.unlink()
    capsys.readouterr()
    assert run(["archive", "restore", "last", "--dry-run"]) == 0
    assert said(capsys) == [f"{session}: new"]
    assert run(["archive", "restore", session.stem[:8]]) == 0
    next_step = f"claude-sessions resume {session.stem} goes on with it in /home/ann/shop"
    assert said(capsys) == [f"restored 1 file to {session.parent}", next_step]
    assert run(["archive", "restore", "last"]) == 0
    assert said(capsys) == [f"all of it is in {session.parent} already", next_step]
    claude.grow(session)
    assert run(["archive", "restore", "last"]) == 2
    assert "--force" in capsys.readouterr().err
    assert run(["archive", "restore", "last", "--dry-run"]) == 0
    assert said(capsys) == [f"{session}: different from what is there"]
    assert run(["archive", "restore", "nothing"]) == 1


def test_an_exact_title_does(claude: ClaudeFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As everywhere a session is named, whether its original is there or not."""
    session = claude.session()
    claude.grow(session, json.dumps({"type": "custom-title", "customTitle": "the shop"}).encode() + b"\n")
    assert run(["archive", "export", "the shop", str(tmp_path / "x.tar.gz")]) == 0
    session.unlink()
    assert run(["archive", "restore", "the shop"]) == 0
    assert session.is_file()
    assert run(["archive", "restore", "a shop"]) == 1
    assert "the archive has no session 'a shop'" in capsys.readouterr().err


def test_export_looks_at_its_file_first(
    claude: ClaudeFolder, own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is archived for a file that cannot be written, or for a session that nobody knows."""
    session = claude.session()
    assert run(["archive", "export", session.stem, str(tmp_path / "x.zip")]) == 2
    assert "must end in" in capsys.readouterr().err
    assert run(["archive", "export", "zzzz", str(tmp_path / "x.tar.gz")]) == 1
    assert "no transcript has the id 'zzzz'" in capsys.readouterr().err
    assert not (own_home / ".claude-sessions" / "archive").exists()
    for force, code in (([], 0), ([], 2), (["--force"], 0)):
        assert run(["archive", "export", session.stem, str(tmp_path / "x.tar.gz"), *force]) == code


def test_a_cut_transcript_comes_back_whole(claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """The longest copy is taken, which is said; the newest one is there too."""
    session = claude.session()
    whole = session.read_bytes()
    for text in (whole, b""):
        session.write_bytes(text)
        assert run(["archive"]) == 0
    session.unlink()
    capsys.readouterr()
    assert run(["archive", "list"]) == 0
    captured = capsys.readouterr()
    assert "became shorter" in captured.err
    assert f"{len(whole)} B" in captured.out
    assert run(["archive", "restore", "last", "--dry-run"]) == 0
    assert said(capsys) == [f"{session}: new", f"  earlier copy 1: {len(whole)} B, which is taken"]
    assert run(["archive", "restore", "last"]) == 0
    assert "--earlier 0 takes the newest" in capsys.readouterr().err
    assert session.read_bytes() == whole
    assert run(["archive", "restore", "last", "--earlier", "0", "--force"]) == 0
    assert session.read_bytes() == b""
    assert run(["archive", "restore", "last", "--earlier", "2"]) == 1


def test_no_command_is_offered_with_a_name_that_is_no_id(
    claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pasted, it would be an option."""
    claude.session(session_id="--full")
    assert run(["archive"]) == 0
    capsys.readouterr()
    assert run(["show", "last"]) == 0
    assert "resume" not in capsys.readouterr().out
    assert run(["archive", "restore", "last"]) == 0
    assert "claude-sessions" not in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_half_written(claude: ClaudeFolder, number: signal.Signals) -> None:
    """It ends a restore as an error does."""
    session = claude.session()
    claude.subagent(session)
    assert run(["archive"]) == 0
    for path in [session, *session.with_suffix("").rglob("*.*")]:
        path.unlink()
    script = (
        "import os, signal, sys\n"
        "from claude_sessions.upkeep import placement\n"
        "placement.Placement.commit = lambda self: os.kill(os.getpid(), int(sys.argv[1]))\n"
        "from claude_sessions.cli.app import run\n"
        "sys.exit(run(['archive', 'restore', 'last']))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(int(number))], capture_output=True, check=False)
    assert done.returncode == 128 + number
    assert not [path for path in session.parent.rglob("*") if path.is_file()]


def test_to_another_machine(
    claude: ClaudeFolder,
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Export here, import there: the project's directory is another, and resume knows it."""
    session = claude.session()
    claude.subagent(session)
    data = session.read_bytes()
    assert run(["archive", "export", session.stem[:6], str(tmp_path / "one.tar.zst")]) == 0
    assert said(capsys)[0].startswith(f"session {session.stem} is in {tmp_path}/one.tar.zst: 3 files, ")
    there, project = tmp_path / "there", tmp_path / "work"
    monkeypatch.setenv("HOME", str(there))
    project.mkdir(parents=True)
    assert run(["archive", "import", str(tmp_path / "one.tar.zst"), "--directory", str(project / "x")]) == 2
    assert "no directory" in capsys.readouterr().err
    assert run(["archive", "import", str(tmp_path / "one.tar.zst"), "--directory", str(project), "--dry-run"]) == 0
    assert "3 files" in said(capsys)[0]
    assert not there.exists()
    monkeypatch.chdir(project)
    assert run(["archive", "import", str(tmp_path / "one.tar.zst")]) == 0
    assert said(capsys) == [
        f"imported session {session.stem}",
        f"claude-sessions resume {session.stem} goes on with it in {project}",
    ]
    (imported,) = (there / ".claude" / "projects").glob("*/*.jsonl")
    assert imported.read_bytes() == data
    assert run(["archive", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sessions"][0]["directory"] == str(project)


def fake_claude(folder: Path) -> dict[str, str]:
    """Return an environment in which a script stands in for claude: it tells its directory and arguments."""
    program = folder / "claude-stand-in"
    program.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$@"\nexit 7\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {**os.environ, "CLAUDE_SESSIONS_COMMAND": str(program)}


def test_resume_runs_claude_where_the_conversation_belongs(
    claude: ClaudeFolder, own_home: Path, tmp_path: Path
) -> None:
    """With the arguments behind the dashes, recorded, and with claude's exit code."""
    project = tmp_path / "a shop"
    project.mkdir()
    session = claude.session(str(project))
    done = subprocess.run(
        [*PROGRAM, "resume", session.stem[:8], "--title", "again", "--quiet", "--", "-p", "--resume-nothing"],
        env=fake_claude(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout.splitlines() == [str(project), "--resume", session.stem, "-p", "--resume-nothing"]
    assert len(list((own_home / ".claude-sessions" / "logs").iterdir())) == 1


def test_resume_takes_it_out_of_the_archive_first(claude: ClaudeFolder, own_home: Path, tmp_path: Path) -> None:
    """And says so. A recording's title does as a name, and means the conversation that it ended with."""
    session = claude.session(str(tmp_path))
    claude.subagent(session)
    data = session.read_bytes()
    assert run(["archive"]) == 0
    session.unlink()
    log = LogWriter(own_home / ".claude-sessions").start(title="shopping").add("link", LinkInfo("before", ""))
    log.add("link", LinkInfo(session.stem, str(session))).exit()
    done = subprocess.run(
        [*PROGRAM, "resume", "shopping"], env=fake_claude(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[0] == f"claude-sessions: session {session.stem} is restored from the archive"
    assert done.stdout.splitlines() == [str(tmp_path), "--resume", session.stem]
    assert session.read_bytes() == data


def test_resume_explains_what_it_cannot_do(claude: ClaudeFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing there: 1. The directory gone: 2. An argument for claude in the wrong place: how it is written."""
    assert run(["resume"]) == 1
    assert "no transcripts" in capsys.readouterr().err
    claude.session("/home/ann/nowhere")
    assert run(["resume"]) == 2
    assert "make it again" in capsys.readouterr().err
    assert run(["resume", "--model", "opus"]) == 2
    assert "claude-sessions resume -- --model opus" in capsys.readouterr().err


def test_completes_archived_ids(claude: ClaudeFolder, own_home: Path) -> None:
    """Where an archived session is wanted, the shell offers those there are."""
    session = claude.session()
    environment = {
        **os.environ,
        "_CLAUDE_SESSIONS_COMPLETE": "complete_zsh",
        "_TYPER_COMPLETE_ARGS": "claude-sessions archive restore ",
    }
    script = "import sys; sys.argv[0] = 'claude-sessions'; from claude_sessions.__main__ import main; sys.exit(main())"

    def offered() -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, env=environment, check=False, text=True
        )
        return done.stdout

    assert session.stem not in offered()
    assert run(["archive"]) == 0
    assert session.stem in offered()
