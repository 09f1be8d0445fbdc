"""Which session touched which file: read, edited, created, and how many lines that added and removed."""

from collections.abc import Iterable, Sequence

import msgspec

from claude_sessions.activity.digest import Touch
from claude_sessions.activity.history import Use, read_history
from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.locate import related


class TouchedFile(msgspec.Struct):
    """What one session, its subagents with it, did to one file. Times are milliseconds since the epoch, -1 if unknown."""

    path: str
    """Absolute; it may be gone, or on another machine."""
    session_id: str
    directory: str
    """Where the session began."""
    first_ms: int
    last_ms: int
    reads: int = 0
    edits: int = 0
    """How often it was changed, creations among them."""
    creations: int = 0
    added: int | None = None
    """Lines; None where no result tells."""
    removed: int | None = None


def touched_files(uses: Iterable[Use]) -> list[TouchedFile]:
    """Return a row for every session and file, the one touched last first."""
    found: dict[tuple[str, str], TouchedFile] = {}
    for use in uses:
        if not use.path:
            continue
        part, call = use.part, use.call
        key = part.session_id, use.path
        row = found.get(key)
        if row is None:
            row = found[key] = TouchedFile(use.path, part.session_id, part.directory, call.at, call.at)
        row.first_ms, row.last_ms = min(row.first_ms, call.at), max(row.last_ms, call.at)
        if call.touch is Touch.READ:
            row.reads += 1
            continue
        row.edits += 1
        row.creations += call.touch is Touch.CREATED
        if call.added >= 0:
            row.added = (row.added or 0) + call.added
        if call.removed >= 0:
            row.removed = (row.removed or 0) + call.removed
    return sorted(found.values(), key=lambda row: (-row.last_ms, row.path, row.session_id))


def changed_files(file: LogFile, since_ms: int | None = None, until_ms: int | None = None) -> list[TouchedFile]:
    """Return what the session of this transcript created or edited in a period, the file changed last first.

    The period is as in `Part.within`. Only this session's transcripts are read: of a resumed session's copied history
    the changes are listed too.
    """
    history = read_history([file, *related(file)]).chosen(lambda _: True, since_ms, until_ms)
    return [row for row in touched_files(history.uses()) if row.edits]


def totals(rows: Sequence[TouchedFile]) -> tuple[int, int]:
    """Return how many lines were added and removed in all, as far as it is known."""
    return sum(row.added or 0 for row in rows), sum(row.removed or 0 for row in rows)
