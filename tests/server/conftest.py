"""What every test of the server needs: no sessions of the person's own, and a home with a recording in it."""

from pathlib import Path

import pytest

from tests.kit.claude_folder import ClaudeFolder
from tests.kit.recordings import LogWriter


@pytest.fixture(autouse=True)
def claude_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClaudeFolder:
    """The folder with Claude's own files, empty at first."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    return ClaudeFolder(tmp_path / "claude")


@pytest.fixture
def recorded(own_home: Path) -> LogWriter:
    """A finished recording of ten lines, with a marker and something typed."""
    log = LogWriter(own_home / ".claude-sessions").start(title="parser")
    for number in range(10):
        log.add("output", f"line {number}\r\n".encode())
    log.add("marker", b"half").add("input", b"what is it?\r").exit()
    return log
