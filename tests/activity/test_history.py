"""All digests together: sessions, their subagents, and copies."""

from pathlib import Path

import pytest

from claude_sessions.activity.history import History, read_history
from claude_sessions.transcript.files import scan
from tests.kit.worked import NOON_MS, WorkedSession

OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture
def config(own_home: Path) -> Path:
    """Claude Code's folder."""
    return own_home / ".claude"


def calls_by_session(history: History) -> list[tuple[str, str]]:
    return [(use.part.session_id[:1], use.tool) for use in history.uses()]


def test_a_copied_history_belongs_to_the_session_that_was_there_first(config: Path) -> None:
    """A fork counts only what it did itself, whichever file was written last."""
    fork = WorkedSession(config, OTHER)
    original = WorkedSession(config).prompt("a").does("Read").does("Bash")
    fork.copied(original)
    fork.now = original.now
    fork.later(5000).does("Edit")
    original.prompt("it is written last, and ended first")
    history = read_history()
    assert sorted(calls_by_session(history)) == [("1", "Bash"), ("1", "Read"), ("2", "Edit")]
    assert [part.owned.count(False) for part in history.parts if part.owned] == [5]


def test_a_session_that_says_it_is_a_copy_is_one(config: Path) -> None:
    """Where the original went on for longer than the fork, `forkedFrom` tells which is which."""
    original = WorkedSession(config).does("Read")
    fork = WorkedSession(config, OTHER).copied(original)
    fork.path.write_bytes(fork.path.read_bytes().replace(b'{"parentUuid"', b'{"forkedFrom": {}, "parentUuid"'))
    original.later(9000).does("Bash")
    assert sorted(calls_by_session(read_history())) == [("1", "Bash"), ("1", "Read")]


def test_a_line_that_was_written_twice_counts_once(config: Path) -> None:
    """Also within one file."""
    session = WorkedSession(config).prompt("a")
    session.path.write_bytes(session.path.read_bytes() * 2)
    (part,) = read_history().parts
    assert part.owned == [True, False]
    assert len(list(part.seconds())) == 1


def test_lines_without_a_uuid_are_no_copies(config: Path) -> None:
    """They count in every file."""
    for name in (OTHER, OTHER.replace("2", "3")):
        WorkedSession(config, name).raw({"type": "mode"}).raw({"type": "mode"})
    assert [part.owned for part in read_history().parts] == [None, None]


def test_subagents_belong_to_their_session(config: Path) -> None:
    """They are counted with it, and with the folder where it began."""
    WorkedSession(config).prompt("a").does("Task")
    WorkedSession(config, agent="a1b2c3d4e5f6a7b8c", cwd="/home/ann/worktree").does("Read", {"file_path": "src/x.py"})
    history = read_history()
    assert {(part.session_id[:1], part.directory) for part in history.parts} == {("1", "/home/ann/app")}
    assert [use.path for use in history.uses() if use.tool == "Read"] == ["/home/ann/worktree/src/x.py"]


def test_only_what_has_changed_is_read_again(config: Path) -> None:
    """The second time nothing is; a session that has grown is, and one that is gone no longer counts."""
    first, second = WorkedSession(config).does("Read"), WorkedSession(config, OTHER).does("Bash")
    read: list[int] = []
    read_history(progress=read.append)
    assert sum(read) == first.path.stat().st_size + second.path.stat().st_size
    second.does("Edit")
    first.path.unlink()
    assert [tool for _, tool in calls_by_session(read_history())] == ["Bash", "Edit"]


def test_a_session_that_goes_away_meanwhile_is_a_warning(config: Path) -> None:
    """The others count."""
    gone, _there = WorkedSession(config).does("Read"), WorkedSession(config, OTHER).does("Bash")
    files = scan()
    gone.path.unlink()
    warnings: list[str] = []
    assert calls_by_session(read_history(files, warn=warnings.append)) == [("2", "Bash")]
    assert len(warnings) == 1
    assert str(gone.path) in warnings[0]


def test_a_period_of_a_history(config: Path) -> None:
    """Of a transcript those lines count that lie in it and are no copies; one without any is left out."""
    original = WorkedSession(config).prompt("a").later(1000).prompt("b")
    WorkedSession(config, OTHER, now=original.now).copied(original).prompt("c").line("user", timestamp="")
    whole = read_history()
    part, fork = whole.chosen(lambda _: True, NOON_MS + 1000).parts
    assert (part.owned, fork.owned, fork.copies) == ([False, True], [False, False, True, False], 2)
    (part,) = whole.chosen(lambda _: True, None, NOON_MS + 1000).parts
    assert (part.session_id, part.owned) == (original.session_id, [True, False])
    assert whole.chosen(lambda part: part.session_id == OTHER).parts == [whole.parts[1]]
    assert len(whole.parts) == 2
