"""Text without what takes no room: a joiner or a soft hyphen amid a key hides it from a rule, and from nobody else."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from claude_sessions.redact.find import Secret

_NO_ROOM = frozenset({"Mn", "Me", "Cf"})
"""Unicode's categories of marks and of what only formats."""


def bared(text: str) -> tuple[str, Sequence[int]]:
    """Return `text` without characters that take no room, and where each of the others stood; the end is one more place."""
    if text.isascii() or not any(map(_takes_no_room, set(text))):
        return text, range(len(text) + 1)
    kept = [at for at, char in enumerate(text) if not _takes_no_room(char)]
    return "".join([text[at] for at in kept]), [*kept, len(text)]


def placed(secrets: Iterable[Secret], places: Sequence[int]) -> Iterator[Secret]:
    """Yield secrets of the bare text as places in the text, up to what takes no room behind them."""
    for secret in secrets:
        yield secret._replace(start=places[secret.start], end=places[secret.end])


@lru_cache(4096)
def _takes_no_room(char: str) -> bool:
    return char > "\x7f" and unicodedata.category(char) in _NO_ROOM
