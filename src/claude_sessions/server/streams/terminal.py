"""`/api/recordings/{id}/live`: the terminal of a recording as it is now, and as it goes on (ALiS over a WebSocket)."""

import trio
from starlette.websockets import WebSocket

from claude_sessions.live.alis import SUBPROTOCOL
from claude_sessions.live.terminal import Viewer
from claude_sessions.server.errors import bad_request, not_found
from claude_sessions.server.rest.forms import SESSION, TEXT
from claude_sessions.server.route import WEBSOCKET, Answer, Call, Route
from claude_sessions.server.streams.sockets import GOING_AWAY, NORMAL, close, until_gone


async def live(call: Call) -> None:
    """Send frames until the session ends or the viewer goes."""
    socket = call.socket
    if SUBPROTOCOL not in socket.scope.get("subprotocols", ()):
        raise bad_request(f"the terminal is told by the WebSocket subprotocol {SUBPROTOCOL}")
    session = await call.state.in_thread(call.state.manager.find, call["id"])
    if not session.recorded:
        raise not_found(f"session {session.id} is not recorded")
    async with call.state.live.terminals.view(session.id) as viewer:
        await socket.accept(SUBPROTOCOL)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(until_gone, socket, nursery.cancel_scope)
            await _show(viewer, socket)
            nursery.cancel_scope.cancel()


async def _show(viewer: Viewer, socket: WebSocket) -> None:
    try:
        while True:
            for frame in await viewer.next():
                await socket.send_bytes(frame)
    except trio.EndOfChannel:
        await close(socket, NORMAL if viewer.ended else GOING_AWAY)


TERMINAL_ROUTES = (
    Route(
        "/api/recordings/{id}/live",
        WEBSOCKET,
        live,
        "The terminal of a recording, live: ALiS version 1, which asciinema-player plays.",
        (SESSION,),
        Answer("Binary messages.", TEXT, status=101),
    ),
)
