"""Whatever is wrong with a request, no route answers it: names, origins, credentials and paths, on every row of the table."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio

from claude_sessions.server.app import all_routes
from claude_sessions.server.route import WEBSOCKET, Access, Route
from tests.kit.served import Answer, Served, exchange, run_served

ROUTES = list(all_routes())
ANSWERING = [each for each in ROUTES if each.path != "/login"]
"""Those that answer well: a login needs a code that was handed out."""
EXAMPLES = {"id": "2f1c4f0e-9d3f-4c55-8a83-4c9f3cbe1d3a", "format": "txt", "name": "index.js"}
KEY = "Sec-WebSocket-Protocol: v1.alis\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nConnection: Upgrade"
REFUSED = {400, 401, 403, 404, 414, 421, 429, 0}

GOOD_HOSTS = ["127.0.0.1:{port}", "127.0.0.1", "LOCALHOST:{port}", "localhost:9", "[::1]:{port}", "192.168.1.7"]
BAD_HOSTS = [
    "evil.com",
    "evil.com:{port}",
    "127.0.0.1.evil.com",
    "localhost.evil.com",
    "",
    "127.0.0.1@evil.com",
    "evil.com@127.0.0.1",
    "[::1].evil.com",
    "localhost.",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "127.0.0.1:{port}:{port}",
    "127.0.0.1:99999",
    "127.0.0.1, evil.com",
    "[::1",
    "localhost/evil",
    "http://127.0.0.1",
]
FOREIGN_ORIGINS = [
    "http://evil.com",
    "http://127.0.0.1",
    "ws://127.0.0.1:{port}",
    "http://127.0.0.1:9",
    "http://localhost:{port}",
    "http://127.0.0.1:{port}.evil.com",
    "http://user@127.0.0.1:{port}",
    "chrome-extension://abcdefghijklmnop",
    "file://",
    "null",
    "",
]
TRICKS = [
    "/..{path}",
    "/%2e%2e{path}",
    "/%2E%2E%2F{path}",
    "/x/../..{path}",
    "/{path}",
    "{path}//",
    "{path}/..",
    "{path}/.",
    "{path}%00",
    "{path}%2f..%2f..%2fetc%2fpasswd",
    "{path}%5c..",
    "{path}\\..\\x",
    "{path}%0d%0aSet-Cookie:x",
    "{path}%ff",
    "{path}" + "x" * 9000,
    "http://evil.com{path}",
    "*",
]


def target_of(route: Route) -> str:
    """Return a path that a row answers for."""
    needed = "&".join(f"{each.name}=x" for each in route.parameters if each.required and each.place == "query")
    return route.path.format(**EXAMPLES) + (f"?{needed}" if needed else "")


def request(route: Route, port: int, *, host: str = "", target: str = "", lines: str = "", method: str = "") -> bytes:
    """Return the bytes of a request for a row; `host` takes the place of the whole Host line."""
    method = method or ("GET" if route.method == WEBSOCKET else route.method)
    host = (host or "Host: 127.0.0.1:{port}").replace("{port}", str(port))
    socket = f"{KEY}\r\n" if route.method == WEBSOCKET else ""
    return f"{method} {target or target_of(route)} HTTP/1.1\r\n{host}\r\n{socket}{lines}\r\n".encode("latin-1")


def bearer(token: str) -> str:
    """Return the line that shows a token."""
    return f"Authorization: Bearer {token}\r\n"


def each_route(
    tmp_path: Path, check: Callable[[Served, Route], Iterator[tuple[bytes, str]]]
) -> list[tuple[str, str, int]]:
    """Send what `check` makes for each row; return what was not refused."""
    wrong: list[tuple[str, str, int]] = []

    async def story(server: Served) -> None:
        for route in ROUTES:
            for data, what in check(server, route):
                answer = await server.raw(data)
                if answer.status not in REFUSED:
                    wrong.append((f"{route.method} {route.path}", what, answer.status))
                elif answer.status and answer.headers.get("content-type") == "application/json":
                    assert set(answer.json["error"]) == {"code", "message"}

    run_served(tmp_path, story)
    return wrong


@pytest.fixture(autouse=True)
def claude_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person's own is read."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))


def test_names_of_others_are_refused_on_every_route(tmp_path: Path) -> None:
    """A Host header that is no address, not localhost and not declared is refused, whatever the credentials."""

    def check(server: Served, route: Route) -> Iterator[tuple[bytes, str]]:
        good = bearer(server.token)
        for host in BAD_HOSTS:
            yield request(route, server.port, host=f"Host: {host}", lines=good), host
        yield request(route, server.port, host="X: y", lines=good), "no Host"
        yield request(route, server.port, host="Host: 127.0.0.1:{port}\r\nHost: evil.com", lines=good), "two Hosts"
        yield request(route, server.port, host="Host: evil.com\r\nHost: 127.0.0.1:{port}", lines=good), "two Hosts"

    assert each_route(tmp_path, check) == []


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("GET /health HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
        ("get /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("G!T /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("G" * 21 + " /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_ends_the_connection(tmp_path: Path, head: str, status: int) -> None:
    """HTTP/2, a method that is no word, a body with two lengths: refused, closed, and nothing behind it is answered."""

    async def story(server: Served) -> None:
        async with await server.connect() as stream:
            await stream.send_all(head.encode() + b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            with trio.fail_after(10):
                while piece := await stream.receive_some():
                    data += piece
        assert data.startswith(f"HTTP/1.1 {status} ".encode())
        assert data.count(b"HTTP/1.1 ") == 1

    run_served(tmp_path, story)


def test_an_upgrade_to_http2_is_not_taken(tmp_path: Path) -> None:
    """A request that offers it is answered as any other one."""

    async def story(server: Served) -> None:
        offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAAAA"}
        answer = await server.get("/health", offer)
        assert (answer.status, answer.json["status"]) == (200, "healthy")

    run_served(tmp_path, story)


def test_origins_of_others_are_refused_on_every_route(tmp_path: Path) -> None:
    """An Origin that is not this server's is refused, and so is what a browser says comes from another site."""

    def check(server: Served, route: Route) -> Iterator[tuple[bytes, str]]:
        good = bearer(server.token)
        for origin in FOREIGN_ORIGINS:
            line = f"Origin: {origin}\r\n".replace("{port}", str(server.port))
            yield request(route, server.port, lines=good + line), line
        own = f"Origin: http://127.0.0.1:{server.port}\r\n"
        yield request(route, server.port, lines=good + own + "Origin: http://evil.com\r\n"), "two Origins"
        for site in ("cross-site", "same-site"):
            fetch = f"Sec-Fetch-Site: {site}\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n"
            yield request(route, server.port, lines=good + fetch), site

    assert each_route(tmp_path, check) == []


def test_nobody_without_credentials_gets_an_answer(tmp_path: Path) -> None:
    """No token, a wrong one, a cookie that nobody was given: only the open rows answer."""

    def check(server: Served, route: Route) -> Iterator[tuple[bytes, str]]:
        if route.access is Access.OPEN:
            return
        logins = server.state.gate.logins
        expired = logins.redeem(logins.new_code())
        logins._cookies = dict.fromkeys(logins._cookies, 0.0)
        tried = {
            "expired": f"Cookie: {logins.cookie}={expired}\r\n",
            "nothing": "",
            "wrong": bearer("cs_" + "x" * 43),
            "empty": "Authorization: Bearer\r\n",
            "basic": f"Authorization: Basic {server.token}\r\n",
            "bare": f"Authorization: {server.token}\r\n",
            "longer": bearer(server.token + "x"),
            "shorter": bearer(server.token[:-1]),
            "two": bearer(server.token) + bearer("wrong"),
            "cookie": f"Cookie: {logins.cookie}=abc\r\n",
            "token as cookie": f"Cookie: {logins.cookie}={server.token}\r\n",
            "query": "X-Token: 1\r\n",
        }
        for what, lines in tried.items():
            yield request(route, server.port, lines=lines), what
        separator = "&" if "?" in target_of(route) else "?"
        target = f"{target_of(route)}{separator}token={server.token}"
        yield request(route, server.port, target=target), "token in the query"

    assert each_route(tmp_path, check) == []


def test_paths_in_a_roundabout_way_are_refused(tmp_path: Path) -> None:
    """Dots, double slashes, encoded slashes, NULs, whole addresses and endless paths are refused with credentials too."""

    def check(server: Served, route: Route) -> Iterator[tuple[bytes, str]]:
        for trick in TRICKS:
            path = target_of(route).partition("?")[0]
            yield request(route, server.port, target=trick.replace("{path}", path), lines=bearer(server.token)), trick

    assert each_route(tmp_path, check) == []


def test_identifiers_are_never_paths(tmp_path: Path) -> None:
    """What stands for a session's id in a path names no file: neither by slashes nor by a suffix."""
    (tmp_path / "secret.jsonl").write_text("{}\n")
    named = ["secret.jsonl", "%2Ftmp%2Fx.jsonl", "..", "~root", "a%20b", ".hidden", "-n", "x" * 500]

    def check(server: Served, route: Route) -> Iterator[tuple[bytes, str]]:
        if "{id}" in route.path:
            for each in named:
                target = route.path.replace("{id}", each).format(**EXAMPLES)
                yield request(route, server.port, target=target, lines=bearer(server.token)), each

    assert each_route(tmp_path, check) == []


def test_what_is_right_is_let_in(tmp_path: Path) -> None:
    """Each good spelling of the host, an own or no origin, and each kind of credentials lead to an answer, on every row."""

    async def story(server: Served) -> None:
        good = bearer(server.token)
        for route in ANSWERING:
            own = f"Origin: http://127.0.0.1:{server.port}\r\n"
            sent = [request(route, server.port, host=f"Host: {host}", lines=good) for host in GOOD_HOSTS]
            sent.append(request(route, server.port, lines=good + own))
            for data in sent:
                answer = await server.raw(data)
                assert answer.status in {101, 200, 201, 202, 204} or answer.code in {"not_found", "no_such_range"}, data
        stream = await trio.open_unix_socket(server.path)
        async with stream:
            answer = await exchange(stream, b"GET /api/recordings HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer.status == 200

    run_served(tmp_path, story)


def test_every_answer_tells_a_browser_to_be_careful(tmp_path: Path) -> None:
    """Answers and refusals alike are not stored, not framed, not guessed about, and load nothing from elsewhere."""

    async def story(server: Served) -> None:
        answers: list[Answer] = [
            await server.raw(request(each, server.port, lines=bearer(server.token))) for each in ROUTES
        ]
        answers.append(await server.get("/nowhere"))
        answers.append(await server.get("/", token=None))
        answers.append(await server.raw(b"GET / HTTP/1.1\r\nHost: evil.com\r\n\r\n"))
        for answer in answers:
            if answer.status == 101:
                continue  # a WebSocket is no document
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline'; script" not in policy
            assert "'unsafe-eval'" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "access-control-allow-origin" not in answer.headers
            assert "server" not in answer.headers

    run_served(tmp_path, story)


def test_methods_that_no_row_has_are_refused(tmp_path: Path) -> None:
    """Another method is answered with those that there are."""

    async def story(server: Served) -> None:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
            for route in ROUTES:
                answer = await server.raw(request(route, server.port, method=method, lines=bearer(server.token)))
                assert answer.status in {405, 426}
                assert answer.status == 426 or "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]

    run_served(tmp_path, story)
