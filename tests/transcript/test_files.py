"""Finding transcripts: every layout that Claude Code has had."""

import os
from pathlib import Path

import pytest

from claude_sessions.transcript.archive import name_of
from claude_sessions.transcript.files import Kind, describe, find_log_files, main_files, scan

SESSION = "0f0e0d0c-0000-4000-8000-000000000001"


def make(projects: Path, name: str, age: int = 0) -> Path:
    """Make a transcript that was written `age` seconds before others."""
    path = projects / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n")
    os.utime(path, ns=(0, (10**9 - age) * 10**9))
    return path


@pytest.mark.parametrize(
    ("name", "kind", "session_id", "agent_id"),
    [
        (f"-p/{SESSION}.jsonl", Kind.MAIN, SESSION, ""),
        (f"-p/sessions/{SESSION}.jsonl", Kind.MAIN, SESSION, ""),
        ("-p/agent-0a1b2c3.jsonl", Kind.SUBAGENT, "", "0a1b2c3"),
        (f"-p/{SESSION}/subagents/agent-a0123456789abcdef.jsonl", Kind.SUBAGENT, SESSION, "a0123456789abcdef"),
        (f"-p/{SESSION}/subagents/workflows/wf_1-2/agent-a0.jsonl", Kind.SUBAGENT, SESSION, "a0"),
        (f"-p/{SESSION}/subagents/workflows/wf_1-2/journal.jsonl", Kind.WORKFLOW, SESSION, ""),
    ],
)
def test_every_layout_is_found(tmp_path: Path, name: str, kind: Kind, session_id: str, agent_id: str) -> None:
    """The path tells what a transcript is, and whose."""
    path = make(tmp_path / "projects", name)
    (found,) = scan(tmp_path)
    assert (found.path, found.kind, found.session_id, found.agent_id) == (path, kind, session_id, agent_id)
    assert found == describe(path)


def test_folders_above_mean_nothing(tmp_path: Path) -> None:
    """A configuration folder that lies in a folder called subagents holds sessions all the same."""
    make(tmp_path / "subagents" / "c" / "projects", f"-p/{SESSION}.jsonl")
    (found,) = scan(tmp_path / "subagents" / "c")
    assert (found.kind, found.session_id) == (Kind.MAIN, SESSION)
    assert name_of(found.path) == SESSION


def test_the_newest_comes_first(tmp_path: Path) -> None:
    """By the time of the last change."""
    for name, age in (("-p/b.jsonl", 5), ("-q/a.jsonl", 1), ("-p/c.jsonl", 9)):
        make(tmp_path, name, age)
    assert [path.stem for path in find_log_files(tmp_path)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "name",
    [
        "-p/sessions-index.json",
        f"-p/{SESSION}.orphaned-1.jsonl",
        f"-p/{SESSION}.superseded.jsonl",
        f"-p/{SESSION}/tool-results/x.jsonl",
        "-p/memory/x.jsonl",
    ],
)
def test_other_files_are_no_transcripts(tmp_path: Path, name: str) -> None:
    """What Claude Code has put aside, and what lies beside."""
    make(tmp_path, name)
    assert scan(tmp_path) == []


def test_a_folder_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    """A loop of links ends, and a file is found once."""
    make(tmp_path, "-p/a.jsonl")
    (tmp_path / "-p" / "loop").symlink_to(tmp_path)
    (tmp_path / "-p" / "broken.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "-p" / "folder.jsonl").mkdir()
    assert [path.stem for path in find_log_files(tmp_path)] == ["a"]


def test_the_configuration_folders_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CLAUDE_CONFIG_DIR names them, several with a comma, in place of the defaults."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    make(tmp_path / "home/.claude/projects", "-p/default.jsonl", 1)
    make(tmp_path / "home/.config/claude/projects", "-p/second.jsonl", 2)
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    assert [path.stem for path in find_log_files()] == ["default", "second"]
    make(tmp_path / "one/projects", "-p/one.jsonl", 1)
    make(tmp_path / "two/projects", "-p/two.jsonl", 2)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{tmp_path}/one, {tmp_path}/two")
    assert [path.stem for path in find_log_files()] == ["one", "two"]


def test_two_names_of_one_folder_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A linked configuration folder doubles nothing."""
    make(tmp_path / "one/projects", "-p/a.jsonl")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{tmp_path}/one,{tmp_path}/two")
    assert len(find_log_files()) == 1


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    """A machine without Claude Code."""
    assert find_log_files(tmp_path / "nowhere") == []


def test_main_files_are_whole_sessions(tmp_path: Path) -> None:
    """Subagents and workflows are left out."""
    make(tmp_path, "-p/a.jsonl")
    make(tmp_path, "-p/a/subagents/agent-b.jsonl")
    assert [file.path.stem for file in main_files(scan(tmp_path))] == ["a"]
