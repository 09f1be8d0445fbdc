"""Event streams taken apart, and answers that are none."""

import itertools
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import UsageError
from claude_sessions.server.client.exchange import Event, EventParser, GoneError, events, open_socket
from claude_sessions.server.client.place import Place
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.served import Served, run_served

STREAM = (
    b": hello\n\nid: evt_001\nevent: add_block\ndata: {}\n\ndata: a\r\ndata: b\r\n\r\nevent: none\n\nid: e\ndata:c\n\n"
)


@given(st.lists(st.integers(0, len(STREAM))))
def test_an_event_stream_in_any_pieces(cuts: list[int]) -> None:
    """Wherever it is cut the same events come, with their names, their data and the last id."""
    parser = EventParser()
    places = [0, *sorted(cuts), len(STREAM)]
    found = [event for a, b in itertools.pairwise(places) for event in parser.feed(STREAM[a:b])]
    assert found == [
        Event("add_block", b"{}", "evt_001"),
        Event("message", b"a\nb", "evt_001"),
        Event("message", b"c", "e"),
    ]


def test_without_the_right_token_nothing_is_tried_again(tmp_path: Path, own_home: Path) -> None:
    """A refusal says what is missing; so does what is no page of the server."""

    async def story(server: Served) -> None:
        place = Place("127.0.0.1", server.port)
        for token, reason in (("", "--token-file"), ("wrong", "token is not right")):
            with pytest.raises(UsageError, match=reason):
                async with open_socket(place._replace(token=token), "/ws"):
                    pass
            with pytest.raises(UsageError, match=reason):
                async for _ in events(place._replace(token=token), "/api/claude-sessions/stream"):
                    pass
        with pytest.raises(UsageError, match="404"):
            async for _ in events(place._replace(token=server.token), "/nowhere"):
                pass

    run_served(tmp_path, story)


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 503 Busy\r\n\r\n", b"HTTP/1.1 101 Yes\r\n\r\n"]
)
def test_what_is_no_such_server_is_gone(answer: bytes) -> None:
    """Whatever answers on the port, or nobody: it is said in words, and not taken for an answer."""

    async def serve(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(answer)
        await stream.aclose()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, serve, [listener])
            place = Place("127.0.0.1", listener.socket.getsockname()[1])
            with pytest.raises(GoneError):
                async with open_socket(place, "/ws"):
                    pass
            if not answer.startswith(b"HTTP/1.1 101"):
                with pytest.raises(GoneError):
                    async for _ in events(place, "/"):
                        pass
            nursery.cancel_scope.cancel()
        with pytest.raises(GoneError):
            async with open_socket(place, "/ws"):
                pass

    trio.run(main)


def test_a_socket_at_a_path(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """The Unix socket gives the same, without a token."""
    session = claude_folder.session()

    async def story(server: Served) -> None:
        place = Place("", uds=str(server.path))
        async with open_socket(place, "/ws") as socket:
            await socket.send('{"type":"ping"}')
            assert await socket.receive() == [b'{"type":"pong"}']
            claude_folder.grow(session)
            (message,) = await socket.receive()
            assert message.startswith(b'{"type":"log_entry"')
        async with aclosing(events(place, "/api/claude-sessions/stream")) as found:
            assert (await anext(found)).name == "init"

    run_served(tmp_path, story)


def test_messages_of_any_size(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """A message of a megabyte comes in pieces and is one message."""
    session = claude_folder.session()
    grow: Callable[[Path, bytes], None] = claude_folder.grow

    async def story(server: Served) -> None:
        async with open_socket(Place("127.0.0.1", server.port, token=server.token), "/ws") as socket:
            await socket.send('{"type":"ping"}')
            await socket.receive()
            grow(session, b'{"type":"x","text":"' + b"x" * 900_000 + b'"}\n')
            (message,) = await socket.receive()
            assert len(message) > 900_000

    run_served(tmp_path, story)
