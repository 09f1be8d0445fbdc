"""The one that follows all transcripts: it finds them, reads what is appended, and tells its sinks, one after the other.

Everything happens in one task. Each file is read a piece at a time, the others in between: one that is 600 MB behind holds
nobody up. At the start a file that was followed before is read on from there; of others only what comes from now on is told.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import trio

from claude_sessions.live.changes import Changes, Mode
from claude_sessions.live.position import Position
from claude_sessions.live.saved import SavedPositions
from claude_sessions.live.sink import Restart, Sink
from claude_sessions.live.transcript_tail import Look, TranscriptTail
from claude_sessions.transcript.files import LogFile, log_file
from claude_sessions.transcript.reading import OnFault, ignore

SAVE_INTERVAL = 1.0
"""Seconds between two times that positions are saved, where they have changed."""

_COARSE_NS = 2_000_000_000
"""What a file system's times may be off by; a file that is so much older than the last look was known to it."""

_AT_ONCE = 16
"""Pieces that `read_now` reads at most; the rest of a file that is far behind follows by itself."""


class _Followed:
    """A transcript that the engine knows."""

    __slots__ = ("file", "tail", "trouble")

    def __init__(self, file: LogFile, tail: TranscriptTail) -> None:
        self.file = file
        self.tail = tail
        self.trouble = False


class Engine:
    """See the module. All methods are for the task that runs trio; `run` is called once."""

    def __init__(
        self,
        folders: Sequence[Path],
        saved: SavedPositions | None,
        sinks: Sequence[Sink],
        *,
        on_fault: OnFault = ignore,
        say: Callable[[str], object] = lambda _: None,
        others: Sequence[tuple[Path, Callable[[], object]]] = (),
        changes: Callable[..., Changes] = Changes,
    ) -> None:
        """`folders` hold projects (`transcript.files.project_folders`), and need not be there yet.

        Where `saved` is None, reading begins at the end of every file. `on_fault` is told of what is no entry, `say` is
        given sentences for people. `others`: see `Changes`.
        """
        self._saved = saved
        self._sinks = sinks
        self._on_fault = on_fault
        self._say = say
        self._folders = [os.path.abspath(folder) for folder in folders]
        self._changes = changes(folders, self._enqueue, others=others, say=say)
        self._followed: dict[str, _Followed] = {}
        self._paths: dict[tuple[int, int], str] = {}
        self._pending: dict[str, None] = {}
        self._bell = trio.Event()
        self._unsaved: dict[str, Position | None] = {}
        self._looked_ns = 0
        self._reading = False
        self._failed: set[tuple[type, type]] = set()

    @property
    def mode(self) -> Mode:
        """Whether changes are told by the system, or looked for."""
        return self._changes.mode

    @property
    def why(self) -> str:
        """Why they are looked for; empty where they are not."""
        return self._changes.why

    @property
    def files(self) -> list[LogFile]:
        """Every transcript that is there, as it was when it was looked at last."""
        return [followed.file for followed in self._followed.values()]

    def position(self, path: Path) -> Position | None:
        """Return how far a file has been told; None where it is not known."""
        followed = self._followed.get(os.path.abspath(path))
        return None if followed is None else followed.tail.position

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Follow until cancelled. Started when everything that is there is known."""
        self._begin(await self._changes.first())
        self._looked_ns = self._changes.looked_ns
        self._warn()
        task_status.started()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._changes.run)
                if self._saved is not None:
                    nursery.start_soon(self._save_again, self._saved)
                await self._read()
        finally:
            if self._saved is not None:
                with trio.CancelScope(shield=True):
                    await self._save(self._saved)

    def look_soon(self) -> None:
        """Look at all files without waiting for the next time."""
        self._changes.look_soon()

    def read_now(self, path: Path) -> None:
        """Tell at once what a file holds by now, so that a snapshot made from it joins on to what follows.

        How far that is, `position` says: of a file that is far behind it is not all. A sink that calls this while it is
        told something gets the rest later.
        """
        if self._reading:
            self._enqueue([os.path.abspath(path)])
            return
        for _ in range(_AT_ONCE):
            if not self._turn(os.path.abspath(path)):
                return
        self._enqueue([os.path.abspath(path)])

    # What is there

    def _begin(self, paths: Sequence[str]) -> None:
        """Know the files of the first look, each from where it was left, or from its end."""
        saved = self._saved.positions if self._saved else {}
        present = set(paths)
        moved = {(at.device, at.inode): at for path, at in saved.items() if path not in present}
        for path in paths:
            try:
                found = os.stat(path)
            except OSError:
                continue
            key = (found.st_dev, found.st_ino)
            position = saved.get(path)
            if position is None and key in moved and moved[key].offset <= found.st_size:
                position = moved[key]
            if position is None:
                new = self._is_new(path, found.st_mtime_ns)
                position = Position(*key, 0, 0) if new else Position(*key, found.st_size)
            if key not in self._paths:
                self._know(path, found, position)
                if position != saved.get(path):
                    self._unsaved[path] = position
                if (position.device, position.inode, position.offset) != (*key, found.st_size):
                    self._enqueue([path])
        self._unsaved.update(dict.fromkeys(saved.keys() - self._followed.keys()))

    def _is_new(self, path: str, mtime_ns: int) -> bool:
        """Tell whether a file has appeared since positions were saved last, while nobody followed."""
        looked = self._saved.looked_ns if self._saved else {}
        folder = next((folder for folder in self._folders if path.startswith(folder + "/")), "")
        return folder in looked and mtime_ns >= looked[folder] - _COARSE_NS

    def _know(self, path: str, found: os.stat_result, position: Position) -> _Followed:
        followed = _Followed(log_file(Path(path), found), TranscriptTail(path, position, self._on_fault))
        self._followed[path] = followed
        self._paths[found.st_dev, found.st_ino] = path
        self._tell(lambda sink: sink.found(followed.file))
        return followed

    def _appeared(self, path: str) -> _Followed | None:
        """Know a file that nobody knew; None where it is gone, or one that is known by another name.

        A file that was only moved goes on where it was.
        """
        try:
            found = os.stat(path)
        except OSError:
            return None
        key = (found.st_dev, found.st_ino)
        position = Position(*key, 0, 0)
        if (name := self._paths.get(key)) is not None:
            try:
                before = os.stat(name)
            except OSError:
                before = None
            if before is not None and (before.st_dev, before.st_ino) == key:
                return None
            old = self._followed[name]
            same = (found.st_size, found.st_mtime_ns) == (old.file.size, old.file.mtime_ns)
            if before is None:
                self._gone(name)
            if same or (old.tail.position.before and old.tail.position.offset <= found.st_size):
                position = old.tail.position
        return self._know(path, found, position)

    def _gone(self, path: str) -> None:
        followed = self._followed.pop(path)
        key = (followed.file.device, followed.file.inode)
        if self._paths.get(key) == path:
            del self._paths[key]
        self._unsaved[path] = None
        self._tell(lambda sink: sink.gone(followed.file))

    # Reading

    def _enqueue(self, paths: Iterable[str]) -> None:
        self._pending.update(dict.fromkeys(paths))
        self._bell.set()

    async def _read(self) -> None:
        """Give every file that may have changed its turn, again and again."""
        while True:
            looked_ns = self._changes.looked_ns
            while self._pending:
                path = next(iter(self._pending))
                del self._pending[path]
                if self._turn(path):
                    self._pending[path] = None
                await trio.lowlevel.checkpoint()
            self._looked_ns = looked_ns
            await self._bell.wait()
            self._bell = trio.Event()

    def _turn(self, path: str) -> bool:
        """Read a piece of one file and tell it; return whether there is more to read."""
        followed = self._followed.get(path) or self._appeared(path)
        if followed is None:
            return False
        before = followed.tail.position
        try:
            look = followed.tail.look()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            self._gone(path)
            return False
        except OSError as error:
            if not followed.trouble:
                self._say(f"{path} cannot be read: {error.strerror}; it is tried again when it changes")
            followed.trouble = True
            return False
        followed.trouble = False
        self._take(path, followed, look)
        if followed.tail.position != before:
            self._unsaved[path] = followed.tail.position
        return look.more

    def _take(self, path: str, followed: _Followed, look: Look) -> None:
        """Tell what a look at a file has found."""
        found = look.found
        old = (followed.file.device, followed.file.inode)
        if (found.st_dev, found.st_ino) != old:
            if self._paths.get(old) == path:
                del self._paths[old]
            self._paths[found.st_dev, found.st_ino] = path
        file = followed.file = msgspec.structs.replace(
            followed.file,
            size=found.st_size,
            mtime_ns=found.st_mtime_ns,
            ctime_ns=found.st_ctime_ns,
            device=found.st_dev,
            inode=found.st_ino,
        )
        if look.restart is not None:
            why: Restart = look.restart
            self._tell(lambda sink: sink.restarted(file, why))
        if look.lines:
            self._tell(lambda sink: sink.appended(file, look.lines))

    def _tell(self, call: Callable[[Sink], None]) -> None:
        self._reading = True
        try:
            for sink in self._sinks:
                try:
                    call(sink)
                except Exception as error:  # noqa: BLE001 - one view's fault is no reason that all others end
                    kind = type(sink), type(error)
                    if kind not in self._failed:
                        self._failed.add(kind)
                        self._say(f"{kind[0].__name__} failed, and goes on: {kind[1].__name__}: {error}")
        finally:
            self._reading = False

    # Saving

    async def _save_again(self, saved: SavedPositions) -> None:
        while True:
            await trio.sleep(SAVE_INTERVAL)
            await self._save(saved)

    async def _save(self, saved: SavedPositions) -> None:
        """Save what has changed; nothing where nothing has."""
        unsaved: Mapping[str, Position | None] = self._unsaved
        first = not saved.looked_ns.keys() >= set(self._folders)
        if not unsaved and not first:
            return
        self._unsaved = {}
        saved.looked_ns.update(dict.fromkeys(self._folders, self._looked_ns))
        await trio.to_thread.run_sync(saved.save, unsaved, self._folders, self._looked_ns)
        self._warn()

    def _warn(self) -> None:
        while self._saved and self._saved.warnings:
            self._say(self._saved.warnings.pop(0))
