"""A server that runs in a test, in the test's own loop, and plain bytes to ask it with."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import trio

from claude_sessions.server.app import build_app
from claude_sessions.server.connection import Server
from claude_sessions.server.listen import Listener, listen_at, listen_on
from claude_sessions.server.route import Route
from claude_sessions.server.services import run_services
from claude_sessions.server.state import Options, State
from claude_sessions.server.state_folder import StateFolder
from claude_sessions.server.tokens import NAME

PATIENCE_S = 20.0


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.json["error"]["code"])


class Served:
    """A running server: ask it with `get`, or with any bytes."""

    def __init__(self, state: State, server: Server, listeners: list[Listener]) -> None:
        self.state = state
        self.server = server
        self.port: int = listeners[0].socket.getsockname()[1]
        self.path = listeners[1].path
        self.token = (state.folder.read(NAME) or b"").decode().strip()

    async def connect(self) -> trio.SocketStream:
        """Return a connection to the port."""
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def raw(self, request: bytes) -> Answer:
        """Send bytes and return the answer."""
        async with await self.connect() as stream:
            return await exchange(stream, request)

    async def get(
        self,
        target: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        token: str | None = "",
        body: bytes = b"",
    ) -> Answer:
        """Ask as a program does; `token` None: without one, empty: with the right one."""
        shown = {} if token is None else {"Authorization": f"Bearer {token or self.token}"}
        fields = {"Host": f"127.0.0.1:{self.port}", **shown, **(headers or {})}
        if body:
            fields["Content-Length"] = str(len(body))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {text}" for name, text in fields.items()), "", ""]
        return await self.raw("\r\n".join(lines).encode() + body)


async def exchange(stream: trio.SocketStream, request: bytes) -> Answer:
    """Send a request over a connection and read the answer to its end; of a stream only how it begins."""
    with trio.fail_after(PATIENCE_S):
        with contextlib.suppress(trio.BrokenResourceError):  # a refusal may come before all is sent
            await stream.send_all(request)
        data = b""
        while b"\r\n\r\n" not in data:
            piece = await stream.receive_some()
            if not piece:
                return Answer(0, {}, data)
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        status = int(first.split()[1])
        length = int(headers.get("content-length", 0))
        if headers.get("content-type", "").startswith("text/event-stream"):
            return Answer(status, headers, body)
        if headers.get("transfer-encoding") == "chunked":
            body = await _chunks(stream, body)
        elif status not in {101, 204, 304} and not request.startswith(b"HEAD"):
            while len(body) < length:
                piece = await stream.receive_some()
                if not piece:
                    break
                body += piece
        return Answer(status, headers, body)


async def _chunks(stream: trio.SocketStream, data: bytes) -> bytes:
    body = b""
    while True:
        while b"\r\n" not in data:
            data += await stream.receive_some()
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        while len(data) < length + 2:
            data += await stream.receive_some()
        body, data = body + data[:length], data[length + 2 :]
        if not length:
            return body


@contextlib.asynccontextmanager
async def served(
    folder: Path, options: Options | None = None, extra_routes: Iterable[Route] = ()
) -> AsyncIterator[Served]:
    """Run a server on a free port and on a Unix socket, with its state in `folder`, which has to be there."""
    with StateFolder(folder / "server") as state_folder:
        state = State(state_folder, options)
        listeners = [*listen_on("127.0.0.1", 0), listen_at(folder / "socket")]
        server = Server(build_app(state, extra_routes))
        async with trio.open_nursery() as nursery:
            await nursery.start(run_services, state)
            for each in listeners:
                nursery.start_soon(server.serve, each)
            yield Served(state, server, listeners)
            state.closing.set()
            await server.close()
            nursery.cancel_scope.cancel()
        for each in listeners:
            each.socket.close()
        state.access_log.close()


def run_served(
    folder: Path,
    story: Callable[[Served], Awaitable[None]],
    options: Options | None = None,
    extra_routes: Iterable[Route] = (),
) -> None:
    """Run a story against a server."""

    async def main() -> None:
        async with served(folder, options, extra_routes) as server:
            await story(server)

    trio.run(partial(_within, main))


async def _within(main: Callable[[], Awaitable[None]]) -> None:
    with trio.fail_after(120):
        await main()
