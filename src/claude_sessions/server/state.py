"""What the handlers of a server share."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import trio

from claude_sessions.server.access_log import AccessLog
from claude_sessions.server.errors import Refusal
from claude_sessions.server.limits import MOST_LONG_THREADS, MOST_THREADS, MOST_UNSENT, MOST_WAITING, Failures
from claude_sessions.server.login import Logins
from claude_sessions.server.remembered import Remembered
from claude_sessions.server.security import Gate
from claude_sessions.server.state_folder import StateFolder
from claude_sessions.server.tokens import Tokens
from claude_sessions.sessions import SessionManager
from claude_sessions.transcript.files import project_folders

if TYPE_CHECKING:
    from claude_sessions.server.services import Live

T = TypeVar("T")


class Options(NamedTuple):
    """How a server was started."""

    home: Path | None = None
    """None: `CLAUDE_SESSIONS_HOME`, else the default."""
    names: tuple[str, ...] = ()
    """Host names beside IP addresses and localhost."""
    trust_loopback: bool = False
    base_path: str = ""
    """What a proxy puts before every path: begins with a slash, ends with none; empty for nothing."""


class State:
    """See the module. Made inside of trio's loop; `services` puts what runs beside the requests into `live`."""

    def __init__(self, folder: StateFolder, options: Options | None = None) -> None:
        self.folder = folder
        self.options = options or Options()
        self.home = self.options.home
        self.project_folders: Sequence[Path] = project_folders()
        self.manager = SessionManager(self.home)
        tokens = Tokens(folder)
        self.gate = Gate(
            tokens,
            Logins(folder, tokens),
            Failures(),
            names=self.options.names,
            trust_loopback=self.options.trust_loopback,
        )
        self.access_log = AccessLog(folder)
        self.closing = trio.Event()
        """Set when the server ends: streams say goodbye then."""
        self.started = time.monotonic()
        self._live: Live | None = None
        self.remembered = Remembered()
        self._threads = trio.CapacityLimiter(MOST_THREADS)
        self._long_threads = trio.CapacityLimiter(MOST_LONG_THREADS)
        self._waiting = 0
        self._unsent = 0

    @property
    def live(self) -> "Live":
        """What runs beside the requests; raises the refusal where it does not yet."""
        if self._live is None:
            raise Refusal(503, "starting", "the server is not ready yet; try again", {"Retry-After": "1"})
        return self._live

    @live.setter
    def live(self, live: "Live") -> None:
        self._live = live

    @property
    def uptime_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    @contextlib.contextmanager
    def unsent(self, size: int) -> Iterator[None]:
        """Count an answer as long as it is being sent; raises the refusal where too much waits for slow peers already.

        One answer may always be sent, however large it is.
        """
        if self._unsent and self._unsent + size > MOST_UNSENT:
            raise _busy()
        self._unsent += size
        try:
            yield
        finally:
            self._unsent -= size

    async def in_thread(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Return what `work` does in a thread of its own: everything that reads files. Few run at a time.

        Raises the refusal where too many wait already.
        """
        return await self._run(self._threads, work, *arguments, **named)

    async def at_length(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Return the same of work that may take minutes: it has threads of its own, so that nothing else waits for it."""
        return await self._run(self._long_threads, work, *arguments, **named)

    async def _run(self, limiter: trio.CapacityLimiter, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        if self._waiting >= MOST_WAITING:
            raise _busy()
        self._waiting += 1
        try:
            return await trio.to_thread.run_sync(
                partial(work, *arguments, **named), limiter=limiter, abandon_on_cancel=True
            )
        finally:
            self._waiting -= 1


def _busy() -> Refusal:
    return Refusal(503, "busy", "too much is asked at the same time; try again", {"Retry-After": "1"})
