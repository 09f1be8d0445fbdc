"""The overviews of all sessions, up to date."""

from pathlib import Path

import pytest

from claude_sessions.live import overviews
from claude_sessions.live.overviews import Overviews, batches
from claude_sessions.transcript.files import LogFile, describe
from claude_sessions.transcript.overview import overview_of
from tests.kit.spoken import chained, encoded, says, user, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, chained([user("a"), says("b")]))


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


def grow(path: Path, text: str) -> None:
    append(path, encoded([user(text)]))


def test_a_growing_session_is_what_a_full_reading_gives(path: Path) -> None:
    """Read on piece by piece, the overview is that of the whole file, also after it was cut or damaged."""
    found = Overviews()
    for step in (lambda: grow(path, "c"), lambda: append(path, b"no json\n"), lambda: path.write_bytes(b"")):
        step()
        assert found.updated([describe(path)])[path][0] == overview_of(describe(path))
    grow(path, "new")
    assert found.updated([describe(path)])[path][0] == overview_of(describe(path))


def test_what_was_found_out_is_kept(path: Path) -> None:
    """After `save` the next start reads nothing, and shows what there was of a file that has changed since."""
    found = Overviews()
    expected = found.updated([describe(path)])[path][0]
    found.save()
    assert Overviews().known([describe(path)]) == ({path: expected}, [])
    grow(path, "c")
    file = describe(path)
    assert Overviews().known([file]) == ({path: expected}, [file])
    assert Overviews().computed([file])[path].prompts == 2
    assert Overviews().known([file])[1] == []


def test_a_file_that_has_grown_since_is_not_kept_as_it_was(path: Path) -> None:
    """The cache is told no digest of another content than the file has."""
    found = Overviews()
    found.updated([describe(path)])
    grow(path, "c")
    found.save()
    assert Overviews().known([describe(path)]) == ({}, [describe(path)])


def test_a_file_that_is_gone_is_left_out(path: Path) -> None:
    """It went away between being found and being read."""
    file = describe(path)
    found = Overviews()
    found.updated([file])
    path.unlink()
    found.forget(path)
    assert found.updated([file]) == {}
    assert found.computed([file]) == {}
    found.save()
    assert found.known([file]) == ({}, [file])


def test_only_so_many_sessions_are_held_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is let go is read anew when it grows again, and its overview is the same."""
    monkeypatch.setattr(overviews, "GROWING", 1)
    one, two = (write(tmp_path, chained([user("a")]), name) for name in ("one", "two"))
    found = Overviews()
    for _ in range(2):
        for path in (one, two):
            grow(path, "b")
            assert found.updated([describe(path)])[path][0] == overview_of(describe(path))


def test_groups_are_small(path: Path) -> None:
    """So few bytes at once that no second process is forked from a server; a large file is a group of its own."""
    import msgspec

    files = [msgspec.structs.replace(describe(path), size=size * 1024 * 1024) for size in (10, 10, 10, 100, 1)]

    def sizes(group: list[LogFile]) -> list[int]:
        return [file.size // 1024 // 1024 for file in group]

    assert [sizes(group) for group in batches(files)] == [[10, 10], [10], [100], [1]]
    assert list(batches([])) == []
