"""`search`: find what was said, shown or typed in any session."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_sessions.search.hits import Filter, Hit

_LIMIT = 20
_FOUND, _OFF = "\x1b[1m", "\x1b[22m"
_LEAST_WIDTH = 40
_LONGEST_TITLE = 60
_SHORTEST_TITLE = 20
_SHOWN = 3
"""Of the other recordings that show the same."""


def search(
    words: Annotated[
        list[str], typer.Argument(metavar="QUERY", help='Words, all of which must be there; "..." for a phrase.')
    ],
    regex: Annotated[
        bool, typer.Option("--regex", help="QUERY is a regular expression; everything is read for it.")
    ] = False,
    since: Annotated[
        str, typer.Option("--since", metavar="D", help="Only what is not older: a date, a time or an age.")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="D", help="Only what is older.")] = "",
    directory: Annotated[
        str, typer.Option("--dir", metavar="DIR", help="Only sessions that began in this directory or below.")
    ] = "",
    typed: Annotated[bool, typer.Option("--input", help="Look also at what was typed in recordings.")] = False,
    recordings: Annotated[bool, typer.Option("--recordings", help="Only recordings.")] = False,
    transcripts: Annotated[bool, typer.Option("--transcripts", help="Only transcripts.")] = False,
    limit: Annotated[int, typer.Option("-n", min=1, metavar="N", help="At most N hits.")] = _LIMIT,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find words in all transcripts and recordings.

    The best hits come first, of equal ones the newest. Each hit comes with the command that shows it. The last word may be the beginning of one. Upper and lower case,
    accents and punctuation make no difference, except with --regex. The exit code is 1 where nothing is found.
    """
    from claude_sessions.answers.search import hit_json
    from claude_sessions.cli.output import colours, complain, print_json
    from claude_sessions.cli.progress import progress
    from claude_sessions.search.index import SearchIndex
    from claude_sessions.search.pattern import compile_lines
    from claude_sessions.search.words import Query

    query = " ".join(words)
    wanted = _filter(since, until, directory, typed, recordings, transcripts)
    sought = compile_lines(query) if regex else Query(query)
    coloured = colours(sys.stdout)
    with SearchIndex(tell=complain) as index:
        index.update(progress)
        if isinstance(sought, Query):
            hits = index.find(sought, wanted, limit=limit, width=_width())
        else:
            hits = index.scan(sought, wanted, limit=limit, width=_width())
    if json:
        print_json({"query": query, "hits": [hit_json(hit) for hit in hits]})
    else:
        sys.stdout.writelines(_lines(hit, coloured) for hit in hits)
    if not hits:
        if not json:
            complain(f"nothing found for {query!r}")
        raise typer.Exit(1)


def _filter(since: str, until: str, directory: str, typed: bool, recordings: bool, transcripts: bool) -> "Filter":
    """Return what is to be looked through; UsageError where that cannot be meant."""
    import os
    import time

    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.moments import parse_moment
    from claude_sessions.search.hits import Filter

    if recordings and transcripts:
        raise UsageError("search takes one of --recordings and --transcripts; without either it looks at both")
    now = time.time_ns()
    return Filter(
        since_ns=parse_moment(since, now) if since else None,
        until_ns=parse_moment(until, now, end=True) if until else None,
        directory=os.path.abspath(os.path.expanduser(directory)) if directory else "",
        transcripts=not recordings,
        recordings=not transcripts,
        typed=typed,
    )


def _width() -> int:
    """Return how many characters of a text are shown."""
    import shutil

    from claude_sessions.search.snippet import WIDTH

    return max(_LEAST_WIDTH, shutil.get_terminal_size().columns - 4) if sys.stdout.isatty() else WIDTH


def _lines(hit: "Hit", coloured: bool) -> str:
    """Return a hit for people: where and when, what, and the command that shows it."""
    from claude_sessions.answers.search import command
    from claude_sessions.cli.output import exact_moment, short_path
    from claude_sessions.screen.printable import printable
    from claude_sessions.search.snippet import mark

    bold: Callable[[str], str] = (lambda text: f"{_FOUND}{printable(text)}{_OFF}") if coloured else printable
    session = hit.recording_id if not hit.transcript else hit.session_id
    who = _WHO[hit.kind.name] + (" of a subagent" if hit.agent else "")
    head = [session[:8], exact_moment(hit.time_ns), short_path(hit.directory), who]
    title = _shortened(" ".join(hit.title.split()), sum(len(part) + 2 for part in head))
    if title.rstrip("…") not in hit.snippet.text:  # many are called by their first prompt
        head.append(title)
    lines = [printable("  ".join(head)), mark(hit.snippet, printable, bold), printable(command(hit))]
    if hit.also_in:
        shown = ", ".join(one[:8] for one in hit.also_in[:_SHOWN])
        more = len(hit.also_in) - _SHOWN
        lines.append(printable(f"also in {shown}" + (f" and {more} more" if more > 0 else "")))
    return "\n    ".join(lines) + "\n"


def _shortened(title: str, at: int) -> str:
    """Return a title that fits into a line behind `at` characters."""
    most = min(_LONGEST_TITLE, max(_SHORTEST_TITLE, _width() + 4 - at)) if sys.stdout.isatty() else _LONGEST_TITLE
    return title if len(title) <= most else title[: most - 1].rstrip() + "…"


_WHO = {
    "PROMPT": "prompt",
    "ANSWER": "answer",
    "TOOL": "tool call",
    "RESULT": "result",
    "TITLE": "title",
    "SUMMARY": "summary",
    "NOTE": "note",
    "SCREEN": "screen",
    "TYPED": "typed",
    "THINKING": "thinking",
}
