"""Who may ask, and what a browser may do with the answer.

Everything is refused that a web page of somebody else could send (a foreign `Origin`, a name that was made to point at
this machine), that names a path in a roundabout way, and that shows no credentials.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from claude_sessions.server.errors import Refusal, bad_request
from claude_sessions.server.limits import LONGEST_HEADERS, LONGEST_TARGET, Failures
from claude_sessions.server.login import Logins
from claude_sessions.server.tokens import Tokens

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On every answer, unless its handler says otherwise. The terminal in the page is WebAssembly, which is code of ours too."""

SOCKET = "socket"
LOOPBACK = "loopback"
TOKEN = "token"  # noqa: S105 - a word
BROWSER = "cookie"
NOBODY = "-"

LOCALHOST = "localhost"
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([0-9A-Za-z.-]{1,253}))(?::([0-9]{1,5}))?", re.ASCII)
_ORIGIN = re.compile(r"(https?)://([^/?#@]+)", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_TRICKS = re.compile(rb"[^\x21-\x7e]|[\\\"<>^`{|}#]|%(?:2[ef]|5c|[01][0-9a-f]|7f)|//|/\.{1,2}(?:/|$)", re.IGNORECASE)
"""No path of ours has any of these; what is percent-encoded for no reason is a trick too."""
_MOST_COOKIES = 8

Headers = Iterable[tuple[bytes, bytes]]


class Authority(NamedTuple):
    """A host and a port, of a Host or an Origin header; no port where it has none."""

    host: str
    port: int | None


def parse_authority(text: str) -> Authority | None:
    """Return host and port in lower case; None where it is no such thing."""
    found = _AUTHORITY.fullmatch(text)
    if not found:
        return None
    bracketed, name, port = found.groups()
    if port is not None and not 0 < int(port) < 65_536:
        return None
    if bracketed is None:
        return Authority(name.lower(), int(port) if port else None)
    try:
        return Authority(str(ipaddress.IPv6Address(bracketed)), int(port) if port else None)
    except ValueError:
        return None


def is_address(host: str) -> bool:
    """Tell whether a host is an IP address as it is usually written: no name that somebody else can make to be one."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def check_target(raw_path: bytes, query: bytes) -> None:
    """Raise the refusal of a path that no page and no program of ours asks for."""
    if len(raw_path) + len(query) > LONGEST_TARGET:
        raise bad_request(f"path and query may have {LONGEST_TARGET:,} bytes", "too_long")
    if not raw_path.startswith(b"/") or _TRICKS.search(raw_path):
        raise bad_request("the path is not one that can be meant", "bad_path")
    try:
        unquote_to_bytes(raw_path).decode()
    except UnicodeDecodeError:
        raise bad_request("the path is not UTF-8", "bad_path") from None


def check_host(headers: Headers, names: frozenset[str]) -> Authority:
    """Return the host that was asked; raises the refusal where it is neither an IP address, localhost nor in `names`."""
    given = [value for name, value in headers if name.lower() == b"host"]
    authority = parse_authority(given[0].decode("latin-1")) if len(given) == 1 else None
    if authority is None:
        raise bad_request("a request needs one Host header, a host with or without a port", "bad_host")
    if not (is_address(authority.host) or authority.host == LOCALHOST or authority.host in names):
        raise Refusal(
            421,
            "host_not_allowed",
            f"{authority.host} is no name of this server; if it is, start it with --allow-host {authority.host}",
        )
    return authority


def check_origin(headers: Headers, host: Authority) -> None:
    """Raise the refusal of what a page of another origin sends; programs say nothing of an origin, and may."""
    found: dict[bytes, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value.decode("latin-1"))
    origins = found.get(b"origin", [])
    if len(origins) > 1 or any(not _is_own(origin, host) for origin in origins):
        raise Refusal(403, "foreign_origin", "a page of another origin may not ask here")
    site, mode, kind = (found.get(name, [""])[0] for name in (b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest"))
    if site in {"cross-site", "same-site"} and not (mode == "navigate" and kind == "document"):
        raise Refusal(403, "foreign_origin", "a page of another origin may not take this in")


def _is_own(origin: str, host: Authority) -> bool:
    found = _ORIGIN.fullmatch(origin)
    authority = parse_authority(found[2]) if found else None
    if found is None or authority is None:
        return False
    usual = _PORTS[found[1]]
    return (authority.host, authority.port or usual) == (host.host, host.port or usual)


class Gate:
    """Looks at requests as they come in."""

    def __init__(
        self,
        tokens: Tokens,
        logins: Logins,
        failures: Failures,
        *,
        names: Iterable[str] = (),
        trust_loopback: bool = False,
    ) -> None:
        self._tokens = tokens
        self.logins = logins
        self.failures = failures
        self._names = frozenset(name.lower() for name in names)
        self._trust_loopback = trust_loopback

    def check(self, scope: Mapping[str, Any]) -> None:
        """Raise the refusal of what nobody may ask, with whatever credentials."""
        check_target(scope["raw_path"], scope["query_string"])
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
            raise bad_request(f"headers may have {LONGEST_HEADERS:,} bytes", "too_long")
        check_origin(scope["headers"], check_host(scope["headers"], self._names))

    def who(self, scope: Mapping[str, Any], *, private: bool) -> str:
        """Return how credentials were shown. Raises the refusal where there are none though the answer is `private`."""
        if scope.get("claude_sessions.listener") == SOCKET:
            return SOCKET
        if self._trust_loopback and is_loopback(str((scope.get("client") or [""])[0])):
            return LOOPBACK
        shown = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]
        cookies = cookies_of(scope["headers"], self.logins.cookie)
        if shown:
            scheme, _, token = shown[0].partition(" ")
            if len(shown) == 1 and scheme.lower() == "bearer" and self._tokens.is_right(token.strip()):
                return TOKEN
        elif any(self.logins.is_known(cookie) for cookie in cookies):
            return BROWSER
        if not private:
            return NOBODY
        raise Refusal(
            401,
            "no_credentials",
            "this needs the token that claude-sessions token prints (Authorization: Bearer TOKEN), "
            "or a browser that has opened the link of claude-sessions token --login",
            {"WWW-Authenticate": 'Bearer realm="claude-sessions"'},
        )


def cookies_of(headers: Headers, cookie: str) -> list[str]:
    """Return the values of a cookie; a browser sends several where several paths have one."""
    found = []
    for name, value in headers:
        if name.lower() == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, _, text = part.strip().partition("=")
                if key == cookie and text:
                    found.append(text)
    return found[:_MOST_COOKIES]


def is_loopback(host: str) -> bool:
    """Tell whether an IP address is one of this machine's own that no other machine can have."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
