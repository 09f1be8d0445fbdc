"""The streams of those sessions that somebody watches, kept up to date by the engine.

A stream is made when the first one asks for it: its transcript is read in a thread, from where its state file says. Nobody
watches it for a while, and it is let go; what the next one needs is in the state file and in the transcript.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import trio

from claude_sessions.live.block_events import ENDED, FILE_DELETED, session_ended
from claude_sessions.live.block_state import BlockState, StateFolder, position_at, state_of, still_there
from claude_sessions.live.blocks import Checkpoint, SessionStream
from claude_sessions.live.hub import Message, Topic
from claude_sessions.live.position import Position
from claude_sessions.live.ring import SIZE
from claude_sessions.live.sink import Restart, TailLine
from claude_sessions.live.transcript_tail import TranscriptTail
from claude_sessions.transcript.files import Kind, LogFile, is_id
from claude_sessions.transcript.live_order import HOLD

SAVED_EVERY = 1.0
"""Seconds between two writings of the same state file, where nothing depends on it."""

IDLE = 600.0
"""Seconds for which a stream is kept that nobody watches, at least; at most twice as many."""

SKIPPED = 10_000
"""So many ids are left out where a file was written anew while nobody looked: how many were given last is not known."""


class Watched:
    """A session that somebody watches.

    Subscribe to `topic`, then send what `since` gives, then what the subscriber gets: nothing is missing in between as long
    as there is no await between the first two. After a GAP send `snapshot`, and go on.
    """

    def __init__(self, file: LogFile, stream: SessionStream, tail: TranscriptTail) -> None:
        self.file = file
        self.topic = Topic()
        self.stream = stream
        self.tail = tail
        self.holds: deque[tuple[float, int]] = deque()
        """When how many of the lines are let go that wait."""
        self.saved = (-1, -1)
        self.saved_at = float("-inf")
        self.looked_at = 0.0
        self.unused = False
        """Nobody watched when it was looked at last."""

    @property
    def session_id(self) -> str:
        """Claude's id of the session."""
        return self.file.session_id

    def since(self, last_event_id: str | None) -> bytes:
        """See `SessionStream.since`."""
        return self.stream.since(last_event_id)

    def snapshot(self) -> bytes:
        """See `SessionStream.snapshot`."""
        return self.stream.snapshot()

    @property
    def state(self) -> tuple[int, int]:
        """What changes when there is something to be saved."""
        return self.stream.noted, self.stream.count


class Streams:
    """A sink of the engine, and where endpoints ask for a session's stream. `run` is to run as long as it is used."""

    def __init__(self, states: StateFolder, *, ring_size: int = SIZE) -> None:
        self._states = states
        self._ring_size = ring_size
        self._files: dict[str, LogFile] = {}
        self._watched: dict[Path, Watched] = {}
        self._loading: dict[Path, trio.Event] = {}
        self._woken = trio.Event()

    @property
    def files(self) -> dict[str, LogFile]:
        """The sessions that can be watched, by Claude's ids."""
        return self._files

    @property
    def watched(self) -> Iterator[Watched]:
        """The streams that there are at the moment."""
        return iter(list(self._watched.values()))

    def clients(self, session_id: str) -> int:
        """Return how many watch a session at the moment."""
        file = self._files.get(session_id)
        watched = self._watched.get(file.path) if file else None
        return watched.topic.subscribers if watched else 0

    async def watch(self, session_id: str) -> Watched | None:
        """Return the stream of a session; None where there is no such session, or its file cannot be read."""
        while (file := self._files.get(session_id)) is not None:
            if file.path in self._loading:
                await self._loading[file.path].wait()
                continue
            found = self._watched.get(file.path)
            if found is None:
                found = await self._load(file)
            if found is not None:
                found.looked_at, found.unused = trio.current_time(), False
                self._woken.set()
            return found
        return None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Let go of lines that wait, write the state files, forget streams that nobody watches; in the end write all."""
        task_status.started()
        try:
            while True:
                with trio.move_on_at(self._next()):
                    await self._woken.wait()
                self._woken = trio.Event()
                self._look(trio.current_time())
        finally:
            for each in self.watched:
                self._save(each, float("inf"))
                each.topic.close()

    def found(self, file: LogFile) -> None:
        """See Sink. Of two files of one session that counts which was written last."""
        if file.kind is not Kind.MAIN or not is_id(file.session_id):
            return
        known = self._files.get(file.session_id)
        if known is None or known.path == file.path or known.mtime_ns <= file.mtime_ns:
            self._files[file.session_id] = file

    def appended(self, file: LogFile, lines: Sequence[TailLine]) -> None:
        """See Sink."""
        if file.kind is not Kind.MAIN:
            return
        self.found(file)
        watched = self._watched.get(file.path)
        if watched is not None:
            watched.file = file
            self._publish(watched, watched.stream.take(lines))

    def restarted(self, file: LogFile, why: Restart) -> None:  # noqa: ARG002 - both kinds end in the same
        """See Sink."""
        watched = self._watched.get(file.path)
        if watched is not None:
            watched.file = file
            watched.holds.clear()
            self._publish(watched, watched.stream.begin_anew(Position(file.device, file.inode, 0, 0)))

    def gone(self, file: LogFile) -> None:
        """See Sink: who watches is told that this was all."""
        known = self._files.get(file.session_id)
        if known is not None and known.path == file.path:
            del self._files[file.session_id]
        watched = self._watched.pop(file.path, None)
        if watched is not None:
            watched.topic.publish(Message(session_ended(FILE_DELETED), ENDED))
            watched.topic.close()
        if file.kind is Kind.MAIN:
            self._states.forget(file.session_id)

    async def _load(self, file: LogFile) -> Watched | None:
        done = self._loading[file.path] = trio.Event()
        try:
            state = self._states.load(file.session_id)
            found = await trio.to_thread.run_sync(load, file, state, self._ring_size, abandon_on_cancel=True)
            if file.session_id not in self._files:
                return None
            _read_on(found)  # what the engine has told meanwhile
        except OSError:
            return None
        finally:
            del self._loading[file.path]
            done.set()
        self._watched[file.path] = found
        self._hold(found)
        self._save(found, float("inf"))  # before anything of it goes out
        return found

    def _publish(self, watched: Watched, messages: Sequence[Message]) -> None:
        if watched.stream.noted != watched.saved[0]:
            self._save(watched, float("inf"))
        for message in messages:
            watched.topic.publish(message)
        self._hold(watched)
        self._woken.set()

    def _hold(self, watched: Watched) -> None:
        waiting = watched.stream.waiting
        if waiting is None:
            watched.holds.clear()
        elif not watched.holds or watched.holds[-1][1] < waiting:
            watched.holds.append((trio.current_time() + HOLD, waiting))
            self._woken.set()

    def _look(self, now: float) -> None:
        for each in self.watched:
            while each.holds and each.holds[0][0] <= now:
                self._publish(each, each.stream.let_go(each.holds.popleft()[1]))
            self._save(each, now)
            if now < each.looked_at + IDLE:
                continue
            if each.unused:
                self._save(each, float("inf"))
                del self._watched[each.file.path]
            each.looked_at, each.unused = now, not each.topic.subscribers

    def _next(self) -> float:
        """Return when there is something to do."""
        times = [float("inf")]
        for each in self._watched.values():
            if each.holds:
                times.append(each.holds[0][0])
            if each.state != each.saved:
                times.append(each.saved_at + SAVED_EVERY)
            times.append(each.looked_at + IDLE)
        return min(times)

    def _save(self, watched: Watched, now: float) -> None:
        """Write a state file that is not up to date, if it is time to."""
        if watched.state == watched.saved or now < watched.saved_at + SAVED_EVERY:
            return
        stream = watched.stream
        self._states.save(watched.session_id, state_of(watched.file, stream.checkpoint, stream.offset, stream.count))
        watched.saved, watched.saved_at = watched.state, trio.current_time()


def load(file: LogFile, state: BlockState | None, ring_size: int = SIZE) -> Watched:
    """Read a transcript as far as it goes and return its stream: that of the reading before, as far as there was one.

    Takes a third of a second for 100 MB behind the last compaction. Raises OSError where the file cannot be read.
    """
    if state is not None and still_there(file.path, state.reached):
        checkpoint = state.checkpoint
    else:
        checkpoint = _anew(file.path, state.reached_count + SKIPPED if state else 0)
    found = Watched(file, SessionStream(checkpoint, ring_size), TranscriptTail(file.path, checkpoint.position))
    _read_on(found)
    return found


def _read_on(watched: Watched) -> None:
    """Take what stands in the file behind what was read of it."""
    more = True
    while more:
        look = watched.tail.look()
        if look.restart is not None:
            count = watched.stream.count + SKIPPED
            watched.stream = SessionStream(_anew(watched.file.path, count), watched.stream.ring_size)
        watched.stream.take(look.lines)
        more = look.more


def _anew(path: Path, count: int) -> Checkpoint:
    begin = position_at(path, 0)
    if begin is None:
        raise FileNotFoundError(path)
    return Checkpoint(begin, event_count=count)
