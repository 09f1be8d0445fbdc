"""Where a server is reached, and what is shown to it.

The token of our own state folder is shown only to the server that says there where it is: whoever else listens on an
address that a person typed gets none but what was meant for him.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
import trio

from claude_sessions.base.errors import UsageError
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.server.serve import ADDRESS_FILE, Address
from claude_sessions.server.state_folder import StateFolder
from claude_sessions.server.tokens import read_token

TOKEN_VARIABLE = "CLAUDE_SESSIONS_TOKEN"  # noqa: S105 - the name of a variable

_PORTS = {"http": 80, "https": 443}
_PLAIN = {"ws": "http", "wss": "https"}
_LONGEST_TOKEN = 4096


class Place(NamedTuple):
    """A server, or one behind a proxy."""

    host: str
    """Empty where it is a Unix socket."""
    port: int = 0
    tls: bool = False
    base_path: str = ""
    uds: str = ""
    token: str = ""
    """Empty: none is shown."""

    @property
    def authority(self) -> str:
        """What the header Host says."""
        if self.uds:
            return "localhost"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What goes with every request beside Host."""
        return [(b"Authorization", b"Bearer " + self.token.encode())] if self.token else []

    def __str__(self) -> str:
        return self.uds or f"{'https' if self.tls else 'http'}://{self.authority}{self.base_path}"

    async def connect(self) -> trio.abc.HalfCloseableStream | trio.SSLStream[trio.SocketStream]:
        """Return a connection; raises OSError."""
        if self.uds:
            return await trio.open_unix_socket(self.uds)
        if self.tls:
            return await trio.open_ssl_over_tcp_stream(
                self.host, self.port, https_compatible=True, ssl_context=ssl.create_default_context()
            )
        return await trio.open_tcp_stream(self.host, self.port)


def parse_uri(text: str) -> Place:
    """Return the place that `http(s)://…`, `ws(s)://…` or the path of a Unix socket means; UsageError for other texts.

    >>> str(parse_uri("ws://127.0.0.1:8765/ws"))
    'http://127.0.0.1:8765'
    """
    if "://" not in text:
        if "/" not in text:
            raise UsageError(f"{text} is no address; give one such as http://127.0.0.1:8765, or a socket's path")
        return Place("", uds=os.path.abspath(os.path.expanduser(text)))
    try:
        parts = urlsplit(text)
        scheme, host, port = _PLAIN.get(parts.scheme, parts.scheme), parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in _PORTS or not host or not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError("that is no address of a server; give one such as http://127.0.0.1:8765")
    if "@" in parts.netloc or parts.query:
        raise UsageError("an address holds no secrets: others see it; see --token-file")
    path = parts.path.rstrip("/")
    return Place(
        host, _PORTS[scheme] if port is None else port, scheme == "https", path.removesuffix("/ws").rstrip("/")
    )


def own_place(state_path: Path) -> Place | None:
    """Return where the server of a state folder is, with its token; None where none runs."""
    if not state_path.is_dir():
        return None
    with StateFolder(state_path, create=False) as folder:
        try:
            address = msgspec.json.decode(folder.read_held(ADDRESS_FILE) or b"", type=Address)
        except UNDECODABLE:
            return None  # none runs: who listens where one was is somebody else
        if address.uds:
            return Place("", uds=address.uds)
        return parse_uri(address.url)._replace(token=read_token(folder) or "") if address.url else None


def find_place(uri: str | None, token_file: Path | None, state_path: Path, environment: Mapping[str, str]) -> Place:
    """Return the place that a person means, with the token for it; UsageError says what is missing."""
    own = own_place(state_path)
    if uri is None:
        if own is None:
            raise UsageError(f"no server that uses {state_path} runs; claude-sessions serve starts one")
        place = own
    else:
        place = parse_uri(uri)
        if own is not None and own._replace(token="") == place:
            place = own
    if token_file is not None:
        return place._replace(token=_read(token_file))
    token = environment.get(TOKEN_VARIABLE, "").strip()
    return place._replace(token=_checked(token, TOKEN_VARIABLE)) if token else place


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _checked(file.read(_LONGEST_TOKEN).decode("ascii", "replace").strip(), str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def _checked(token: str, where: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"{where} holds no token; claude-sessions token prints it where the server runs")
    return token
