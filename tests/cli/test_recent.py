"""`recent`."""

import json
import os
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.cli.recent import read_overviews
from claude_sessions.log.events import LinkInfo
from claude_sessions.transcript.files import describe
from tests.kit.recordings import LogWriter
from tests.kit.spoken import assistant, chained, says, user, write

ONE, TWO = "11111111-aaaa-4aaa-8aaa-000000000001", "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture(autouse=True)
def sessions(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sessions, a day apart."""
    monkeypatch.setenv("TZ", "UTC")
    first = [
        user("fix the \x1b[31mparser", timestamp="2026-02-07T12:00:00.000Z", cwd=f"{own_home}/shop", gitBranch="main"),
        says("On it.\nReally."),
        user("and the docs"),
        user("and the tests", timestamp="2026-02-07T12:01:30.000Z", cwd=f"{own_home}/shop", gitBranch="main"),
        assistant({"type": "text", "text": "All done."}),
    ]
    second = [
        user("hello", timestamp="2026-02-08T12:00:00.000Z", cwd="/srv/app"),
        {"type": "ai-title", "aiTitle": "Hi"},
    ]
    for session_id, lines, written in ((ONE, first, 1_770_465_700), (TWO, second, 1_770_552_100)):
        path = write(own_home / ".claude", chained(lines, session_id[:4]), session_id)
        os.utime(path, (written, written))


def test_the_newest_session_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """People see when, how long, where, the title, how many messages, and the branch."""
    assert run(["recent"]) == 0
    heading, newest, older = capsys.readouterr().out.splitlines()
    assert heading.split() == ["ID", "LAST", "LONG", "PROJECT", "TITLE", "MESSAGES", "BRANCH"]
    assert newest.split()[:1] == [TWO[:8]]
    assert newest.split()[-3:] == ["/srv/app", "Hi", "1"]
    assert older.startswith(ONE[:8])
    assert older.split()[-6:] == ["~/shop", "fix", "the", "^[[31mparser", "5", "main"]
    assert "\x1b" not in older


def test_only_as_many_as_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """`-n` limits the list."""
    assert run(["recent", "-n", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_choosing(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the time of the last line, and by project."""

    def chosen(*arguments: str) -> list[str]:
        assert run(["recent", "--json", *arguments]) == 0
        return [each["id"] for each in json.loads(capsys.readouterr().out)["sessions"]]

    assert chosen() == [TWO, ONE]
    assert chosen("--since", "2026-02-07T12:01:30Z") == [TWO, ONE]
    assert chosen("--since", "2026-02-07T12:02:00Z") == [TWO]
    assert chosen("--until", "2026-02-07") == [ONE]
    assert chosen("-n", "1", "--until", "2026-02-07") == [ONE]
    assert chosen("--project", "shop") == chosen("--project", f"{own_home}/shop") == [ONE]
    assert chosen("--since", "2026-02-08", "--project", "shop") == []


def test_a_persons_title_comes_first(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the newest of a session's recordings is called is what the session is called."""
    for number, title in enumerate(("old", "mine", "")):
        log = LogWriter(own_home / ".claude-sessions", now=10**18 + number * 10**12).start(title=title)
        log.add("link", LinkInfo(TWO, "")).exit()
    assert run(["recent", "--json"]) == 0
    assert [each["title"] for each in json.loads(capsys.readouterr().out)["sessions"]] == [
        "mine",
        "fix the \x1b[31mparser",
    ]


@pytest.mark.parametrize("year", ["0001", "2600", "9999"])
def test_a_year_that_cannot_be(own_home: Path, capsys: pytest.CaptureFixture[str], year: str) -> None:
    """A line that claims another century costs neither the list nor the session its time."""
    lines = [user("a"), user("b", timestamp=f"{year}-02-09T12:00:00.000Z")]
    write(own_home / ".claude", chained(lines, "odd"), "33333333-aaaa-4aaa-8aaa-000000000003")
    for arguments in (
        ["recent", "--json"],
        ["recent", "--detailed"],
        ["recent"],
        ["show", "3333", "--json"],
        ["show", "3333"],
    ):
        assert run(arguments) == 0
    assert f"{year}-02-09" not in capsys.readouterr().out


def test_a_project_keeps_its_room(
    own_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On 80 columns a long title gives way before a directory of usual length does."""
    lines = [user("word " * 30, timestamp="2026-02-09T12:00:00.000Z", cwd="/srv/projects/the-shop")]
    write(own_home / ".claude", chained(lines, "long"), "33333333-aaaa-4aaa-8aaa-000000000003")
    monkeypatch.setattr("claude_sessions.cli.chosen.columns", lambda: 80)
    assert run(["recent"]) == 0
    assert " /srv/projects/the-shop " in capsys.readouterr().out


def test_detailed_shows_how_it_began_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    """The first and the last prompt, and the first line of each answer, without a character that a terminal acts on."""
    assert run(["recent", "--detailed"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Hi",
        "  2026-02-08 12:00:00 UTC, 0s, /srv/app, 1 message",
        f"  {TWO}",
        "  ❯ hello",
        "",
        "fix the ^[[31mparser",
        "  2026-02-07 12:01:30 UTC, 1m 30s, ~/shop (main), 5 messages",
        f"  {ONE}",
        "  ❯ fix the ^[[31mparser",
        "  ● On it.",
        "  …",
        "  ❯ and the tests",
        "  ● All done.",
    ]


def test_scripts_get_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` has all of it, with times in UTC."""
    assert run(["recent", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["version"] == 1
    newest, older = printed["sessions"]
    assert (newest["id"], newest["title"], newest["last_answer"]) == (TWO, "Hi", None)
    assert (older["started"], older["ended"]) == ("2026-02-07T12:00:00.000000Z", "2026-02-07T12:01:30.000000Z")
    assert (older["duration"], older["prompts"], older["responses"], older["messages"]) == (90, 3, 2, 5)
    assert older["first_prompt"] == "fix the \x1b[31mparser"
    assert Path(older["transcript"]).name == f"{ONE}.jsonl"


def test_a_machine_without_transcripts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing to show is no error, and no place that is there is needed."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "none"))
    assert run(["recent", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": 1, "sessions": []}


def test_what_cannot_be_read_is_told(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A transcript that has gone since the folder was read costs a sentence, not the list."""
    gone, stays = write(own_home / ".claude", [], "gone"), write(own_home / ".claude", [], "stays")
    files = [describe(gone), describe(stays)]
    gone.unlink()
    assert [file.session_id for file, _ in read_overviews(files)] == ["stays"]
    assert capsys.readouterr().err == f"claude-sessions: {gone}: there is no such file\n"


def test_a_count_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Zero sessions cannot be asked for."""
    assert run(["recent", "-n", "0"]) == 2
    assert "-n" in capsys.readouterr().err
