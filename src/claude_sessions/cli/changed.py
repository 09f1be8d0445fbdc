"""What a session changed, as `show` lists it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_sessions.activity.files import TouchedFile
    from claude_sessions.transcript.files import LogFile

_SHOWN = 10


def changed_by(files: "Sequence[LogFile]") -> "list[TouchedFile]":
    """Return the files that the sessions of these transcripts created or edited, the last changed first."""
    from claude_sessions.activity.files import changed_files

    rows = (row for file in files for row in changed_files(file))
    return sorted(rows, key=lambda row: (-row.last_ms, row.path))


def changed_lines(rows: "Sequence[TouchedFile]") -> Iterator[tuple[str, str]]:
    """Yield label and text for people: how much in all, then the files changed last."""
    from claude_sessions.activity.files import totals
    from claude_sessions.cli.files import how, line_counts
    from claude_sessions.cli.output import short_path

    if not rows:
        return
    lines = line_counts(*totals(rows))
    yield "changed", f"{len(rows):,} {'file' if len(rows) == 1 else 'files'}{lines and f', lines {lines}'}"
    for row in rows[:_SHOWN]:
        counts = line_counts(row.added, row.removed)
        yield "", f"{short_path(row.path)}  {how(row)}{counts and f', {counts}'}"
    if len(rows) > _SHOWN:
        yield "", f"and {len(rows) - _SHOWN:,} more, see claude-sessions files --session {rows[0].session_id}"
