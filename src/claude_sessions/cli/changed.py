"""What a session changed, as `show` lists it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_sessions.activity.files import TouchedFile

_SHOWN = 10


def changed_lines(rows: "Sequence[TouchedFile]", whole: "Sequence[TouchedFile]" = ()) -> Iterator[tuple[str, str]]:
    """Yield label and text for people: how much in all, then the files changed last.

    `whole` is what the whole conversation changed.
    """
    from claude_sessions.cli.files import how, line_counts
    from claude_sessions.cli.output import short_path

    if not rows and not whole:
        return
    yield "changed", _count(rows)
    if whole and _count(whole) != _count(rows):
        yield "", f"whole conversation: {_count(whole)}"
    for row in rows[:_SHOWN]:
        counts = line_counts(row.added, row.removed)
        yield "", f"{short_path(row.path)}  {how(row)}{counts and f', {counts}'}"
    if len(rows) > _SHOWN:
        yield "", f"and {len(rows) - _SHOWN:,} more, see claude-sessions files --session {rows[0].session_id}"


def _count(rows: "Sequence[TouchedFile]") -> str:
    from claude_sessions.activity.files import totals
    from claude_sessions.cli.files import line_counts

    lines = line_counts(*totals(rows))
    return f"{len(rows) or 'no'} {'file' if len(rows) == 1 else 'files'}{lines and f', lines {lines}'}"
