"""The one shape of an error, `{"error": {"code": "not_found", "message": "…"}}`, and which status each has."""

import errno
from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from claude_sessions.base.errors import (
    AmbiguousError,
    ClaudeSessionsError,
    ConfigError,
    NotFoundError,
    UnwritableHomeError,
    UsageError,
)

JSON = "application/json"


class Refusal(Exception):  # noqa: N818 - not every refusal is an error of somebody's
    """What a request ends in that is not answered as it was meant."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        """Return the error as JSON."""
        return msgspec.json.encode({"error": {"code": self.code, "message": self.message}})

    def response(self) -> Response:
        """Return the answer that says so."""
        return Response(self.body(), self.status, self.headers, JSON)


_STATUSES: tuple[tuple[type[ClaudeSessionsError], int, str], ...] = (
    (NotFoundError, 404, "not_found"),
    (AmbiguousError, 409, "ambiguous"),
    (ConfigError, 500, "configuration"),
    (UsageError, 400, "bad_request"),
    (UnwritableHomeError, 507, "no_room"),
    (ClaudeSessionsError, 500, "trouble"),
)
"""The first that an error belongs to holds."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})


def refusal_of(error: ClaudeSessionsError) -> Refusal:
    """Return what a request ends in where reading the recordings or transcripts ended so."""
    status, code = next((status, code) for kind, status, code in _STATUSES if isinstance(error, kind))
    return Refusal(status, code, str(error))


def refusal_of_system(error: OSError) -> Refusal | None:
    """Return the same where the system had no room for what was to be made; None for other faults."""
    if error.errno not in _NO_ROOM:
        return None
    return Refusal(507, "no_room", f"the server cannot keep what it makes: {error.strerror}")


def bad_request(message: str, code: str = "bad_request") -> Refusal:
    """Return the refusal of a request that cannot be meant."""
    return Refusal(400, code, message)


def not_found(what: str) -> Refusal:
    """Return the refusal of a request for what there is not; `what` is the sentence."""
    return Refusal(404, "not_found", what)


INTERNAL = Refusal(500, "internal", "something went wrong inside claude-sessions; its log says what")
"""What nobody foresaw. The log has the trace, the answer has not."""
