"""`stats`, and the small charts."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.cli.app import run
from claude_sessions.cli.chart import bar, columns, draws_blocks
from claude_sessions.cli.table import display_width
from tests.kit.responses import progress, response, usage, write
from tests.kit.worked import WorkedSession

OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture
def worked(own_home: Path) -> WorkedSession:
    """A session with a subagent, a fork of it, something new and something torn."""
    config = own_home / ".claude"
    session = WorkedSession(config).prompt("a").later(90_000).does("Bash", error=True).does("mcp__crm__find")
    session.line("brand-new").raw(b"{torn")
    WorkedSession(config, agent="a1b2c3d4e5f6a7b8c").does("Read", {"file_path": "/x"})
    WorkedSession(config, OTHER, cwd="/" + "very-long-name/" * 9).copied(session).later(86_400_000).prompt("b")
    return session


def test_a_page(worked: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """The numbers come in sentences, what has many values as charts, and no line is wider than a terminal."""
    assert run(["stats"]) == 0
    out = capsys.readouterr().out
    for text in (
        "sessions    2 sessions in 1 project\n",
        "prompts     2, answered by 3 responses\n",
        "tools       3 calls, 33.3% failed\n",
        "at work     1m 32s, pauses of more than 10 minutes left out\n",
        "3 transcripts (1 of subagents)\n",
        "  crm: find        1  ",
        "  claude-opus-4-5        3  ",
        "  brand-new: 2 (Claude Code 2.1.200)\n",
        "6 lines are copies",
        "2 damaged pieces left out",
        " days in a row, until 2026-02-08\n",
        "Weekdays\n",
    ):
        assert text in out, text
    assert max(map(display_width, out.splitlines())) <= 80


def test_json(worked: WorkedSession, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get one object."""
    assert run(["stats", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["version"], printed["sessions"], printed["prompts"], printed["responses"]) == (1, 2, 2, 3)
    assert printed["tools"] == {"Bash": 1, "mcp__crm__find": 1, "Read": 1}
    assert printed["unknown_line_types"] == {"brand-new": {"2.1.200": 2}}
    assert (printed["copied_lines"], printed["faults"], printed["lines"]) == (6, 2, 15)
    assert printed["longest_sessions"][0]["id"] == worked.session_id
    assert printed["longest_sessions"][0]["started"] == "2026-02-07T12:00:00.000000Z"
    assert (printed["longest_streak"]["days"], printed["current_streak"]) == (2, None)
    assert sum(printed["hours"]) == sum(printed["days"].values()) == 5


def test_choosing(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By time and by project; a session of which something lies in that time counts with that alone."""
    tokens = {"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    session = WorkedSession(own_home / ".claude").prompt("a").does("Bash").later(86_400_000).prompt("b").does("Read")
    answer = {"id": "m", "role": "assistant", "model": "claude-opus-4-5", "content": [], "usage": tokens}
    session.line("assistant", requestId="r", message=answer)
    WorkedSession(own_home / ".claude", OTHER, cwd="/srv/lib").prompt("c")

    def numbers(*arguments: str) -> tuple[object, ...]:
        assert run(["stats", "--json", *arguments]) == 0
        printed = json.loads(capsys.readouterr().out)
        used = printed["tokens"]["output"]
        return printed["sessions"], printed["prompts"], printed["tools"], sum(printed["hours"]), used

    assert numbers() == (2, 3, {"Bash": 1, "Read": 1}, 6, 2)
    assert numbers("--since", "2026-02-08T00:00:00Z") == (1, 1, {"Read": 1}, 3, 2)
    assert numbers("--until", "2026-02-08T00:00:00Z") == (2, 2, {"Bash": 1}, 3, 0)
    assert numbers("--project", "app") == (1, 2, {"Bash": 1, "Read": 1}, 5, 2)
    assert numbers("--project", "/srv") == (1, 1, {}, 1, 0)


def test_responses_are_those_that_usage_counts(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also of a subagent that only progress lines tell of, in all and by session and model; too low a number is marked."""
    early = response(stop=None, version="2.1.9", used=usage(output=10**6))
    lost = progress(response("msg_2", "req_2", model="claude-haiku-4-5", side=True))
    write(own_home / ".claude", f"{OTHER}.jsonl", {"type": "user", "message": {"content": "a"}}, early, lost)
    printed = {}
    for command in ("stats", "usage"):
        assert run([command, "--json"]) == 0
        printed[command] = json.loads(capsys.readouterr().out)
    assert printed["stats"]["responses"] == printed["usage"]["totals"]["responses"] == 2
    assert printed["stats"]["models"] == {"claude-opus-4-5-20251101": 1, "claude-haiku-4-5": 1}
    assert [session["responses"] for session in printed["stats"]["longest_sessions"]] == [2]
    assert printed["stats"]["lower_bound"] is True
    assert run(["stats"]) == 0
    out = capsys.readouterr().out
    assert "at least $25.00" in out
    assert "at least 1.0 M out" in out


@pytest.mark.parametrize("width", [40, 60, 80])
def test_it_fits_the_terminal(
    worked: WorkedSession, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Sentences are broken between words, charts and bars are made shorter."""
    worked.does("Read").line("type-" * 30)
    WorkedSession(worked.path.parents[2], OTHER.replace("2", "3"), cwd="/日本" * 30).later(-(10**10)).prompt("x")
    monkeypatch.setattr("claude_sessions.cli.chosen.columns", lambda: width)
    assert run(["stats"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(display_width, lines)) <= width
    assert sum("█" in line for line in lines) > 10


def test_no_transcripts(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get zeros."""
    assert run(["stats", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sessions"] == 0


def test_blocks_only_where_they_can_be_spelled() -> None:
    """A terminal of another encoding gets plain characters."""
    assert draws_blocks(io.TextIOWrapper(io.BytesIO(), "utf-8"))
    assert not draws_blocks(io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert not draws_blocks(io.TextIOWrapper(io.BytesIO(), "latin-1"))
    assert (columns([0, 9], blocks=False) + bar(1, 2, 4, blocks=False)).isascii()


@given(values=st.lists(st.integers(0, 10**9), min_size=1), blocks=st.booleans(), width=st.integers(1, 40))
def test_charts_show_what_is_there(values: list[int], blocks: bool, width: int) -> None:
    """Only for nothing there is nothing; the largest is the highest, and no bar is wider than it may be."""
    largest = max(values)
    row = columns(values, blocks=blocks)
    assert [each == " " for each in row] == [value == 0 for value in values]
    for value in values:
        drawn = bar(value, largest, width, blocks=blocks)
        assert (drawn == "") == (value == 0)
        assert len(drawn) <= width
    if largest:
        assert row[values.index(largest)] == ("█" if blocks else "@")
        assert len(bar(largest, largest, width, blocks=blocks)) == width
