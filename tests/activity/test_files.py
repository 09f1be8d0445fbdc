"""Files that sessions touched."""

from pathlib import Path

import pytest

from claude_sessions.activity.files import changed_files, totals, touched_files
from claude_sessions.activity.history import read_history
from claude_sessions.transcript.files import describe
from tests.kit.worked import NOON_MS, WorkedSession, created, patch


@pytest.fixture
def config(own_home: Path) -> Path:
    """Claude Code's folder."""
    return own_home / ".claude"


def test_a_row_for_each_session_and_file(config: Path) -> None:
    """What was done to it, lines added up over the session and its subagents; the last touched first."""
    session = WorkedSession(config).does("Write", {"file_path": "/a"}, toolUseResult=created("1\n2\n"))
    session.does("Edit", {"file_path": "/a"}, toolUseResult=patch("-1", "+one", "+more")).does(
        "Read", {"file_path": "/a"}
    )
    agent = WorkedSession(config, agent="a1b2c3d4e5f6a7b8c", now=session.now)
    agent.later(1).does("Edit", {"file_path": "/a"}, toolUseResult=patch("+x"))
    WorkedSession(config, "2222").later(90_000).does("Read", {"file_path": "/a"})
    read, row = touched_files(read_history().uses())
    assert (read.session_id, read.reads, read.edits, read.creations, read.added) == ("2222", 1, 0, 0, None)
    assert (row.reads, row.edits, row.creations, row.added, row.removed) == (1, 3, 1, 5, 1)
    assert (row.first_ms, row.last_ms) == (NOON_MS, NOON_MS + 3001)
    assert totals([read, row]) == (5, 1)


def test_lines_that_nobody_tells_are_unknown(config: Path) -> None:
    """A notebook's result has no patch."""
    WorkedSession(config).does("NotebookEdit", {"notebook_path": "/n.ipynb"})
    (row,) = touched_files(read_history().uses())
    assert (row.edits, row.added, row.removed) == (1, None, None)


def test_what_one_session_changed(config: Path) -> None:
    """Edited and created files of it and of its subagents; no other session counts."""
    session = WorkedSession(config).does("Read", {"file_path": "/read"}).does("Edit", {"file_path": "/edited"})
    agent = WorkedSession(config, agent="a1b2c3d4e5f6a7b8c", now=session.now)
    agent.does("Write", {"file_path": "/made"}, toolUseResult=created("1"))
    WorkedSession(config, "2222").does("Edit", {"file_path": "/other"})
    assert {row.path for row in changed_files(describe(session.path))} == {"/edited", "/made"}
