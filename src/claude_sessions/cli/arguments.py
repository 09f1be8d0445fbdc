"""Arguments that several commands share, with their completion."""

from typing import Annotated

import typer

_OFFERED = 50


def complete_session(incomplete: str) -> list[tuple[str, str]]:
    """Return the ids that begin so, the newest first, each with a few words on what it is."""
    from claude_sessions.base.errors import ClaudeSessionsError
    from claude_sessions.screen.printable import printable
    from claude_sessions.store.catalogue import LAST, Catalogue
    from claude_sessions.store.home import Home

    offers = [(LAST, "the newest recording")] if LAST.startswith(incomplete) else []
    try:
        with Home.open() as home:
            summaries = Catalogue().scan(home).summaries
    except (ClaudeSessionsError, OSError):
        return offers  # a completion is no place for complaints
    matching = (summary for summary in summaries if summary.session_id.startswith(incomplete))
    for summary, _ in zip(matching, range(_OFFERED), strict=False):
        offers.append(
            (summary.session_id, printable(f"{summary.start.started[:16]} {summary.title or summary.start.directory}"))
        )
    return offers


SessionId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="The session: its id, the first 4 or more characters of it, its exact title, or last.",
        autocompletion=complete_session,
    ),
]
"""The ID argument of a command."""
