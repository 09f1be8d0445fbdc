"""The control socket of a running session: one JSON line asked, one JSON line answered.

It lies in `run/ID.sock`, in a folder that only its owner can enter. Socket paths are limited to about 100 bytes, so it is
bound and reached from inside the folder (traps: Processes and terminals, 13).
"""

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

import msgspec
import trio

from claude_sessions.base.errors import UnreachableError
from claude_sessions.base.foreign import UNDECODABLE, why_undecodable
from claude_sessions.base.paths import inside
from claude_sessions.store.home import Home

_MAX_REQUEST = 64 * 1024
_ANSWER_TIMEOUT_S = 5.0

Handler = Callable[[dict[str, Any]], dict[str, Any]]


def socket_name(session_id: str) -> str:
    """Return the socket's name in the `run` folder."""
    return f"{session_id}.sock"


def listen(home: Home, session_id: str) -> socket.socket:
    """Bind and return the listening socket; OSError where that is impossible."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with inside(home.folder("run", create=True)):
        before = os.umask(0o077)
        try:
            listener.bind(socket_name(session_id))
        finally:
            os.umask(before)
    listener.listen(8)
    return listener


def remove(home: Home, session_id: str) -> None:
    """Take the socket away; nothing where it is gone."""
    with contextlib.suppress(OSError):
        os.unlink(socket_name(session_id), dir_fd=home.folder("run"))


async def serve(listener: socket.socket, handle: Handler) -> None:
    """Answer requests until cancelled. One that is no JSON object is answered with an error."""
    async with trio.open_nursery() as nursery:
        with trio.socket.from_stdlib_socket(listener) as accepting:
            while True:
                connection, _ = await accepting.accept()
                nursery.start_soon(_answer, connection, handle)


async def _answer(connection: trio.socket.SocketType, handle: Handler) -> None:
    with connection, trio.move_on_after(_ANSWER_TIMEOUT_S), contextlib.suppress(Exception):
        # whatever goes wrong in one conversation, the next caller is answered
        text = b""
        while b"\n" not in text and len(text) < _MAX_REQUEST:
            block = await connection.recv(4096)
            if not block:
                return
            text += block
        try:
            request = msgspec.json.decode(text.partition(b"\n")[0], type=dict[str, Any])
            answer = handle(request)
        except UNDECODABLE as error:
            answer = {"error": f"not understood: {why_undecodable(error)}"}
        await trio.SocketStream(connection).send_all(msgspec.json.encode(answer) + b"\n")


def ask(home: Home, session_id: str, request: dict[str, Any]) -> dict[str, Any]:
    """Send a request to a running session and return its answer; UnreachableError where nobody answers."""
    try:
        folder = home.folder("run")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_ANSWER_TIMEOUT_S)
            with inside(folder):
                connection.connect(socket_name(session_id))
            connection.sendall(msgspec.json.encode(request) + b"\n")
            with connection.makefile("rb") as file:
                answer = file.readline(_MAX_REQUEST)
            return msgspec.json.decode(answer, type=dict[str, Any])
    except (OSError, *UNDECODABLE):
        raise UnreachableError(
            f"session {session_id} does not answer; it may have ended just now: see claude-sessions list"
        ) from None
