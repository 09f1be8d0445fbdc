"""Server-sent events: the list of all sessions and each one's blocks, read as they come over a connection."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx_sse
import pytest
import trio

from claude_sessions.server.streams import blocks, session_list
from claude_sessions.server.streams.event_stream import PIECE, _pieces
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.recordings import LogWriter
from tests.kit.served import Served, run_served

Event = tuple[str, str, Any]
"""Its id, name and data; a comment is named so."""


class Listener:
    """A connection over which events come."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._data = b""
        self.headers = b""

    async def begin(self, request: str) -> None:
        await self._stream.send_all(request.encode())
        while b"\r\n\r\n" not in self._data:
            self._data += await self._read()
        self.headers, _, rest = self._data.partition(b"\r\n\r\n")
        self._data, self._rest = b"", rest

    async def next(self) -> Event:
        """Return the next event."""
        with trio.fail_after(20):
            while b"\n\n" not in self._data:
                self._data += await self._chunk()
        event, _, self._data = self._data.partition(b"\n\n")
        fields = dict(line.split(": ", 1) for line in event.decode().split("\n"))
        if "" in fields:
            return "", "comment", fields[""]
        return fields.get("id", ""), fields["event"], json.loads(fields["data"])

    async def several(self, count: int) -> list[Event]:
        return [await self.next() for _ in range(count)]

    async def is_over(self) -> bool:
        """Wait for the end of the answer, whatever comes before it."""
        with trio.fail_after(20):
            while await self._chunk():
                pass
        return True

    async def _chunk(self) -> bytes:
        while b"\r\n" not in self._rest:
            self._rest += await self._read()
        size, _, rest = self._rest.partition(b"\r\n")
        while len(rest) < int(size, 16) + 2:
            rest += await self._read()
        self._rest = rest[int(size, 16) + 2 :]
        return rest[: int(size, 16)]

    async def _read(self) -> bytes:
        with trio.fail_after(20):
            piece = await self._stream.receive_some()
        assert piece, "the server has hung up"
        return bytes(piece)


@asynccontextmanager
async def listening(server: Served, path: str, *headers: str) -> AsyncIterator[Listener]:
    """Ask for a stream; the connection is cut at the end."""
    async with await server.connect() as stream:
        listener = Listener(stream)
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {server.token}", *headers, "", ""]
        await listener.begin("\r\n".join(lines))
        assert listener.headers.startswith(b"HTTP/1.1 200"), listener.headers
        assert b"text/event-stream" in listener.headers
        yield listener


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something has come true in the server."""
    for _ in range(1000):
        if condition():
            return
        await trio.sleep(0.01)
    raise AssertionError("it never came true")


async def until_read(server: Served) -> None:
    """Wait until the transcripts that were there at the start have been read."""
    await until(lambda: all(one.message_count for one in server.state.live.session_list.sessions))


def test_the_list_is_told_and_then_what_changes(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """`init` has all; a new transcript, a longer one and a deleted one are told as what they are."""
    old = claude_folder.session()

    async def story(server: Served) -> None:
        await until_read(server)
        async with listening(server, "/api/claude-sessions/stream") as listener:
            _, name, init = await listener.next()
            assert (name, init["type"], [one["id"] for one in init["sessions"]]) == ("init", "init", [old.stem])
            new = claude_folder.session()
            _, name, created = await listener.next()
            assert (name, created["type"]) == ("session-created", "session-created")
            assert [one["id"] for one in created["sessions"]] == [new.stem]
            before = init["sessions"][0]["messageCount"]
            claude_folder.grow(old)
            _, name, updated = await listener.next()
            assert (name, updated["sessions"][0]["id"]) == ("session-updated", old.stem)
            assert updated["sessions"][0]["messageCount"] > before
            new.unlink()
            _, name, deleted = await listener.next()
            assert (name, [one["id"] for one in deleted["sessions"]]) == ("session-deleted", [new.stem])
            listed = await server.get("/api/claude-sessions/all")
            assert [one["id"] for one in listed.json] == [old.stem]
            assert (await server.get("/api/claude-sessions/refresh", method="POST")).status == 202
            _, name, refresh = await listener.next()
            assert (name, refresh["sessions"]) == ("refresh", listed.json)

    run_served(tmp_path, story)


def test_the_list_is_chosen_from_a_page_at_a_time(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """By directory, state and words; the whole list is one JSON array."""
    for number in range(3):
        claude_folder.session(f"/home/ann/{'shop' if number else 'docs'}")

    async def story(server: Served) -> None:
        await until_read(server)
        assert len((await server.get("/api/claude-sessions/all")).json) == 3
        answer = await server.get("/api/claude-sessions/all?project=/home/ann/shop&limit=1")
        assert (len(answer.json), answer.headers["x-total-count"]) == (1, "2")
        assert "offset=1" in answer.headers["link"]
        assert len((await server.get("/api/claude-sessions/all?q=docs")).json) == 1
        assert (await server.get("/api/claude-sessions/all?state=waiting")).json == []
        assert (await server.get("/api/claude-sessions/all?state=asleep")).status == 400

    run_served(tmp_path, story)


def test_a_recording_is_named_beside_its_session(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """The newest that shows it."""
    from claude_sessions.log.events import LinkInfo

    session = claude_folder.session()
    log = LogWriter(own_home / ".claude-sessions").start().add("link", LinkInfo(session.stem, str(session))).exit()

    async def story(server: Served) -> None:
        (one,) = (await server.get("/api/claude-sessions/all")).json
        assert (one["recording"], one["recordingRunning"], one["state"]) == (log.session_id, False, "ended")

    run_served(tmp_path, story)


def test_blocks_come_and_go_on_behind_the_last_event(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder
) -> None:
    """First what is there, after a `clear_all`; who names the last event he has gets what follows it, by header or in the address."""
    session = claude_folder.session(lines=2)

    async def story(server: Served) -> None:
        path = f"/sessions/{session.stem}/events"
        async with listening(server, path) as listener:
            (_, clear, _), *there = await listener.several(3)
            assert (clear, [name for _, name, _ in there]) == ("clear_all", ["add_block", "add_block"])
            claude_folder.grow(session)
            first, name, data = await listener.next()
            assert (name, first[:4], set(data)) == (
                "add_block", "evt_", {"block_id", "type", "content", "request_id", "timestamp"},
            )  # fmt: skip
            (watched,) = (await server.get("/sessions")).json["sessions"]
            assert watched == {
                "session_id": session.stem,
                "path": str(session),
                "sse_clients": 1,
                "destinations": {"telegram": [], "slack": []},
            }
        await until(lambda: not any(each.topic.subscribers for each in server.state.live.streams.watched))
        claude_folder.grow(session)
        for way in ([path, f"Last-Event-ID: {first}"], [f"{path}?last_event_id={first}"]):
            async with listening(server, *way) as again:
                number, name, _ = await again.next()
                assert (name, number > first) == ("add_block", True)
        async with listening(server, path, "Last-Event-ID: evt_999") as unknown:
            assert (await unknown.next())[1] == "clear_all"

    run_served(tmp_path, story)


def test_a_deleted_session_ends_its_stream(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """The client is told why, and the answer has its end."""
    session = claude_folder.session(lines=1)

    async def story(server: Served) -> None:
        async with listening(server, f"/sessions/{session.stem}/events") as listener:
            await listener.several(2)
            session.unlink()
            assert await listener.next() == ("session_ended", "session_ended", {"reason": "file_deleted"})
            assert await listener.is_over()
        answer = await server.get(f"/sessions/{session.stem}/events")
        assert (answer.status, answer.code) == (404, "not_found")

    run_served(tmp_path, story)


def test_who_hears_nothing_is_told_that_all_is_well(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comment for blocks, an event of its own in the list."""
    monkeypatch.setattr(blocks, "KEEPALIVE_S", 0.05)
    monkeypatch.setattr(session_list, "KEEPALIVE_S", 0.05)
    session = claude_folder.session(lines=1)

    async def story(server: Served) -> None:
        async with listening(server, f"/sessions/{session.stem}/events") as listener:
            assert [name for _, name, _ in await listener.several(3)][2:] == ["comment"]
        async with listening(server, "/api/claude-sessions/stream") as listener:
            _, (_, name, data) = await listener.several(2)
            assert (name, data["type"], data["sessions"]) == ("keepalive", "keepalive", [])

    run_served(tmp_path, story)


@pytest.mark.parametrize("path", ["/api/claude-sessions/stream", "/sessions/{}/events"])
def test_only_the_head_has_an_end_at_once(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, path: str
) -> None:
    """HEAD asks what kind of answer there would be."""
    session = claude_folder.session()

    async def story(server: Served) -> None:
        answer = await server.get(path.format(session.stem), method="HEAD")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert server.state.live.session_list.topic.subscribers == 0

    run_served(tmp_path, story)


def test_connections_that_are_reset_leave_nobody_behind(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder
) -> None:
    """Whether something was told meanwhile or not."""
    session = claude_folder.session()

    async def story(server: Served) -> None:
        topic = server.state.live.session_list.topic

        async def listen(over: trio.Event) -> None:
            async with listening(server, "/api/claude-sessions/stream") as listener:
                await listener.next()
                await over.wait()

        async with trio.open_nursery() as nursery:
            over = trio.Event()
            for _ in range(50):
                nursery.start_soon(listen, over)
            await until(lambda: topic.subscribers == 50)
            claude_folder.grow(session)
            over.set()
        with trio.fail_after(1):
            await until(lambda: topic.subscribers == 0 and server.server.connections == 0)

    run_served(tmp_path, story)


def test_streams_end_when_the_server_does(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """Each answer has its end: clients know that it was no accident."""
    session = claude_folder.session(lines=1)
    over: list[bool] = []

    async def listen(server: Served, path: str, count: int, ready: trio.Event) -> None:
        async with listening(server, path) as listener:
            await listener.several(count)
            ready.set()
            over.append(await listener.is_over())

    async def story(server: Served) -> None:
        async with trio.open_nursery() as nursery:
            for path, count in (("/api/claude-sessions/stream", 1), (f"/sessions/{session.stem}/events", 2)):
                ready = trio.Event()
                nursery.start_soon(listen, server, path, count, ready)
                await ready.wait()
            server.state.closing.set()

    run_served(tmp_path, story)
    assert over == [True, True]


def test_a_client_from_the_package_index_understands_it(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder
) -> None:
    """httpx-sse reads the blocks of a session."""
    session = claude_folder.session(lines=2)
    seen: list[str] = []

    def read(port: int, token: str) -> None:
        with (
            httpx.Client(headers={"Authorization": f"Bearer {token}"}) as client,
            httpx_sse.connect_sse(client, "GET", f"http://127.0.0.1:{port}/sessions/{session.stem}/events") as source,
        ):
            for event in source.iter_sse():
                seen.append(event.event)
                if event.event == "session_ended":
                    return
                if len(seen) == 3:
                    session.unlink()

    async def story(server: Served) -> None:
        await trio.to_thread.run_sync(read, server.port, server.token)

    run_served(tmp_path, story)
    assert seen == ["clear_all", "add_block", "add_block", "session_ended"]


def test_large_events_go_out_in_pieces() -> None:
    """Nothing of them is changed, and no piece is much larger than a piece."""
    events = [b"a" * 10, b"b" * (3 * PIECE + 5), b"c" * (PIECE - 4), b"", b"d" * PIECE, b"e"]
    for some in (events, events[1:2], [b"x"], [b""], []):
        pieces = list(_pieces(some))
        assert b"".join(pieces) == b"".join(some)
        assert all(0 < len(piece) < 2 * PIECE for piece in pieces)
    assert len(list(_pieces([b"x"] * 100))) == 1
