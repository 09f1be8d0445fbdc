"""An archived session back in its place: all of it or nothing, and nothing that is there is lost."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from claude_sessions.base.errors import AmbiguousError, NotFoundError, UsageError
from claude_sessions.upkeep.archive import update
from claude_sessions.upkeep.originals import find_originals
from claude_sessions.upkeep.placement import Standing
from claude_sessions.upkeep.restore import Plan, home_of, plan, restore
from claude_sessions.upkeep.vault import Vault
from tests.kit.claude_folder import ClaudeFolder


@pytest.fixture
def claude(own_home: Path) -> ClaudeFolder:
    return ClaudeFolder(own_home / ".claude")


def archive() -> None:
    with Vault.open(create=True, lock=True) as vault:
        update(vault, list(find_originals()))


def put_back(text: str, *, force: bool = False, folder: Path | None = None) -> Plan:
    """Restore a session as the command does."""
    with Vault.open() as vault:
        stored = vault.find(text)
        planned = plan(vault, stored, folder or home_of(stored))
        restore(vault, stored, planned, force=force)
        return planned


def tree(folder: Path) -> dict[str, bytes]:
    """Return everything below a folder; its folders too, with nothing in them."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def test_everything_comes_back(claude: ClaudeFolder) -> None:
    """Byte for byte, readable by nobody else, and of the present time: Claude Code would delete an old file again."""
    session = claude.session()
    claude.subagent(session)
    claude.beside(session, "tool-results/x.txt", os.urandom(3_000_000))
    before = tree(claude.projects)
    archive()
    for path in sorted(claude.projects.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    started = time.time_ns()
    assert len(put_back(session.stem).missing) == 4
    assert tree(claude.projects) == before
    assert session.stat().st_mtime_ns >= started - 10**9
    assert {path.stat().st_mode & 0o777 for path in claude.projects.rglob("*")} == {0o600, 0o700}


def test_what_is_there_already_is_left(claude: ClaudeFolder) -> None:
    """The same file is not written again; a shorter beginning of it is made whole."""
    session = claude.session()
    agent = claude.subagent(session)
    archive()
    inode, data = session.stat().st_ino, agent.read_bytes()
    agent.write_bytes(data[:20])
    assert [str(standing) for _, standing in put_back(session.stem).files if standing is not Standing.SAME] == [
        "longer than what is there"
    ]
    assert agent.read_bytes() == data
    assert session.stat().st_ino == inode


@pytest.mark.parametrize("change", [b"X", b'{"more":1}\n'])
def test_what_is_different_or_longer_is_not_overwritten(claude: ClaudeFolder, change: bytes) -> None:
    """Then nothing at all is written, unless it is forced."""
    session = claude.session()
    agent = claude.subagent(session)
    archive()
    agent_data, data = agent.read_bytes(), session.read_bytes()
    agent.unlink()
    session.write_bytes(change + data[1:] if change == b"X" else data + change)
    before = tree(claude.projects)
    with pytest.raises(UsageError, match="different or longer; --force"):
        put_back(session.stem)
    assert tree(claude.projects) == before
    put_back(session.stem, force=True)
    assert (session.read_bytes(), agent.read_bytes()) == (data, agent_data)


def test_a_running_session_is_left_alone(claude: ClaudeFolder) -> None:
    """Also when it is forced: Claude Code is writing these files."""
    session = claude.session()
    archive()
    session.unlink()
    (claude.path / "sessions").mkdir()
    registry = claude.path / "sessions" / f"{os.getpid()}.json"
    registry.write_text(json.dumps({"pid": os.getpid(), "sessionId": session.stem}))
    with pytest.raises(UsageError, match="is running"):
        put_back(session.stem, force=True)
    assert not session.exists()


def test_damage_leaves_nothing(claude: ClaudeFolder, own_home: Path) -> None:
    """A packed file that is not what the manifest says ends it before anything has its name."""
    session = claude.session()
    claude.subagent(session)
    archive()
    packed = next((own_home / ".claude-sessions").rglob("agent-*.jsonl.zst"))
    data = packed.read_bytes()
    for path in [session, *session.with_suffix("").rglob("*.*")]:
        path.unlink()
    before = tree(claude.projects)
    for harm in (data[:-9], data[:20] + b"X" + data[21:], b""):
        packed.write_bytes(harm)
        with pytest.raises(UsageError, match="damaged"):
            put_back(session.stem)
        assert tree(claude.projects) == before
    packed.unlink()
    with pytest.raises(UsageError, match="No such file"):
        put_back(session.stem)


def test_nothing_is_written_through_a_link(claude: ClaudeFolder, tmp_path: Path) -> None:
    """A session's folder that is a link could lead anywhere; the project's own may be on another disk."""
    session = claude.session()
    claude.subagent(session)
    archive()
    session.with_suffix("").rename(tmp_path / "before")
    (tmp_path / "elsewhere").mkdir()
    session.with_suffix("").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is a link, which could lead anywhere"):
        put_back(session.stem)
    assert os.listdir(tmp_path / "elsewhere") == []
    session.unlink()
    session.with_suffix("").unlink()
    session.parent.rmdir()
    session.parent.symlink_to(tmp_path / "elsewhere")
    put_back(session.stem)
    assert (tmp_path / "elsewhere" / session.name).is_file()


def test_what_is_no_file_in_its_place_is_not_waited_for(claude: ClaudeFolder) -> None:
    """A pipe is different from what would be written, and replaced when that is forced; a folder is not."""
    session = claude.session()
    data = session.read_bytes()
    archive()
    session.unlink()
    os.mkfifo(session)
    with pytest.raises(UsageError, match="different or longer"):
        put_back(session.stem)
    put_back(session.stem, force=True)
    assert session.read_bytes() == data
    session.unlink()
    session.mkdir()
    with pytest.raises(UsageError, match="is a folder; move it away"):
        put_back(session.stem, force=True)
    assert os.listdir(session.parent) == [session.name]


def test_what_a_killed_run_left_is_removed(claude: ClaudeFolder) -> None:
    """Nobody would ever give these files their names; those of a run that goes on stay."""
    session = claude.session()
    archive()
    session.unlink()
    done = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    left = session.with_name(f".{int(done.stdout)}.0.waiting")
    alive, other = session.with_name(f".{os.getppid()}.0.waiting"), session.with_name(".waiting")
    for path in (left, alive, other):
        path.write_bytes(b"half")
    put_back(session.stem)
    assert sorted(os.listdir(session.parent)) == sorted([alive.name, other.name, session.name])


def test_it_can_be_put_elsewhere(claude: ClaudeFolder, tmp_path: Path) -> None:
    """Into any folder, which is made."""
    session = claude.session()
    archive()
    put_back(session.stem, folder=tmp_path / "a" / "b")
    assert tree(tmp_path / "a" / "b") == {session.name: session.read_bytes()}


def test_another_configuration_folder_is_where_claude_looks(
    claude: ClaudeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session goes back to the folder that it was in, as long as that one is still used."""
    session = claude.session()
    archive()
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{tmp_path},{claude.path}")
    with Vault.open() as vault:
        assert home_of(vault.find("last")) == session.parent
        monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
        assert home_of(vault.find("last")) == tmp_path / "projects" / session.parent.name


def test_sessions_are_found_as_everywhere(claude: ClaudeFolder) -> None:
    """By id, four characters of it, or `last`; otherwise a sentence."""
    with pytest.raises(NotFoundError, match="claude-sessions archive does it"):
        put_back("last")
    one = claude.session(session_id="11111111-aaaa-4aaa-8aaa-000000000001")
    two = claude.session(session_id="11111111-aaaa-4aaa-8aaa-000000000002")
    archive()
    with Vault.open() as vault:
        assert vault.find("last").manifest.session_id == two.stem
        assert vault.find(one.stem.upper()).manifest.session_id == one.stem
        with pytest.raises(AmbiguousError, match="means 2 sessions"):
            vault.find("1111")
        with pytest.raises(NotFoundError, match="archive list"):
            vault.find("111")
