"""The formats a recording is exported to: one row each."""

from collections.abc import Callable
from functools import partial
from typing import BinaryIO

import msgspec

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.asciicast import write_asciicast
from claude_sessions.formats.bundle import write_bundle
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.gif import find_agg, write_gif
from claude_sessions.formats.plain import write_entries, write_output, write_text
from claude_sessions.formats.still import write_still
from claude_sessions.formats.web_page import write_page


class Format(msgspec.Struct, frozen=True):
    """How a recording is written.

    `write` is handed the excerpt, the title and a file; it returns how many stretches it replaced since they were no UTF-8.
    """

    name: str
    suffixes: tuple[str, ...]
    """What a file name may end with."""
    write: Callable[[Excerpt, str, BinaryIO], int]
    for_terminals: bool = False
    """Whether a terminal shows it and obeys none of it."""
    still: bool = False
    """Whether it is one moment, not a stretch of time."""
    idles: bool = False
    """Whether it can say how long a pause may be when it is played."""
    aliases: tuple[str, ...] = ()
    """Other names that a person may give."""
    check: Callable[[], object] = tuple
    """Raises UsageError where it cannot be written on this machine: called before any work is done."""


FORMATS = (
    Format(
        "asciicast-v2", (".cast",), partial(write_asciicast, version=2), idles=True, aliases=("cast", "asciicast", "v2")
    ),
    Format("asciicast-v3", (), partial(write_asciicast, version=3), idles=True, aliases=("v3",)),
    Format("txt", (".txt",), write_text, for_terminals=True),
    Format("ansi", (".ansi",), write_output),
    Format("jsonl", (".jsonl",), write_entries, for_terminals=True),
    Format("html", (".html", ".htm"), write_page, idles=True),
    Format("svg", (".svg",), write_still, for_terminals=True, still=True),
    Format("gif", (".gif",), write_gif, idles=True, check=find_agg),
    Format("tar.gz", (".tar.gz", ".tgz"), write_bundle),
)
"""The first with a suffix is what a file name with that suffix means: version 2 of asciicast is what everything reads."""


_ELSEWHERE = ("mp4", "webm")
_ELSEWHERE_ADVICE = "export a .gif, of which ffmpeg makes one"


def choose_format(file: str, name: str | None = None) -> Format:
    """Return the format of that name, or else the one that a file name means; UsageError where there is none."""
    names = ", ".join(each.name for each in FORMATS)
    for each in FORMATS:
        if name in (each.name, *each.aliases) or (name is None and file.lower().endswith(each.suffixes or "\0")):
            return each
    if name in _ELSEWHERE or (name is None and file.lower().endswith(tuple(f".{each}" for each in _ELSEWHERE))):
        raise UsageError(f"claude-sessions makes no {name or file.rpartition('.')[2].lower()}; {_ELSEWHERE_ADVICE}")
    if name is not None:
        raise UsageError(f"there is no format {name!r}; there are {names}")
    suffixes = ", ".join(suffix for each in FORMATS for suffix in each.suffixes)
    what = "standard output has no suffix" if file == "-" else f"the name {file} does not tell a format ({suffixes})"
    raise UsageError(f"{what}; give --format with one of {names}")
