"""`client`: what `watch` shows, of a server: also of one on another machine."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.chosen import OneProject, OneSession
from claude_sessions.cli.watch import LINES_A_GLIMPSE, ascii_json, one_of, print_lines

if TYPE_CHECKING:
    import trio

    from claude_sessions.live.filters import Filter
    from claude_sessions.server.client.following import Entry, Find, Waiting
    from claude_sessions.transcript.registry import LiveSession

_PATIENCE_S = 5.0
"""So long lines wait for the sessions' titles."""


def client(
    uri: Annotated[
        str | None,
        typer.Argument(
            metavar="[URI]",
            help="http://HOST:PORT, ws://HOST:PORT or a socket's path; the one that runs here if left out.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("-n", min=0, metavar="N", help="Begin with the last N.")] = 10,
    session: OneSession = None,
    project: OneProject = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only lines of this type: user, assistant, …")
    ] = None,
    tools: Annotated[
        list[str] | None, typer.Option("--tool", metavar="TOOL", help="Only this tool's calls and results.")
    ] = None,
    token_file: Annotated[
        str | None,
        typer.Option("--token-file", metavar="FILE", help="The server's token; else that in CLAUDE_SESSIONS_TOKEN."),
    ] = None,
    state_dir: Annotated[
        str | None, typer.Option("--state-dir", metavar="DIR", help="The server's own folder, as serve was given it.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print each line of a transcript as a JSON object.")] = False,
) -> None:
    """Show what happens in all sessions, as a server tells it.

    The same as watch shows, also from another machine. When the server goes, it waits for it, and goes on where it was.
    Ctrl-C ends it.
    """
    import os

    import trio

    from claude_sessions.base.paths import expanded
    from claude_sessions.cli.serve import _missing
    from claude_sessions.live.filters import Filter

    try:
        from claude_sessions.server.client.place import find_place
        from claude_sessions.server.state_folder import state_path
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    find = partial(
        find_place,
        uri,
        expanded(token_file) if token_file else None,
        state_path(expanded(state_dir) if state_dir else None),
        os.environ,
    )
    chosen = Filter(
        sessions=None if session is None else _sessions(session, here=uri is None),
        projects=None if project is None else _projects(project),
        types=tuple(types) if types else None,
        tools=tuple(tools) if tools else None,
    )
    shown = _Shown(chosen, json=json, waits=not (types or tools))
    try:
        trio.run(_follow, find, chosen, limit, shown)
    except BaseExceptionGroup as group:
        raise one_of(group) from None


def _sessions(text: str, *, here: bool) -> tuple[str, ...]:
    """Return the ids that a person means; what nothing here is meant by may be a session elsewhere."""
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.cli.chosen import session_ids

    try:
        return tuple(session_ids(text))
    except NotFoundError:
        if here:
            raise
        return (text,)


def _projects(text: str) -> tuple[str, ...]:
    """Return what a project is called where the server runs: that may be another directory than ours."""
    from claude_sessions.transcript.projects import names_of

    return names_of(text) if text.startswith((".", "~", "/")) else (text, *names_of(text))


async def _follow(find: "Find", chosen: "Filter", limit: int, shown: "_Shown") -> None:
    import time
    from contextlib import aclosing

    import trio

    from claude_sessions.cli.output import complain
    from claude_sessions.server.client.following import entries

    past = limit if shown.json else limit * LINES_A_GLIMPSE
    known = trio.Event()
    async with trio.open_nursery() as nursery:
        if shown.json:
            known.set()
        else:
            nursery.start_soon(_follow_sessions, find, shown, known)
        async with aclosing(entries(find, chosen, past, time.time_ns(), complain)) as told:
            async for some in told:
                with trio.move_on_after(_PATIENCE_S):
                    await known.wait()
                shown.entries(some, limit)


async def _follow_sessions(find: "Find", shown: "_Shown", known: "trio.Event") -> None:
    from contextlib import aclosing

    from claude_sessions.server.client.following import sessions

    async with aclosing(sessions(find)) as told:
        async for some in told:
            shown.sessions(some)
            known.set()


class _Shown:
    """Prints what a server tells, as `watch` does."""

    def __init__(self, chosen: "Filter", *, json: bool, waits: bool) -> None:
        from claude_sessions.live.entries import About, Reader
        from claude_sessions.live.hub import Message

        self.json = json
        self._titles: dict[str, str] = {}
        self._waiting: dict[str, str | None] = {}
        self._unsaid: list[str] = []
        self._past = True
        self._reader = Reader()
        self._about, self._message = About, Message
        self._wanted = chosen.wanted()
        self._waits: Callable[[LiveSession], Iterable[str]] = _nothing
        if not json:
            from claude_sessions.cli.watched_text import Text

            self._text = Text(lambda session_id, _: self._titles.get(session_id, ""))
            self._waits = self._text.waits if waits else _nothing

    def entries(self, entries: "Sequence[Entry]", limit: int) -> None:
        """Print lines of transcripts; the first ones are the past, of which so many are shown."""
        lines = (text for entry in entries for text in self._lines(entry))
        print_lines(deque(lines, limit) if self._past else lines)
        self._past = False
        self._say()

    def sessions(self, sessions: "Sequence[Waiting]") -> None:
        """Learn what sessions are called; where one begins to wait for the person, print that."""
        for one in sessions:
            self._titles[one.session_id] = one.title
            before = self._waiting.pop(one.session_id, "")
            if one.state == "waiting":
                self._waiting[one.session_id] = one.waiting_for
                if before != one.waiting_for:
                    self._unsaid += self._wait(one)
        if not self._past:
            self._say()

    def _lines(self, entry: "Entry") -> "Iterable[str]":
        if self.json:
            return (ascii_json(entry.message.decode(errors="replace")),)
        return self._text.lines(entry.file, self._reader.about(entry.file, entry.line), entry.line)

    def _wait(self, one: "Waiting") -> "Iterable[str]":
        about = self._about(one.session_id, "", frozenset(), one.directory, "", "", 0)
        if self._wanted is not None and not self._wanted(self._message(b"", about=about)):
            return ()
        from claude_sessions.transcript.registry import LiveSession

        session = LiveSession(pid=1, session_id=one.session_id, cwd=one.directory, waiting_for=one.waiting_for)
        return self._waits(session)

    def _say(self) -> None:
        print_lines(self._unsaid)
        self._unsaid = []
        sys.stdout.flush()


def _nothing(_: "LiveSession") -> "Iterable[str]":
    return ()
