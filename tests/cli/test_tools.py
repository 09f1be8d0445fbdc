"""`tools`."""

import json
import re
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.cli.chosen import length
from claude_sessions.log.events import LinkInfo
from tests.kit.recordings import LogWriter
from tests.kit.worked import WorkedSession

OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture
def config(own_home: Path) -> Path:
    """Claude Code's folder."""
    return own_home / ".claude"


def test_a_table(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each tool, and one for all of them."""
    session = WorkedSession(config).does("Bash", ms=100).does("Bash", ms=12_000, error=True)
    session.does("mcp__github__create_issue", ms=1500).does("Bash", error=True, toolDenialKind="user-rejected")
    assert run(["tools"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["TOOL", "CALLS", "FAILED", "%", "DENIED", "MEDIAN", "P95", "SESSIONS"]
    assert [re.split(r"  +", line) for line in lines] == [
        ["Bash", "3", "1", "50.0", "1", "6.0 s", "12 s", "1"],
        ["github: create_issue", "1", "1.5 s", "1.5 s", "1"],
        ["all", "4", "1", "33.3", "1", "1"],
    ]


def test_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get one object; durations are seconds."""
    WorkedSession(config).does("mcp__github__create_issue", ms=1500)
    assert run(["tools", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "tools": [
            {
                "name": "mcp__github__create_issue",
                "server": "github",
                "tool": "create_issue",
                "calls": 1,
                "failed": 0,
                "denied": 0,
                "unfinished": 0,
                "failure_rate": 0.0,
                "median_duration": 1.5,
                "p95_duration": 1.5,
                "sessions": 1,
            }
        ],
    }


def tools_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> set[str]:
    assert run(["tools", "--json", *arguments]) == 0
    return {row["name"] for row in json.loads(capsys.readouterr().out)["tools"]}


def test_choosing(config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By time, by project (a folder means what is below it, too), and by session, a recording's included."""
    first = WorkedSession(config, cwd="/home/ann/app/sub").does("Read").later(3_600_000).does("Bash")
    WorkedSession(config, OTHER, cwd="/home/ann/apple").does("Grep")
    assert tools_of(capsys, "--since", "2026-02-07T12:30:00Z") == {"Bash"}
    assert tools_of(capsys, "--until", "2026-02-07T12:30:00Z") == {"Read", "Grep"}
    assert tools_of(capsys, "--since", "1d") == set()
    assert tools_of(capsys, "--project", "/home/ann/app") == {"Read", "Bash"}
    assert tools_of(capsys, "--project", "app") == {"Read", "Bash"}
    assert tools_of(capsys, "--session", OTHER[:4]) == {"Grep"}
    log = LogWriter(Path.home() / ".claude-sessions").start(title="mine").add("link", LinkInfo(first.session_id, ""))
    log.exit()
    assert tools_of(capsys, "--session", "mine") == {"Read", "Bash"}


@pytest.mark.parametrize("command", [["tools"], ["files"], ["stats"], ["recent"]])
def test_nothing_is_no_fault(command: list[str], config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a transcript, or without one in that time, one sentence says why there is no table."""
    for arguments in (command, [*command, "--since", "2d"]):
        assert run(arguments) == 0
        assert capsys.readouterr() == (
            "",
            "claude-sessions: there are no transcripts; Claude Code writes one for each session\n",
        )
    WorkedSession(config).prompt("a")
    assert run([*command, "--since", "2027-01-01", "--project", "app"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith(" in app in that time\n")
    assert len(captured.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["tools", "files", "stats", "recent"])
def test_a_project_that_nobody_knows(command: str, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is exit 1 in every command."""
    WorkedSession(config).prompt("a")
    assert run([command, "--project", "nowhere"]) == 1
    assert "no session began in nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--session", "none"], 1), (["--since", "soon"], 2), (["--until", "2026-02-30"], 2)]
)
def test_what_cannot_be_meant(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, and the code of the table."""
    assert run(["tools", *arguments]) == code
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("command", [["tools"], ["files"], ["stats"]])
def test_nothing_of_a_transcript_reaches_the_terminal_as_a_command(
    command: list[str], config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names of tools, paths, titles, models and types are shown without what would act on a terminal."""
    escapes = "\x1b]0;owned\x07\x1b[2J\u202e\n"
    session = WorkedSession(config, cwd="/" + escapes, version=escapes).prompt(escapes)
    session.does(escapes).does("mcp__" + escapes + "__" + escapes).does("Read", {"file_path": "/" + escapes})
    session.says(text="x", model=escapes).line(escapes)
    for arguments in (command, [*command, "--json"]):
        assert run(arguments) == 0
        captured = capsys.readouterr()
        assert "owned" in captured.out
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", captured.out + captured.err)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, ""),
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1.0 s"),
        (9949, "9.9 s"),
        (9950, "10 s"),
        (59_499, "59 s"),
        (125_000, "2m 05s"),
    ],
)
def test_lengths_of_time(ms: int | None, text: str) -> None:
    """Three digits say enough."""
    assert length(ms) == text
