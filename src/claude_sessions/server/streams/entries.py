"""WebSockets at `/` and `/ws`: every line of every transcript as it is written (the log streaming's messages).

    server: {"type":"log_entry","data":{…},"session_id":"…","file":"…","offset":123}    {"type":"history","data":[…]}
            {"type":"pong"}    {"type":"gap","missed":12}    {"type":"subscribed"}    {"type":"error","message":"…"}
    client: {"type":"ping"}    {"type":"request_history","limit":50}
            {"type":"subscribe","sessions":[…],"projects":[…],"types":[…],"tools":[…],
             "last":10,"after":{"FILE":OFFSET},"since":"…"}

`last`: so many lines of the past come before `subscribed`, as `log_entry`. A client that comes again names in `after` the last `offset`
of each file that it has, and in `since` the time of its last message: it gets what stands behind these in the files, of files
that it does not name the lines from `since` on, and then what comes. So that nothing comes before that, it connects with
`?hold=true`: then nothing is told until it subscribes.
"""

from collections.abc import Iterator

import msgspec
import trio
from starlette.websockets import WebSocket

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.live.entries import About, Reader, file_name, history, log_entry
from claude_sessions.live.filters import Filter
from claude_sessions.live.history import MOST, lines_after, recent_entries, recent_lines
from claude_sessions.live.hub import GAP, Message, Subscriber
from claude_sessions.live.sink import TailLine
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.server.rest.forms import TEXT
from claude_sessions.server.route import WEBSOCKET, Answer, Call, Kind, Parameter, Route
from claude_sessions.server.state import State
from claude_sessions.server.streams.sockets import GOING_AWAY, close

_FEW = 50
"""Lines of history where a client does not say how many."""

_MOST_NAMES = 500
"""Values of a filter, and files in `after`."""

_Names = list[str] | None


class _Ping(msgspec.Struct, tag="ping"):
    pass


class _History(msgspec.Struct, tag="request_history"):
    limit: int = _FEW
    session_id: str | None = None


class _Subscribe(msgspec.Struct, tag="subscribe"):
    sessions: _Names = None
    projects: _Names = None
    types: _Names = None
    tools: _Names = None
    last: int = 0
    after: dict[str, int] | None = None
    since: str | None = None

    def filter(self) -> Filter:
        """Return the filter; raises ValueError where it is too large."""
        values = (self.sessions, self.projects, self.types, self.tools)
        if any(names is not None and len(names) > _MOST_NAMES for names in (*values, self.after)):
            raise ValueError(f"more than {_MOST_NAMES} names")
        return Filter(*(None if names is None else tuple(names) for names in values))


_decode = msgspec.json.Decoder(_Ping | _History | _Subscribe).decode
_encode = msgspec.json.Encoder().encode
_PONG = b'{"type":"pong"}'
_SUBSCRIBED = b'{"type":"subscribed"}'


async def entries(call: Call) -> None:
    """Tell lines until the client goes."""
    socket = call.socket
    await socket.accept()
    with call.state.live.entries.topic.subscribe() as subscriber:
        client = _Client(call.state, socket, subscriber)
        async with trio.open_nursery() as nursery:
            if not call["hold"]:
                client.told.set()
            nursery.start_soon(client.tell)
            await client.listen()
            nursery.cancel_scope.cancel()


class _Client:
    """One WebSocket. What is answered and what is told is sent by turns."""

    def __init__(self, state: State, socket: WebSocket, subscriber: Subscriber) -> None:
        self.told = trio.Event()
        """Set when lines may be told."""
        self._state = state
        self._socket = socket
        self._subscriber = subscriber
        self._sending = trio.Lock()
        self._behind: dict[str, tuple[int, int]] = {}
        """Of files that were read for this client, their generation and the offset of the last line that was told."""

    async def listen(self) -> None:
        """Do what the client asks for until it goes."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                asked = _decode(message.get("text") or message.get("bytes") or b"")
            except UNDECODABLE as error:
                await self._send(_trouble(f"the message is not understood: {error}"))
                continue
            if isinstance(asked, _Ping):
                await self._send(_PONG)
            elif isinstance(asked, _History):
                await self._send(await self._past(asked))
            else:
                await self._subscribe(asked)

    async def tell(self) -> None:
        """Send what is published, as long as there is something."""
        await self.told.wait()
        try:
            while True:
                got = await self._subscriber.next()
                async with self._sending:
                    if got is GAP:
                        await self._put(_encode({"type": "gap", "missed": self._subscriber.missed}))
                        continue
                    for message in got:
                        if not self._has(message.about) and self._wants(message):
                            await self._put(message.data)
        except trio.EndOfChannel:
            await close(self._socket, GOING_AWAY, "the server ends")

    async def _past(self, asked: _History) -> bytes:
        files = self._state.live.engine.files
        if asked.session_id is not None:
            files = [file for file in files if file.session_id == asked.session_id]
        count = min(max(asked.limit, 0), MOST)
        lines = await self._state.in_thread(recent_lines, files, count, self._subscriber.wanted)
        return await trio.to_thread.run_sync(history, lines)

    async def _subscribe(self, asked: _Subscribe) -> None:
        try:
            wanted = asked.filter().wanted()
            since_ns = None if asked.since is None else parse_timestamp(asked.since)
        except ValueError as error:
            await self._send(_trouble(f"this cannot be subscribed to: {error}"))
            return
        async with self._sending:
            self._subscriber.wanted = wanted
            if asked.last > 0:
                await self._tell_last(min(asked.last, MOST))
            await self._put(_SUBSCRIBED)
            if asked.after is not None:
                await self._catch_up(asked.after, since_ns)
        self.told.set()

    async def _tell_last(self, count: int) -> None:
        """Send the last lines of the past."""
        entries = self._state.live.entries
        generation = {file.path: entries.generation(file) for file in self._state.live.engine.files}
        found = await self._state.in_thread(
            recent_entries, self._state.live.engine.files, count, self._subscriber.wanted
        )
        reader = Reader()
        for file, line in found:
            self._behind[file_name(file)] = generation.get(file.path, 0), line.offset
            await self._put(log_entry(reader.about(file, line), line))

    async def _catch_up(self, after: dict[str, int], since_ns: int | None) -> None:
        """Send what stands in the files behind what the client has; nothing else is sent meanwhile."""
        wanted = self._subscriber.wanted
        for file in sorted(self._state.live.engine.files, key=lambda file: file.mtime_ns):
            name = file_name(file)
            generation = self._state.live.entries.generation(file)
            offset = after.get(name)
            if offset is None and (since_ns is None or file.mtime_ns < since_ns):
                continue
            if offset is not None and offset >= file.size:
                offset = -1  # it is not the file that the client knows
            if offset is not None:
                self._behind[name] = generation, offset  # a server that was killed tells some lines once more
            reader = Reader()
            pieces = lines_after(file.path, -1 if offset is None else offset)
            while (lines := await self._state.in_thread(_next, pieces)) is not None:
                for line in lines:
                    self._behind[name] = generation, line.offset
                    about = reader.about(file, line)
                    if (offset is None and _is_before(line, since_ns)) or (
                        wanted is not None and not wanted(Message(b"", about=about))
                    ):
                        continue
                    await self._put(log_entry(about, line))

    def _wants(self, message: Message) -> bool:
        """Tell whether a message that was queued before the client subscribed is one that it subscribed to."""
        wanted = self._subscriber.wanted
        return wanted is None or wanted(message)

    def _has(self, about: About) -> bool:
        """Tell whether the client was given a line already, when its file was read for it."""
        behind = self._behind.get(about.file)
        if behind is None:
            return False
        if (about.generation, about.offset) > behind:
            del self._behind[about.file]
            return False
        return True

    async def _send(self, data: bytes) -> None:
        async with self._sending:
            await self._put(data)

    async def _put(self, data: bytes) -> None:
        await self._socket.send_text(data.decode())


def _next(pieces: Iterator[list[TailLine]]) -> list[TailLine] | None:
    return next(pieces, None)


def _is_before(line: TailLine, since_ns: int | None) -> bool:
    if since_ns is None:
        return False
    try:
        return parse_timestamp(line.line.entry.timestamp) < since_ns
    except ValueError:
        return False


def _trouble(message: str) -> bytes:
    return _encode({"type": "error", "message": message})


_HOLD = Parameter("hold", Kind.FLAG, "Tell nothing before the client subscribes.", default=False)

ENTRY_ROUTES = tuple(
    Route(
        path,
        WEBSOCKET,
        entries,
        "Every line of every transcript as it is written: log_entry, history.",
        (_HOLD,),
        Answer("JSON messages.", TEXT, status=101),
    )
    for path in ("/", "/ws")
)
