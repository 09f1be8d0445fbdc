"""Browsers: a link with a code that works once becomes a cookie that lasts a month.

Of codes and cookies only digests are kept. A new token makes all of them void.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.server.state_folder import StateFolder
from claude_sessions.server.tokens import Tokens, digest

NAME = "logins.json"
CODE_LASTS_S = 300
COOKIE_LASTS_S = 30 * 86_400
_MOST_CODES = 20
_MOST_COOKIES = 200
"""The oldest go first."""


class _Kept(msgspec.Struct):
    """The file. Digests in hexadecimal; `cookies` with the second since the epoch at which each is void."""

    token: str
    cookies: dict[str, float]


class Logins:
    """The codes that were handed out and not used, and the cookies of browsers that are logged in."""

    def __init__(self, folder: StateFolder, tokens: Tokens, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._tokens = tokens
        self._now = now
        self._codes: dict[bytes, float] = {}
        self._token = tokens.current()
        self._cookies = self._read()

    @property
    def cookie(self) -> str:
        """The cookie's name, which only this server has: browsers send cookies to every port of a host."""
        return "claude_sessions_" + hashlib.sha256(b"cookie" + self._tokens.current()).hexdigest()[:12]

    def new_code(self) -> str:
        """Return a code for one login within five minutes."""
        self._settle()
        code = secrets.token_urlsafe(24)
        while len(self._codes) >= _MOST_CODES:
            del self._codes[next(iter(self._codes))]
        self._codes[digest(code)] = self._now() + CODE_LASTS_S
        return code

    def redeem(self, code: str) -> str | None:
        """Return a cookie's value for a code; None where it is none, is too old, or was used.

        Raises UnwritableHomeError where that cannot be kept: the code is then good as before.
        """
        self._settle()
        found = _find(self._codes, digest(code))
        if found is None:
            return None
        cookie = secrets.token_urlsafe(32)
        cookies = dict(list(self._cookies.items())[-(_MOST_COOKIES - 1) :])
        cookies[digest(cookie)] = self._now() + COOKIE_LASTS_S
        self._write(cookies)  # where that is impossible nothing has happened
        self._codes.pop(found, None)
        return cookie

    def is_known(self, cookie: str) -> bool:
        """Tell whether a browser that shows this is logged in."""
        self._settle()
        return _find(self._cookies, digest(cookie)) is not None

    def forget(self, cookie: str) -> None:
        """Log a browser out."""
        self._settle()
        found = _find(self._cookies, digest(cookie))
        if found is not None:
            left = {each: until for each, until in self._cookies.items() if each != found}
            self._cookies = left  # in any case
            self._write(left)

    def _settle(self) -> None:
        """Forget what is too old, and everything where the token is another one."""
        token = self._tokens.current()
        if not hmac.compare_digest(token, self._token):
            self._token = token
            self._codes.clear()
            self._cookies = {}
            self._write({})
        now = self._now()
        self._codes = {each: until for each, until in self._codes.items() if now < until}
        self._cookies = {each: until for each, until in self._cookies.items() if now < until}

    def _read(self) -> dict[bytes, float]:
        try:
            kept = msgspec.json.decode(self._folder.read(NAME) or b"", type=_Kept)
            if not hmac.compare_digest(kept.token.encode(), self._token.hex().encode()):
                return {}
            return {bytes.fromhex(each): until for each, until in kept.cookies.items()}
        except UNDECODABLE:
            return {}  # there is none, or it is spoilt: people log in again

    def _write(self, cookies: dict[bytes, float]) -> None:
        """Keep cookies on the disk, and then here."""
        kept = {each.hex(): until for each, until in cookies.items()}
        self._folder.write(NAME, msgspec.json.encode(_Kept(self._token.hex(), kept)))
        self._cookies = cookies


def _find(known: dict[bytes, float], wanted: bytes) -> bytes | None:
    """Return what is equal among what is known; all of it is looked at."""
    return next(iter([each for each in known if hmac.compare_digest(each, wanted)]), None)
