"""The ASGI application: each request is checked, let in, given to its row's handler, and noted."""

import time
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.server.access_log import LOGGER
from claude_sessions.server.errors import INTERNAL, Refusal, refusal_of, refusal_of_system
from claude_sessions.server.limits import check_length
from claude_sessions.server.parameters import read_parameters
from claude_sessions.server.route import WEBSOCKET, Access, Call, Route
from claude_sessions.server.security import HEADERS, NOBODY
from claude_sessions.server.state import State
from claude_sessions.server.static import refusal_page
from claude_sessions.server.table import Table

_STREAM = b"text/event-stream"
LOOK_S = 1.0
"""Seconds after which a stream that has something to tell needs its credentials looked at again."""
_POLICY = 1008
"""What a WebSocket is closed with that shows credentials no longer."""
_GOING_AWAY = 1001
"""What a WebSocket is closed with where its handler failed: clients come again."""


def all_routes(extra_routes: Iterable[Route] = ()) -> Sequence[Route]:
    """Return every row: those of this package, and those of who builds the application."""
    from claude_sessions.server.openapi import with_document
    from claude_sessions.server.own import OWN_ROUTES
    from claude_sessions.server.rest import REST_ROUTES
    from claude_sessions.server.streams import STREAM_ROUTES

    return with_document([*OWN_ROUTES, *REST_ROUTES, *STREAM_ROUTES, *extra_routes])


def build_app(state: State, extra_routes: Iterable[Route] = ()) -> ASGIApp:
    """Return the application over `state`."""
    return _App(state, Table(all_routes(extra_routes)))


class _App:
    def __init__(self, state: State, table: Table) -> None:
        self._state = state
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        scope = dict(scope)
        scope["raw_path"] = scope.get("raw_path") or scope["path"].encode()
        exchange = _Exchange(scope, send, self._state)
        try:
            await self._answer(exchange, receive)
        except Refusal as refusal:
            await exchange.refuse(refusal)
        except ClaudeSessionsError as error:
            await exchange.refuse(refusal_of(error))
        except (ClientDisconnect, WebSocketDisconnect):
            pass
        except OSError as error:
            await exchange.refuse(refusal_of_system(error) or self._unforeseen(scope))
        except Exception:  # noqa: BLE001 - whatever it is, it ends one request, and the log has it
            await exchange.refuse(self._unforeseen(scope))
        finally:
            exchange.note()

    @staticmethod
    def _unforeseen(scope: Mapping[str, Any]) -> Refusal:
        LOGGER.exception("%s %s", scope.get("method", WEBSOCKET), scope["raw_path"])
        return INTERNAL

    async def _answer(self, exchange: "_Exchange", receive: Receive) -> None:
        scope, state = exchange.scope, self._state
        gate = state.gate
        gate.check(scope)
        method = scope["method"] if scope["type"] == "http" else WEBSOCKET
        path = _below(scope["path"], state.options.base_path)
        try:
            match = self._table.find(method, path)
        except Refusal:
            exchange.who = gate.who(scope, private=True)
            raise
        route = match.route
        exchange.who = gate.who(scope, private=route.access is Access.TOKEN)
        exchange.is_private = route.access is Access.TOKEN
        values = read_parameters(route.parameters, match.path, scope["query_string"])
        scope["claude_sessions.path"] = path
        connection = (
            WebSocket(scope, receive, exchange.send) if method == WEBSOCKET else Request(scope, receive, exchange.send)
        )
        if method != WEBSOCKET:
            check_length(connection.headers)
        response = await route.handler(Call(state, values, connection, exchange.who, state.options.base_path))
        if isinstance(response, Response):
            with state.unsent(len(response.body)):
                await response(scope, receive, exchange.send)


def _below(path: str, base: str) -> str:
    """Return a path without what a proxy puts before it, where the proxy has left it there."""
    if base and (path == base or path.startswith(base + "/")):
        return path[len(base) :] or "/"
    return path


class _Exchange:
    """One request and its answer: adds the headers that every answer has, and knows what is to be noted."""

    def __init__(self, scope: MutableMapping[str, Any], send: Send, state: State) -> None:
        self.scope = scope
        self.who = NOBODY
        self.is_private = False
        self._send = send
        self._state = state
        self._status = 0
        self._size = 0
        self._began = time.monotonic()
        self._looked = self._began
        """When credentials were looked at last."""
        self._is_stream = False
        self._is_void = False

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        kind = message["type"]
        if self._is_stream and await self._ends(kind):
            return
        if kind == "http.response.start":
            self._status = message["status"]
            message = {**message, "headers": _with_usual(message.get("headers", []))}
            if dict(message["headers"]).get(b"content-type", b"").startswith(_STREAM):
                self._note_begin()
        elif kind == "http.response.body":
            self._size += len(message.get("body", b""))
        elif kind == "websocket.accept":
            self._status = 101
            self._note_begin()
        elif kind == "websocket.send":
            self._size += len(message.get("bytes") or message.get("text") or b"")
        await self._send(message)

    async def _ends(self, kind: str) -> bool:
        """End a stream whose credentials are void by now: whoever logs out, or makes a new token, ends what is open."""
        now = time.monotonic()
        if not self._is_void and self.is_private and now - self._looked >= LOOK_S:
            self._looked = now
            try:
                self._state.gate.who(self.scope, private=True)
            except Refusal:
                self._is_void = True
                if kind.startswith("websocket."):
                    await self._send({"type": "websocket.close", "code": _POLICY, "reason": "logged out"})
                else:
                    await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        return self._is_void

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a refusal; where the answer has begun it is cut off."""
        if self.scope["type"] == "websocket":
            await self._refuse_socket(refusal)
            return
        if self._status:
            return  # the server notices that the answer has no end
        response = refusal_page(self.scope, refusal) or refusal.response()
        await response(self.scope, _nothing, self.send)

    async def _refuse_socket(self, refusal: Refusal) -> None:
        if self._status:
            await self._send({"type": "websocket.close", "code": _GOING_AWAY})
        elif "websocket.http.response" in self.scope.get("extensions", {}):
            self._status = refusal.status
            body = refusal.body()
            usual = _with_usual(
                [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    *((name.lower().encode(), value.encode()) for name, value in refusal.headers.items()),
                ]
            )
            await self._send({"type": "websocket.http.response.start", "status": refusal.status, "headers": usual})
            await self._send({"type": "websocket.http.response.body", "body": body})
        else:
            self._status = 403
            await self._send({"type": "websocket.close"})

    def note(self) -> None:
        """Write the line for the access log."""
        seconds = time.monotonic() - self._began
        self._state.access_log.note(self.scope, self.who, self._status, self._size, seconds)

    def _note_begin(self) -> None:
        self._is_stream = True
        self._state.access_log.note(self.scope, self.who, self._status, None, 0)


_USUAL = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def _with_usual(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    given = list(headers)
    names = {name.lower() for name, _ in given}
    return [*given, *(each for each in _USUAL if each[0] not in names)]


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
