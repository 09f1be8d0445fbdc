"""Which conversation is gone on with, and where."""

import json
import os
from pathlib import Path

import pytest

from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.transcript.locate import locate
from claude_sessions.upkeep.archive import update
from claude_sessions.upkeep.originals import find_originals
from claude_sessions.upkeep.resume import Conversation, conversation, newest
from claude_sessions.upkeep.vault import Vault
from tests.kit.claude_folder import ClaudeFolder


@pytest.fixture
def claude(own_home: Path) -> ClaudeFolder:
    return ClaudeFolder(own_home / ".claude")


def archive(directory: str = "") -> None:
    with Vault.open(create=True, lock=True) as vault:
        update(vault, list(find_originals()), directory=directory)


def test_it_goes_on_where_it_was(claude: ClaudeFolder, tmp_path: Path) -> None:
    """In the directory that its folder is named after."""
    session = claude.session(str(tmp_path))
    assert conversation(locate(session.stem[:8])) == Conversation(session.stem, str(tmp_path), archived=False)


def test_a_deleted_one_is_in_the_archive(claude: ClaudeFolder, tmp_path: Path) -> None:
    """It says that it must be restored first."""
    session = claude.session(str(tmp_path))
    archive()
    session.unlink()
    assert conversation(newest()) == Conversation(session.stem, str(tmp_path), archived=True)


def test_last_is_the_newest_that_does_not_run(claude: ClaudeFolder, tmp_path: Path) -> None:
    """Two that write into one transcript would spoil it: a running one is refused, too."""
    ended, running = claude.session(str(tmp_path)), claude.session(str(tmp_path))
    (claude.path / "sessions").mkdir()
    registry = claude.path / "sessions" / f"{os.getpid()}.json"
    registry.write_text(json.dumps({"pid": os.getpid(), "sessionId": running.stem}))
    assert conversation(newest()).session_id == ended.stem
    with pytest.raises(UsageError, match="is running"):
        conversation(locate(running.stem))
    ended.unlink()
    with pytest.raises(UsageError, match="is running"):
        conversation(newest())


def test_a_name_that_is_no_id_is_never_given_to_claude(claude: ClaudeFolder, tmp_path: Path) -> None:
    """It could be an option, and is not the last conversation either."""
    session = claude.session(str(tmp_path))
    odd = claude.session(str(tmp_path), "--dangerously-skip-permissions")
    assert conversation(newest()).session_id == session.stem
    with pytest.raises(UsageError, match="its name is no id"):
        conversation(locate(str(odd)))


def test_a_directory_that_is_gone_is_named(claude: ClaudeFolder) -> None:
    """And what to do."""
    claude.session("/home/ann/nowhere")
    with pytest.raises(UsageError, match="belongs to /home/ann/nowhere, which is no directory now; make it again"):
        conversation(newest())
    locate("last").path.unlink()
    with pytest.raises(NotFoundError):
        newest()


def test_an_imported_one_belongs_where_it_was_put(
    claude: ClaudeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entries name a directory of another machine: the archive knows, else the present directory may be it."""
    elsewhere = claude.session("/home/other/project")
    here = claude.session(str(tmp_path))
    session = here.with_name(elsewhere.name)
    elsewhere.rename(session)
    with pytest.raises(UsageError, match=r"nobody knows .* /home/other/project, and that is another project"):
        conversation(locate(session.stem))
    monkeypatch.chdir(tmp_path)
    assert conversation(locate(session.stem)).directory == str(tmp_path)
    monkeypatch.chdir("/")
    archive(str(tmp_path))
    assert conversation(locate(session.stem)).directory == str(tmp_path)
