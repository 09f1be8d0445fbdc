"""What `show` and `list` take from transcripts."""

import json
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.events import LinkInfo
from tests.kit import recordings
from tests.kit.recordings import SECOND, LogWriter
from tests.kit.spoken import SESSION, assistant, calls, chained, encoded, gives, user, write, write_agent

OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"
NOON = "2026-02-07T12:00:00.000Z"


def answer(message: str, output: int, block: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a response of the API."""
    line = assistant(block or {"type": "text", "text": "Done."}, timestamp=NOON)
    line["message"] |= {
        "id": message,
        "model": "claude-opus-4-5-20251101",
        "usage": {"input_tokens": 10, "output_tokens": output, "cache_read_input_tokens": 7},
    }
    return line


@pytest.fixture
def transcript(own_home: Path) -> Path:
    """A session of Claude's with a subagent, and a file that it made."""
    write_call = calls("Write", {"file_path": "/home/ann/shop/new.py", "content": "x"})["message"]["content"][0]
    lines = [
        user("fix the parser", timestamp=NOON, cwd="/home/ann/shop", version="2.1.329", gitBranch="main"),
        answer("m1", 100, write_call),
        gives("File created successfully", toolUseResult={"type": "create", "filePath": "/home/ann/shop/new.py"}),
        user("thanks", timestamp="2026-02-07T12:05:00.000Z"),
        answer("m2", 1000),
    ]
    path = write(own_home / ".claude", chained(lines))
    write_agent(path, chained([user("task"), answer("m3", 5)], "a"))
    return path


def record(own_home: Path, *links: tuple[str, str], title: str = "") -> LogWriter:
    """Write a recording that links to sessions of Claude's, from a minute before noon to ten minutes after it."""
    log = LogWriter(own_home / ".claude-sessions", now=recordings.NOON - 60 * SECOND).start(title=title)
    for claude_id, path in links:
        log.add("link", LinkInfo(claude_id, path))
    return log.add("output", b"x", after=600 * SECOND).exit()


def shown(out: str) -> dict[str, str]:
    return {line[:10].strip(): line[11:] for line in out.splitlines() if line[:10].strip()}


def test_show_of_a_recording_tells_what_was_said(
    own_home: Path, transcript: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Title, prompts, tokens with those of subagents, cost, and what was changed come from the linked transcript."""
    log = record(own_home, (SESSION, str(transcript)))
    assert run(["show", log.session_id]) == 0
    out = capsys.readouterr().out
    lines = shown(out)
    assert lines["title"] == "fix the parser"
    assert lines["prompts"] == "2, answered in 2 responses"
    assert "           first: fix the parser\n           last: thanks\n" in out
    assert lines["tokens"] == "30 in, 1,105 out, 21 read from the cache, 0 written to it"
    assert lines["cost"] == "$0.03"
    assert lines["changed"].startswith("1 file")
    assert lines["replay"] == f"claude-sessions replay {log.session_id}"
    assert "whole conversation" not in out
    assert (lines["branch"], lines["claude"]) == ("main", "version 2.1.329, claude-opus-4-5-20251101")
    assert lines["resume"] == f"claude-sessions resume {log.session_id}"


def test_a_recording_of_a_part_of_a_conversation(
    own_home: Path, transcript: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A resumed conversation has more than the recording shows: that comes first, and all of it in a second line."""
    later = {"cwd": "/home/ann/shop", "timestamp": "2026-02-07T14:00:00.000Z"}
    more = [{**user("once more"), **later}, {**answer("m9", 40), **later}]
    with transcript.open("ab") as file:
        file.write(encoded(chained(more, "later")))
    log = LogWriter(own_home / ".claude-sessions", now=recordings.NOON + 7100 * SECOND).start()
    log.add("link", LinkInfo(SESSION, str(transcript))).add("output", b"x", after=600 * SECOND).exit()
    assert run(["show", log.session_id]) == 0
    out = capsys.readouterr().out
    shared = "           whole conversation: "
    assert f"prompts    1, answered in 1 response\n{shared}3, answered in 3 responses\n" in out
    assert (
        f"           first: once more\ntokens     10 in, 40 out, 7 read from the cache, 0 written to it\n{shared}"
        in out
    )
    assert f"cost       $0.00\n{shared}$0.03\n" in out
    assert f"changed    no files\n{shared}1 file\n" in out
    assert run(["show", log.session_id, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["prompts"], printed["responses"], printed["first_prompt"]) == (1, 1, "once more")
    assert (printed["usage"]["responses"], printed["usage"]["output_tokens"]) == (1, 40)
    whole = printed["whole_conversation"]
    assert (whole["prompts"], whole["first_prompt"], whole["usage"]["output_tokens"]) == (3, "fix the parser", 1145)
    assert (printed["changed_files"], printed["transcripts"][0]["prompts"]) == ([], 3)


def test_claudes_own_figure_is_of_the_whole_conversation(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So it stands there alone; a recording in which nothing was used says none."""
    own = {"type": "cost-state", "totalCostUSD": 1.25, "sessionId": SESSION}
    path = write(own_home / ".claude", [*chained([user("hi", timestamp=NOON), answer("m1", 100)]), own])
    log = LogWriter(own_home / ".claude-sessions", now=recordings.NOON + 3600 * SECOND).start()
    log.add("link", LinkInfo(SESSION, str(path))).exit()
    assert run(["show", log.session_id]) == 0
    out = capsys.readouterr().out
    assert "cost       $0.00\n           whole conversation: $0.00 (Claude Code says $1.25)\n" in out
    assert "tokens     none\n" in out
    assert run(["show", log.session_id, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["usage"]["claude_cost"], printed["whole_conversation"]["usage"]["claude_cost"]) == (None, 1.25)


def test_json_of_show_has_the_transcripts(own_home: Path, transcript: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each transcript is there with its own facts; a recording of several sessions sums up what they used."""
    other = write(own_home / ".claude", chained([user("more"), answer("m4", 50)], "o"), OTHER)
    log = record(own_home, (SESSION, str(transcript)), (OTHER, str(other)), title="mine")
    assert run(["show", log.session_id, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["title"], printed["transcript_title"]) == ("mine", "more")
    assert [each["id"] for each in printed["transcripts"]] == [SESSION, OTHER]
    assert printed["usage"]["output_tokens"] == 1155
    assert printed["usage"]["responses"] == 4
    assert printed["usage"]["cost"] == pytest.approx((40 * 5 + 1155 * 25 + 28 * 0.5) / 1e6)
    assert [each["path"] for each in printed["changed_files"]] == ["/home/ann/shop/new.py"]


def test_a_transcript_that_was_moved_is_found_by_its_id(
    own_home: Path, transcript: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the log's path leads nowhere the session is looked up; where it is gone the recording is shown without."""
    log = record(own_home, (SESSION, "/moved/away.jsonl"), (OTHER, "/gone.jsonl"))
    assert run(["show", log.session_id, "--json"]) == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)["transcripts"]] == [SESSION]
    transcript.unlink()
    assert run(["show", log.session_id]) == 0
    lines = shown(capsys.readouterr().out)
    assert "prompts" not in lines
    assert "title" not in lines
    assert run(["show", log.session_id, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["transcripts"], printed["usage"], printed["transcript_title"]) == ([], None, None)


@pytest.mark.usefixtures("transcript")
@pytest.mark.parametrize("text", [SESSION, SESSION[:8], "fix the parser", "last"])
def test_show_of_a_session_that_was_never_recorded(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Claude's own id, the beginning of it, or its title shows what the transcript tells."""
    assert run(["show", text]) == 0
    lines = shown(capsys.readouterr().out)
    assert (lines["id"], lines["title"], lines["state"]) == (SESSION, "fix the parser", "not recorded")
    assert (lines["directory"], lines["branch"], lines["duration"]) == ("/home/ann/shop", "main", "5m 00s")
    assert lines["resume"] == f"claude-sessions resume {SESSION}"
    assert run(["show", SESSION[:8], "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["version"], printed["recorded"], printed["state"]) == (1, False, "not recorded")
    assert printed["transcripts"][0]["prompts"] == 2


@pytest.mark.usefixtures("transcript")
def test_show_of_what_is_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a recording nor a transcript: one sentence that says where to look, exit 1."""
    for text in ("nothing-like-it", "no"):
        assert run(["show", text]) == 1
        told = capsys.readouterr().err
        assert told.count("\n") == 1
        assert "claude-sessions list" in told
        assert "claude-sessions recent" in told


@pytest.mark.usefixtures("own_home")
def test_show_of_the_last_of_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is nothing at all, that is said."""
    assert run(["show", "last"]) == 1
    assert "there are no transcripts" in capsys.readouterr().err


def test_an_empty_transcript_is_shown(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file without a line has an id and no more."""
    path = write(own_home / ".claude", [])
    assert run(["show", str(path)]) == 0
    lines = shown(capsys.readouterr().out)
    assert lines["id"] == SESSION
    assert lines["prompts"] == "0, answered in 0 responses"


def test_a_model_without_a_price(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no price is known the cost says so; Claude Code's own figure stands beside it."""
    line = answer("m1", 100)
    line["message"]["model"] = "claude-unheard-of"
    own = {"type": "cost-state", "totalCostUSD": 1.25, "sessionId": SESSION}
    write(own_home / ".claude", [*chained([user("hi"), line]), own])
    assert run(["show", SESSION]) == 0
    cost = shown(capsys.readouterr().out)["cost"]
    assert cost == "at least $0.00 (Claude Code says $1.25): no price is known for claude-unheard-of"


def test_list_shows_the_transcripts_title(own_home: Path, transcript: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A recording to which nobody gave a title is listed with its transcript's; a person's own title stays."""
    record(own_home, (SESSION, str(transcript)))
    record(own_home, (SESSION, str(transcript)), title="mine")
    assert run(["list"]) == 0
    titles = sorted(line.split("/home/ann/project")[1].strip() for line in capsys.readouterr().out.splitlines()[1:])
    assert [title.split("  ")[0] for title in titles] == ["fix the parser", "mine"]
    assert run(["list", "--json"]) == 0
    sessions = json.loads(capsys.readouterr().out)["sessions"]
    assert {(each["title"], each["transcript_title"]) for each in sessions} == {("", "fix the parser"), ("mine", None)}
