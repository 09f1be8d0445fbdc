"""The library's front door: sessions, recorded or not, with what they are doing right now."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError, NotFoundError
from claude_sessions.store.catalogue import SHORTEST_PREFIX, Catalogue, find, sum_up
from claude_sessions.store.facts import Link, gather
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.store.summary import Summary
from claude_sessions.transcript.files import LogFile, describe
from claude_sessions.transcript.registry import LiveSession, running_sessions


class State(StrEnum):
    """What a session is doing, or how it ended."""

    RUNNING = "running"
    """It runs, and Claude does not say what it is doing."""
    BUSY = "busy"
    IDLE = "idle"
    WAITING = "waiting"
    """It needs a person: `Session.waiting_for` says what for."""
    SUSPENDED = "suspended"
    """Ctrl-Z has stopped it; `fg` goes on."""
    EXITED = "exited"
    KILLED = "killed"
    """A signal ended it."""
    CUT_OFF = "cut off"
    """The recorder died: the log ends without an exit."""


_LIVE_STATES = {"busy": State.BUSY, "idle": State.IDLE, "waiting": State.WAITING}


class Session(msgspec.Struct, frozen=True):
    """A recording joined with the Claude Code that runs in it. At least one of the two is there."""

    summary: Summary | None
    """What the log says; None for a session that is not recorded."""
    live: LiveSession | None
    """What Claude Code itself says while it runs; None when it does not run, or does not say."""
    transcript_title: str = ""
    """What the transcript calls it, where a caller has looked (`SessionManager.titled`)."""

    @property
    def id(self) -> str:
        """The recording's id; for a session that is not recorded, Claude's own."""
        return self.summary.session_id if self.summary else self._live.session_id

    @property
    def recorded(self) -> bool:
        """Whether there is a log."""
        return self.summary is not None

    @property
    def state(self) -> State:
        """What it is doing, or how it ended."""
        if self.summary and not self.summary.running:
            if self.summary.exit is None:
                return State.CUT_OFF
            return State.EXITED if self.summary.exit.signal is None else State.KILLED
        if self.summary and self.summary.suspended:
            return State.SUSPENDED  # Claude itself had no time to say so
        return _LIVE_STATES.get(self.live.status or "", State.RUNNING) if self.live else State.RUNNING

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.summary is None or self.summary.running

    @property
    def paused(self) -> bool:
        """Whether it runs and nothing of it is kept at present."""
        return self.summary is not None and self.summary.paused

    @property
    def claude_session_id(self) -> str:
        """Claude's own id of the session, empty where nobody knows: while it runs the present one.

        After that the one that the beginning of the log names; `store.facts` gathers all there were.
        """
        if self.live:
            return self.live.session_id
        return self.summary.claude_session_id if self.summary else ""

    @property
    def waiting_for(self) -> str:
        """What it needs a person for, in Claude's words; empty unless it waits."""
        return (self.live.waiting_for or "") if self.live and self.state is State.WAITING else ""

    @property
    def title(self) -> str:
        """The title a person gave; for a session that is not recorded, Claude's name for it."""
        return self.summary.title if self.summary else self._live.name or ""

    @property
    def directory(self) -> str:
        """Where it was started."""
        return self.summary.start.directory if self.summary else self._live.cwd

    @property
    def started_ns(self) -> int:
        """When it started, in nanoseconds since the epoch."""
        return self.summary.started_ns if self.summary else int(self._live.started_at * 1e6)

    @property
    def ended_ns(self) -> int | None:
        """When it ended, in nanoseconds since the epoch; None while it runs."""
        return self.summary.ended_ns if self.summary and not self.running else None

    @property
    def size(self) -> int:
        """Bytes of its log on disk."""
        return self.summary.size if self.summary else 0

    @property
    def _live(self) -> LiveSession:
        assert self.live is not None, "a session is recorded or running"
        return self.live


class SessionManager:
    """Lists, finds and opens the sessions of one home folder. Holds nothing open in between."""

    def __init__(self, home: Path | None = None) -> None:
        """Use `home`, else `CLAUDE_SESSIONS_HOME`, else `~/.claude-sessions`. It need not exist."""
        self._path = home
        self._catalogue = Catalogue()
        self.warnings: tuple[str, ...] = ()
        """A sentence for every file that the last `list` could not read."""

    def list(self) -> tuple[Session, ...]:
        """Return all recordings, and the running Claude Code sessions that are not recorded; newest first."""
        try:
            with Home.open(self._path) as home:
                undeleted = _finish(home)
                summaries, self.warnings = msgspec.structs.astuple(self._catalogue.scan(home))
                self.warnings += undeleted
        except FileNotFoundError:
            summaries, self.warnings = (), ()
        return tuple(sorted(join(summaries, running_sessions()), key=_age))

    def titled(self, sessions: Sequence[Session]) -> tuple[Session, ...]:
        """Return the sessions with the titles that their transcripts have, where the person gave none.

        Quick, and so not always all: see `recent.titles_of`.
        """
        from claude_sessions.transcript.files import main_files
        from claude_sessions.transcript.locate import all_transcripts
        from claude_sessions.transcript.recent import titles_of

        ids = {session.claude_session_id for session in sessions if not session.title} - {""}
        titles = titles_of(ids, main_files(all_transcripts())) if ids else {}
        return tuple(
            session if session.title else msgspec.structs.replace(session, transcript_title=title)
            for session in sessions
            for title in [titles.get(session.claude_session_id, "")]
        )

    def transcripts(self, text: str) -> tuple[LogFile, ...]:
        """Return the transcripts of the session that `text` means, in the order in which they were begun.

        A recording has one for each of Claude's sessions in it: `/clear` begins another. What Claude Code has deleted is
        taken from the archive. Errors as with `find`.
        """
        session = self.find(text)
        if not session.recorded:
            return transcripts_of([Link("", session.id)])
        with self.open(session.id) as recording:
            return transcripts_of(gather(recording.entries()).links or [Link("", session.id)])

    def find(self, text: str) -> Session:
        """Return the session that `text` means: an id, a prefix of 4 or more characters, an exact title, or `last`.

        Raises NotFoundError where there is none, AmbiguousError where there are several.
        """
        live = running_sessions()
        try:
            with self.open(text) as recording:
                return next(join([sum_up(recording)], live))
        except NotFoundError:
            for session in join(self._running_summaries(), live):
                if not session.recorded and len(text) >= SHORTEST_PREFIX and session.id.startswith(text):
                    return session
            raise

    def start(
        self,
        directory: str | None = None,
        *,
        title: str = "",
        arguments: Sequence[str] = (),
        command: str | None = None,
        nested: bool = False,
        quiet: bool | None = None,
    ) -> int:
        """Run claude with `arguments` on this process's terminal, recorded, and return its exit status when it ends.

        What is None stands as the settings say. Raises the errors of the family for what is wrong before it runs.
        """
        from claude_sessions.recording.launch import StartOptions, start

        return start(
            StartOptions(
                directory=directory,
                title=title,
                arguments=tuple(arguments),
                command=command,
                nested=nested,
                quiet=quiet,
                home=self._path,
            )
        )

    @contextlib.contextmanager
    def open(self, text: str) -> Iterator[Recording]:
        """Open the recording that `text` means, for reading its entries; errors as with `find`."""
        from claude_sessions.upkeep.replacement import finish_replacements

        try:
            home = Home.open(self._path)
        except FileNotFoundError:
            raise NotFoundError("nothing has been recorded yet; claude-sessions start records a session") from None
        with home:
            finish_replacements(home)
            yield find(home, text)

    def _running_summaries(self) -> Iterable[Summary]:
        return [session.summary for session in self.list() if session.summary and session.running]


def _finish(home: Home) -> tuple[str, ...]:
    """Finish what commands that were killed had begun to delete; return a sentence for what cannot be."""
    from claude_sessions.upkeep.replacement import finish_replacements

    try:
        finish_replacements(home)
    except ClaudeSessionsError as error:
        return (str(error),)
    return ()


def join(summaries: Iterable[Summary], live: Iterable[LiveSession]) -> Iterator[Session]:
    """Yield a session for every recording, and one for every live session that belongs to none of them.

    A recording's host leads the session (in the kernel's sense) of everything that runs in its terminal: a live
    Claude Code belongs to the recording whose host's pid is its getsid(2). Of several (Claude run by Claude) the first
    started is the one on the screen.
    """
    inside: dict[int, list[LiveSession]] = {}
    for one in live:
        inside.setdefault(_leader(one.pid), []).append(one)
    for summary in summaries:
        ours = inside.pop(summary.start.pid, []) if summary.running else []
        yield Session(summary, min(ours, key=_started) if ours else None)
    for others in inside.values():
        for one in others:
            yield Session(None, one)


def transcripts_of(links: Iterable[Link]) -> tuple[LogFile, ...]:
    """Return the transcripts of Claude's sessions that a recording links to; those that are gone for good are left out."""
    named = {link.claude_session_id: link.transcript for link in links}
    found = (_transcript(session_id, path) for session_id, path in named.items())
    return tuple(dict.fromkeys(file for file in found if file is not None))


def _transcript(session_id: str, path: str) -> LogFile | None:
    """Return one transcript: where the log says that it is, else by its id, also in the archive."""
    from claude_sessions.transcript.locate import locate

    if path:
        with contextlib.suppress(OSError, ValueError):
            return describe(Path(path))
    try:
        return locate(session_id)
    except ClaudeSessionsError:
        return None


def _leader(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -pid


def _started(live: LiveSession) -> float:
    return live.started_at


def _age(session: Session) -> tuple[int, str]:
    return -session.started_ns, session.id
