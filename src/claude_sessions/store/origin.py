"""What a recording says it was made from, in a few facts for a list."""

import re
from typing import NamedTuple

_DRAWN_ANEW = "drawn anew"
_SUCCESSION = "session "
_FILE = re.compile(rf".*? file (?P<name>.+?)(?:, {_DRAWN_ANEW}.*)?", re.DOTALL)


class Origin(NamedTuple):
    """Of a recording that was made here, everything is empty."""

    imported: bool
    """Whether another program's file, or an asciicast of ours, became this recording."""
    redacted: bool
    """Whether its secrets were left out: it is not what was on the screen."""
    file: str
    """The name of the file that was imported."""


def read_origin(origin: str) -> Origin:
    """Return what the `origin` of a log's start says.

    >>> read_origin("asciicast v2 file a.cast, drawn anew from the screen")
    Origin(imported=True, redacted=True, file='a.cast')
    """
    if not origin:
        return Origin(imported=False, redacted=False, file="")
    if origin.startswith(_SUCCESSION):
        return Origin(imported=False, redacted=_DRAWN_ANEW in origin, file="")
    named = _FILE.fullmatch(origin)
    redacted = re.search(rf", {_DRAWN_ANEW} from the screen\Z", origin) is not None
    return Origin(imported=True, redacted=redacted, file=named["name"] if named else "")
