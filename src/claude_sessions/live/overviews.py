"""The overviews of all sessions, up to date: from the cache at the start, then by reading what was appended.

Everything here reads files, and is for a thread. A session that grows is read as a whole once (a third of a second for
100 MB), then each time only what is new.
"""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.live.position import Position
from claude_sessions.live.transcript_tail import TranscriptTail
from claude_sessions.transcript.files import LogFile, describe
from claude_sessions.transcript.lines import Fault
from claude_sessions.transcript.overview import Overview, OverviewReader, cache, overview_of

GROWING = 32
"""So many sessions that grow are held open for reading on, those that grew last; a line of theirs costs some 300 bytes."""

_BATCH = 24 * 1024 * 1024
"""Bytes of transcripts that are summed up in one go, before the next ones are: what is found is shown meanwhile."""


class Growing:
    """One session that grows."""

    def __init__(self, file: LogFile) -> None:
        self.file = file
        self.cost = 0.0
        """Seconds that it took to sum up what was read: with the length of the session this grows."""
        self._reader = OverviewReader(file)
        self._tail = TranscriptTail(file.path, Position(file.device, file.inode, 0, 0), self._fault)

    def update(self) -> Overview:
        """Read on and return the overview. Raises OSError where the file cannot be read."""
        more = True
        while more:
            look = self._tail.look()
            if look.restart is not None:
                self._reader = OverviewReader(self.file)
            for line in look.lines:
                self._reader.take(line.line)
            more = look.more
        started = time.perf_counter()
        overview = self._reader.overview()
        self.cost = time.perf_counter() - started
        return overview

    @property
    def offset(self) -> int:
        """How far it has been read."""
        return self._tail.position.offset

    def _fault(self, fault: Fault) -> None:
        self._reader.fault(fault)


class Overviews:
    """See the module. Each method is called by one thread at a time; a thread that is still at it harms no other one."""

    def __init__(self, home: Path | None = None) -> None:
        """`home`: of the cache, as in `transcript.overview.cache`."""
        self._cache = cache(home)
        self._growing: OrderedDict[Path, Growing] = OrderedDict()
        self._unsaved: dict[Path, tuple[int, Overview]] = {}

    def known(self, files: Sequence[LogFile]) -> tuple[dict[Path, Overview], list[LogFile]]:
        """Return what the cache has, reading no transcript, and the files of which that is nothing, or out of date."""
        found = {file.path: overview for file, overview in self._cache.known(files)}
        changed = [file for file in files if file.path not in found]
        old = {file.path: overview for file, overview in self._cache.known(changed, stale=True)} if changed else {}
        return old | found, changed

    def computed(self, files: Sequence[LogFile]) -> dict[Path, Overview]:
        """Read whole files and return their overviews, which the cache keeps; what cannot be read is left out."""
        return {file.path: overview for file, overview in self._cache.digests(files, overview_of)}

    def updated(self, files: Iterable[LogFile]) -> Mapping[Path, tuple[Overview, float]]:
        """Read on in sessions that have grown; return each one's overview and what summing up has cost."""
        found: dict[Path, tuple[Overview, float]] = {}
        for file in files:
            growing = self._growing.pop(file.path, None) or Growing(file)
            try:
                overview = growing.update()
            except (OSError, ClaudeSessionsError):
                continue
            self._growing[file.path] = growing
            self._unsaved[file.path] = growing.offset, overview
            found[file.path] = overview, growing.cost
        while len(self._growing) > GROWING:
            self._growing.popitem(last=False)
        return found

    def forget(self, path: Path) -> None:
        """Forget a file that is gone."""
        self._growing.pop(path, None)
        self._unsaved.pop(path, None)

    def save(self) -> None:
        """Have the cache keep what was found, where the file is still as it was then."""
        ready: list[LogFile] = []
        overviews: dict[Path, Overview] = {}
        for path, (offset, overview) in list(self._unsaved.items()):
            with contextlib.suppress(OSError):
                file = describe(path)
                if file.size == offset:
                    ready.append(file)
                    overviews[path] = overview
        self._unsaved.clear()
        for batch in batches(ready):
            self._cache.digests(batch, lambda file: overviews[file.path])


def batches(files: Iterable[LogFile]) -> Iterator[list[LogFile]]:
    """Yield the files in groups of so few bytes that the cache takes no second process to help: that would be a fork."""
    batch: list[LogFile] = []
    size = 0
    for file in files:
        if batch and size + file.size > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch
