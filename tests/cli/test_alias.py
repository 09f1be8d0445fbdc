"""`alias`."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.cli.app import run


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a `claude-sessions` that prints what it was given."""
    path = tmp_path / "claude-sessions"
    path.write_text('#!/bin/sh\nfor one in "$@"; do echo "<$one>"; done\n')
    path.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(("shell", "command"), [("sh", ["sh", "-i"]), ("bash", ["bash", "--norc", "-i"])])
def test_everything_after_claude_goes_to_claude(
    program: Path, capsys: pytest.CaptureFixture[str], needs: Callable[[str], None], shell: str, command: list[str]
) -> None:
    """In a shell the line makes `claude -p hi` mean `claude-sessions start --skip-nested -- -p hi`."""
    needs(shell)
    assert run(["alias", "--shell", shell]) == 0
    line = capsys.readouterr().out
    done = subprocess.run(
        command,
        input=f"{line}claude -p 'a b' start\n",
        env={"PATH": f"{program}:/usr/local/bin:/usr/bin:/bin", "TERM": "dumb"},
        capture_output=True,
        check=False,
        text=True,
        start_new_session=True,
    )
    assert [text for text in done.stdout.splitlines() if text.startswith("<")] == [
        "<start>",
        "<--skip-nested>",
        "<-->",
        "<-p>",
        "<a b>",
        "<start>",
    ]


@pytest.mark.parametrize(
    ("path", "line"), [("/usr/bin/fish", "alias claude '"), ("/bin/csh", "alias claude='"), ("", "alias claude='")]
)
def test_takes_the_persons_shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, line: str
) -> None:
    """Without --shell it is the one in SHELL, and for unknown ones the form of sh."""
    monkeypatch.setenv("SHELL", path)
    assert run(["alias"]) == 0
    assert capsys.readouterr().out.startswith(line)
