"""What can be asked: one row for each path and method. Documents, checks and tests go over these rows.

A path has its variable parts in braces; each is one segment and a parameter of its own, of place `path`.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

if TYPE_CHECKING:
    from claude_sessions.server.state import State

WEBSOCKET = "WEBSOCKET"
"""Stands for the method of a row that is asked for by a WebSocket's handshake."""


class Access(Enum):
    """Who may ask."""

    TOKEN = "token"  # noqa: S105 - a word
    """Who has credentials (see `security`)."""
    OPEN = "open"
    """Everybody: nothing of anybody's work is in the answer."""


class Kind(Enum):
    """What a parameter's value is, and so how it is written."""

    TEXT = "string"
    NUMBER = "number"
    """Seconds, most often: not negative."""
    INTEGER = "integer"
    FLAG = "boolean"
    """`true`, `false`, `1` or `0`."""
    ID = "id"
    """The name of a session or recording: letters, digits, `-` and `_`, so that it never is a path."""


class Parameter(NamedTuple):
    """A part of a path, or of a query: each may be given once."""

    name: str
    kind: Kind
    meaning: str
    default: Any = None
    place: str = "query"
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    required: bool = False


class Answer(NamedTuple):
    """What a row answers with when all goes well."""

    meaning: str = "Done."
    schema: Mapping[str, Any] = {"type": "object"}
    status: int = 200
    content_type: str = "application/json"


class Call:
    """A request that was let in, with its parameters as the row declares them."""

    def __init__(
        self, state: "State", values: Mapping[str, Any], connection: Request | WebSocket, who: str, base: str
    ) -> None:
        self.state = state
        self.values = values
        """Of each parameter the value: as it was given, else its default."""
        self.connection = connection
        self.who = who
        """How credentials were shown: `token`, `cookie`, `socket`, `loopback`; `-` for none."""
        self.base = base
        """What stands before every path for who asks, without a slash at its end."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def request(self) -> Request:
        """The request, where it is none of a WebSocket."""
        assert isinstance(self.connection, Request)
        return self.connection

    @property
    def socket(self) -> WebSocket:
        """The WebSocket. Its handler accepts it."""
        assert isinstance(self.connection, WebSocket)
        return self.connection


Handler = Callable[[Call], Awaitable[Response | None]]
"""Answers a call; that of a WebSocket row has done so when it returns."""


class Route(NamedTuple):
    """See the module."""

    path: str
    method: str
    handler: Handler
    summary: str
    parameters: tuple[Parameter, ...] = ()
    answer: Answer = Answer()
    access: Access = Access.TOKEN


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a value as JSON. What is no Unicode (half a surrogate) becomes U+FFFD."""
    try:
        body = msgspec.json.encode(value)
    except UnicodeEncodeError:
        body = msgspec.json.encode(_spelled(value))
    return Response(body, status, dict(headers or {}), "application/json")


def _spelled(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {_spelled(key): _spelled(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(each) for each in value]
    return value
