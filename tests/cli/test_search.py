"""`search`."""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.events import LinkInfo
from tests.kit.recordings import NOON, SECOND, LogWriter
from tests.kit.spoken import AGENT, SESSION, calls, gives, says, thinks, user, write, write_agent
from tests.kit.terminal import PtyTerminal

ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"


@pytest.fixture
def config(own_home: Path) -> Path:
    return own_home / ".claude"


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    return LogWriter(own_home / ".claude-sessions")


def at(time: str, line: dict[str, object]) -> dict[str, object]:
    return {"timestamp": f"2026-02-07T{time}.000Z", "uuid": time, "cwd": "/home/ann/shop", **line}


def test_a_hit_in_a_transcript(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When, where, who; the text; and a command that exists."""
    monkeypatch.setenv("TZ", "UTC")
    write(config, [at("12:00:00", user("please fix the failing test"))])
    assert run(["search", "failing", "tes"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.splitlines() == [
        "11111111  2026-02-07 12:00:00 UTC  /home/ann/shop  prompt",
        "    please fix the failing test",
        f"    claude-sessions transcript {SESSION}",
    ]


def test_the_command_of_a_hit_shows_it(config: Path, log: LogWriter, capsys: pytest.CaptureFixture[str]) -> None:
    """On a screen, in a transcript that a recording shows, in one that none shows, and in a subagent's."""
    log.start().add("output", b"needle on the screen\r\n", after=90 * SECOND).add("link", LinkInfo(SESSION))
    log.add("output", b"\x1b[2J\x1b[Hgone\r\n", after=60 * SECOND).exit()
    said = [at("12:02:00", says("needle that was said")), at("13:00:00", says("needle of later"))]
    unseen = [calls("Bash", {"command": "x"}), gives("a\n" * 99 + "needle given"), thinks("needle thought of")]
    session = write(config, [*said, *(at(f"14:00:0{number}", line) for number, line in enumerate(unseen))])
    write_agent(session, [at("13:00:01", says("needle of an agent"))])
    assert run(["search", "needle", "--json"]) == 0
    commands = {hit["text"].split("needle ")[1]: hit["command"] for hit in json.loads(capsys.readouterr().out)["hits"]}
    assert commands["on the screen"] == f"claude-sessions replay {log.session_id} --at 1:30.0"
    assert commands["that was said"] == f"claude-sessions replay {log.session_id} --at 1:59.0"
    assert commands["of later"] == f"claude-sessions transcript {SESSION}"
    assert commands["of an agent"] == f"claude-sessions transcript agent-{AGENT} --subagents"
    assert commands["given"] == f"claude-sessions transcript {SESSION} --full"
    assert commands["thought of"] == f"claude-sessions transcript {SESSION} --thinking"
    for text, command in commands.items():
        if "replay" not in command:
            assert run(shlex.split(command)[1:]) == 0
            assert f"needle {text}" in capsys.readouterr().out


def test_json_has_a_version(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All that is known of a hit, and where in its text the words are."""
    path = write(config, [at("12:00:00", calls("Bash", {"command": "grep needle 日本.txt"}))])
    assert run(["search", "needle", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "query": "needle",
        "hits": [
            {
                "kind": "tool",
                "time": "2026-02-07T12:00:00.000000Z",
                "directory": "/home/ann/shop",
                "title": None,
                "session_id": SESSION,
                "recording_id": None,
                "offset": None,
                "transcript": str(path),
                "subagent": False,
                "text": "grep needle 日本.txt",
                "matches": [{"start": 5, "end": 11}],
                "also_in": [],
                "command": f"claude-sessions transcript {SESSION} --full",
            }
        ],
    }


def test_a_hit_names_its_session(
    config: Path, log: LogWriter, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the title that a person gave to the recording, else by that of the transcript; not where the hit says it."""
    monkeypatch.setenv("TZ", "UTC")
    write(config, [at("12:00:00", user("go on")), at("12:00:09", says("a needle that was said"))])
    assert run(["search", "needle"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("/home/ann/shop  answer  go on")
    assert run(["search", "go on"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("/home/ann/shop  prompt")
    log.start(title="sewing \x1b[2J kit " + "and more " * 9).add("link", LinkInfo(SESSION))
    log.add("output", b"needle on the screen\r\n").exit()
    assert run(["search", "needle"]) == 0
    heads = capsys.readouterr().out.splitlines()[::3]
    assert len(heads) == 2
    assert all("  sewing ^[[2J kit and more" in head and head.endswith("…") for head in heads)
    assert run(["search", "needle", "--json"]) == 0
    titles = [hit["title"] for hit in json.loads(capsys.readouterr().out)["hits"]]
    assert titles == ["sewing \x1b[2J kit " + "and more " * 9] * 2


def test_copies_of_a_recording_are_one_hit(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are named below it."""
    ids = [f"{number}2345678-aaaa-4aaa-8aaa-000000000001" for number in range(6)]
    for number, session_id in enumerate(ids):
        log = LogWriter(own_home / ".claude-sessions", session_id, now=NOON + number * 3600 * SECOND)
        log.start().add("output", b"a needle\r\n").exit()
    assert run(["search", "needle", "--json"]) == 0
    (hit,) = json.loads(capsys.readouterr().out)["hits"]
    assert sorted([hit["recording_id"], *hit["also_in"]]) == ids
    assert run(["search", "needle"]) == 0
    also = capsys.readouterr().out.splitlines()[3].split()
    assert also[:2] == ["also", "in"]
    assert also[-3:] == ["and", "2", "more"]


def test_nothing_found_is_exit_code_1(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence says so, also where there is nothing at all to be searched."""
    assert run(["search", "needle"]) == 1
    assert capsys.readouterr().err == "claude-sessions: nothing found for 'needle'\n"
    write(config, [at("12:00:00", user("hay"))])
    assert run(["search", "needle"]) == 1
    capsys.readouterr()
    assert run(["search", "needle", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["hits"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["!?"], "'!?' has no word to look for; --regex finds signs too"),
        (["--regex", "a["], "'a[' is not a pattern: missing ]: [; without --regex its words are looked for"),
        (["a", "--since", "soon"], "no date, time or age"),
        (["a", "--recordings", "--transcripts"], "takes one of"),
        ([" ".join(map(str, range(99)))], "too many"),
    ],
)
def test_what_cannot_be_meant(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, and what to do instead."""
    assert run(["search", *arguments]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], 4),
        (["-n", "2"], 2),
        (["--since", "2026-02-07T12:30:00Z"], 1),
        (["--until", "2026-02-07T12:30:00Z"], 3),
        (["--dir", "/home/ann"], 4),
        (["--dir", "/home/ann/shop"], 3),
        (["--recordings"], 1),
        (["--recordings", "--input"], 2),
        (["--transcripts"], 3),
        (["--regex"], 4),
        (["--regex", "--input"], 5),
        (["--regex", "--recordings", "--until", "2026-01-01"], 0),
    ],
)
def test_options(
    config: Path, log: LogWriter, options: list[str], found: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is looked through, and how much is shown."""
    write(config, [at(f"1{hour}:00:00", user(f"needle {hour}")) for hour in (1, 2, 3)])
    log.start().add("input", b"needle\r").add("output", b"needle on the screen\r\n").exit()
    assert run(["search", "needle", *options, "--json"]) == (0 if found else 1)
    assert len(json.loads(capsys.readouterr().out)["hits"]) == found


@pytest.mark.parametrize("options", [[], ["--json"], ["--regex"]])
def test_nothing_foreign_is_obeyed(
    config: Path, log: LogWriter, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts, directories and names of files are shown without what would act on a terminal."""
    line = at("12:00:00", user(f"needle {ESCAPES}"))
    write(config, [{**line, "cwd": f"/home/{ESCAPES}"}], session_id=f"x{ESCAPES.replace('/', '')}")
    log.start(directory=ESCAPES).add("output", b"needle \x1b]0;owned\x07 \xe2\x80\xae\r\n").exit()
    (log.logs / f"{SESSION}.jsonl").write_text("{")
    assert run(["search", "needle", *options]) == 0
    captured = capsys.readouterr()
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]", captured.out + captured.err)


@pytest.mark.parametrize(("no_colour", "bold"), [("", True), ("1", False)])
def test_words_are_bold_on_a_terminal(
    config: Path, pty_terminal: Callable[..., PtyTerminal], tmp_path: Path, no_colour: str, bold: bool
) -> None:
    """Unless colours are not wanted; and a text is as wide as the terminal."""
    write(config, [at("12:00:00", user("a needle in a haystack " + "hay " * 100))])
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": no_colour}
    terminal = pty_terminal([sys.executable, "-m", "claude_sessions", "search", "needle"], tmp_path, environment)
    assert terminal.exit_status() == 0
    assert (b"a \x1b[1mneedle\x1b[22m in" in terminal.received) is bold
    assert len(terminal.screen().splitlines()) == 3


def test_the_index_is_kept_to_oneself(config: Path, own_home: Path) -> None:
    """In a home that is made for it where there is none."""
    write(config, [at("12:00:00", user("needle"))])
    program = [sys.executable, "-m", "claude_sessions", "search", "needle"]
    for _ in range(2):
        done = subprocess.run(program, capture_output=True, timeout=60, check=True, text=True)
        assert (done.stderr, "needle" in done.stdout) == ("", True)
    cache = own_home / ".claude-sessions" / "cache"
    assert stat.S_IMODE((cache / "search.db").stat().st_mode) == 0o600
    assert sorted(path.name for path in cache.iterdir()) == ["overview.db", "search.db"]
    assert stat.S_IMODE((cache / "overview.db").stat().st_mode) == 0o600


def test_a_damaged_index_is_built_anew(config: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a line that says so."""
    write(config, [at("12:00:00", user("needle"))])
    run(["search", "needle"])
    (own_home / ".claude-sessions" / "cache" / "search.db").write_bytes(b"rubbish" * 1000)
    capsys.readouterr()
    assert run(["search", "needle"]) == 0
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "built anew" in captured.err
    assert "needle" in captured.out


def test_a_command_to_paste_names_what_it_means(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A session whose id would be an option is named by its file; one with control characters has no command."""
    path = write(config, [at("18:15:00", user("zebraword"))], "--full")
    odd = write(config, [at("18:15:01", user("zebraword"))], "a\x1b[31m\nb")
    assert run(["search", "zebraword"]) == 0
    printed = capsys.readouterr().out
    assert f"\n    claude-sessions transcript {path}\n" in printed
    assert "claude-sessions transcript 'a" not in printed
    assert f"\n    {odd.parent}/a^[[31m b.jsonl\n" in printed
