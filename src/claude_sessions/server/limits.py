"""How much of anything is taken from outside, and for how long it is waited."""

from collections import deque
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import trio
from starlette.requests import Request

from claude_sessions.server.errors import Refusal, bad_request

LONGEST_TARGET = 8192
"""Bytes of a request's path and query together."""
LONGEST_HEADERS = 16 * 1024
"""Bytes of a request's first line and headers."""
LONGEST_BODY = 1_000_000
"""Bytes of a request's body."""
LONGEST_MESSAGE = 64 * 1024
"""Bytes of a WebSocket message from a client."""
HEADER_TIMEOUT_S = 10.0
"""So long a connection may take for a request, and so long it stays open without one."""
BODY_TIMEOUT_S = 10.0
SEND_TIMEOUT_S = 60.0
"""Who takes nothing for so long is gone."""
KEEPALIVE_S = 30.0
"""After so long without a word the system asks whether a peer is still there."""
PIECE = 256 * 1024
"""Bytes that have this time."""
SLOWEST = 50_000
"""Bytes a second that a peer has to take of what is sent at once."""
MOST_CONNECTIONS = 1000
"""On all ports together."""
MOST_OWN_CONNECTIONS = 250
"""On the Unix socket that only its owner can reach: nobody else can take these."""
MOST_THREADS = 4
"""Requests that read files at the same time, and come to an end soon."""
MOST_LONG_THREADS = 2
"""Requests for which a whole recording is read, or all of them."""
MOST_WAITING = 64
"""Requests that wait for one of these threads."""
MOST_UNSENT = 128_000_000
"""Bytes of answers that are made and not sent yet, all together."""
MOST_FAILURES = 10
FAILURE_WINDOW_S = 60.0
"""So many wrong codes are listened to in so much time."""
MOST_AT_ONCE = 1000
"""Items of one page of an answer."""
GRACE_S = 0.5
"""So long streams may take for their goodbye when the server ends."""


class Failures:
    """Counts wrong codes, whoever brings them: when there are too many, it says when to come again.

    Right ones are always taken: nobody locks anybody out.
    """

    def __init__(self, now: Callable[[], float] = trio.current_time) -> None:
        self._now = now
        self._times: deque[float] = deque(maxlen=MOST_FAILURES)

    def note(self) -> None:
        """Count one; raises the refusal where there were too many before it."""
        now = self._now()
        while self._times and now - self._times[0] >= FAILURE_WINDOW_S:
            self._times.popleft()
        if len(self._times) == MOST_FAILURES:
            wait = max(1, round(self._times[0] + FAILURE_WINDOW_S - now))
            raise Refusal(
                429,
                "too_many_failures",
                f"too many wrong codes; try again in {wait} s",
                {"Retry-After": str(wait)},
            )
        self._times.append(now)


async def read_body(request: Request) -> bytes:
    """Return the body of a request; raises the refusal where it is too long or takes too long."""
    body = bytearray()
    with trio.move_on_after(BODY_TIMEOUT_S) as scope:
        async with aclosing(request.stream()) as stream:
            async for chunk in stream:
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise too_long()
    if scope.cancelled_caught:
        raise Refusal(408, "timeout", f"the body took longer than {BODY_TIMEOUT_S:.0f} s", {"Connection": "close"})
    return bytes(body)


def check_length(headers: Any) -> None:
    """Raise the refusal where a request says that its body is too long; `headers` are starlette's."""
    text = headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()):
        raise bad_request("Content-Length is no number")
    if int(text[:20]) > LONGEST_BODY:
        raise too_long()


def too_long() -> Refusal:
    """Return the refusal of a body that is too long."""
    return Refusal(413, "too_long", f"a body may have {LONGEST_BODY:,} bytes", {"Connection": "close"})
