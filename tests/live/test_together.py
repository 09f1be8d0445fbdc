"""The engine with all its sinks, on real files and by the real clock."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import trio

from claude_sessions.live.block_state import StateFolder
from claude_sessions.live.engine import Engine
from claude_sessions.live.entries import Entries
from claude_sessions.live.hub import GAP, Subscriber
from claude_sessions.live.overviews import Overviews
from claude_sessions.live.session_list import SessionList
from claude_sessions.live.streams import Streams
from tests.kit.following import Screen
from tests.kit.spoken import SESSION, Fields, chained, encoded, says, user, write

Body = Callable[[Streams, SessionList, Entries], Awaitable[None]]


def run(config: Path, states: Path, body: Body) -> None:
    """Run an engine over a configuration folder, with everything that it tells."""

    async def main() -> None:
        streams, sessions, entries = Streams(StateFolder(states)), SessionList(Overviews()), Entries()
        engine = Engine([config / "projects"], None, [streams, sessions, entries])
        async with trio.open_nursery() as nursery:
            await nursery.start(engine.run)
            await nursery.start(streams.run)
            await nursery.start(sessions.run)
            with trio.fail_after(30):
                await body(streams, sessions, entries)
            nursery.cancel_scope.cancel()

    trio.run(main)


async def next_of(subscriber: Subscriber) -> bytes:
    found = await subscriber.next()
    assert found is not GAP
    return b"".join(message.data for message in found)


def append(path: Path, *lines: Fields) -> None:
    with path.open("ab") as file:
        file.write(encoded(lines))


def test_one_line_is_told_to_everybody(tmp_path: Path) -> None:
    """What is appended is an entry, an event of its session, and a change of the list; after a restart all goes on."""
    lines = chained([user("fix it"), says("looking"), says("done")])
    path = write(tmp_path, lines[:1])
    client = Screen()

    async def first(streams: Streams, sessions: SessionList, entries: Entries) -> None:
        watched = await streams.watch(SESSION)
        assert watched is not None
        client.take(watched.since(client.last_id))
        with (
            watched.topic.subscribe() as events,
            entries.topic.subscribe() as all_lines,
            sessions.topic.subscribe() as changes,
        ):
            append(path, lines[1])
            assert msgspec.json.decode(await next_of(all_lines))["data"] == lines[1]
            client.take(await next_of(events))
            while b'"messageCount":2' not in await next_of(changes):
                pass

    async def second(streams: Streams, sessions: SessionList, entries: Entries) -> None:
        watched = await streams.watch(SESSION)
        assert watched is not None
        client.take(watched.since(client.last_id))
        assert sessions.sessions[0].title == "fix it"

    run(tmp_path, tmp_path / "state", first)
    append(path, lines[2])
    run(tmp_path, tmp_path / "state", second)
    assert [each["content"]["text"] for each in client.blocks.values()] == ["fix it", "looking", "done"]
    assert [each.id for each in client.events] == ["snapshot_001", "evt_001", "evt_002", "evt_003"]
