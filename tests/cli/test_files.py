"""`files`, and the changed files of `show`."""

import json
import re
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.events import LinkInfo
from tests.kit.recordings import NOON, SECOND, LogWriter
from tests.kit.worked import WorkedSession, created, patch

OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture
def session(own_home: Path) -> WorkedSession:
    """A session that has made a file, edited and read it."""
    session = WorkedSession(own_home / ".claude").prompt("make the parser")
    session.does("Write", {"file_path": "/src/parser.py"}, toolUseResult=created("1\n2\n"))
    session.does("Edit", {"file_path": "/src/parser.py"}, toolUseResult=patch("-1", "+one", "+more"))
    return session.later(60_000).does("Read", {"file_path": "/src/lexer.py"})


def test_a_table(session: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """When, how, how many lines, which file, which session and what that is called."""
    assert run(["files"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["WHEN", "HOW", "LINES", "PATH", "SESSION", "TITLE"]
    assert [re.split(r"  +", line)[1:] for line in lines] == [
        ["read", "/src/lexer.py", "11111111", "make the parser"],
        ["created, edited", "+4 -1", "/src/parser.py", "11111111", "make the parser"],
    ]


def test_one_path(
    session: WorkedSession, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is gone is found by its name, relative to where one is; a folder means all below it."""
    folder = tmp_path.resolve() / "app"
    folder.mkdir()
    session.does("Edit", {"file_path": str(folder / "gone.py")}, toolUseResult=patch("+x"))
    monkeypatch.chdir(folder)
    assert run(["files", "gone.py"]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert "PATH" not in head
    assert re.split(r"  +", line)[1:] == ["edited", "+1", "11111111", "make the parser"]
    assert run(["files", ".", "--json"]) == 0
    assert [row["path"] for row in json.loads(capsys.readouterr().out)["files"]] == [str(folder / "gone.py")]


def test_nobody_touched_it(session: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """With a path that is exit 1 and a sentence; without one nothing is no fault."""
    assert run(["files", "/elsewhere"]) == 1
    assert capsys.readouterr().err == "claude-sessions: no session touched /elsewhere\n"
    assert run(["files", "--since", "1d"]) == 0
    assert capsys.readouterr() == ("", "claude-sessions: no file was touched in that time\n")


def test_what_was_done(session: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """Who makes a file and writes it again has created it once and edited it once."""
    for _ in range(2):
        session.does("Write", {"file_path": "/src/a"}, toolUseResult=created("1"))
        session.does("Write", {"file_path": "/src/b"}, toolUseResult=patch("-1", "+2"))
    session.does("Write", {"file_path": "/src/a"}, toolUseResult=patch("-1", "+2"))
    assert run(["files"]) == 0
    rows = [re.split(r"  +", line)[1:4] for line in capsys.readouterr().out.splitlines()[1:3]]
    assert rows == [["created 2x, edited", "+3 -1", "/src/a"], ["edited 2x", "+2 -2", "/src/b"]]


def test_a_persons_title_comes_first(session: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """What a recording is called is what its session is called."""
    log = LogWriter(Path.home() / ".claude-sessions").start(title="mine")
    log.add("link", LinkInfo(session.session_id, str(session.path))).exit()
    assert run(["files"]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:]] == ["mine", "mine"]


def test_a_path_keeps_its_room(
    session: WorkedSession, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On 80 columns a long title gives way before a path of usual length does."""
    session.line("custom-title", customTitle="a title " * 20).does("Read", {"file_path": "/home/ann/shop/the_lexer.py"})
    monkeypatch.setattr("claude_sessions.cli.chosen.columns", lambda: 80)
    assert run(["files", "-n", "1"]) == 0
    assert " /home/ann/shop/the_lexer.py " in capsys.readouterr().out


def test_choosing(session: WorkedSession, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By time and by session; -n takes those touched last."""
    WorkedSession(own_home / ".claude", OTHER, cwd="/srv/lib").later(-1000).does("Read", {"file_path": "/src/old.py"})

    def names(*arguments: str) -> list[str]:
        assert run(["files", "--json", *arguments]) == 0
        return [Path(row["path"]).stem for row in json.loads(capsys.readouterr().out)["files"]]

    assert names() == ["lexer", "parser", "old"]
    assert names("-n", "1") == ["lexer"]
    assert names("--session", OTHER) == ["old"]
    assert names("--project", "lib") == ["old"]
    assert names("--until", "2026-02-07T12:00:00Z") == ["old"]
    assert names("--since", "2026-02-07T12:00:30Z") == ["lexer"]


def test_json(session: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get one object with an array of sessions' files."""
    assert run(["files", "/src/parser.py", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == {
        "version": 1,
        "files": [
            {
                "path": "/src/parser.py",
                "session_id": session.session_id,
                "directory": "/home/ann/app",
                "first": "2026-02-07T12:00:00.000000Z",
                "last": "2026-02-07T12:00:01.000000Z",
                "reads": 0,
                "edits": 2,
                "created": True,
                "added": 4,
                "removed": 1,
                "title": "make the parser",
            }
        ],
    }


def record(session: WorkedSession) -> None:
    """Write a recording in which all of the session happened."""
    log = LogWriter(Path.home() / ".claude-sessions", now=NOON - 60 * SECOND).start()
    log.add("link", LinkInfo(session.session_id, str(session.path))).later(600).exit()


def test_show_lists_what_a_session_changed(session: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """A recording's Claude sessions are found by its links; what was only read is left out."""
    record(session)
    assert run(["show", "last"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^changed +1 file, lines \+4 -1\n +/src/parser.py  created, edited, \+4 -1$", out, re.MULTILINE)
    assert run(["show", "last", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["changed_files"]
    assert (row["path"], row["edits"]) == ("/src/parser.py", 2)


def test_show_names_only_the_last_ones(session: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """A session that changed hundreds of files is not a page of them."""
    for number in range(12):
        session.does("Edit", {"file_path": f"/src/{number}.py"})
    record(session)
    assert run(["show", "last"]) == 0
    out = capsys.readouterr().out
    assert f"and 3 more, see claude-sessions files --session {session.session_id}" in out
    assert "/src/11.py" in out
    assert "/src/0.py" not in out


def test_show_of_a_session_without_a_transcript(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has changed nothing that anybody knows of."""
    LogWriter(own_home / ".claude-sessions").start().exit()
    assert run(["show", "last"]) == 0
    assert "changed" not in capsys.readouterr().out
    assert run(["show", "last", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed_files"] == []
