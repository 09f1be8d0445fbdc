"""The token that programs show: made at the first start, replaced by `claude-sessions token --new`."""

import hashlib
import hmac
import secrets

from claude_sessions.base.errors import ConfigError
from claude_sessions.server.state_folder import StateFolder

NAME = "token"
_PREFIX = "cs_"
_BYTES = 32


def digest(secret: str) -> bytes:
    """Return what of a secret is kept and compared: how long that takes tells nothing about it."""
    return hashlib.sha256(secret.encode(errors="surrogateescape")).digest()


def read_token(folder: StateFolder) -> str | None:
    """Return the token; None where none was made yet. ConfigError where the file holds something else."""
    data = folder.read(NAME)
    if data is None:
        return None
    token = data.decode("ascii", "replace").strip()
    if len(token) < _BYTES or not (token.isascii() and token.isprintable()) or " " in token:
        raise ConfigError(f"{folder.path / NAME} holds no token; claude-sessions token --new makes one")
    return token


def renew_token(folder: StateFolder) -> str:
    """Make a token in place of the one there is, and return it."""
    token = _PREFIX + secrets.token_urlsafe(_BYTES)
    folder.write(NAME, f"{token}\n".encode())
    return token


class Tokens:
    """Knows the token, also when it was replaced while the server runs."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder
        self._version = (0, 0, 0)
        self._digest = digest(read_token(folder) or renew_token(folder))
        self._version = folder.version(NAME)

    def is_right(self, token: str) -> bool:
        """Tell whether that is the token."""
        return hmac.compare_digest(digest(token), self.current())

    def current(self) -> bytes:
        """Return the digest of the token. A file that is gone or spoilt changes nothing."""
        version = self._folder.version(NAME)
        if version not in {self._version, (0, 0, 0)}:
            try:
                token = read_token(self._folder)
            except ConfigError:
                token = None
            if token is not None:
                self._digest, self._version = digest(token), version
        return self._digest
