"""What is asked about the server itself: its health, logging in and out."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from claude_sessions.server.errors import Refusal
from claude_sessions.server.login import CODE_LASTS_S, COOKIE_LASTS_S
from claude_sessions.server.route import Access, Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.server.security import BROWSER, cookies_of
from claude_sessions.server.static import PAGE_ROUTES


async def health(call: Call) -> Response:
    """Answer whether it works, with nothing in it that is of anybody's sessions."""
    return json_answer(
        {
            "status": "healthy",
            "sessions_watched": len(call.state.live.streams.files),
            "uptime_seconds": int(call.state.uptime_s),
            "bots": {"telegram": "not_configured", "slack": "not_configured"},
        }
    )


async def login(call: Call) -> Response:
    """Make a browser one that is logged in, where it brings a code that was not used yet."""
    gate = call.state.gate
    cookie = gate.logins.redeem(call["code"]) if call.request.method == "GET" else None
    if cookie is None:
        gate.failures.note()
        raise Refusal(
            401,
            "wrong_code",
            f"the link was used, or is older than {CODE_LASTS_S // 60} minutes; claude-sessions token --login prints another",
        )
    came_from_elsewhere = call.request.headers.get("sec-fetch-site", "none") == "cross-site"
    response = _onwards(call.base) if came_from_elsewhere else RedirectResponse(f"{call.base}/", 303)
    response.set_cookie(
        gate.logins.cookie,
        cookie,
        max_age=COOKIE_LASTS_S,
        path=f"{call.base}/",
        httponly=True,
        samesite="strict",
        secure=_is_encrypted(call),
    )
    return response


def _onwards(base: str) -> Response:
    """Return a page that goes on by itself: a strict cookie is not sent along where another site's link redirects."""
    page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={base}/">'
    return Response(page, 200, {}, "text/html; charset=utf-8")


async def logout(call: Call) -> Response:
    """Forget the browser that asks."""
    if call.who == BROWSER:
        for cookie in cookies_of(call.request.scope["headers"], call.state.gate.logins.cookie):
            call.state.gate.logins.forget(cookie)
    response = Response(b"", 204)
    response.delete_cookie(
        call.state.gate.logins.cookie,
        path=f"{call.base}/",
        httponly=True,
        samesite="strict",
        secure=_is_encrypted(call),
    )
    return response


async def login_link(call: Call) -> Response:
    """Answer with a path that logs a browser in, once: a program with the token may hand it on."""
    if call.who == BROWSER:
        raise Refusal(403, "token_needed", "a browser that is logged in may not log in others; show the token")
    code = call.state.gate.logins.new_code()
    return json_answer({"path": f"{call.base}/login?{urlencode({'code': code})}", "seconds": CODE_LASTS_S}, 201)


def _is_encrypted(call: Call) -> bool:
    """Tell whether the browser's side is TLS; who lies about it harms himself."""
    return call.request.headers.get("x-forwarded-proto", call.request.url.scheme) == "https"


OWN_ROUTES = (
    *PAGE_ROUTES,
    Route(
        "/health",
        "GET",
        health,
        "Whether the server works.",
        answer=Answer(
            "It does.",
            {
                "type": "object",
                "required": ["status", "sessions_watched", "uptime_seconds", "bots"],
                "properties": {
                    "status": {"type": "string"},
                    "sessions_watched": {"type": "integer"},
                    "uptime_seconds": {"type": "integer"},
                    "bots": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
        ),
        access=Access.OPEN,
    ),
    Route(
        "/login",
        "GET",
        login,
        "Log a browser in with the code of a link.",
        (Parameter("code", Kind.TEXT, "The code, which works once.", required=True),),
        Answer("Logged in: on to the page.", status=303),
        Access.OPEN,
    ),
    Route("/api/login-link", "POST", login_link, "Make a link that logs a browser in.", answer=Answer(status=201)),
    Route("/api/logout", "POST", logout, "Log this browser out.", answer=Answer("Logged out.", status=204)),
)
