"""What the archive gives back, the real Claude Code goes on with: the same machine, another one, and through `resume`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.kit.real_claude import RealClaude

Claude = Callable[[str], RealClaude]


def begun(claude: RealClaude) -> Path:
    """Have a conversation; return its transcript."""
    assert claude.run("-p", "the first question").returncode == 0
    (transcript,) = (claude.home / ".claude" / "projects").glob("*/*.jsonl")
    return transcript


def ours(claude: RealClaude, *arguments: str) -> str:
    """Run a command of ours, which must succeed, and return what it printed."""
    done = claude.run_command(["claude-sessions", *arguments])
    assert done.returncode == 0, done.stderr
    return done.stdout


def knows_the_past(claude: RealClaude) -> bool:
    """Tell whether the last request to the model holds the first question."""
    return "the first question" in json.dumps(claude.requests()[-1]["request"])


def test_a_deleted_conversation_goes_on(real_claude: Claude) -> None:
    """Archive, delete, see that Claude has lost it, restore: `claude --resume` knows it again, and appends to it."""
    claude = real_claude("plain-answer")
    transcript = begun(claude)
    data = transcript.read_bytes()
    ours(claude, "archive")
    shutil.rmtree(claude.home / ".claude" / "projects")
    assert "No conversation found" in claude.run("-p", "--resume", transcript.stem, "and now?").stderr
    ours(claude, "archive", "restore", transcript.stem[:8])
    assert transcript.read_bytes() == data
    done = claude.run("-p", "--resume", transcript.stem, "and now?")
    assert (done.returncode, "PLAIN-ANSWER" in done.stdout) == (0, True)
    assert knows_the_past(claude)
    assert transcript.read_bytes().startswith(data)
    assert json.loads(ours(claude, "archive", "--json"))["grown"] == [transcript.stem]


def test_a_conversation_goes_on_elsewhere(real_claude: Claude, tmp_path: Path) -> None:
    """Export, import for another directory: Claude goes on there, though every entry names the old one."""
    claude = real_claude("plain-answer")
    transcript = begun(claude)
    ours(claude, "archive", "export", "last", str(tmp_path / "one.tar.zst"))
    shutil.rmtree(claude.home / ".claude")
    shutil.rmtree(claude.home / ".claude-sessions")
    claude.project = tmp_path / "another project"
    claude.project.mkdir()
    ours(claude, "archive", "import", str(tmp_path / "one.tar.zst"))
    assert claude.run("-p", "--resume", transcript.stem, "and now?").returncode == 0
    assert knows_the_past(claude)


def test_resume_restores_and_records(real_claude: Claude, tmp_path: Path) -> None:
    """From anywhere, of a conversation that is gone: it is restored, run in its directory, and recorded."""
    claude = real_claude("plain-answer")
    transcript, project = begun(claude), claude.project
    ours(claude, "archive")
    shutil.rmtree(claude.home / ".claude" / "projects")
    claude.project = tmp_path
    assert "PLAIN-ANSWER" in ours(claude, "resume", transcript.stem[:8], "--", "-p", "and now?")
    assert knows_the_past(claude)
    (session,) = json.loads(ours(claude, "list", "--json"))["sessions"]
    assert session["directory"] == str(project)
