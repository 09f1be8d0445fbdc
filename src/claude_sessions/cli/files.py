"""`files`: which session touched which file, and when."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.chosen import OneProject, OneSession, Since, Until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from claude_sessions.activity.files import TouchedFile

_LONGEST_TITLE = 60
"""Cells; `--json` has all of it."""


def files(
    path: Annotated[
        str | None,
        typer.Argument(metavar="[PATH]", help="A file or folder, also one that is gone; every file if left out."),
    ] = None,
    since: Since = None,
    until: Until = None,
    project: OneProject = None,
    session: OneSession = None,
    limit: Annotated[int | None, typer.Option("-n", min=1, metavar="N", help="Only the newest N.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show which files Claude touched, in which session and when.

    Read, edited or created, and how many lines that added and removed; the newest first. With PATH only that file, or
    what lies below that folder; the exit code is 1 where no session touched it. What a shell command did is not known.
    """
    from claude_sessions.activity.files import touched_files
    from claude_sessions.answers.changed import file_json
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.cli.chosen import columns, history, say_why_empty, titles
    from claude_sessions.cli.output import print_json
    from claude_sessions.transcript.projects import at_or_below, names_of

    names = None if path is None else names_of(path)
    uses = history(session, project, since, until).uses()
    rows = touched_files(use for use in uses if names is None or at_or_below(use.path, names))
    if not rows and path is not None:
        raise NotFoundError(f"no session touched {path}")
    rows = rows[:limit]
    named = titles({row.session_id for row in rows})
    if json:
        print_json({"files": [{**file_json(row), "title": named.get(row.session_id) or None} for row in rows]})
    elif rows:
        print("\n".join(_lines(rows, named, columns(), one_file=names is not None and rows[0].path in names)))
    else:
        say_why_empty("no file was touched", session=session, project=project, since=since, until=until)


def how(row: "TouchedFile") -> str:
    """Return what was done to a file: `read`, `edited 3x`, `created, edited`."""
    done = (("created", row.creations), ("edited", row.edits - row.creations))
    return ", ".join(f"{what} {times}x" if times > 1 else what for what, times in done if times) or "read"


def line_counts(added: int | None, removed: int | None) -> str:
    """Return the lines that were added and removed: `+12 -3`; empty where that is not known or nothing."""
    return " ".join(f"{sign}{number:,}" for sign, number in (("+", added), ("-", removed)) if number)


def _lines(
    rows: "Sequence[TouchedFile]", titles: "Mapping[str, str]", width: int | None, *, one_file: bool
) -> list[str]:
    """Return the table as lines; where all rows are of one file, it is not named in each."""
    from claude_sessions.cli.list import short_ids
    from claude_sessions.cli.output import moment, short_path
    from claude_sessions.cli.table import Column, shorten, table
    from claude_sessions.screen.printable import printable

    short = short_ids(row.session_id for row in rows)
    now_ns = time.time_ns()
    headings = [
        Column("WHEN", left_out=2),
        Column("HOW", left_out=1),
        Column("LINES", left_out=3),
        Column("PATH", least=20, keep_end=True, last=True),
        Column("SESSION"),
        Column("TITLE", least=10, left_out=4),
    ]
    cells = [
        [
            moment(row.last_ms * 1_000_000, now_ns) if row.last_ms >= 0 else "?",
            how(row),
            line_counts(row.added, row.removed),
            printable(short_path(row.path)),
            printable(short[row.session_id]),
            shorten(printable(titles.get(row.session_id, "")), _LONGEST_TITLE),
        ]
        for row in rows
    ]
    left_out = {3} if one_file else set()
    if not any(titles.values()):
        left_out.add(5)
    kept = [at for at in range(len(headings)) if at not in left_out]
    return table([headings[at] for at in kept], [[row[at] for at in kept] for row in cells], width)
