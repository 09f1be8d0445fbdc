"""Fixtures for the tests of formats."""

from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.formats.importing import Imported, import_file
from claude_sessions.store.home import Home


@pytest.fixture
def home(own_home: Path) -> Path:
    """The default home's path."""
    return own_home / ".claude-sessions"


@pytest.fixture
def take(home: Path) -> Callable[..., Imported]:
    """A function that imports a file into the home; where it fails there is nothing new in it."""

    def imported(path: Path, timing: Path | None = None, title: str = "", again: bool = False) -> Imported:
        before = files_in(home)
        with Home.open(home, create=True) as opened:
            try:
                return import_file(opened, path, timing=timing, title=title, again=again)
            except ClaudeSessionsError:
                assert files_in(home) == before
                raise

    return imported


def files_in(home: Path) -> set[str]:
    """Return the names of all files of a home, hidden ones too."""
    return {path.name for path in home.rglob("*") if path.is_file() and path.name != ".gitignore"}
