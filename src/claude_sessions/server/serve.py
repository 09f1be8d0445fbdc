"""Running the server: from the sockets to the last goodbye."""

import contextlib
import logging
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
import trio

from claude_sessions.screen.printable import printable
from claude_sessions.server.access_log import LOGGER
from claude_sessions.server.app import build_app
from claude_sessions.server.connection import Server
from claude_sessions.server.limits import MOST_CONNECTIONS
from claude_sessions.server.listen import Listener, handed_over, listen_at, listen_on, remove_socket
from claude_sessions.server.route import Route
from claude_sessions.server.services import run_services
from claude_sessions.server.state import Options, State
from claude_sessions.server.state_folder import StateFolder

ADDRESS_FILE = "address.json"
_FILES = 4 * MOST_CONNECTIONS
"""Descriptors, where the system lets us have so many."""


class Address(msgspec.Struct):
    """Where the server that uses a state folder is reached, for commands that ask it something.

    The file counts as long as the server holds its lock on it: of one that was killed nothing is believed.
    """

    url: str
    """With the base path; empty where there is only a Unix socket."""
    uds: str
    pid: int


class Place(NamedTuple):
    """Where to listen."""

    host: str | None
    """None: on no port at all."""
    port: int
    uds: Path | None = None


Ready = Callable[[State, Sequence[Listener]], Awaitable[None] | None]


def open_place(place: Place) -> list[Listener]:
    """Return what listens there; UsageError says why that cannot be. What a service manager hands over comes first."""
    listeners = list(handed_over(os.environ))
    if listeners:
        return listeners
    if place.host is not None:
        listeners += listen_on(place.host, place.port)
    try:
        if place.uds is not None:
            listeners.append(listen_at(place.uds))
    except BaseException:
        for each in listeners:
            each.socket.close()
        raise
    return listeners


def run(place: Place, folder: StateFolder, options: Options, ready: Ready, extra_routes: Iterable[Route] = ()) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is called when the first answer can be given."""
    listeners = open_place(place)
    try:
        folder.lock()
        _raise_descriptor_limit()
        try:
            trio.run(partial(_serve, listeners, str(place.uds or ""), State(folder, options), ready, extra_routes))
        finally:
            folder.remove(ADDRESS_FILE)
    finally:
        for each in listeners:
            if place.uds is not None and each.kind:
                remove_socket(each, place.uds)
            each.socket.close()


async def _serve(
    listeners: Sequence[Listener], uds: str, state: State, ready: Ready, extra_routes: Iterable[Route]
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            await nursery.start(run_services, state)
            server = Server(build_app(state, extra_routes))
            for each in listeners:
                nursery.start_soon(server.serve, each)
            url = next((each.url for each in listeners if each.url), "")
            address = Address(url and url + state.options.base_path, uds, os.getpid())
            state.folder.write_held(ADDRESS_FILE, msgspec.json.encode(address))
            told = ready(state, listeners)
            if told is not None:
                await told
            async for number in signals:
                LOGGER.info("%s: ending", signal.Signals(number).name)
                break
            state.closing.set()
            await server.close()
            nursery.cancel_scope.cancel()
    state.access_log.close()


def login_url(state: State, url: str) -> str:
    """Return a link that logs a browser in, once, within five minutes."""
    code = state.gate.logins.new_code()
    return f"{url}{state.options.base_path}/login?{urlencode({'code': code})}"


class _Printable(logging.Formatter):
    """What somebody sent may stand in a message: no escape of it reaches a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(printable, super().format(record).split("\n")))


@contextlib.contextmanager
def log_on_stderr(level: str) -> Iterator[None]:
    """Let what the server says of itself go to stderr, from that level on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("claude-sessions: %(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level.upper())
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)


def _raise_descriptor_limit() -> None:
    """Let there be a descriptor for each connection: the usual limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
