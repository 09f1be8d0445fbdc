"""Where a session belongs: the directory in which Claude Code finds it again, and the version that wrote it.

A session's entries may name several directories (worktrees, `cd`); Claude Code looks for it in the folder of the one
that it was started in, whose name is not reversible: that directory is the one of which it is the name.
"""

from pathlib import Path

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.reading import open_source, read_entries
from claude_sessions.transcript.registry import project_slug


class Origin(msgspec.Struct, frozen=True):
    """What the entries say; empty where they do not."""

    directory: str = ""
    """The one that the project's folder is named after, else the first that is named."""
    at_home: bool = False
    """Whether the folder is named after it: only then does `claude --resume` find the session from there."""
    claude_version: str = ""


class _Fields(msgspec.Struct):
    cwd: str = ""
    version: str = ""


_decode = msgspec.json.Decoder(_Fields).decode


def origin_of(transcript: Path) -> Origin:
    """Return where a session belongs; mostly its first lines tell. Raises what `open_source` raises."""
    first = Origin()
    seen = set()
    with open_source(transcript) as source:
        for line in read_entries(source):
            if b'"cwd"' not in line.raw:
                continue
            try:
                found = _decode(line.raw)
            except UNDECODABLE:
                continue
            if not found.cwd or found.cwd in seen:
                continue
            seen.add(found.cwd)
            if project_slug(found.cwd) == transcript.parent.name:
                return Origin(found.cwd, at_home=True, claude_version=found.version)
            first = first if first.directory else Origin(found.cwd, at_home=False, claude_version=found.version)
    return first
