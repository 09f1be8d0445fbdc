"""The words that came behind a secret, after a blank.

In a narrower window the row ends with the secret and the word begins the next: both look like one secret.
"""

import re
from collections.abc import Iterable

from claude_sessions.formats.known_values import is_word
from claude_sessions.redact.find import Secret

_MOST = 20_000
_NEXT = re.compile(r" ([A-Za-z]{1,20})(?![A-Za-z0-9+/=_~%-])")


class FollowedBy:
    """`see` the secrets of lines that nobody has put together; then a joined word is known for what it is.

    Only a word of prose is one, and only behind the very secret that it was seen behind: the rest of a key looks otherwise.
    """

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._joined: dict[str, int] = {}

    def __contains__(self, value: object) -> bool:
        return value in self._seen

    def see(self, text: str, secrets: Iterable[Secret]) -> None:
        """Note what stands behind the secrets."""
        for secret in secrets:
            found = _NEXT.match(text, secret.end)
            if found is not None and is_word(found[1]) and len(self._joined) < _MOST:
                value = text[secret.start : secret.end]
                self._seen.add(value)
                self._joined[value + found[1]] = len(value)

    def has_word(self, value: str) -> bool:
        """Tell whether this is a secret and the word behind it."""
        return value in self._joined

    def without_word(self, text: str, secret: Secret) -> Secret:
        """Return the secret without the word."""
        length = self._joined.get(text[secret.start : secret.end])
        return secret if length is None else secret._replace(end=secret.start + length)
