"""Databases of the cache folder: private, rebuilt when damaged, never in the way."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from claude_sessions.store import cache
from claude_sessions.store.cache import open_cache


def create(database: sqlite3.Connection) -> None:
    database.execute("CREATE TABLE fact (name TEXT)")


def remember(home: Path, name: str, version: int = 1) -> list[str]:
    """Add a fact and return all that are known."""
    with open_cache("facts.db", version, create, home) as database:
        database.execute("INSERT INTO fact VALUES (?)", (name,))
        return [row[0] for row in database.execute("SELECT name FROM fact ORDER BY name")]


def test_what_was_written_is_there_next_time(tmp_path: Path) -> None:
    """A second opening finds what the first has written."""
    home = tmp_path / "home"
    remember(home, "a")
    assert remember(home, "b") == ["a", "b"]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    """The file has mode 0600 and its folder 0700."""
    home = tmp_path / "home"
    remember(home, "a")
    assert stat.S_IMODE((home / "cache" / "facts.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "cache").stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    """Whatever stands in the file, the cache works afterwards."""
    home = tmp_path / "home"
    remember(home, "a")
    (home / "cache" / "facts.db").write_bytes(damage)
    assert remember(home, "b") == ["b"]
    assert remember(home, "c") == ["b", "c"]


def test_tables_of_another_version_are_begun_anew(tmp_path: Path) -> None:
    """A cache of an older or newer program is not read."""
    home = tmp_path / "home"
    remember(home, "a")
    assert remember(home, "b", version=2) == ["b"]
    assert remember(home, "c", version=1) == ["c"]


def test_an_unsafe_home_gets_no_cache(tmp_path: Path) -> None:
    """Where others can write, nothing is kept, and nothing fails."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    assert remember(home, "a") == ["a"]
    assert list(home.iterdir()) == []


def test_a_link_in_place_of_the_cache_folder_is_not_followed(tmp_path: Path) -> None:
    """A cache folder that leads elsewhere is not used."""
    home = tmp_path / "home"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    home.mkdir(mode=0o700)
    (home / "cache").symlink_to(elsewhere)
    assert remember(home, "a") == ["a"]
    assert list(elsewhere.iterdir()) == []


def test_a_database_that_somebody_holds_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that takes long costs the others the cache, not the file."""
    home = tmp_path / "home"
    remember(home, "a")
    monkeypatch.setattr(cache, "PATIENCE_S", 0)
    holder = sqlite3.connect(home / "cache" / "facts.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert remember(home, "b") == ["b"]
    holder.execute("ROLLBACK")
    holder.close()
    assert remember(home, "c") == ["a", "c"]


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_stands_in_its_place_is_replaced(tmp_path: Path, kind: str) -> None:
    """A link is not followed, and a pipe hangs nobody."""
    home = tmp_path / "home"
    remember(home, "a")
    place = home / "cache" / "facts.db"
    place.unlink()
    target = tmp_path / "target"
    if kind == "link":
        place.symlink_to(target)
    else:
        os.mkfifo(place)
    assert remember(home, "b") == ["b"]
    assert remember(home, "c") == ["b", "c"]
    assert not target.exists()


def test_a_folder_in_its_place_costs_the_cache_only(tmp_path: Path) -> None:
    """Nothing is deleted that is not a single file."""
    home = tmp_path / "home"
    remember(home, "a")
    (home / "cache" / "facts.db").unlink()
    (home / "cache" / "facts.db").mkdir()
    assert remember(home, "b") == ["b"]
    assert (home / "cache" / "facts.db").is_dir()
