"""What the WebSockets of this server have in common."""

import trio
from starlette.websockets import WebSocket, WebSocketDisconnect

NORMAL = 1000
GOING_AWAY = 1001
"""The server ends: clients come again."""


async def until_gone(socket: WebSocket, using: trio.CancelScope) -> None:
    """Pass over what a client says that has nothing to say, and cancel `using` when it goes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    using.cancel()


async def close(socket: WebSocket, code: int, reason: str = "") -> None:
    """Close a WebSocket whose client may have gone."""
    try:
        await socket.close(code, reason)
    except (RuntimeError, WebSocketDisconnect):
        pass  # starlette: it was closed already
