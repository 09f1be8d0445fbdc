"""The texts that the entries of a log hold besides terminal bytes: facts, what was typed as a marker, arguments."""

from collections.abc import Iterator
from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.entry import (
    ATTACH,
    DETACH,
    EXIT,
    GAP,
    HIDDEN,
    LINK,
    MARKER,
    PAUSE,
    RESUME,
    START,
    SUSPEND,
    UNPAUSE,
    Entry,
)
from claude_sessions.log.events import StartInfo, decode_info

FACTS = frozenset({SUSPEND, RESUME, PAUSE, UNPAUSE, ATTACH, DETACH, LINK, GAP, HIDDEN, EXIT, START})
"""Directions whose entries are empty, or hold a JSON object. What else there is has a check of its own, or is left out:
nobody knows what it holds."""


def texts_of(entry: Entry) -> Iterator[str]:
    """Yield the texts that an entry holds besides terminal bytes."""
    if entry.direction == MARKER:
        yield entry.data.decode(errors="replace")
    elif entry.direction in FACTS:
        yield from strings(facts_of(entry))
        if entry.direction == START and (start := decode_info(entry, StartInfo)):
            yield _spoken(start.arguments)


def facts_of(entry: Entry) -> dict[str, Any] | None:
    """Return the object that an entry holds; None where it holds something else."""
    try:
        return msgspec.json.decode(entry.data or b"{}", type=dict[str, Any])
    except UNDECODABLE:
        return None


def strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value; one that has a name together with it, for that tells what it is."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for name, each in value.items():
            yield from [f"{name}={each}"] if isinstance(each, str) else strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def _spoken(arguments: tuple[str, ...]) -> str:
    """Return the arguments as text in which a rule sees what belongs together."""
    pairs = zip(("", *arguments), arguments, strict=False)
    return "\n".join(f"{first}={second}" for first, second in pairs)
