"""`list`."""

import fcntl
import json
import re
import time
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.cli.list import _lines
from claude_sessions.log.events import PauseInfo
from claude_sessions.sessions import Session, SessionManager
from claude_sessions.transcript.registry import LiveSession
from tests.kit.recordings import LogWriter

ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202e"


@pytest.fixture
def home(own_home: Path) -> Path:
    """The default home's path."""
    return own_home / ".claude-sessions"


def test_an_empty_list_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """A newcomer is told how to begin."""
    assert run(["list"]) == 0
    assert "claude-sessions demo" in capsys.readouterr().err


def test_lists_in_columns(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each session is one line: id, when, how long, where, title, size and state."""
    log = LogWriter(home).start(title="fix the parser", directory=str(Path.home() / "code")).exit(130)
    assert run(["list"]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["ID", "WHEN", "LONG", "DIRECTORY", "TITLE", "SIZE", "STATE"]
    assert re.fullmatch(log.session_id[:8] + r" +\S.*\S +1s +~/code +fix the parser +\d+ B +exited 130", line), line


def test_nothing_of_a_log_reaches_the_terminal_as_a_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Title, directory and file names are shown without what would act on a terminal."""
    LogWriter(home).start(title=ESCAPES, directory=ESCAPES).exit()
    (home / "logs" / ESCAPES.replace("/", "")).write_text("")
    for arguments in (["list"], ["list", "--json"], ["show", "last"], ["show", "last", "--json"]):
        assert run(arguments) == 0
        captured = capsys.readouterr()
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", captured.out + captured.err)


def test_json_has_a_version(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get one object, newest session first, with times, size and how it ended."""
    old = LogWriter(home).start(title="日本").exit(signal=9)
    new = LogWriter(home, now=old.now + 10**12).start()
    assert run(["list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["version"] == 1
    assert [session["id"] for session in listed["sessions"]] == [new.session_id, old.session_id]
    first = listed["sessions"][1]
    assert first["started"] == "2026-02-07T12:00:01.000000Z"
    assert (first["title"], first["state"], first["signal"], first["duration"]) == ("日本", "killed", 9, 1.0)
    assert first["size"] == old.path.stat().st_size
    assert listed["sessions"][0]["state"] == "cut off"


def test_limits(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """-n takes the newest, --running those that have not ended; the number may be a habit."""
    logs = [LogWriter(home, now=10**18 + number * 10**12).start().exit() for number in range(3)]
    assert run(["list", "-n", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith(logs[2].session_id[:8])
    monkeypatch.setenv("CLAUDE_SESSIONS_LIST_LIMIT", "2")
    assert run(["list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert run(["list", "--running"]) == 0
    assert capsys.readouterr() == ("", "claude-sessions: no session is running\n")
    assert run(["list", "-n", "0"]) == 2


def test_since(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only sessions that began then or later; where there are none the sentence says so."""
    logs = [LogWriter(home, now=10**18 + number * 10**12).start().exit() for number in range(2)]
    assert run(["list", "--json", "--since", "2001-09-09T01:50:00Z"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["sessions"]] == [logs[1].session_id]
    assert run(["list", "--since", "1d"]) == 0
    assert capsys.readouterr() == ("", "claude-sessions: no session began in that time\n")
    assert run(["list", "--since", "soon"]) == 2


def test_a_broken_log_costs_a_warning(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list is complete otherwise, and the sentence goes to stderr."""
    good = LogWriter(home).start().exit()
    LogWriter(home).raw(b"nonsense\n")
    assert run(["list"]) == 0
    captured = capsys.readouterr()
    assert good.session_id[:8] in captured.out
    assert captured.err.startswith("claude-sessions: ")
    assert len(captured.err.splitlines()) == 1


def test_ids_are_as_long_as_it_takes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sessions whose ids begin alike are shown with more of them: what is shown can be typed."""
    for last in "12":
        LogWriter(home, f"11111111-aaaa-4aaa-8aaa-00000000000{last}").start().exit()
    other = LogWriter(home, "22222222-aaaa-4aaa-8aaa-000000000001").start().exit()
    assert run(["list"]) == 0
    shown = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert other.session_id[:8] in shown
    for text in shown:
        assert run(["show", text]) == 0


def test_watch_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe it is refused with a sentence that speaks of what was given."""
    assert run(["list", "--watch"]) == 2
    error = capsys.readouterr().err
    assert "terminal" in error
    assert "--json" not in error
    assert run(["list", "--watch", "--json"]) == 2
    assert "leave out --json" in capsys.readouterr().err


def test_a_paused_recording_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks at the list sees that nothing is kept at present; once it has ended that is no state."""
    log = LogWriter(home).start().add("output", b"x").add("pause", PauseInfo("key"))
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert run(["list"]) == 0
        assert capsys.readouterr().out.rstrip().endswith("running, paused")
        assert run(["list", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["sessions"][0]["paused"] is True
    log.exit()
    assert run(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sessions"][0]["paused"] is False


def test_a_long_title_is_cut(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One title does not push all states out of sight, in a pipe neither; JSON has the whole of it."""
    LogWriter(home).start(title="x" * 300).exit()
    assert run(["list"]) == 0
    assert re.search(r" x{59}… +\S+ k?B +exited 0$", capsys.readouterr().out, re.MULTILINE)
    assert run(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sessions"][0]["title"] == "x" * 300


@pytest.mark.parametrize(("width", "state"), [(None, "waiting for you (permission prompt)"), (80, "waiting for you")])
def test_what_it_waits_for_gives_way_first(home: Path, width: int | None, state: str) -> None:
    """On a narrow terminal title and size are worth more than the reason."""
    log = LogWriter(home, now=time.time_ns()).start(title="a title of 25 characters.")
    live = LiveSession(1, "2415fcc1", status="waiting", waiting_for="permission prompt")
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        (session,) = SessionManager().list()
    head, line = _lines([Session(session.summary, live)], {log.session_id: log.session_id[:8]}, width)
    assert head.split()[-3:] == ["TITLE", "SIZE", "STATE"]
    assert "a title of " in line
    assert line.endswith(f" B  {state}")


def test_settings_that_cannot_be_used_are_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where an option goes before them."""
    LogWriter(home).start().exit()
    (home / "config.toml").write_text("nonsense = 1\n")
    (home / "config.toml").chmod(0o600)
    for options in ([], ["-n", "1"]):
        assert run(["list", *options]) == 2
        assert "config.toml: nonsense is no setting" in capsys.readouterr().err
