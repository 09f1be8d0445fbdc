"""What `recent`, `tools`, `files` and `stats` have in common: options that choose sessions and times, and reading the history."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Collection

    from claude_sessions.activity.history import History

Since = Annotated[
    str | None,
    typer.Option("--since", metavar="D", help="Only from then on: a date, a time, or an age such as 2d."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="D", help="Only until then: a date takes in that day."),
]
OneProject = Annotated[
    str | None,
    typer.Option(
        "--project", metavar="P", help="Only sessions begun in this directory or below, or with P in its path."
    ),
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


def history(
    session: str | None = None, project: str | None = None, since: str | None = None, until: str | None = None
) -> "History":
    """Return what was done in the session, project and time that a person asked for, by default everything.

    A bar shows how far that is where it takes long. Raises UsageError, NotFoundError and AmbiguousError for what nothing
    is meant by.
    """
    from claude_sessions.activity.history import read_history
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.locate import all_transcripts
    from claude_sessions.transcript.projects import directories_of

    period = period_ms(since, until)
    ids = None if session is None else session_ids(session)
    files = all_transcripts()
    with progress("Reading transcripts", sum(file.size for file in files)) as advance:
        found = read_history(files, advance, complain)
    folders = None if project is None else directories_of(project, {part.directory for part in found.parts})
    return found.chosen(
        lambda part: (ids is None or part.session_id in ids) and (folders is None or part.directory in folders), *period
    )


def say_why_empty(
    what: str,
    *,
    session: str | None = None,
    project: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> None:
    """Say on stderr that there is nothing to show, and why; `what` is the sentence: `no tool was called`."""
    from claude_sessions.cli.output import complain
    from claude_sessions.transcript.locate import all_transcripts

    if not all_transcripts():
        complain("there are no transcripts; Claude Code writes one for each session")
        return
    what += f" in session {session}" if session else ""
    what += f" in {project}" if project else ""
    what += " in that time" if since or until else ""
    complain(what)


def session_ids(text: str) -> "frozenset[str]":
    """Return Claude's ids of the session that `text` means, as `transcript` understands it.

    A recording may have several: each `/clear` begins one. Raises NotFoundError, AmbiguousError and UsageError.
    """
    from claude_sessions.cli.find_transcript import find_transcripts

    return frozenset(file.session_id for file in find_transcripts(text))


def titles(session_ids: "Collection[str]") -> dict[str, str]:
    """Return the titles of these sessions, by id; a bar shows how far that is where it takes long."""
    from claude_sessions.activity.titles import titles_of
    from claude_sessions.cli.given_titles import given_titles
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.files import main_files
    from claude_sessions.transcript.locate import all_transcripts

    files = [file for file in main_files(all_transcripts()) if file.session_id in session_ids]
    with progress("Reading titles", sum(file.size for file in files)) as advance:
        found = titles_of(files, advance)
    return {**found, **{name: title for name, title in given_titles().items() if name in session_ids}}


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
