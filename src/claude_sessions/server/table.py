"""Finding the row of the table that a path and a method mean."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from claude_sessions.server.errors import Refusal, not_found
from claude_sessions.server.route import WEBSOCKET, Route

_VARIABLE = re.compile(r"\{(\w+)\}")


class Match(NamedTuple):
    """A row, and the texts of the path's variable parts."""

    route: Route
    path: Mapping[str, str]


class Table:
    """The rows, each with a path of its own kind: none hides another."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._methods: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            methods = self._methods.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"two rows for {route.method} {route.path}")
            methods[route.method] = route
            self._patterns[route.path] = _pattern(route.path)
        # what is fixed comes before what varies
        self._paths = sorted(self._methods, key=lambda path: (path.count("{"), path))

    def find(self, method: str, path: str) -> Match:
        """Return the row for a path; raises the refusal where there is no such path, or not with this method."""
        for each in self._paths:
            found = self._patterns[each].fullmatch(path)
            if found is None:
                continue
            methods = self._methods[each]
            route = methods.get("GET" if method == "HEAD" else method)
            if route is None:
                raise _wrong_method(method, methods)
            return Match(route, found.groupdict())
        raise not_found(f"there is nothing at {quote(path)}; see /openapi.json")


def _pattern(path: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(path)
    fixed = [re.escape(part) if number % 2 == 0 else rf"(?P<{part}>[^/]+)" for number, part in enumerate(parts)]
    return re.compile("".join(fixed))


def _wrong_method(method: str, methods: Iterable[str]) -> Refusal:
    allowed = sorted(set(methods) - {WEBSOCKET} | ({"HEAD"} if "GET" in methods else set()))
    if not allowed:
        return Refusal(426, "needs_websocket", "this is a WebSocket", {"Upgrade": "websocket"})
    what = "a WebSocket" if method == WEBSOCKET else method
    return Refusal(405, "wrong_method", f"{what} is not for this path", {"Allow": ", ".join(allowed)})
