"""Server-sent events: an answer that has no end until the client goes, or nothing more will come."""

from collections.abc import Callable, Iterable, Iterator

import trio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from claude_sessions.live.hub import GAP, Topic
from claude_sessions.server.route import Call

PIECE = 64 * 1024
"""Bytes that are written at once."""

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events back otherwise
}


class EventStream(Response):
    """What a topic publishes, after what its subscriber begins with.

    `begin` and `again` (after messages were lost) return bytes that join on to what the topic publishes from then on;
    `keepalive` what is sent when nothing was for `seconds`.
    """

    def __init__(
        self,
        topic: Topic,
        begin: Callable[[], bytes],
        again: Callable[[], bytes],
        keepalive: Callable[[], bytes],
        seconds: float,
    ) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._topic = topic
        self._begin = begin
        self._again = again
        self._keepalive = keepalive
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as ASGI has it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_until_gone, receive, nursery.cancel_scope)
                await self._tell(send)
                nursery.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _tell(self, send: Send) -> None:
        async def put(*events: bytes) -> None:
            for piece in _pieces(events):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

        with self._topic.subscribe() as subscriber:
            await put(self._begin())
            while True:
                got = None
                try:
                    with trio.move_on_after(self._seconds):
                        got = await subscriber.next()
                except trio.EndOfChannel:
                    return
                if got is None:
                    await put(self._keepalive())
                elif got is GAP:
                    await put(self._again())
                else:
                    await put(*[message.data for message in got])


def _pieces(events: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of about PIECE: each client has a copy of one, whatever waits for it is shared by all."""
    lot: list[bytes] = []
    size = 0
    for data in events:
        at = 0
        while len(data) - at > PIECE:  # a snapshot
            yield b"".join((*lot, data[at : at + PIECE]))
            lot, size, at = [], 0, at + PIECE
        lot.append(data[at:])
        size += len(data) - at
        if size >= PIECE:
            yield b"".join(lot)
            lot, size = [], 0
    if size:
        yield b"".join(lot)


async def _until_gone(receive: Receive, listening: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listening.cancel()


def last_event_id(call: Call) -> str | None:
    """Return the id of the last event that a client has: a browser's script can only put it into the address."""
    given = call["last_event_id"] or call.request.headers.get("last-event-id", "")
    return given[:100] or None
