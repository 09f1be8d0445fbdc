"""The document of the routes, the page, and the access log."""

import re
from pathlib import Path

import pytest

from claude_sessions.server import static
from claude_sessions.server.access_log import AccessLog
from claude_sessions.server.app import all_routes
from claude_sessions.server.route import WEBSOCKET, Access
from claude_sessions.server.state_folder import StateFolder
from tests.kit.served import Served, run_served


def test_every_row_is_in_the_document(tmp_path: Path) -> None:
    """The document has each path and method with its parameters, and says which needs no credentials."""

    async def story(server: Served) -> None:
        document = (await server.get("/openapi.json")).json
        assert document["openapi"] == "3.1.0"
        names = []
        for route in all_routes():
            assert set(re.findall(r"\{(\w+)\}", route.path)) == {p.name for p in route.parameters if p.place == "path"}
            if route.method == WEBSOCKET:
                assert document["x-websockets"][route.path]["summary"] == route.summary
                continue
            operation = document["paths"][route.path][route.method.lower()]
            names.append(operation["operationId"])
            assert operation["summary"] == route.summary
            assert [each["name"] for each in operation["parameters"]] == [each.name for each in route.parameters]
            assert (operation.get("security") == []) == (route.access is Access.OPEN)
        assert len(set(names)) == len(names)

    run_served(tmp_path, story)


def test_what_needs_no_credentials() -> None:
    """The open rows are health and login, and no others."""
    assert {route.path for route in all_routes() if route.access is Access.OPEN} == {"/health", "/login"}


def test_the_page_and_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page comes from the built files; those with a hash in their name may be kept, by this browser alone."""
    built = tmp_path / "page"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html>the page")
    (built / "assets" / "index-1a2b.js").write_text("1")
    (built / "assets" / "notes.txt").write_text("no type of ours")
    monkeypatch.setattr(static, "page_folder", lambda: built)

    async def story(server: Served) -> None:
        page = await server.get("/")
        assert (page.body, page.headers["content-type"]) == (b"<!doctype html>the page", "text/html; charset=utf-8")
        assert page.headers["cache-control"] == "no-cache"
        assert (await server.get("/", {"If-None-Match": page.headers["etag"]})).status == 304
        script = await server.get("/assets/index-1a2b.js")
        assert (script.body, script.headers["content-type"]) == (b"1", "text/javascript; charset=utf-8")
        assert script.headers["cache-control"] == "private, max-age=31536000, immutable"
        for name in ("notes.txt", "index-1a2b.css", "%2e%2e", "..", "index.html"):
            assert (await server.get(f"/assets/{name}")).status in {400, 404}

    run_served(tmp_path, story)


def test_without_the_page_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the built page answers with what to do, and its API works."""
    monkeypatch.setattr(static, "page_folder", lambda: tmp_path / "nothing")

    async def story(server: Served) -> None:
        assert b"The page comes with the wheels" in (await server.get("/")).body
        assert (await server.get("/assets/x.js")).status == 404
        assert (await server.get("/api/recordings")).status == 200

    run_served(tmp_path, story)


def test_people_are_told_how_to_log_in(tmp_path: Path) -> None:
    """A browser without a cookie gets a page that says what to type; a program gets JSON."""

    async def story(server: Served) -> None:
        page = await server.get("/", {"Accept": "text/html,*/*"}, token=None)
        assert page.status == 401
        assert b"claude-sessions token --login" in page.body
        assert (await server.get("/", token=None)).code == "no_credentials"

    run_served(tmp_path, story)


def test_a_proxys_path(tmp_path: Path) -> None:
    """With a base path, questions come with it or without: proxies take it away or leave it."""
    from claude_sessions.server.state import Options

    async def story(server: Served) -> None:
        for target in ("/claude/api/recordings", "/api/recordings", "/claude/health", "/claude/", "/claude"):
            assert (await server.get(target)).status == 200
        assert (await server.get("/claudeapi/recordings")).status == 404
        assert (await server.get("/openapi.json")).json["servers"] == [{"url": "/claude"}]

    run_served(tmp_path, story, Options(base_path="/claude"))


def test_the_access_log_says_who_read_what(tmp_path: Path) -> None:
    """Each request has a line: how credentials were shown, method, path without the query, status, bytes."""

    async def story(server: Served) -> None:
        await server.get("/api/recordings?q=hidden")
        await server.get("/api/recordings", token=None)
        await server.get("/%7Ex%0a")

    run_served(tmp_path, story)
    lines = (tmp_path / "server" / "access.log").read_text().splitlines()
    assert [line.split(" ", 1)[1].rsplit(" ", 2)[0] for line in lines] == [
        "token 127.0.0.1 GET /api/recordings 200",
        "- 127.0.0.1 GET /api/recordings 401",
        "- 127.0.0.1 GET /%7Ex%0a 400",
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z .* \d+ \d+\.\d", line) for line in lines)


def test_the_access_log_begins_anew(tmp_path: Path) -> None:
    """When it is long enough it gets another name, in place of the one before; nothing in a path is an escape."""
    scope = {"raw_path": b"/\x1b[31m\xff x", "method": "GET", "client": ("127.0.0.1", 1)}
    with StateFolder(tmp_path / "server") as folder:
        log = AccessLog(folder, longest=1000)
        for _ in range(50):
            log.note(scope, "token", 200, 1, 0.001)
        log.close()
        AccessLog(folder).note(scope, "token", 200, 1, 0.001)
        names = sorted(path.name for path in folder.path.iterdir())
        assert names == ["access.log", "access.log.1"]
        for name in names:
            data = (folder.path / name).read_bytes()
            assert 0 < len(data) <= 1100
            assert b"\x1b" not in data
            assert data.isascii()
