"""Claude Code's live registry."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript import registry
from claude_sessions.transcript.registry import (
    config_folders,
    is_alive,
    project_slug,
    read,
    registered,
    running_sessions,
    transcript_path,
)

ID = "2415fcc1-68a3-42b1-a4b7-7ed0b3b0a36b"


def register(folder: Path, pid: int, **fields: object) -> Path:
    """Write a registry file as Claude Code 2.1.329 does."""
    (folder / "sessions").mkdir(parents=True, exist_ok=True)
    path = folder / "sessions" / f"{pid}.json"
    plain = {
        "pid": pid,
        "sessionId": ID,
        "cwd": "/home/ann/calc",
        "startedAt": 1795184162363,
        "version": "2.1.329",
        "peerFeatures": ["notify_idle"],
        "kind": "interactive",
        "name": "calc-00",
        "status": "idle",
        "asksForConvertedSkills": None,
        "updatedAt": 1795184162248,
    }
    path.write_text(json.dumps({**plain, **fields}))
    return path


def test_reads_what_claude_code_writes(tmp_path: Path) -> None:
    """Known fields are typed, unknown ones are no trouble."""
    found = read(register(tmp_path, 77, status="waiting", waitingFor="permission prompt"))
    assert found is not None
    assert (found.pid, found.session_id, found.cwd) == (77, ID, "/home/ann/calc")
    assert (found.waiting, found.waiting_for) == (True, "permission prompt")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"pid":77,"sessionId":"a"',
        b"[1]",
        b'{"pid":78,"sessionId":"a"}',
        b'{"pid":"77","sessionId":"a"}',
        b'{"pid":77,"sessionId":{}}',
        b'{"pid":77,"sessionId":"a","status":[]}',
        b'{"pid":77,"sessionId":"\xff"}',
        b'{"pid":77,"sessionId":"a"}' + b" " * 70_000,
        b'{"pid":77,"sessionId":"a","x":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    ],
)
def test_what_is_no_registry_file_is_none(tmp_path: Path, content: bytes) -> None:
    """A half-written file, wrong types, another's pid, and too much of it: all the same nothing."""
    path = register(tmp_path, 77)
    path.write_bytes(content)
    assert read(path) is None


def test_links_and_fifos_are_not_followed(tmp_path: Path) -> None:
    """Only regular files are read, and a pipe does not block."""
    path = register(tmp_path, 77)
    path.rename(tmp_path / "real")
    path.symlink_to(tmp_path / "real")
    assert read(path) is None
    path.unlink()
    os.mkfifo(path)
    assert read(path) is None
    assert read(tmp_path / "nowhere" / "77.json") is None


def test_lists_the_living(tmp_path: Path) -> None:
    """Sessions whose process is gone, and files of another kind, are left out."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        register(tmp_path / "a", child.pid)
        register(tmp_path / "b", os.getpid(), startedAt=1795184169999)
        register(tmp_path / "b", 2**22 + 5)
        (tmp_path / "b/sessions/notes.json").write_text("{}")
        environment = {"CLAUDE_CONFIG_DIR": f"{tmp_path}/a, {tmp_path}/b,{tmp_path}/missing"}
        assert [session.pid for session in running_sessions(environment)] == [os.getpid(), child.pid]
        child.communicate()
    assert [session.pid for session in running_sessions(environment)] == [os.getpid()]


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the start of a process is read from /proc")
def test_a_reused_pid_is_not_the_session(tmp_path: Path) -> None:
    """The process must have started when the file says."""
    start = registry._process_start(os.getpid())
    for given_start, alive in ((start, True), (int(start or 0), True), ("1", False), (None, True)):
        session = read(register(tmp_path, os.getpid(), procStart=given_start))
        assert session is not None
        assert is_alive(session) is alive


@pytest.mark.parametrize("pid", [2**31, 2**63 - 1, 10**20])
def test_absurd_pids_are_not_believed(tmp_path: Path, pid: int) -> None:
    """A number that is no pid is no error either."""
    assert read(register(tmp_path, pid)) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"startedAt": 1e308},
        {"startedAt": 1e20},
        {"updatedAt": -1},
        {"sessionId": "\x1b]0;owned\x07"},
        {"sessionId": "../../notes"},
        {"sessionId": ID + "\n"},
        {"sessionId": "a" * 65},
        {"sessionId": ""},
    ],
)
def test_what_nobody_can_mean_is_not_believed(tmp_path: Path, fields: dict[str, object]) -> None:
    """Times beyond the year 9999, and ids that could not stand in a path or on a terminal."""
    assert read(register(tmp_path, 77, **fields)) is None


def test_only_wanted_files_are_opened(tmp_path: Path) -> None:
    """A file is named after its pid: who asks for some pids does not read what thousands of others left behind."""
    register(tmp_path, 77)
    register(tmp_path, 78)
    asked: list[int] = []

    def wanted(pid: int) -> bool:
        asked.append(pid)
        return pid == 78

    assert [session.pid for session in registered(tmp_path, wanted)] == [78]
    assert sorted(asked) == [77, 78]


def test_configuration_folders(tmp_path: Path) -> None:
    """CLAUDE_CONFIG_DIR replaces the defaults; a comma separates several."""
    assert config_folders({}) == (Path.home() / ".claude", Path.home() / ".config/claude")
    assert config_folders({"CLAUDE_CONFIG_DIR": f"{tmp_path}/x , ~/y,"}) == (tmp_path / "x", Path.home() / "y")


@pytest.mark.parametrize(
    ("cwd", "slug"),
    [
        ("/home/ann/my.app", "-home-ann-my-app"),
        ("/home/Ann/A--b_c", "-home-Ann-A--b-c"),
        ("/srv/😀é", "-srv----"),
        ("/" + "a" * 199, "-" + "a" * 199),
        ("/" + "a" * 200, "-" + "a" * 199 + "-b6ymvl"),
    ],
)
def test_slug_of_a_project(cwd: str, slug: str) -> None:
    """Every UTF-16 unit that is no letter or digit is a dash; a long name is cut and told apart by its hash."""
    assert project_slug(cwd) == slug


@given(st.text())
def test_slug_is_a_safe_file_name(cwd: str) -> None:
    """Whatever the directory is called: letters, digits and dashes, and never longer than a file name may be."""
    slug = project_slug(cwd)
    assert len(slug) <= 208
    assert all(character == "-" or (character.isascii() and character.isalnum()) for character in slug)


def test_transcript_path() -> None:
    """The transcript lies under the project's slug."""
    assert transcript_path(Path("/c"), "/home/ann", ID) == Path(f"/c/projects/-home-ann/{ID}.jsonl")
