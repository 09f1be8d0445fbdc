"""HTTP/1.1 and WebSockets on one connection, by anycorn, and nothing else that it speaks.

No request is a way into HTTP/2: its preface is refused, and an upgrade to it is not taken, which RFC 9110 (section 7.8)
leaves to the server. What two programs could read in two ways is refused as well, and the connection ends with it.
"""

import re

import anyio.abc
import h11
from anycorn.events import Closed
from anycorn.protocol.h11 import H11Protocol
from anycorn.task_group import TaskGroup
from anycorn.tcp_server import TCPServer
from anycorn.typing import ConnectionState
from anycorn.utils import parse_socket_addr

_METHOD = re.compile(rb"[A-Z]{1,20}", re.ASCII)


def refused(request: h11.Request) -> int | None:
    """Return the status that a request is refused with before it is looked at; None where it is in order."""
    if request.http_version not in (b"1.1", b"1.0"):
        return 505
    if not _METHOD.fullmatch(request.method):
        return 400
    names = {name.lower() for name, _ in request.headers}
    return 400 if {b"content-length", b"transfer-encoding"} <= names else None


class _Http1(H11Protocol):
    async def _check_protocol(self, event: h11.Request) -> None:
        """Change to no other protocol: this is where anycorn would."""

    async def _create_stream(self, request: h11.Request) -> None:
        status = refused(request)
        if status is None:
            await super()._create_stream(request)
            return
        await self._send_error_response(status)
        await self.send(Closed())


class Http1Connection(TCPServer):
    """One connection."""

    async def run(self) -> None:
        """Answer its requests until it ends."""
        try:
            socket = self.stream.extra(anyio.abc.SocketAttribute.raw_socket)  # noqa: S610 - no query of a database
            client = parse_socket_addr(socket.family, socket.getpeername())
            server = parse_socket_addr(socket.family, socket.getsockname())
            async with TaskGroup() as group:
                self._task_group = group
                state = ConnectionState(self.state.copy())
                speaking = _Http1(
                    self.app, self.config, self.context, group, state, client, server, self.protocol_send, None
                )
                self.protocol = speaking  # type: ignore[assignment]  # all that is used of a wrapper
                await self.idle_task.restart(group, self._idle_timeout)
                await self._read_data()
        except OSError:
            pass
        finally:
            await self._close()
