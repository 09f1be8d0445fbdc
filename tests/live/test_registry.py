"""Watching Claude's registry: what runs, what it does, and its end."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import trio

from claude_sessions.live.changes import Changes, Mode
from claude_sessions.live.registry import Registry
from claude_sessions.transcript.registry import LiveSession
from tests.kit.engine_run import until

Told = tuple[str, str, str | None]


class Listening:
    """Remembers what was told: what, which session, its status."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def session_changed(self, session: LiveSession, before: LiveSession | None) -> None:
        self.told.append(("begun" if before is None else "changed", session.session_id, session.status))

    def session_ended(self, session: LiveSession) -> None:
        self.told.append(("ended", session.session_id, session.status))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "sessions").mkdir()
    return tmp_path


def write(config: Path, session_id: str, status: str | None = "idle", pid: int | None = None, **more: Any) -> Path:
    pid = pid or os.getpid()
    path = config / "sessions" / f"{pid}.json"
    path.write_text(json.dumps({"pid": pid, "sessionId": session_id, "status": status, **more}))
    return path


async def look(registry: Registry) -> None:
    """Have it look, and wait until it has: the second look begins after the first one was told."""
    for _ in range(2):
        before = registry.looks
        registry.look_now()
        await until(lambda: registry.looks > before)  # noqa: B023 - it is called here


def test_every_change_is_told_once(config: Path) -> None:
    """Begin, status, another session of the same process, and the end are told; that a file was touched is not."""
    sink = Listening()
    write(config, "one")

    async def test() -> None:
        registry = Registry([config], [sink])
        async with trio.open_nursery() as nursery:
            await nursery.start(registry.run)
            assert [session.session_id for session in registry.sessions] == ["one"]
            for session_id, status, updated in (("one", "busy", 1), ("one", "busy", 2), ("two", "busy", 3)):
                write(config, session_id, status, updatedAt=updated)
                await look(registry)
            path = write(config, "two", "waiting", waitingFor="permission prompt")
            await look(registry)
            assert registry.sessions[0].waiting_for == "permission prompt"
            path.unlink()
            await look(registry)
            assert registry.sessions == []
            nursery.cancel_scope.cancel()

    trio.run(test)
    assert sink.told == [
        ("begun", "one", "idle"),
        ("changed", "one", "busy"),
        ("changed", "two", "busy"),
        ("changed", "two", "waiting"),
        ("ended", "two", "waiting"),
    ]


def test_a_half_written_file_is_no_end(config: Path) -> None:
    """A file that cannot be read for a moment says what it said before, as long as its process lives."""
    sink = Listening()
    path = write(config, "one")
    alive = True

    async def test() -> None:
        nonlocal alive
        registry = Registry([config], [sink], alive=lambda _: alive)
        async with trio.open_nursery() as nursery:
            await nursery.start(registry.run)
            path.write_text('{"pid": 1')
            await look(registry)
            assert len(sink.told) == 1
            alive = False
            await look(registry)
            nursery.cancel_scope.cancel()

    trio.run(test)
    assert sink.told == [("begun", "one", "idle"), ("ended", "one", "idle")]


def test_an_event_makes_it_look_at_once(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system tells of the folder is looked at without waiting for the next time."""
    monkeypatch.setattr("claude_sessions.live.registry.INTERVAL", 1000)
    sink = Listening()

    async def test() -> None:
        registry = Registry([config], [sink])
        changes = Changes([config / "projects"], lambda _: None, others=registry.places)
        async with trio.open_nursery() as nursery:
            await nursery.start(registry.run)
            await changes.first()
            nursery.start_soon(changes.run)
            await until(lambda: changes.mode is Mode.EVENTS)
            write(config, "one")
            await until(lambda: sink.told)
            nursery.cancel_scope.cancel()

    trio.run(test)
    assert sink.told == [("begun", "one", "idle")]
