"""Digests of transcripts: computed once for each version of a file."""

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
