"""`recent`: what was talked about last."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.chosen import OneProject, Since, Until

if TYPE_CHECKING:
    from claude_sessions.transcript.files import LogFile
    from claude_sessions.transcript.overview import Exchange, Overview
    from claude_sessions.transcript.recent import Recent

_LONGEST_TITLE = 60
"""Cells; `--detailed` and `--json` have all of it."""


def recent(
    limit: Annotated[int, typer.Option("-n", min=1, metavar="N", help="So many of them.")] = 10,
    since: Since = None,
    until: Until = None,
    project: OneProject = None,
    detailed: Annotated[bool, typer.Option("--detailed", help="Show how each conversation began and ended.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show Claude's newest sessions, recorded or not.

    When, how long, where and what about, as their transcripts tell. Archived sessions are among them.
    """
    from claude_sessions.answers.conversation import recent_json
    from claude_sessions.cli.chosen import say_why_empty
    from claude_sessions.cli.output import print_json
    from claude_sessions.transcript.files import main_files
    from claude_sessions.transcript.locate import all_transcripts

    files = main_files(all_transcripts())
    found = _chosen(files, limit, since, until, project)
    if json:
        print_json({"sessions": [recent_json(each) for each in found]})
    elif not found:
        say_why_empty("no session was at work", project=project, since=since, until=until)
    else:
        lines = _detailed(found) if detailed else _table(found, [file.session_id for file in files])
        print("\n".join(lines))


def _chosen(
    files: "Sequence[LogFile]", limit: int, since: str | None, until: str | None, project: str | None
) -> "list[Recent]":
    """Return the newest of the sessions that are asked for, with the titles that people gave to their recordings."""
    from msgspec.structs import replace

    from claude_sessions.cli.chosen import period_ms
    from claude_sessions.cli.given_titles import given_titles
    from claude_sessions.transcript.projects import belongs_to, directories_of
    from claude_sessions.transcript.recent import recent as newest

    first_ms, end_ms = period_ms(since, until)
    ours = belongs_to(project) if project is not None else lambda _: True

    def wanted(overview: "Overview") -> bool:
        return ours(overview.directory) and (end_ms is None or 0 < overview.ended_ns < end_ms * 1_000_000)

    found = newest(files, limit, read_overviews, wanted=wanted, since_ns=(first_ms or 0) * 1_000_000)
    if not found and project is not None:
        directories_of(project, {overview.directory for _, overview in read_overviews(files)})
    given = given_titles()
    return [replace(each, title=given.get(each.overview.session_id) or each.title) for each in found]


def read_overviews(files: "Sequence[LogFile]") -> "list[tuple[LogFile, Overview]]":
    """Return the files' overviews; where it takes long a bar shows how far that is, what cannot be read is told."""
    from claude_sessions.cli.output import complain
    from claude_sessions.cli.progress import progress
    from claude_sessions.transcript.overview import cache, overview_of

    kept = cache()
    with progress("Reading transcripts", sum(file.size for file in files)) as advance:
        found = kept.digests(files, overview_of, advance)
    for warning in kept.warnings:
        complain(warning)
    return found


def _table(found: "Sequence[Recent]", ids: Sequence[str]) -> list[str]:
    from claude_sessions.cli.chosen import columns
    from claude_sessions.cli.list import short_ids
    from claude_sessions.cli.output import duration, moment, short_path
    from claude_sessions.cli.table import Column, shorten, table
    from claude_sessions.screen.printable import printable

    shape = (
        Column("ID"),
        Column("LAST", left_out=3),
        Column("LONG", left_out=4, right=True),
        Column("PROJECT", least=16, keep_end=True, left_out=2),
        Column("TITLE", least=24),
        Column("MESSAGES", left_out=5, right=True),
        Column("BRANCH", least=6, left_out=6),
    )
    short = short_ids(ids)
    now = time.time_ns()
    rows = [
        (
            printable(short.get(each.overview.session_id, each.overview.session_id)),
            moment(each.overview.ended_ns, now) if each.overview.ended_ns else "",
            duration(each.overview.duration_ns) if each.overview.ended_ns else "",
            printable(short_path(each.overview.directory)),
            shorten(printable(each.title), _LONGEST_TITLE),
            str(each.overview.messages),
            printable(each.overview.git_branch),
        )
        for each in found
    ]
    return table(shape, rows, columns())


def _detailed(found: "Sequence[Recent]") -> Iterator[str]:
    """Yield a few lines for each session: what it is, and how the conversation began and ended."""
    from claude_sessions.cli.chosen import columns
    from claude_sessions.cli.output import colours
    from claude_sessions.cli.table import shorten
    from claude_sessions.screen.printable import printable

    width = columns()
    bold, plain = ("\x1b[1m", "\x1b[0m") if colours(sys.stdout) else ("", "")
    for number, each in enumerate(found):
        if number:
            yield ""
        heading, *lines = (printable(line) for line in _description(each))
        yield f"{bold}{shorten(heading, width) if width else heading}{plain}"
        for line in lines:
            yield shorten(line, width) if width else line


def _description(found: "Recent") -> Iterator[str]:
    from claude_sessions.cli.output import duration, exact_moment, short_path

    overview = found.overview
    yield found.title or overview.session_id
    where = short_path(overview.directory) + (f" ({overview.git_branch})" if overview.git_branch else "")
    when = [exact_moment(overview.ended_ns), duration(overview.duration_ns)] if overview.ended_ns else []
    branches = [f"{overview.branches} branches"] if overview.branches > 1 else []
    yield "  " + ", ".join([*when, *([where] if where else []), _count(overview.messages, "message"), *branches])
    yield f"  {overview.session_id}"
    yield from _exchange(overview.first)
    if overview.last != overview.first:
        if overview.prompts > 2:
            yield "  …"
        yield from _exchange(overview.last)


def _exchange(exchange: "Exchange") -> Iterator[str]:
    if exchange.prompt:
        yield f"  ❯ {exchange.prompt}"
    if exchange.answer:
        yield f"  ● {exchange.answer}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
