"""Digests of transcripts: computed once for each version of a file."""

import contextlib
import os
import sqlite3
from pathlib import Path

import msgspec
import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.transcript.digests import DigestCache
from claude_sessions.transcript.files import LogFile, scan


class Count(msgspec.Struct, array_like=True):
    """How many lines a file has."""

    lines: int


class Counter:
    """Counts lines, and how often it was asked."""

    def __init__(self, home: Path, version: int = 1) -> None:
        self.cache = DigestCache("count", version, Count, home)
        self.asked: list[str] = []

    def compute(self, file: LogFile) -> Count:
        self.asked.append(file.path.name)
        return Count(file.path.read_bytes().count(b"\n"))

    def counts(self, folder: Path) -> dict[str, int]:
        return {file.path.stem: digest.lines for file, digest in self.cache.digests(scan(folder), self.compute)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a projects folder with two transcripts."""
    project = tmp_path / "projects" / "-p"
    project.mkdir(parents=True)
    (project / "a.jsonl").write_text("{}\n")
    (project / "b.jsonl").write_text("{}\n{}\n")
    return tmp_path / "projects"


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, folder: Path) -> None:
    """Another process finds the digests of the first."""
    Counter(tmp_path / "home").counts(folder)
    second = Counter(tmp_path / "home")
    assert second.counts(folder) == {"a": 1, "b": 2}
    assert second.asked == []


def test_a_file_that_grew_is_read_again(tmp_path: Path, folder: Path) -> None:
    """Only the file that changed is read."""
    Counter(tmp_path / "home").counts(folder)
    with (folder / "-p" / "a.jsonl").open("a") as file:
        file.write("{}\n{}\n")
    second = Counter(tmp_path / "home")
    assert second.counts(folder) == {"a": 3, "b": 2}
    assert second.asked == ["a.jsonl"]


def test_a_deleted_file_is_forgotten(tmp_path: Path, folder: Path) -> None:
    """What is gone is not counted, and comes back as new."""
    Counter(tmp_path / "home").counts(folder)
    (folder / "-p" / "a.jsonl").unlink()
    (folder / "-p" / "c.jsonl").write_text("{}\n")
    assert Counter(tmp_path / "home").counts(folder) == {"b": 2, "c": 1}


def test_another_version_of_the_digest_is_computed_anew(tmp_path: Path, folder: Path) -> None:
    """A program that counts otherwise does not believe the old one's numbers."""
    Counter(tmp_path / "home").counts(folder)
    second = Counter(tmp_path / "home", version=2)
    second.counts(folder)
    assert sorted(second.asked) == ["a.jsonl", "b.jsonl"]


def test_a_file_that_cannot_be_read_is_a_warning(tmp_path: Path, folder: Path) -> None:
    """The others are counted, and the sentence is kept."""
    counter = Counter(tmp_path / "home")
    compute = counter.compute

    def refuse_a(file: LogFile) -> Count:
        if file.path.name == "a.jsonl":
            raise UsageError("a.jsonl cannot be opened: no")
        return compute(file)

    found = counter.cache.digests(scan(folder), refuse_a)
    assert [digest.lines for _, digest in found] == [2]
    assert counter.cache.warnings == ["a.jsonl cannot be opened: no"]


def test_known_digests_cost_no_reading(tmp_path: Path, folder: Path) -> None:
    """Only what an earlier run computed is returned."""
    files = scan(folder)
    counter = Counter(tmp_path / "home")
    counter.cache.digests([file for file in files if file.path.stem == "a"], counter.compute)
    assert [file.path.stem for file, _ in counter.cache.known(files)] == ["a"]


def test_progress_adds_up_to_all_bytes(tmp_path: Path, folder: Path) -> None:
    """Kept and computed digests both count as done."""
    counter = Counter(tmp_path / "home")
    done: list[int] = []
    files = scan(folder)
    counter.cache.digests(files, counter.compute, done.append)
    counter.cache.digests(files, counter.compute, done.append)
    assert sum(done) == 2 * sum(file.size for file in files)


def test_a_file_rewritten_behind_our_back_is_read_again(tmp_path: Path, folder: Path) -> None:
    """The same size, and a time of change that was set back: the file is another all the same."""
    Counter(tmp_path / "home").counts(folder)
    path = folder / "-p" / "b.jsonl"
    before = path.stat()
    path.write_text("{  }\n\n"[: before.st_size])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    second = Counter(tmp_path / "home")
    second.counts(folder)
    assert second.asked == ["b.jsonl"]


@pytest.mark.parametrize("damage", ["DROP TABLE digest", "ALTER TABLE digest DROP COLUMN value"])
def test_a_damaged_table_is_made_anew(tmp_path: Path, folder: Path, damage: str) -> None:
    """One run reads everything, the next one nothing."""
    Counter(tmp_path / "home").counts(folder)
    with contextlib.closing(
        sqlite3.connect(tmp_path / "home" / "cache" / "count.db", isolation_level=None)
    ) as database:
        database.execute(damage)
    for asked in (["a.jsonl", "b.jsonl"], []):
        again = Counter(tmp_path / "home")
        assert again.counts(folder) == {"a": 1, "b": 2}
        assert sorted(again.asked) == asked


def test_a_digest_that_cannot_be_kept_is_left_out(tmp_path: Path, folder: Path) -> None:
    """Half a surrogate pair in what was found costs one file, which is named, and none of the others."""

    class Name(msgspec.Struct):
        name: str

    cache = DigestCache("name", 1, Name, tmp_path / "home")
    found = cache.digests(scan(folder), lambda file: Name("\udcff" if file.path.stem == "a" else "b"))
    assert [digest.name for _, digest in found] == ["b"]
    assert ["a.jsonl cannot be summed up" in warning for warning in cache.warnings] == [True]
