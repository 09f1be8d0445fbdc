"""All sessions of Claude Code, as a list that keeps itself up to date and tells what has changed.

    event: session-updated
    data: {"type":"session-updated","sessions":[…],"timestamp":1770488132123}

The kinds are the session monitoring's, and true: `session-created` is a session that was not there before,
`session-updated` one of which something else is known now, `session-deleted` one whose file is gone. Each carries the
sessions that it concerns; `init` and `refresh` carry all. What a transcript says is told half a second after the first
change; what Claude says of itself (that it waits for a person) at once.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import trio

from claude_sessions.base.paths import as_text
from claude_sessions.live.hub import Message, Topic
from claude_sessions.live.overviews import Overviews, batches
from claude_sessions.live.session_data import Recorded, SessionData, session_data
from claude_sessions.live.sink import Restart, TailLine
from claude_sessions.transcript.files import Kind, LogFile, is_id
from claude_sessions.transcript.overview import Overview, summaries_in
from claude_sessions.transcript.registry import LiveSession

DEBOUNCE = 0.5
"""Seconds from the first change of a transcript until it is told."""

LOGGER = logging.getLogger("claude_sessions.server.sessions")

SPARED = 20
"""So many times as long as reading took, a session waits until it is read again: a huge one takes no more than 5 %."""

_encode = msgspec.json.Encoder().encode


class _Change(msgspec.Struct):
    type: str
    sessions: Sequence[SessionData]
    timestamp: int


class SessionList:
    """A sink of the engine and of the registry. `run` is to run as long as it is used, and to be begun after these."""

    def __init__(
        self, overviews: Overviews, *, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        self.topic = Topic()
        """Server-sent events."""
        self._overviews = overviews
        self._now_ms = now_ms
        self._files: dict[str, LogFile] = {}
        self._known: dict[str, Overview] = {}
        self._summaries: dict[str, str] = {}
        self._live: dict[int, LiveSession] = {}
        """By the pid of the Claude Code."""
        self._recorded: Mapping[str, Recorded] = {}
        self._shown: dict[str, SessionData] = {}
        self._grown: dict[str, float] = {}
        """When a session is to be read, by its id."""
        self._spared: dict[str, float] = {}
        """Before when it is not to be read again."""
        self._running = False
        self._woken = trio.Event()

    # What can be asked

    @property
    def sessions(self) -> list[SessionData]:
        """All sessions, the one that changed last first."""
        return sorted(self._shown.values(), key=lambda one: (-one.updated_at, one.id))

    def get(self, session_id: str) -> SessionData | None:
        """Return one session."""
        return self._shown.get(session_id)

    def file(self, session_id: str) -> LogFile | None:
        """Return a session's transcript; None where it has none yet."""
        return self._files.get(session_id)

    def init(self) -> bytes:
        """Return the event that a client begins with, also after a GAP."""
        return self._event("init", self.sessions)

    def keepalive(self) -> bytes:
        """Return the event that shows a client that it is still connected."""
        return self._event("keepalive", [])

    # What is told to it

    def found(self, file: LogFile) -> None:
        """See Sink."""
        if file.kind is not Kind.MAIN or not is_id(file.session_id):
            return
        other = self._files.get(file.session_id)
        if other is None or other.path == file.path or other.mtime_ns <= file.mtime_ns:
            self._files[file.session_id] = file
            self._read_soon(file.session_id)

    def appended(self, file: LogFile, lines: Sequence[TailLine]) -> None:  # noqa: ARG002 - they are read in a thread
        """See Sink."""
        self.found(file)

    def restarted(self, file: LogFile, why: Restart) -> None:  # noqa: ARG002 - both kinds end in the same
        """See Sink."""
        self.found(file)

    def gone(self, file: LogFile) -> None:
        """See Sink."""
        known = self._files.get(file.session_id)
        if known is None or known.path != file.path:
            return
        self._overviews.forget(file.path)
        del self._files[file.session_id]
        for each in (self._known, self._grown, self._spared):
            each.pop(file.session_id, None)
        self._tell([file.session_id])

    def session_changed(self, session: LiveSession, before: LiveSession | None) -> None:
        """See RegistrySink."""
        if not is_id(session.session_id):
            return
        self._live[session.pid] = session
        self._tell([session.session_id, *([before.session_id] if before else [])])

    def session_ended(self, session: LiveSession) -> None:
        """See RegistrySink."""
        self._live.pop(session.pid, None)
        self._tell([session.session_id])

    def recorded(self, recordings: Mapping[str, Recorded]) -> None:
        """Take which recording shows which session, by Claude's ids."""
        before, self._recorded = self._recorded, recordings
        self._tell(before.keys() | recordings.keys())

    def refresh(self) -> None:
        """Tell all clients all sessions. Whether files have changed unseen is the engine's to find out."""
        self.topic.publish(Message(self._event("refresh", self.sessions)))

    # What it does

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Follow until cancelled. Started when everything is shown that is known without reading transcripts."""
        changed = await self._begin()
        task_status.started()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._catch_up, changed)
                while True:
                    with trio.move_on_at(min(self._grown.values(), default=float("inf"))):
                        await self._woken.wait()
                    self._woken = trio.Event()
                    await self._read(trio.current_time())
        finally:
            self.topic.close()
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(self._overviews.save)

    async def _begin(self) -> list[LogFile]:
        """Show what the cache knows; return the files of which it does not know all."""
        files = list(self._files.values())
        self._grown.clear()
        found, changed = await trio.to_thread.run_sync(self._overviews.known, files)
        self._take(found)
        running = {one.session_id for one in self._live.values()}
        self._shown = {one: self._data(one) for one in self._files.keys() | running}
        self._running = True
        return changed

    async def _catch_up(self, files: Sequence[LogFile]) -> None:
        """Read, one group after the other, what has changed while nobody followed; the newest first."""
        for batch in batches(sorted(files, key=lambda file: -file.mtime_ns)):
            found = await trio.to_thread.run_sync(self._computed, batch, abandon_on_cancel=True)
            newer = self._grown.keys() | self._spared.keys()  # what is read anyway, or was since
            self._tell(self._take({path: one for path, one in found.items() if as_text(path.stem) not in newer}))

    def _computed(self, batch: Sequence[LogFile]) -> Mapping[Path, Overview]:
        """Return the overviews of a group; where that goes wrong in a way that nobody foresaw, of each file by itself."""
        try:
            return self._overviews.computed(batch)
        except Exception:  # a file may hold anything, and the list is of all the others too
            if len(batch) == 1:
                LOGGER.warning("%s cannot be summed up", batch[0].path, exc_info=True)
                return {}
        return {path: one for file in batch for path, one in self._computed([file]).items()}

    async def _read(self, now: float) -> None:
        """Read what has grown, and tell what has changed by it."""
        due = [one for one, when in self._grown.items() if when <= now]
        for one in due:
            del self._grown[one]
        files = [self._files[one] for one in due if one in self._files]
        if not files:
            return
        found = await trio.to_thread.run_sync(self._updated, files, abandon_on_cancel=True)
        for path, (_, cost) in found.items():
            self._spared[as_text(path.stem)] = trio.current_time() + SPARED * cost
        self._tell([*due, *self._take({path: overview for path, (overview, _) in found.items()})])

    def _updated(self, files: Sequence[LogFile]) -> Mapping[Path, tuple[Overview, float]]:
        """Return the overviews of what has grown, likewise."""
        try:
            return self._overviews.updated(files)
        except Exception:  # see _computed
            if len(files) == 1:
                LOGGER.warning("%s cannot be summed up", files[0].path, exc_info=True)
                self._overviews.forget(files[0].path)
                return {}
        return {path: one for file in files for path, one in self._updated([file]).items()}

    def _read_soon(self, session_id: str) -> None:
        if session_id not in self._grown:
            now = trio.current_time()
            self._grown[session_id] = max(now + DEBOUNCE, self._spared.get(session_id, 0.0))
            self._woken.set()

    def _take(self, found: Mapping[Path, Overview]) -> set[str]:
        """Take overviews; return the sessions that are concerned."""
        concerned = set()
        for path, overview in found.items():
            file = self._files.get(as_text(path.stem))
            if file is not None and file.path == path:
                self._known[file.session_id] = overview
                concerned.add(file.session_id)
        summaries = summaries_in(found.values())
        if summaries.items() - self._summaries.items():
            self._summaries |= summaries
            concerned |= self._files.keys()  # a summary may be the title of a session in another file
        return concerned

    def _data(self, session_id: str) -> SessionData:
        overview = self._known.get(session_id)
        return session_data(
            session_id,
            self._files.get(session_id),
            overview,
            title=overview.title(self._summaries) if overview else "",
            live=self._claude(session_id),
            recorded=self._recorded.get(session_id),
        )

    def _claude(self, session_id: str) -> LiveSession | None:
        """Return the Claude Code that runs in a session; of several the one that said something last."""
        running = [one for one in self._live.values() if one.session_id == session_id]
        return max(running, key=lambda one: one.updated_at, default=None)

    def _tell(self, ids: Iterable[str]) -> None:
        """Publish what is otherwise than it was shown."""
        if not self._running:
            return
        created, updated, deleted = [], [], []
        for one in dict.fromkeys(ids):
            before = self._shown.get(one)
            readable = one in self._files and (before is not None or one in self._known)
            if not readable and self._claude(one) is None:
                if before is not None:
                    deleted.append(self._shown.pop(one))
                continue
            data = self._data(one)
            if before is None:
                created.append(data)
            elif data != before:
                updated.append(data)
            self._shown[one] = data
        for kind, sessions in (("created", created), ("updated", updated), ("deleted", deleted)):
            if sessions:
                self.topic.publish(Message(self._event(f"session-{kind}", sessions)))

    def _event(self, kind: str, sessions: Sequence[SessionData]) -> bytes:
        data = _encode(_Change(kind, sessions, self._now_ms()))
        return b"event: %s\ndata: %s\n\n" % (kind.encode(), data)
