"""`pause` and `unpause`: the session goes on, its recording rests."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.arguments import complete_session

if TYPE_CHECKING:
    from claude_sessions.sessions import SessionManager

SESSION_VARIABLE = "CLAUDE_SESSIONS_ID"
"""Set by `start` in what it runs: inside a recorded session, that session is meant."""

RunningSessionId = Annotated[
    str | None,
    typer.Argument(
        metavar="ID",
        help="The session; default: the one this runs in, else the only one being recorded.",
        autocompletion=complete_session,
    ),
]


def pause(session: RunningSessionId = None) -> None:
    """Stop recording a session for a while.

    The session itself goes on. The log says from when to when. What passes in between is not kept anywhere.
    """
    _ask(session, "pause", "is paused: nothing of it is kept until claude-sessions unpause")


def unpause(session: RunningSessionId = None) -> None:
    """Go on recording after a pause."""
    _ask(session, "unpause", "is being recorded again")


def _ask(text: str | None, what: str, done: str) -> None:
    from claude_sessions.base.errors import UnreachableError
    from claude_sessions.recording.control import ask
    from claude_sessions.sessions import SessionManager

    manager = SessionManager()
    session_id = meant(manager, text, "by its id")
    with manager.open(session_id) as recording:
        answer = ask(recording.home, session_id, {"do": what})
    if "error" in answer:
        raise UnreachableError(f"session {session_id} refuses: {answer['error']}")
    print(f"{session_id[:8]} {done}")


def meant(manager: "SessionManager", text: str | None, how: str) -> str:
    """Return the id of the session that is meant: the one named, the one we are in, or the only one.

    Where there are several they are listed, and AmbiguousError says `how` to name one.
    """
    from claude_sessions.base.errors import AmbiguousError, NotFoundError
    from claude_sessions.cli.output import complain, short_path

    text = text or os.environ.get(SESSION_VARIABLE)
    if text:
        session = manager.find(text)
        if not (session.recorded and session.running):
            raise NotFoundError(f"{text!r} is not being recorded; see claude-sessions list --running")
        return session.id
    running = [session for session in manager.list() if session.recorded and session.running]
    if not running:
        raise NotFoundError("no session is being recorded; see claude-sessions list")
    if len(running) > 1:
        for session in running:
            complain(f"  {session.id[:8]}  {short_path(session.directory)}  {session.title}".rstrip())
        raise AmbiguousError(f"{len(running)} sessions are being recorded; name one of them {how}")
    return running[0].id
