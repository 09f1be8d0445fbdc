"""`watch`: what happens in all sessions, as it happens."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from claude_sessions.cli.chosen import OneProject, OneSession

if TYPE_CHECKING:
    from claude_sessions.live.entries import About
    from claude_sessions.live.hub import Message
    from claude_sessions.live.sink import Restart, TailLine
    from claude_sessions.transcript.files import LogFile
    from claude_sessions.transcript.registry import LiveSession

    _Entry = tuple[LogFile, About, TailLine]

_Lines = Callable[["LogFile", "About", "TailLine"], Iterable[str]]
"""What makes the text of a transcript's line; where that tells several things, or nothing, so many lines."""

_Waits = Callable[["LiveSession"], Iterable[str]]
"""The same for a session that waits for the person."""

LINES_A_GLIMPSE = 5
"""Most lines of a transcript are not for people: of the past so many are read for each that is shown."""


def watch(
    limit: Annotated[int, typer.Option("-n", min=0, metavar="N", help="Begin with the last N.")] = 10,
    session: OneSession = None,
    project: OneProject = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only lines of this type: user, assistant, …")
    ] = None,
    tools: Annotated[
        list[str] | None, typer.Option("--tool", metavar="TOOL", help="Only this tool's calls and results.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print each line of a transcript as a JSON object.")] = False,
) -> None:
    """Show what happens in all sessions, as it happens.

    Prompts, answers, calls of tools and what came of them, recorded or not, a line each; and when a session waits for you.
    Ctrl-C ends it.
    """
    import trio

    from claude_sessions.cli.chosen import session_ids
    from claude_sessions.live.filters import Filter

    chosen = Filter(
        sessions=None if session is None else tuple(session_ids(session)),
        projects=None if project is None else (project,),
        types=tuple(types) if types else None,
        tools=tuple(tools) if tools else None,
    )
    lines: _Lines = _json_lines
    waits: _Waits | None = None
    if not json:
        from claude_sessions.cli.watched_text import Text

        text = Text()
        lines, waits = text.lines, None if types or tools else text.waits
    try:
        trio.run(_follow, chosen.wanted(), lines, waits, limit, limit if json else limit * LINES_A_GLIMPSE)
    except BaseExceptionGroup as group:
        raise one_of(group) from None


async def _follow(
    wanted: "Callable[[Message], bool] | None",
    lines: "_Lines",
    waits: "_Waits | None",
    limit: int,
    past: int,
) -> None:
    """Print the last lines of the past, then what comes; with `waits` also that a session waits for the person."""
    import trio

    from claude_sessions.cli.output import complain
    from claude_sessions.live.engine import Engine
    from claude_sessions.live.history import recent_entries
    from claude_sessions.live.registry import Registry
    from claude_sessions.transcript.files import project_folders
    from claude_sessions.transcript.registry import config_folders

    sink = _Wanted(wanted)
    registry = Registry(config_folders(), [sink])
    engine = Engine(project_folders(), None, [sink], on_fault=complain, say=complain, others=registry.places)
    async with trio.open_nursery() as nursery:
        await nursery.start(engine.run)
        ends = {file.path: position.offset for file in engine.files if (position := engine.position(file.path))}
        entries = await trio.to_thread.run_sync(recent_entries, engine.files, past, wanted)
        before = [sink.entry(file, line) for file, line in entries if line.end <= ends.get(file.path, 0)]
        print_lines(deque((text for each in before for text in lines(*each)), limit))
        sys.stdout.flush()
        if waits is not None:
            await nursery.start(registry.run)
        while True:
            await sink.some.wait()
            for each in sink.take():
                print_lines(lines(*each) if isinstance(each, tuple) else waits(each) if waits else ())
            sys.stdout.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on stdout."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


class _Wanted:
    """A sink that keeps the lines that are asked for, until they are taken."""

    def __init__(self, wanted: "Callable[[Message], bool] | None") -> None:
        import trio

        from claude_sessions.live.entries import About, Reader
        from claude_sessions.live.hub import Message

        self.some = trio.Event()
        """Set while there is something to take."""
        self._event, self._message, self._about = trio.Event, Message, About
        self._wanted = wanted
        self._reader = Reader()
        self._waiting: list[_Entry | LiveSession] = []

    def take(self) -> "Sequence[_Entry | LiveSession]":
        """Return what has come since the last time."""
        taken, self._waiting = self._waiting, []
        self.some = self._event()
        return taken

    def entry(self, file: "LogFile", line: "TailLine") -> "_Entry":
        """Return a line of the past with what it is about; what later lines do not say again is remembered."""
        return file, self._reader.about(file, line), line

    def found(self, file: "LogFile") -> None:
        """See Sink."""

    def appended(self, file: "LogFile", lines: "Sequence[TailLine]") -> None:
        """See Sink."""
        for line in lines:
            entry = self.entry(file, line)
            if self._wanted is None or self._wanted(self._message(b"", about=entry[1])):
                self._waiting.append(entry)
                self.some.set()

    def restarted(self, file: "LogFile", why: "Restart") -> None:
        """See Sink: what follows are lines like others."""

    def gone(self, file: "LogFile") -> None:
        """See Sink."""
        self._reader.forget(file)

    def session_changed(self, session: "LiveSession", before: "LiveSession | None") -> None:
        """See RegistrySink: that it waits for the person is kept."""
        if not session.waiting or (before and before.waiting_for == session.waiting_for and before.waiting):
            return
        about = self._about(session.session_id, "", frozenset(), session.cwd, "", "", 0)
        if self._wanted is None or self._wanted(self._message(b"", about=about)):
            self._waiting.append(session)
            self.some.set()

    def session_ended(self, session: "LiveSession") -> None:
        """See RegistrySink."""


def _json_lines(_: "LogFile", about: "About", line: "TailLine") -> Iterator[str]:
    """Yield the log streaming's message, in ASCII: safe on any terminal, readable in any locale."""
    from claude_sessions.live.entries import log_entry

    yield ascii_json(log_entry(about, line).decode(errors="replace"))


def ascii_json(text: str) -> str:
    """Return JSON that says the same in printable ASCII alone.

    >>> ascii_json('{"text":"café"}')
    '{"text":"caf\\\\u00e9"}'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if " " <= character <= "~" else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character in "\t\r\n":
        return " "  # between two values: in a text it is escaped already
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def one_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the exception that people are to hear of, of those that ended several tasks: Ctrl-C before all others."""
    found: BaseException = group.subgroup(KeyboardInterrupt) or group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
