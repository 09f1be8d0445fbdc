"""Rows of tools."""

from pathlib import Path

import pytest

from claude_sessions.activity.history import read_history
from claude_sessions.activity.tools import split_name, tool_uses
from tests.kit.worked import NOON_MS, WorkedSession


@pytest.fixture
def session(own_home: Path) -> WorkedSession:
    """An empty transcript of Claude Code's folder."""
    return WorkedSession(own_home / ".claude")


def test_a_row_for_each_tool(session: WorkedSession) -> None:
    """Calls, failures, denials and what never ended; durations of what ran only."""
    for ms in (100, 200, 300, 400):
        session.does("Bash", ms=ms)
    session.does("Bash", ms=5000, error=True).does("Bash", ms=99_000, error=True, toolDenialKind="user-rejected")
    session.calls("Bash")
    session.does("Read", ms=10)
    bash, read = tool_uses(read_history().uses())
    assert (bash.name, bash.calls, bash.failed, bash.denied, bash.unfinished) == ("Bash", 7, 1, 1, 1)
    assert (bash.median_ms, bash.p95_ms, bash.failure_rate, bash.sessions) == (300, 5000, 0.2, 1)
    assert (read.calls, read.median_ms, read.p95_ms, read.failure_rate) == (1, 10, 10, 0)


def test_a_tool_that_never_ran(session: WorkedSession) -> None:
    """It has neither durations nor a rate."""
    session.calls("Bash")
    (row,) = tool_uses(read_history().uses())
    assert (row.median_ms, row.p95_ms, row.failure_rate) == (None, None, None)


def test_most_calls_first(session: WorkedSession) -> None:
    """Then by name."""
    session.does("b").does("a").does("c").does("c")
    assert [row.name for row in tool_uses(read_history().uses())] == ["c", "a", "b"]


def test_a_period_takes_in_its_beginning_but_not_its_end(session: WorkedSession) -> None:
    """The time is that of the call; a call without a time is in no period."""
    session.does("a", ms=0).later(1000).does("b", ms=0).later(1000).does("c", ms=0)
    session.line("assistant", timestamp="", message={"content": [{"type": "tool_use", "id": "t", "name": "d"}]})

    def names(since: int | None, until: int | None) -> str:
        return "".join(use.tool for use in read_history().chosen(lambda _: True, since, until).uses())

    assert names(None, None) == "abcd"
    assert names(NOON_MS + 1000, None) == "bc"
    assert names(None, NOON_MS + 1000) == "a"
    assert names(NOON_MS + 1, NOON_MS + 2000) == "b"


@pytest.mark.parametrize(
    ("name", "server", "tool"),
    [
        ("mcp__github__create_issue", "github", "create_issue"),
        ("mcp__plugin_x_y__do__it", "plugin_x_y", "do__it"),
        ("mcp__github", "", "mcp__github"),
        ("Bash", "", "Bash"),
        ("", "", ""),
    ],
)
def test_names_of_mcp_tools(name: str, server: str, tool: str) -> None:
    """Server and tool are told apart; what only looks like one is left as it is."""
    assert split_name(name) == (server, tool)
