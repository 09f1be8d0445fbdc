"""Following Claude Code's live registry."""

import json
import os
from pathlib import Path

import pytest

from claude_sessions.recording.link import RegistryFollower
from claude_sessions.transcript import registry


def register(folder: Path, pid: int, session_id: str) -> None:
    (folder / "sessions").mkdir(parents=True, exist_ok=True)
    (folder / "sessions" / f"{pid}.json").write_text(json.dumps({"pid": pid, "sessionId": session_id}))


def test_finds_ours_among_what_crashes_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a file named after a process of our own session is opened, and a number that is no pid is no error."""
    opened: list[str] = []
    read = registry._read

    def reading(name: str, folder: int) -> registry.LiveSession | None:
        opened.append(name)
        return read(name, folder)

    monkeypatch.setattr(registry, "_read", reading)
    for pid in (2**22 + 5, 2**31 + 1, 99999999999, 10**30):
        register(tmp_path, pid, "stale")
    found: list[str] = []
    environment = {"CLAUDE_CONFIG_DIR": str(tmp_path)}
    follower = RegistryFollower(os.getsid(0), environment, lambda info: found.append(info.claude_session_id))
    follower.look()
    assert (found, opened) == ([], [])
    register(tmp_path, os.getpid(), "ours")
    follower.look()
    assert found == ["ours"]
    assert opened == [f"{os.getpid()}.json"]
    register(tmp_path, os.getpid(), "cleared")
    follower.look()
    assert found == ["ours", "cleared"]
