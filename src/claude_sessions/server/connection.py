"""The seam to the HTTP server that is used, anycorn: everything of it that we rely on is named here.

We accept connections ourselves, so that their number is bounded, a peer that takes nothing is let go, and all of them
can be closed at the end: what anycorn sends is shielded from being cancelled. HTTP/1.1 is all that is spoken (`http1`): in
HTTP/2 a peer says how much it takes, and may say nothing for ever.
"""

import socket as sockets
from typing import Any, cast

import anyio
import anyio.abc
import trio
from anycorn.app_wrappers import ASGIWrapper
from anycorn.config import Config
from anycorn.worker_context import WorkerContext
from starlette.types import ASGIApp, Receive, Scope, Send

from claude_sessions.server.access_log import LOGGER
from claude_sessions.server.http1 import Http1Connection
from claude_sessions.server.limits import (
    GRACE_S,
    HEADER_TIMEOUT_S,
    KEEPALIVE_S,
    LONGEST_HEADERS,
    LONGEST_MESSAGE,
    MOST_CONNECTIONS,
    MOST_OWN_CONNECTIONS,
    PIECE,
    SEND_TIMEOUT_S,
    SLOWEST,
)
from claude_sessions.server.listen import Listener
from claude_sessions.server.security import SOCKET


class Server:
    """Serves an application on listeners until it is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._config = _config()
        self._closing = trio.Event()
        self._open: set[_Stream] = set()
        self._all_gone = trio.Event()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def asking(self) -> int:
        """On how many of them a request is being answered."""
        return sum(each.asking > 0 for each in self._open)

    async def serve(self, listener: Listener) -> None:
        """Accept connections until cancelled; those that are open go on in `nursery` of `run`."""
        async with trio.open_nursery() as nursery:
            accepting = trio.SocketListener(trio.socket.from_stdlib_socket(listener.socket))

            async def handle(stream: trio.SocketStream) -> None:
                await self._handle(_Stream(stream, listener.kind))

            await trio.serve_listeners(handle, [accepting], handler_nursery=nursery)

    async def close(self) -> None:
        """Let the answers that are under way come to their end for a moment, then close what is still open."""
        self._closing.set()
        for stream in tuple(self._open):
            await stream.context.terminated.set()
        with trio.move_on_after(GRACE_S):
            if self._open:
                await self._all_gone.wait()
        for stream in tuple(self._open):
            stream.cut()

    async def _handle(self, stream: "_Stream") -> None:
        if self._closing.is_set() or not self._has_room(stream.kind):
            stream.cut()
            return
        self._open.add(stream)
        app = ASGIWrapper(cast("Any", _knowing(self._app, stream)))  # one type, under two names
        try:
            with stream.scope:
                await Http1Connection(app, self._config, stream.context, {}, stream).run()  # type: ignore[arg-type]  # see _Stream
        except Exception:  # noqa: BLE001 - one connection's end is none of the others'
            LOGGER.debug("a connection ended with an error", exc_info=True)  # the application's own are caught there
        finally:
            self._open.discard(stream)
            stream.cut()
            if not self._open and self._closing.is_set():
                self._all_gone.set()

    def _has_room(self, kind: str) -> bool:
        """Make room for one more where there is none: who has been silent for longest goes. False where nobody is silent.

        The owner's own socket has room of its own, which nobody else can take.
        """
        alike = [each for each in self._open if (each.kind == SOCKET) == (kind == SOCKET) and not each.is_cut]
        if len(alike) < (MOST_OWN_CONNECTIONS if kind == SOCKET else MOST_CONNECTIONS):
            return True
        silent = [each for each in alike if not each.asking]
        if silent:
            longest = min(silent, key=lambda each: each.since)
            longest.cut()
            longest.scope.cancel()
        return bool(silent)


def _config() -> Config:
    config = Config()
    config.worker_class = "trio"
    config.errorlog = None
    config.accesslog = None  # the application has its own
    config.include_server_header = False
    config.keep_alive_timeout = HEADER_TIMEOUT_S  # also for the first request's headers
    config.keep_alive_max_requests = 1_000_000
    config.h11_max_incomplete_size = LONGEST_HEADERS
    config.websocket_max_message_size = LONGEST_MESSAGE
    config.websocket_permessage_deflate = False  # each client would cost a compressor's memory and its time
    config.websocket_ping_interval = None  # it would hold on to a connection until the next one; see _Stream.keep_alive
    return config


def _knowing(app: ASGIApp, stream: "_Stream") -> ASGIApp:
    """Return an application that is told through which kind of listener a request came."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        stream.asking += 1
        try:
            await app({**scope, "claude_sessions.listener": stream.kind}, receive, send)
        finally:
            stream.asking -= 1
            stream.since = trio.current_time()

    return told


class _Stream:
    """A connection in the form of anyio's streams, as far as anycorn uses them, over trio's."""

    def __init__(self, stream: trio.SocketStream, kind: str) -> None:
        self._stream = stream
        self.kind = kind
        """That of its listener."""
        self.asking = 0
        """Requests that are being answered."""
        self.since = trio.current_time()
        """When it came, or its last request was answered."""
        self.is_cut = False
        self.scope = trio.CancelScope()
        """Of all that goes on for this connection: who has sent several requests and is gone would be waited for for ever."""
        self.context = WorkerContext(None)
        """Tells anycorn that nothing more comes: otherwise a connection stays until its time for a request is over."""

    def extra(self, attribute: Any, _default: Any = None) -> Any:
        if attribute is anyio.abc.SocketAttribute.raw_socket:
            return self._stream.socket
        raise anyio.TypedAttributeLookupError

    async def receive(self, most: int = 65_536) -> bytes:
        try:
            data = await self._stream.receive_some(most)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            data = b""
        if not data:
            await self.context.terminated.set()
            raise anyio.EndOfStream
        return bytes(data)

    async def send(self, data: bytes) -> None:
        """Send all of it: each piece has its time, and all of them together have the time that the slowest peer needs."""
        view = memoryview(data)
        with trio.move_on_after(SEND_TIMEOUT_S + len(data) / SLOWEST):
            try:
                for at in range(0, len(view), PIECE):
                    with trio.fail_after(SEND_TIMEOUT_S):
                        await self._stream.send_all(view[at : at + PIECE])
            except (trio.ClosedResourceError, trio.BrokenResourceError, trio.TooSlowError):
                pass
            else:
                return
        self.cut()
        self.scope.cancel()
        raise anyio.BrokenResourceError

    async def send_eof(self) -> None:
        try:
            await self._stream.send_eof()
        except (trio.ClosedResourceError, trio.BrokenResourceError, trio.BusyResourceError, OSError):
            raise anyio.BrokenResourceError from None

    async def aclose(self) -> None:
        await self._stream.aclose()

    def keep_alive(self) -> None:
        """Let the system find out when the peer's machine is gone without a word."""
        self._stream.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
        if self._stream.socket.family != sockets.AF_UNIX and hasattr(sockets, "TCP_KEEPIDLE"):
            self._stream.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE, int(KEEPALIVE_S))

    def cut(self) -> None:
        """Close at once: who sends or receives notices."""
        self.is_cut = True
        try:
            self._stream.socket.shutdown(sockets.SHUT_RDWR)
        except OSError:
            pass  # it is not connected any more
        self._stream.socket.close()
