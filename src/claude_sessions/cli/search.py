"""`search`: find what was said, shown or typed in any session."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from claude_sessions.search.hits import Filter, Hit

_LIMIT = 20
_FOUND, _OFF = "\x1b[1m", "\x1b[22m"
_LEAST_WIDTH = 40


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
        print_json({"query": query, "hits": [_json(hit) for hit in hits]})
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
    from claude_sessions.cli.output import exact_moment, short_path
    from claude_sessions.screen.printable import printable
    from claude_sessions.search.snippet import mark

    bold: Callable[[str], str] = (lambda text: f"{_FOUND}{printable(text)}{_OFF}") if coloured else printable
    session = hit.recording_id if not hit.transcript else hit.session_id
    who = _WHO[hit.kind.name] + (" of a subagent" if hit.agent else "")
    head = f"{session[:8]}  {exact_moment(hit.time_ns)}  {short_path(hit.directory)}  {who}"
    return f"{printable(head)}\n    {mark(hit.snippet, printable, bold)}\n    {printable(command(hit))}\n"


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

_SHOWN_WITH = {"TOOL": " --full", "RESULT": " --full", "THINKING": " --thinking"}
"""What the transcript leaves out unless it is asked for."""


def command(hit: "Hit") -> str:
    """Return the command that shows the moment of a hit."""
    import os
    import shlex

    from claude_sessions.base.durations import format_offset

    if hit.recording_id and hit.offset_s is not None:
        return f"claude-sessions replay {hit.recording_id} --at {format_offset(hit.offset_s)}"
    options = _SHOWN_WITH.get(hit.kind.name, "")
    name = hit.session_id or hit.transcript
    if hit.agent:
        name = os.path.basename(hit.transcript).partition(".")[0]
        options = f" --subagents{options}"
    if name.startswith("-"):
        name = hit.transcript  # as it stands it would be an option
    if not name.isprintable():
        return hit.transcript  # what is shown of it names no file: nothing to paste
    return f"claude-sessions transcript {shlex.quote(name)}{options}"


def _json(hit: "Hit") -> dict[str, Any]:
    from claude_sessions.base.clock import TimestampFormatter

    return {
        "kind": hit.kind.name.lower(),
        "time": TimestampFormatter()(hit.time_ns),
        "directory": hit.directory,
        "session_id": hit.session_id or None,
        "recording_id": hit.recording_id or None,
        "offset": hit.offset_s,
        "transcript": hit.transcript or None,
        "subagent": hit.agent,
        "text": hit.snippet.text,
        "matches": [{"start": begin, "end": end} for begin, end in hit.snippet.matches],
        "command": command(hit),
    }
