"""`mark`: a marker in a recording while it runs, to find the place again."""

from typing import Annotated

import typer

from claude_sessions.cli.arguments import complete_session


def mark(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What the place is called.")],
    session: Annotated[
        str | None,
        typer.Option(
            "--session",
            metavar="ID",
            help="The session; default: the one this runs in, else the only one being recorded.",
            autocompletion=complete_session,
        ),
    ] = None,
) -> None:
    """Put a marker into a session that is being recorded.

    replay and export find the place again by @LABEL; show lists all of them.
    """
    from claude_sessions.base.errors import UnreachableError, UsageError
    from claude_sessions.cli.pause import meant
    from claude_sessions.log.entry import LONGEST_LABEL
    from claude_sessions.recording.control import ask
    from claude_sessions.screen.printable import printable
    from claude_sessions.sessions import SessionManager

    label = printable(label.strip())
    if not 0 < len(label) <= LONGEST_LABEL:
        raise UsageError(f"a label has 1 to {LONGEST_LABEL} characters, this one {len(label)}")
    manager = SessionManager()
    session_id = meant(manager, session, "with --session ID")
    with manager.open(session_id) as recording:
        answer = ask(recording.home, session_id, {"do": "mark", "label": label})
    if "error" in answer:
        raise UnreachableError(f"session {session_id} refuses: {answer['error']}")
    print(f"marked {session_id[:8]}: {label}")
