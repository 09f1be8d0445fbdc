"""Following a server that comes and goes: nothing is lost, nothing comes twice."""

import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest
import trio

from claude_sessions.base.errors import UsageError
from claude_sessions.live.filters import Filter
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.server.client import following
from claude_sessions.server.client.following import MOST_FILES, Entry, Places, entries, sessions
from claude_sessions.server.client.place import Place
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.engine_run import until
from tests.kit.served import run_served, served

BEGUN = parse_timestamp("2026-02-07T12:00:00.000Z")


def numbered(path: Path, *numbers: int) -> None:
    """Append lines with numbers in them."""
    with path.open("ab") as file:
        for number in numbers:
            fields = {"type": "user", "n": number, "timestamp": f"2026-02-08T12:00:{number % 60:02d}.000Z"}
            file.write(json.dumps(fields).encode() + b"\n")


def number(entry: Entry) -> int:
    return int(json.loads(entry.line.raw)["n"])


def test_a_server_that_restarts(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """What was written while it was away follows, once, of known and of new files; a person is told that it was away."""
    known = claude_folder.session()
    said: list[str] = []
    got: list[int] = []

    async def follow(place: Place, bell: trio.MemorySendChannel[None]) -> None:
        async with aclosing(entries(lambda: place, Filter(), 1, BEGUN, said.append)) as found:
            async for some in found:
                got.extend(number(entry) for entry in some)
                await bell.send(None)

    async def until_got(rings: trio.MemoryReceiveChannel[None], last: int) -> None:
        while not got or got[-1] != last:
            await rings.receive()

    async def main() -> None:
        numbered(known, 1, 2)
        send, rings = trio.open_memory_channel[None](100)
        async with trio.open_nursery() as nursery:
            async with served(tmp_path / "state"):
                pass
            async with served(tmp_path / "state") as server:
                place = Place("", uds=str(server.path))
                nursery.start_soon(follow, place, send)
                await until_got(rings, 2)
                numbered(known, 3)
                await until_got(rings, 3)
            numbered(known, 4, 5)
            numbered(known.with_name("22222222-aaaa-4aaa-8aaa-000000000002.jsonl"), 6)
            async with served(tmp_path / "state"):
                while len(got) < 5:
                    await rings.receive()
                numbered(known, 7)
                await until_got(rings, 7)
            nursery.cancel_scope.cancel()

    (tmp_path / "state").mkdir(mode=0o700)
    trio.run(partial(_within, main))
    assert sorted(got) == [2, 3, 4, 5, 6, 7]
    assert got[:2] + [each for each in got if each in {4, 5}] == [2, 3, 4, 5]
    assert [sentence.split(":")[0].split(";")[0] for sentence in said[:2]] == [
        "the server is gone",
        "the server is back",
    ]


async def _within(main: Callable[[], Awaitable[None]]) -> None:
    with trio.fail_after(60):
        await main()


def test_a_token_is_for_the_server_alone(tmp_path: Path, own_home: Path) -> None:
    """While the server does not say that it runs, nobody who listens in its place is asked."""
    asked: list[bytes] = []
    said: list[str] = []
    places: list[Place] = []
    found: list[Place] = []

    async def listen(stream: trio.SocketStream) -> None:
        asked.append(await stream.receive_some())
        await stream.aclose()

    async def follow() -> None:
        async with aclosing(entries(find, Filter(), 1, BEGUN, said.append)) as told:
            async for _ in told:
                pass

    def find() -> Place:
        found.append(places[-1])
        return places[-1]

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            async with served(tmp_path) as server:
                port = server.port
                places.append(Place("127.0.0.1", port, token=server.token))
                nursery.start_soon(follow)
                await until(lambda: server.state.live.entries.topic.subscribers)
                places.append(Place("127.0.0.1", port))
            (other,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            places.append(Place("127.0.0.1", other.socket.getsockname()[1]))
            nursery.start_soon(trio.serve_listeners, listen, [other])
            tries = len(found)
            await until(lambda: len(found) > tries + 1)
            assert asked == []
            places.append(places[-1]._replace(token="new"))  # noqa: S106 - nobody's token
            await until(lambda: asked)
            nursery.cancel_scope.cancel()

    trio.run(partial(_within, main))
    assert b"Bearer new" in asked[0]


def test_no_server_at_first_is_an_error(tmp_path: Path) -> None:
    """Nobody waits for what was never there."""

    async def main() -> None:
        async with aclosing(entries(lambda: Place("", uds=str(tmp_path / "none")), Filter(), 1, BEGUN, print)) as found:
            with pytest.raises(UsageError, match="claude-sessions serve starts one"):
                await anext(found)

    trio.run(main)


def test_only_what_is_chosen(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """The past comes first, by itself and also where it is empty; all of it passes the filter."""
    mine, other = claude_folder.session(), claude_folder.session()

    async def story(server: object) -> None:
        place = Place("", uds=str(tmp_path / "socket"))
        chosen = Filter(sessions=(mine.stem,))
        async with aclosing(entries(lambda: place, chosen, 2, BEGUN, print)) as found:
            past = await anext(found)
            assert [entry.file.session_id for entry in past] == [mine.stem] * 2
            assert [json.loads(entry.line.raw)["message"]["content"] for entry in past] == ["what is 1?", "what is 2?"]
            numbered(other, 1)
            numbered(mine, 2)
            (entry,) = await anext(found)
            assert (number(entry), json.loads(entry.message)["type"]) == (2, "log_entry")
        async with aclosing(entries(lambda: place, Filter(types=("none",)), 2, BEGUN, print)) as found:
            assert await anext(found) == []
        async with aclosing(entries(lambda: place, Filter(sessions=("x" * 8,) * 501), 2, BEGUN, print)) as found:
            with pytest.raises(UsageError, match="more than 500"):
                await anext(found)

    run_served(tmp_path, story)


def test_sessions_are_told(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """All at first, with their directories and states."""
    session = claude_folder.session()

    async def story(server: object) -> None:
        async with aclosing(sessions(lambda: Place("", uds=str(tmp_path / "socket")))) as found:
            (one,) = await anext(found)
            while not one.directory:  # its transcript is being read
                (one,) = await anext(found)
            assert (one.session_id, one.directory, one.state) == (session.stem, "/home/ann/shop", "ended")

    run_served(tmp_path, story)


def test_very_many_files() -> None:
    """Of more files than can be named the oldest are let go: nothing of them is asked for that was before."""
    places = Places(BEGUN)
    assert places.asked() == {"after": {}, "since": "2026-02-07T12:00:00.000000Z"}
    for number in range(MOST_FILES + 2):
        places.note(f"file {number}", number, f"2026-02-07T13:00:{number % 60:02d}.000Z")
    places.note("file 2", 9, "")
    asked = places.asked()
    assert asked["since"] == "2026-02-07T13:00:01.001000Z"
    assert len(asked["after"]) == MOST_FILES
    assert "file 1" not in asked["after"]
    assert asked["after"]["file 2"] == 9
    assert following.LONGEST_WAIT_S > following.FIRST_WAIT_S
