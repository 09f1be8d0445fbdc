"""The list of sessions that keeps itself up to date."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from claude_sessions.live.hub import GAP, Subscriber
from claude_sessions.live.overviews import Overviews
from claude_sessions.live.session_data import Recorded
from claude_sessions.live.session_list import DEBOUNCE, SessionList
from claude_sessions.transcript.files import describe
from claude_sessions.transcript.overview import overview_of
from claude_sessions.transcript.registry import LiveSession
from tests.kit.following import Looking
from tests.kit.spoken import Fields, chained, encoded, says, user, write, write_agent

Body = Callable[[SessionList, Looking], Awaitable[None]]

LINES = chained(
    [user("fix it", timestamp="2026-02-07T12:00:00.000Z"), says("done", timestamp="2026-02-07T12:00:05.000Z")]
)


def run(body: Body, *paths: Path) -> None:
    """Run a test against a list that knows these files from the start, on a clock that leaps over waiting."""

    async def main() -> None:
        sessions = SessionList(Overviews(), now_ms=lambda: 42)
        looking = Looking(sessions)
        looking.look(*paths, from_end=True)
        async with trio.open_nursery() as nursery:
            await nursery.start(sessions.run)
            await body(sessions, looking)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0.05))


def read(message: bytes) -> dict[str, Any]:
    """Return the data of an event, which names itself twice."""
    event, data, *rest = message.decode().split("\n")
    assert rest == ["", ""]
    found: dict[str, Any] = json.loads(data.removeprefix("data: "))
    assert event == f"event: {found['type']}"
    assert found.keys() == {"type", "sessions", "timestamp"}
    assert found["timestamp"] == 42
    return found


async def told(subscriber: Subscriber) -> list[tuple[str, list[str]]]:
    """Wait for what is told, and return each event's kind and the sessions it concerns."""
    messages = await subscriber.next()
    assert messages is not GAP
    return [(each["type"], [one["id"] for one in each["sessions"]]) for each in (read(m.data) for m in messages)]


def append(path: Path, *lines: Fields) -> None:
    with path.open("ab") as file:
        file.write(encoded(lines))


def live(session_id: str, pid: int = 7, **more: object) -> LiveSession:
    return msgspec.convert({"pid": pid, "sessionId": session_id, "cwd": "/home/ann/shop", **more}, LiveSession)


def test_at_the_start_everything_is_shown(tmp_path: Path) -> None:
    """What the cache knows is there at once; what it does not is read, and told as an update."""
    one, two = (write(tmp_path, LINES, name) for name in ("one", "two"))
    Overviews().computed([describe(one)])

    async def body(sessions: SessionList, looking: Looking) -> None:
        assert {each.id: each.message_count for each in sessions.sessions} == {"one": 2, "two": 0}
        with sessions.topic.subscribe() as subscriber:
            assert sorted(each["id"] for each in read(sessions.init())["sessions"]) == ["one", "two"]
            assert await told(subscriber) == [("session-updated", ["two"])]
            assert [each.title for each in sessions.sessions] == ["fix it", "fix it"]

    run(body, one, two)


def test_a_session_is_created_updated_and_deleted(tmp_path: Path) -> None:
    """The kinds are true: one event for the first line, one for later ones, one when the file goes."""

    async def body(sessions: SessionList, looking: Looking) -> None:
        with sessions.topic.subscribe() as subscriber:
            path = write(tmp_path, LINES[:1], "new")
            looking.look(path)
            before = trio.current_time()
            assert await told(subscriber) == [("session-created", ["new"])]
            assert trio.current_time() - before == pytest.approx(DEBOUNCE)
            append(path, LINES[1])
            looking.look(path)
            assert await told(subscriber) == [("session-updated", ["new"])]
            assert sessions.sessions[0].message_count == 2
            assert sessions.file("new") == describe(path)
            path.unlink()
            looking.look(path)
            assert await told(subscriber) == [("session-deleted", ["new"])]
            assert sessions.sessions == []
            assert sessions.get("new") is sessions.file("new") is None

    run(body)


def test_many_lines_are_one_event(tmp_path: Path) -> None:
    """What comes within half a second is told once, for all sessions together."""
    paths = [write(tmp_path, LINES, name) for name in ("one", "two")]
    Overviews().computed([describe(path) for path in paths])

    async def body(sessions: SessionList, looking: Looking) -> None:
        with sessions.topic.subscribe() as subscriber:
            for number in range(10):
                for path in paths:
                    append(path, user(f"more {number}"))
                looking.look(*paths)
            ((kind, ids),) = await told(subscriber)
            assert (kind, sorted(ids)) == ("session-updated", ["one", "two"])
            assert {each.message_count for each in sessions.sessions} == {12}
            for path in paths:
                assert sessions.get(path.stem).message_count == overview_of(describe(path)).messages  # type: ignore[union-attr]

    run(body, *paths)


def test_what_changes_nothing_is_not_told(tmp_path: Path) -> None:
    """A line that says nothing of what the list shows is no event, nor is a subagent's."""
    path = write(tmp_path, LINES, "one")
    agent = write_agent(path, [user("do it")])
    Overviews().computed([describe(path)])

    async def body(sessions: SessionList, looking: Looking) -> None:
        with sessions.topic.subscribe() as subscriber:
            append(path, {"type": "mode"})
            append(agent, says("inside"))
            looking.look(path, agent)
            await trio.sleep(5)
            assert subscriber.waiting == (0, 0)

    run(body, path, agent)


def test_what_claude_waits_for_is_told_at_once(tmp_path: Path) -> None:
    """The state follows the registry, without delay; when Claude ends, the session stays and has ended."""
    path = write(tmp_path, LINES, "one")
    Overviews().computed([describe(path)])

    async def body(sessions: SessionList, looking: Looking) -> None:
        with sessions.topic.subscribe() as subscriber:
            before = trio.current_time()
            states = []
            busy, waiting = live("one", status="busy"), live("one", status="waiting", waitingFor="permission prompt")
            for change in (
                lambda: sessions.session_changed(busy, None),
                lambda: sessions.session_changed(waiting, busy),
                lambda: sessions.session_ended(waiting),
            ):
                change()
                assert await told(subscriber) == [("session-updated", ["one"])]
                states.append((sessions.sessions[0].state, sessions.sessions[0].waiting_for))
            assert states == [("busy", None), ("waiting", "permission prompt"), ("ended", None)]
            assert trio.current_time() == before

    run(body, path)


def test_a_claude_that_has_said_nothing_yet_is_shown(tmp_path: Path) -> None:
    """It has no transcript: it comes and goes with its process, and `/clear` ends one session and begins another."""

    async def body(sessions: SessionList, looking: Looking) -> None:
        with sessions.topic.subscribe() as subscriber:
            sessions.session_changed(live("one"), None)
            assert await told(subscriber) == [("session-created", ["one"])]
            looking.look(write(tmp_path, LINES, "one"))
            assert await told(subscriber) == [("session-updated", ["one"])]
            sessions.session_changed(live("two"), live("one"))
            assert await told(subscriber) == [("session-created", ["two"]), ("session-updated", ["one"])]
            sessions.session_ended(live("two"))
            assert await told(subscriber) == [("session-deleted", ["two"])]

    run(body)


def test_two_claudes_in_one_session(tmp_path: Path) -> None:
    """The one that said something last counts, and the session has ended when both have."""
    path = write(tmp_path, LINES, "one")

    async def body(sessions: SessionList, looking: Looking) -> None:
        old, new = live("one", 1, status="idle", updatedAt=1), live("one", 2, status="waiting", updatedAt=2)
        sessions.session_changed(new, None)
        sessions.session_changed(old, None)
        assert sessions.sessions[0].state == "waiting"
        sessions.session_ended(new)
        assert sessions.sessions[0].state == "idle"
        sessions.session_ended(old)
        assert sessions.sessions[0].state == "ended"

    run(body, path)


def test_recordings_are_joined(tmp_path: Path) -> None:
    """A session says which recording shows it, and whether that runs."""
    path = write(tmp_path, LINES, "one")
    Overviews().computed([describe(path)])

    async def body(sessions: SessionList, looking: Looking) -> None:
        with sessions.topic.subscribe() as subscriber:
            sessions.recorded({"one": Recorded("rec", running=True), "elsewhere": Recorded("other", running=False)})
            assert await told(subscriber) == [("session-updated", ["one"])]
            assert (sessions.sessions[0].recording, sessions.sessions[0].recording_running) == ("rec", True)
            sessions.recorded({})
            assert await told(subscriber) == [("session-updated", ["one"])]

    run(body, path)


def test_a_summary_in_another_file_is_a_title(tmp_path: Path) -> None:
    """Old versions wrote a session's title into the next session's transcript: then both are told."""
    path = write(tmp_path, LINES, "one")
    Overviews().computed([describe(path)])

    async def body(sessions: SessionList, looking: Looking) -> None:
        with sessions.topic.subscribe() as subscriber:
            looking.look(write(tmp_path, [{"type": "summary", "summary": "The fix", "leafUuid": "u1"}], "two"))
            assert await told(subscriber) == [("session-created", ["two"]), ("session-updated", ["one"])]
            assert sessions.get("one").title == "The fix"  # type: ignore[union-attr]

    run(body, path)


def test_a_refresh_and_a_keepalive(tmp_path: Path) -> None:
    """A refresh tells everybody everything; a keepalive has the form of the others and no sessions."""
    path = write(tmp_path, LINES, "one")

    async def body(sessions: SessionList, looking: Looking) -> None:
        assert read(sessions.keepalive())["sessions"] == []
        with sessions.topic.subscribe() as subscriber:
            sessions.refresh()
            assert ("refresh", ["one"]) in await told(subscriber)

    run(body, path)


def test_the_newest_comes_first(tmp_path: Path) -> None:
    """The list is in the order of the latest lines."""
    late = [{**line, "timestamp": "2026-03-01T00:00:00.000Z"} for line in LINES]
    paths = [write(tmp_path, LINES, "one"), write(tmp_path, late, "two"), write(tmp_path, LINES, "three")]
    Overviews().computed([describe(path) for path in paths])

    async def body(sessions: SessionList, looking: Looking) -> None:
        assert [each.id for each in sessions.sessions] == ["two", "one", "three"]

    run(body, *paths)


def test_what_was_found_is_kept_for_the_next_start(tmp_path: Path) -> None:
    """A session that grew while the server ran is shown by the next one without reading it again."""
    path = write(tmp_path, LINES, "one")

    async def first(sessions: SessionList, looking: Looking) -> None:
        append(path, user("more"))
        looking.look(path)
        with sessions.topic.subscribe() as subscriber:
            await told(subscriber)
            while sessions.sessions[0].message_count != 3:
                await told(subscriber)

    run(first, path)
    assert Overviews().known([describe(path)])[1] == []
