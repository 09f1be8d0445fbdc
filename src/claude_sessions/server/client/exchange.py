"""Asking over a connection: a WebSocket, or server-sent events; both in HTTP/1.1, with the parsers that the server uses."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, NoReturn

import h11
import trio
import wsproto
from wsproto.connection import ConnectionType
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import ProtocolError

from claude_sessions.base.errors import UsageError
from claude_sessions.server.client.place import Place

PATIENCE_S = 10.0
"""So long a server may take for the beginning of an answer."""
LONGEST_MESSAGE = 64 * 1024 * 1024
"""Bytes of one message or event: a list of very many sessions."""
_PIECE = 256 * 1024
_UNAUTHORIZED = 401
_OK = 200


class GoneError(Exception):
    """The server is not there, or no longer. The message ends a sentence."""


class Socket:
    """A WebSocket: texts go to and fro."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._protocol = wsproto.WSConnection(ConnectionType.CLIENT)
        self._ready: list[bytes] = []
        self._parts: list[bytes] = []
        self._size = 0

    async def open(self, place: Place, target: str) -> None:
        """Ask for it. UsageError where the server refuses."""
        request = Request(host=place.authority, target=place.base_path + target, extra_headers=place.headers)
        await self._stream.send_all(self._protocol.send(request))
        while True:
            await self._feed()
            for event in self._protocol.events():
                if isinstance(event, AcceptConnection):
                    return
                if isinstance(event, RejectConnection):
                    refuse(place, event.status_code)

    async def send(self, text: str) -> None:
        """Send a message."""
        await self._stream.send_all(self._protocol.send(TextMessage(data=text)))

    async def receive(self) -> list[bytes]:
        """Wait for messages and return all that are there, at least one; GoneError where none will come."""
        while not self._ready:
            await self._take()
            if not self._ready:
                await self._feed()
        ready, self._ready = self._ready, []
        return ready

    async def _feed(self) -> None:
        data = await self._stream.receive_some(_PIECE)
        if not data:
            raise GoneError("it closed the connection")
        self._protocol.receive_data(bytes(data))

    async def _take(self) -> None:
        for event in self._protocol.events():
            if isinstance(event, TextMessage | BytesMessage):
                part = event.data.encode() if isinstance(event.data, str) else bytes(event.data)
                self._parts.append(part)
                self._size += len(part)
                if self._size > LONGEST_MESSAGE:
                    raise GoneError("it sends too much")
                if event.message_finished:
                    self._ready.append(b"".join(self._parts))
                    self._parts, self._size = [], 0
            elif isinstance(event, Ping):
                await self._stream.send_all(self._protocol.send(event.response()))
            elif isinstance(event, CloseConnection):
                if not self._ready:
                    raise GoneError("it ends")
                return


class Event(NamedTuple):
    """A server-sent event."""

    name: str
    data: bytes
    id: str


@asynccontextmanager
async def open_socket(place: Place, target: str) -> AsyncIterator[Socket]:
    """Open a WebSocket. GoneError where the server is not there or goes, also from inside of the block."""
    with _gone():
        async with await _connected(place) as stream:
            socket = Socket(stream)
            with trio.fail_after(PATIENCE_S):
                await socket.open(place, target)
            yield socket


async def events(place: Place, target: str, last_event_id: str = "") -> AsyncGenerator[Event, None]:
    """Yield server-sent events until the stream ends; GoneError where the server is not there or goes. Use `aclosing`."""
    with _gone():
        async with await _connected(place) as stream:
            connection = h11.Connection(h11.CLIENT)
            headers = [(b"Host", place.authority.encode()), *place.headers, (b"Accept", b"text/event-stream")]
            if last_event_id:
                headers.append((b"Last-Event-ID", last_event_id.encode()))
            request = h11.Request(method="GET", target=place.base_path + target, headers=headers)
            await stream.send_all(connection.send(request) or b"")
            parser = EventParser()
            with trio.fail_after(PATIENCE_S):
                answer = await _next(connection, stream)
            if isinstance(answer, h11.Response) and answer.status_code != _OK:
                refuse(place, answer.status_code)
            while not isinstance(answer, h11.EndOfMessage | h11.ConnectionClosed):
                if isinstance(answer, h11.Data):
                    for event in parser.feed(bytes(answer.data)):
                        yield event
                answer = await _next(connection, stream)


class EventParser:
    """Takes the bytes of an event stream apart."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._name, self._id = "", ""
        self._data: list[bytes] = []

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that are complete by now."""
        self._rest += data
        if len(self._rest) > LONGEST_MESSAGE:
            raise GoneError("it sends too much")
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest
        found = []
        for line in lines:
            name, _, value = bytes(line.removesuffix(b"\r")).partition(b":")
            value = value.removeprefix(b" ")
            if name == b"event":
                self._name = value.decode(errors="replace")
            elif name == b"data":
                self._data.append(value)
            elif name == b"id":
                self._id = value.decode(errors="replace")
            elif not line.removesuffix(b"\r"):
                if self._data:
                    found.append(Event(self._name or "message", b"\n".join(self._data), self._id))
                self._name, self._data = "", []
        return found


async def _next(connection: h11.Connection, stream: trio.abc.Stream) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(bytes(await stream.receive_some(_PIECE)))
    return event


async def _connected(place: Place) -> trio.abc.Stream:
    with trio.move_on_after(PATIENCE_S):
        return await place.connect()
    raise GoneError("it does not answer")


class _gone:  # noqa: N801 - reads as a verb where it stands
    """Turns all that a connection may come to into GoneError."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            raise GoneError(error.strerror or str(error) or "it cannot be reached") from None
        if isinstance(error, trio.BrokenResourceError | trio.ClosedResourceError):
            raise GoneError("the connection broke") from None
        if isinstance(error, ProtocolError | h11.RemoteProtocolError):
            raise GoneError(f"its answer is none ({error})") from None
        if isinstance(error, trio.TooSlowError):
            raise GoneError("it does not answer") from None


def refuse(place: Place, status: int) -> NoReturn:
    """Raise what a status other than success means: trying again helps only where the server itself is in trouble."""
    if status == _UNAUTHORIZED:
        how = "the token is not right" if place.token else "a token is needed: --token-file or CLAUDE_SESSIONS_TOKEN"
        raise UsageError(f"the server at {place} refuses: {how}; claude-sessions token prints it")
    if status >= 500:
        raise GoneError(f"it is in trouble ({status})")
    raise UsageError(f"what answers at {place} with {status} is no such server; correct the address")
