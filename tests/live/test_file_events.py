"""Events of the operating system: what is told, and what becomes of those that cannot be had."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from claude_sessions.live.changes import Changes, Mode
from claude_sessions.live.file_events import FileEvents, NoEventsError, SpoiltEventError
from tests.kit.engine_run import until


def test_paths_are_those_that_were_asked_for(tmp_path: Path) -> None:
    """A folder that is reached through a link is told by the name it was given; stopping ends the waiting."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    events = FileEvents([str(tmp_path / "link")])
    (tmp_path / "real" / "a.jsonl").write_bytes(b"x")
    hints = events.next()
    assert hints is not None
    assert {hint.path for hint in hints} == {str(tmp_path / "link" / "a.jsonl")}
    assert any(hint.added for hint in hints)
    (tmp_path / "link" / "a.jsonl").unlink()
    hints = events.next()
    while hints is not None and not any(hint.deleted for hint in hints):
        hints = events.next()
    assert hints is not None
    events.stop()
    assert events.next() is None


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    """That there are no events is an error with a reason, not one of the package's own."""
    with pytest.raises(NoEventsError):
        FileEvents([str(tmp_path / "nothing")])


def test_without_the_package_everything_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where watchfiles is not installed, changes are found all the same, and the person is told what is missing."""
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    monkeypatch.setitem(sys.modules, "watchfiles._rust_notify", None)
    path = tmp_path / "-p" / "a.jsonl"
    said: list[str] = []
    told: list[str] = []

    async def test() -> None:
        changes = Changes([tmp_path], told.extend, say=said.append)
        async with trio.open_nursery() as nursery:
            assert await changes.first() == []
            nursery.start_soon(changes.run)
            await until(lambda: said)
            path.parent.mkdir()
            path.write_bytes(b"x")
            await until(lambda: told)
            assert changes.mode is Mode.POLLING
            nursery.cancel_scope.cancel()

    trio.run(test)
    assert set(told) == {str(path)}
    assert said[0].endswith("the package watchfiles is not installed")


@pytest.mark.parametrize(
    "failure",
    [
        lambda: OSError(28, "No space left on device"),
        lambda: OSError("OS file watch limit reached. about [/x]"),
        lambda: OSError(24, "Too many open files"),
    ],
)
def test_a_limit_of_the_system_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Callable[[], OSError]
) -> None:
    """Where the system watches no more files, the reason says what can be raised."""

    def full(*_: object) -> None:
        raise failure()

    monkeypatch.setattr("watchfiles._rust_notify.RustNotify", full)
    with pytest.raises(NoEventsError, match=r"fs\.inotify"):
        FileEvents([str(tmp_path)])


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
def test_a_name_that_is_no_text_costs_one_event(tmp_path: Path) -> None:
    """The package gives up at such a path; it is another error than that there are no events, for they can be had again."""
    events = FileEvents([str(tmp_path)])
    (tmp_path / os.fsdecode(b"\xff.jsonl")).write_bytes(b"x")
    with pytest.raises(SpoiltEventError):
        events.next()
    events = FileEvents([str(tmp_path)])
    (tmp_path / "a.jsonl").write_bytes(b"x")
    assert events.next()


def test_events_are_had_again_after_such_a_name(tmp_path: Path) -> None:
    """For a second everything is looked at, without a word, and then there are events as before."""
    said: list[str] = []
    changes = Changes([tmp_path], lambda _: None, say=said.append)

    async def main() -> None:
        await changes.first()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(changes.run)
            await until(lambda: changes.mode is Mode.EVENTS)
            (tmp_path / os.fsdecode(b"\xff.jsonl")).write_bytes(b"x")
            await until(lambda: changes.mode is Mode.POLLING)
            await until(lambda: changes.mode is Mode.EVENTS)
            nursery.cancel_scope.cancel()

    trio.run(main)
    assert said == []
