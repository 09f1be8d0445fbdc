"""What `tools` and `files` have in common: the options that choose sessions and times, and reading the history."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from claude_sessions.activity.history import History, Part
    from claude_sessions.transcript.files import LogFile

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="D", help="Only from then on: a date, a time, or an age such as 2d."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="D", help="Only until then: a date takes in that day."),
]
OneSession = Annotated[
    str | None,
    typer.Option("--session", metavar="ID", help="Only this session: Claude's id of it, or a recording's."),
]


def period_ms(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """Return from when on and before when, in milliseconds since the epoch; UsageError where one is no moment."""
    from claude_sessions.base.moments import parse_moment

    now = time.time_ns()
    return (
        None if since is None else parse_moment(since, now) // 1_000_000,
        None if until is None else parse_moment(until, now, end=True) // 1_000_000,
    )


def history(files: "Sequence[LogFile] | None" = None) -> "History":
    """Return what was done in these transcripts, by default in all; a bar shows how far that is where it takes long."""
    from claude_sessions.activity.history import read_history
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.locate import all_transcripts

    files = all_transcripts() if files is None else files
    with progress("Reading transcripts", sum(file.size for file in files)) as advance:
        return read_history(files, advance, complain)


def wanted(session: str | None, project: str | None = None) -> "Callable[[Part], bool]":
    """Return what tells whether a transcript is of the session and the project that a person asked for."""
    from claude_sessions.activity.files import at_or_below, names_of

    ids = None if session is None else session_ids(session)
    folders = None if project is None else names_of(project)
    return lambda part: (
        (ids is None or part.session_id in ids) and (folders is None or at_or_below(part.directory, folders))
    )


def session_ids(text: str) -> "frozenset[str]":
    """Return Claude's ids of the session that `text` means, as `transcript` understands it.

    A recording may have several: each `/clear` begins one. Raises NotFoundError, AmbiguousError and UsageError.
    """
    from claude_sessions.cli.find_transcript import find_transcripts

    return frozenset(file.session_id for file in find_transcripts(text))


def titles(found: "History", session_ids: "Collection[str]") -> dict[str, str]:
    """Return the titles of these sessions, by id; a bar shows how far that is where it takes long."""
    from claude_sessions.activity.titles import titles_of
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.files import main_files

    files = main_files(part.file for part in found.parts if part.session_id in session_ids)
    with progress("Reading titles", sum(file.size for file in files)) as advance:
        return titles_of(files, advance)


def columns() -> int | None:
    """Return the terminal's width; None in a pipe, where nothing is cut."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def length(ms: int | None) -> str:
    """Return a length of time with three digits or fewer: `42 ms`, `1.3 s`, `27 s`, `2m 05s`; empty for None."""
    from claude_sessions.cli.output import duration

    if ms is None:
        return ""
    if ms < 1000:
        return f"{ms} ms"
    return f"{ms / 1000:.1f} s" if ms < 9950 else f"{round(ms / 1000)} s" if ms < 59_500 else duration(ms * 1_000_000)
