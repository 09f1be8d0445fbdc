"""`transcript`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.events import LinkInfo
from claude_sessions.transcript.packed import zstd
from tests.kit.recordings import LogWriter
from tests.kit.spoken import SESSION, calls, chained, encoded, gives, says, system, user, write, write_agent

OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture
def config(own_home: Path) -> Path:
    """Claude Code's configuration folder."""
    return own_home / ".claude"


@pytest.fixture
def path(config: Path) -> Path:
    """A small session."""
    lines = [user("fix it"), calls("Bash", {"command": "ls"}), gives("a.py\x1b[0m"), says("done", "req_2")]
    return write(config, chained(lines))


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    assert run(["transcript", *arguments]) == code
    read = capsys.readouterr()
    return read.out, read.err


SHOWN = "❯ fix it\n\n● Bash(ls)\n  └ a.py\n\n● done\n"


@pytest.mark.parametrize("name", [SESSION, SESSION[:8], "last", "fix it"])
def test_a_session_is_found_by_its_names(path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """By its id, the beginning of it, as the newest, and by its title."""
    assert printed(capsys, name) == (SHOWN, "")
    assert printed(capsys, str(path)) == (SHOWN, "")


def test_the_newest_of_this_directory_is_meant_without_an_id(
    config: Path, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere the newest of all."""
    here = write(config, chained([user("here")]), OTHER, str(tmp_path))
    os.utime(here, (1, 1))
    monkeypatch.chdir(tmp_path)
    assert printed(capsys)[0] == "❯ here\n"
    monkeypatch.chdir("/")
    assert printed(capsys)[0] == SHOWN


def test_a_recording_has_the_transcripts_it_was_linked_with(
    config: Path, path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after the other, each once; one that was moved is found by its id, one that is gone is left out."""
    write(config, chained([user("after /clear")]), OTHER)
    log = LogWriter(own_home / ".claude-sessions").start(title="my work")
    log.add("link", LinkInfo(SESSION, str(path))).add("link", LinkInfo(OTHER, "/gone.jsonl"))
    log.add("link", LinkInfo(SESSION, str(path))).add("link", LinkInfo("33333333-gone", "")).exit(0)
    for name in (log.session_id, "my work"):
        assert printed(capsys, name)[0] == f"{SHOWN}\n--- {OTHER} ---\n\n❯ after /clear\n"
    lines = printed(capsys, log.session_id, "--format", "json")[0].splitlines()
    assert [json.loads(line)["session_id"] for line in lines] == [SESSION, OTHER]
    assert "has 2; name one" in printed(capsys, log.session_id, "--branch", "1", code=2)[1]


def test_a_recording_without_a_transcript_says_so(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not found, and why."""
    log = LogWriter(own_home / ".claude-sessions").start().exit(0)
    assert f"the recording {log.session_id} has no transcript" in printed(capsys, log.session_id, code=1)[1]


def test_an_archived_session_is_found(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When Claude Code has deleted its own."""
    home = own_home / ".claude-sessions"
    there = home / "archive" / "home-1" / "-home-ann-shop" / f"{SESSION}.jsonl.zst"
    there.parent.mkdir(parents=True)
    for folder in (home, *(each for each in home.rglob("*") if each.is_dir())):
        folder.chmod(0o700)
    there.write_bytes(zstd.compress(encoded(chained([user("long ago")]))))
    assert printed(capsys, SESSION[:6])[0] == "❯ long ago\n"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nothing-like-it"], 1, "no transcript has the id 'nothing-like-it'"),
        (["/no/such.jsonl"], 1, "/no/such.jsonl: there is no such file"),
        ([SESSION, "--branch", "2"], 1, "has no branch 2; there is only one"),
        ([SESSION, "--format", "pdf"], 2, "'pdf' is not one of 'markdown', 'html', 'json', 'sdk'"),
        ([SESSION, "-o", "/no/such/folder/x"], 2, "/no/such/folder cannot be opened: No such file or directory"),
    ],
)
def test_what_cannot_be_printed_is_said_in_a_sentence(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, sentence: str
) -> None:
    """With the exit code that goes with it, and nothing on stdout."""
    out, err = printed(capsys, *arguments, code=code)
    assert out == ""
    assert sentence in err
    assert path.exists()


def test_what_cannot_be_seen_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other branches, and places that cannot be read."""
    lines = [*chained([user("a"), says("b"), user("c")]), {"uuid": "v", "parentUuid": "u1", **user("d")}]
    path = write(config, lines)
    path.write_bytes(b"{torn\n\n[1]\n" + path.read_bytes())
    out, err = printed(capsys, SESSION)
    assert out == "❯ a\n\n● b\n\n❯ d\n"
    assert "2 branches, this is number 2; --branch 1 shows another" in err
    assert "byte 0: cut off in the middle, skipped" in err or "byte 0: not JSON" in err
    assert err.endswith("; 1 more place like it\n")
    assert printed(capsys, SESSION, "--branch", "1")[0] == "❯ a\n\n● b\n\n❯ c\n"


def test_a_subagents_transcript_says_how_it_is_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is empty without --subagents."""
    agent = write_agent(path, chained([user("look"), says("seen")], "a"))
    assert printed(capsys, str(agent)) == (
        "",
        f"claude-sessions: {agent.name} is a subagent's; --subagents shows it\n",
    )
    assert printed(capsys, str(agent), "--subagents") == ("❯ look\n\n● seen\n", "")


def test_every_format_can_be_written_to_a_file(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file has what would have been printed."""
    for form in ("markdown", "html", "json", "sdk"):
        out, _ = printed(capsys, SESSION, "--format", form)
        assert printed(capsys, SESSION, "--format", form, "-o", str(tmp_path / form)) == ("", "")
        assert (tmp_path / form).read_text() == out
        assert out
        assert path.exists()


def test_a_file_that_is_there_is_left_alone(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unless --force says otherwise; where printing fails there is none."""
    there = tmp_path / "page.md"
    there.write_text("mine")
    assert "--force replaces it" in printed(capsys, str(path), "-o", str(there), code=2)[1]
    assert there.read_text() == "mine"
    printed(capsys, str(path), "-o", str(there), "--force")
    assert there.read_text() == SHOWN
    printed(capsys, str(path), "--branch", "9", "-o", str(tmp_path / "none"), code=1)
    assert [each.name for each in tmp_path.iterdir()] == ["page.md"]


@pytest.mark.parametrize(
    ("name", "begins"),
    [("a.html", "<!doctype html>"), ("a.JSON", '{"version": 1'), ("a.jsonl", '{"type": "user"'), ("a.txt", "❯ fix")],
)
def test_the_suffix_says_the_format(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, begins: str
) -> None:
    """Where --format does not."""
    printed(capsys, str(path), "-o", str(tmp_path / name))
    assert (tmp_path / name).read_text().startswith(begins)
    printed(capsys, str(path), "-o", str(tmp_path / name), "--force", "--format", "markdown")
    assert (tmp_path / name).read_text() == SHOWN


def test_a_hyphen_is_standard_output(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of that name is made."""
    monkeypatch.chdir(tmp_path)
    assert printed(capsys, str(path), "-o", "-") == (SHOWN, "")
    assert list(tmp_path.iterdir()) == []


def test_prompts_before_a_compaction_are_counted(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence says how many are not shown, where any are not."""
    queued = {"type": "attachment", "attachment": {"type": "queued_command", "prompt": "two", "commandMode": "prompt"}}
    lines = [user("one"), says("a"), queued, system("compact_boundary"), user("three")]
    path = str(write(config, chained(lines)))
    sentence = "claude-sessions: 2 earlier prompts were compacted into a summary; --full shows them\n"
    for form in ("markdown", "html", "json"):
        assert printed(capsys, path, "--format", form)[1] == sentence
    assert printed(capsys, path, "--full")[1] == ""
    assert printed(capsys, path, "--format", "sdk")[1] == ""
    path = str(write(config, chained([user("one"), *lines[-2:]])))
    assert "1 earlier prompt was compacted into a summary; --full shows it\n" in printed(capsys, path)[1]
    path = str(write(config, chained(lines[-2:])))
    assert printed(capsys, path)[1] == ""


def test_a_terminal_gets_lines_that_fit(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said is broken between words, results are not."""
    lines = [user("one two three"), calls("Bash", {"command": "ls"}), gives("four five six"), says("seven eight")]
    path = str(write(config, chained(lines)))
    monkeypatch.setenv("COLUMNS", "12")
    assert "❯ one two three\n" in printed(capsys, path)[0]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert printed(capsys, path)[0] == ("❯ one two\n  three\n\n● Bash(ls)\n  └ four five six\n● seven\n  eight\n")


def test_many_branches_take_no_longer(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their number does not multiply with itself: at 20,000 that is the difference between a second and many minutes."""
    lines = chained([user("root"), says("ok")])
    lines += [{"uuid": f"b{at}", "parentUuid": "u1", **user("again")} for at in range(20_000)]
    assert "20000 branches, this is number 20000; --branch 19999" in printed(capsys, str(write(config, lines)))[1]


def test_a_transcript_whose_name_is_two_points(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its session's folder would be the one above its own: results are not looked for there."""
    note = "<persisted-output>\nFull output saved to: /x/tool-results/secret.txt"
    path = write(config, chained([calls("Bash"), gives(note)]), "..")
    folder = path.parent.parent / "tool-results"
    folder.mkdir()
    (folder / "secret.txt").write_text("the secret")
    assert "the secret" not in printed(capsys, str(path), "--full")[0]


def test_the_module_prints_the_same(path: Path) -> None:
    """`python -m claude_sessions.transcript FILE`."""
    done = subprocess.run(
        [sys.executable, "-m", "claude_sessions.transcript", str(path)], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == (SHOWN, "")


def test_a_reader_that_goes_away_ends_it_quietly(config: Path) -> None:
    """As with `| head`."""
    path = write(config, chained([says("x" * 1000) for _ in range(500)]))
    command = f"{sys.executable} -m claude_sessions.transcript {path} | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""
