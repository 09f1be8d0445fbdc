"""The file that is exported to: whole or not there."""

import os
from pathlib import Path

import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.base.target import open_target


def write(path: Path, data: bytes, *, force: bool = False) -> None:
    with open_target(path, force=force) as file:
        file.write(data)


def test_it_is_there_when_it_is_whole(tmp_path: Path) -> None:
    """While it is written the name is free; then the file has all bytes, and is its owner's alone whatever the umask."""
    before = os.umask(0)
    try:
        with open_target(tmp_path / "a.cast") as file:
            file.write(b"data")
            assert not (tmp_path / "a.cast").exists()
    finally:
        os.umask(before)
    assert (tmp_path / "a.cast").read_bytes() == b"data"
    assert (tmp_path / "a.cast").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["a.cast"]


def fail(path: Path, error: BaseException, *, force: bool = False) -> None:
    with open_target(path, force=force) as file:
        file.write(b"half")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), ValueError()])
def test_nothing_is_left_of_what_failed(tmp_path: Path, error: BaseException) -> None:
    """Whatever goes wrong, neither the file nor a part of it stays, and an older one is as it was."""
    (tmp_path / "old").write_bytes(b"old")
    for name in ("new", "old"):
        with pytest.raises(type(error)):
            fail(tmp_path / name, error, force=True)
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_no_file_is_overwritten_unless_asked(tmp_path: Path) -> None:
    """A file that was there, or is made meanwhile, stays; with force it is replaced."""
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(UsageError, match="--force"):
        write(tmp_path / "a", b"new")
    with pytest.raises(UsageError, match="meanwhile"), open_target(tmp_path / "b"):
        (tmp_path / "b").write_bytes(b"first")
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"old", b"first")
    write(tmp_path / "a", b"new", force=True)
    assert (tmp_path / "a").read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the file is renamed, and one that is there is still not overwritten."""
    monkeypatch.setattr(os, "link", no_links)
    write(tmp_path / "a", b"data")
    assert (tmp_path / "a").read_bytes() == b"data"
    with pytest.raises(UsageError, match="already there"), open_target(tmp_path / "b"):
        (tmp_path / "b").write_bytes(b"first")
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def no_links(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file that it leads to, in another folder, is what is replaced, with force only; the link stays one."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "other").write_bytes(b"other")
    (tmp_path / "link").symlink_to("folder/other")
    with pytest.raises(UsageError, match="already there"):
        write(tmp_path / "link", b"new")
    assert (tmp_path / "folder" / "other").read_bytes() == b"other"
    write(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "folder" / "other").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()
    assert os.listdir(tmp_path / "folder") == ["other"]


def test_a_link_that_leads_to_no_file_is_refused(tmp_path: Path) -> None:
    """To nothing, to itself, to a folder, a pipe or a device: nothing is made, whether forced or not."""
    os.mkfifo(tmp_path / "pipe")
    for name, to in (("a", "nowhere"), ("b", "b"), ("c", "."), ("d", "pipe"), ("e", "/dev/null")):
        (tmp_path / name).symlink_to(to)
        for force in (False, True):
            with pytest.raises(UsageError, match=f"/{name} "):
                write(tmp_path / name, b"new", force=force)
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "c", "d", "e", "pipe"]


def test_what_a_killed_export_left_goes_with_the_next(tmp_path: Path) -> None:
    """Only what belongs to the same file, and to nobody who lives."""
    with open_target(tmp_path / "a.cast") as file:
        file.write(b"half")
        (at_work,) = os.listdir(tmp_path)
        (tmp_path / at_work.replace("a.cast", "b.cast")).write_bytes(b"another's")
        (tmp_path / f"{at_work}dead").write_bytes(b"half")
        write(tmp_path / "a.cast", b"first")
        assert sorted(os.listdir(tmp_path)) == [at_work, at_work.replace("a.cast", "b.cast"), "a.cast"]
        (tmp_path / "a.cast").unlink()
    assert (tmp_path / "a.cast").read_bytes() == b"half"


def test_a_name_as_long_as_names_can_be(tmp_path: Path) -> None:
    """The one for the time being is no longer than the file system takes, also where letters have several bytes."""
    for name in ("x" * 255, "€" * 85):
        write(tmp_path / name, b"data")
    assert sorted(os.listdir(tmp_path)) == ["x" * 255, "€" * 85]


@pytest.mark.parametrize("name", [".", "pipe", "missing/a", "file/a", "x" * 300])
def test_what_cannot_be_a_file_is_named(tmp_path: Path, name: str) -> None:
    """A folder, a pipe, a folder that is not there: a sentence, and nothing is made."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError):
        write(tmp_path / name, b"", force=True)
    assert sorted(os.listdir(tmp_path)) == ["file", "pipe"]
