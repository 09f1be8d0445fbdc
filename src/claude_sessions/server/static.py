"""The page: files that the build has put beside this module, or how to get them; and what people see who may not."""

import hashlib
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from starlette.responses import Response

from claude_sessions.server.errors import Refusal, not_found
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
}
_FOR_EVER = "private, max-age=31536000, immutable"
"""For what has a hash of its content in its name."""
_MISSING = (
    "This installation has no page. The API works all the same: see /openapi.json. "
    "The page comes with the wheels of claude-session-recorder; from a checkout, build it with Node: make web."
)


def page_folder() -> Traversable:
    """Return where the built page lies, whether it is there or not."""
    return files("claude_sessions.server") / "page"


async def page(call: Call) -> Response:
    """Answer with the page."""
    index = page_folder() / "index.html"
    if not index.is_file():
        return _plain_page("claude-sessions", _MISSING, 200)
    return _file(call, index, "no-cache")


async def asset(call: Call) -> Response:
    """Answer with a file of the page."""
    name = call["name"]
    folder = page_folder() / "assets"
    if folder.is_dir():
        for each in folder.iterdir():  # no path is made of what somebody sent
            if each.name == name and each.is_file() and _suffix(name) in _TYPES:
                return _file(call, each, _FOR_EVER)
    raise not_found("the page has no such file")


def _file(call: Call, file: Traversable, caching: str) -> Response:
    data = file.read_bytes()
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"Cache-Control": caching, "ETag": tag}
    if tag in call.request.headers.get("if-none-match", ""):
        return Response(b"", 304, headers)
    return Response(data, 200, headers, _TYPES[_suffix(file.name)])


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2].lower()


def refusal_page(scope: Mapping[str, Any], refusal: Refusal) -> Response | None:
    """Return a refusal for people, where a browser shows the answer by itself; None for all others."""
    accepted = next((value for name, value in scope["headers"] if name.lower() == b"accept"), b"")
    if scope["type"] != "http" or b"text/html" not in accepted or refusal.status not in {401, 404, 429}:
        return None
    text = refusal.message
    if refusal.code == "no_credentials":
        text = (
            "This browser is not logged in. Type in a terminal: claude-sessions token --login, "
            "and open the link that it prints. If you have just opened one from another page, reload this one."
        )
    response = _plain_page("claude-sessions", text, refusal.status)
    response.headers.update(refusal.headers)
    return response


def _plain_page(title: str, text: str, status: int) -> Response:
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(text)}</p></html>"
    )
    return Response(body.encode(), status, {}, "text/html; charset=utf-8")


PAGE_ROUTES = (
    Route("/", "GET", page, "The page.", answer=Answer("The page.", {"type": "string"}, content_type="text/html")),
    Route(
        "/assets/{name}",
        "GET",
        asset,
        "A file of the page.",
        (Parameter("name", Kind.TEXT, "The file's name.", place="path"),),
        Answer("The file.", {"type": "string"}, content_type="text/javascript"),
    ),
)
