"""Which transcripts may have changed: told by the operating system at once, and found by looking where it says nothing.

Events are lossy (`file_events`), so everything is looked at again and again: a directory that is new many times in its
first second, all folders about every second, more seldom where that takes long. A look asks the system for sizes and times
and opens nothing. Where there are no events, looking is all there is, and it is done more often.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import trio

from claude_sessions.live.file_events import FileEvents, Hint, NoEventsError, SpoiltEventError
from claude_sessions.transcript.files import SUFFIX, is_transcript, look

INTERVAL = 1.0
"""Seconds between two looks at everything, while there are events."""

POLLING_INTERVAL = 0.25
"""The same where there are none."""

_SHARE = 15
"""A look is not taken before so many times as long as the last one took: a fifteenth of one processor is enough."""

_YOUNG = 1.0
"""For so many seconds a new directory is looked at again and again,"""
_YOUNG_INTERVAL = 0.05
"""so many seconds apart."""

_RETRY = 60.0
"""Seconds after which events are asked for again where there were none."""

_PAUSE = 1.0
"""Seconds after which they are asked for again where one of them could not be told."""

Identity = tuple[int, int] | None


class Mode(StrEnum):
    """How changes are found out."""

    EVENTS = "events"
    POLLING = "polling"


class Changes:
    """Watches folders. Never wrong by leaving out: what it names may also not have changed at all, or be gone."""

    def __init__(
        self,
        folders: Sequence[Path],
        tell: Callable[[Iterable[str]], None],
        *,
        others: Sequence[tuple[Path, Callable[[], object]]] = (),
        say: Callable[[str], object] = lambda _: None,
        open_events: Callable[[Sequence[str]], FileEvents] = FileEvents,
    ) -> None:
        """`tell` is called with the paths of transcripts below `folders`, which need not be there yet.

        `others` are folders of another kind, each with what is called when something has happened in it; only events
        tell that. `say` is given a sentence where the person ought to know something.
        """
        self.mode = Mode.POLLING
        self.why = "events have not been asked for yet"
        """Why there are no events, while there are none."""
        self.looked_ns = 0
        """When the last look at everything began: what was there then has been told."""
        self._folders = [os.path.abspath(folder) for folder in folders]
        self._others = [(os.path.abspath(folder), call) for folder, call in others]
        self._tell = tell
        self._say = say
        self._open_events = open_events
        self._seen: dict[str, int] = {}
        self._young: dict[str, float] = {}
        self._asked = False
        self._bell = trio.Event()
        self._roots: dict[str, Identity] = {}
        self._moved = trio.Event()
        self._thread = trio.CapacityLimiter(1)
        self._took = 0.0

    async def first(self) -> list[str]:
        """Look at everything for the first time and return what is there."""
        return await self._look()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hear)
            nursery.start_soon(self._look_again)

    # Events

    async def _hear(self) -> None:
        """Pass on events; ask for them anew when a folder is another one than it was."""
        while True:
            self._moved = trio.Event()
            present = [folder for folder, found in self._roots.items() if found is not None]
            if present:
                try:
                    events = await trio.to_thread.run_sync(self._open_events, present)
                    await self._pass_on(events)
                except NoEventsError as error:
                    spoilt = isinstance(error, SpoiltEventError)
                    pause = _PAUSE if spoilt else _RETRY
                    self._poll(str(error), quietly=spoilt)
                else:
                    continue
            else:
                pause = _RETRY
                self._poll("the folders are not there yet", quietly=True)
            with trio.move_on_after(pause):
                await self._moved.wait()

    async def _pass_on(self, events: FileEvents) -> None:
        """Pass on events until the folders have to be watched anew."""
        limiter = trio.CapacityLimiter(1)
        self.mode, self.why = Mode.EVENTS, ""
        self.look_soon()  # for what has happened while nothing was watched
        moved = self._moved
        failure: NoEventsError | None = None

        async def stop_when_moved() -> None:
            await moved.wait()
            events.stop()

        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(stop_when_moved)
                hints: list[Hint] | None = []
                while hints is not None:
                    try:
                        hints = await trio.to_thread.run_sync(events.next, abandon_on_cancel=True, limiter=limiter)
                    except NoEventsError as error:
                        hints, failure = None, error
                    self._take(hints or ())
                nursery.cancel_scope.cancel()
        finally:
            events.stop()
        if failure is not None:
            raise failure

    def _take(self, hints: Iterable[Hint]) -> None:
        """Sort hints: transcripts are told, of directories what is below them is looked for."""
        changed = []
        for path, added, deleted in hints:
            if any(is_transcript(path, folder) for folder in self._folders):
                changed.append(path)
                continue
            if any(path.startswith(folder + "/") for folder in self._folders):
                if added and not path.endswith(SUFFIX):
                    self._young[path] = trio.current_time() + _YOUNG
                    self._bell.set()
                elif deleted:
                    self.look_soon()
            for folder, call in self._others:
                if path.startswith(folder + "/"):
                    call()
        if changed:
            self._tell(changed)

    def _poll(self, why: str, *, quietly: bool = False) -> None:
        told = self.mode is Mode.POLLING and why == self.why
        self.mode, self.why = Mode.POLLING, why
        self._bell.set()
        if not (told or quietly):
            self._say(
                f"transcripts are looked at {1 / POLLING_INTERVAL:.0f} times a second instead of on events: {why}"
            )

    # Looks

    def look_soon(self) -> None:
        """Look at everything without waiting for the next time."""
        self._asked = True
        self._bell.set()

    async def _look_again(self) -> None:
        """Look at everything again and again, and at new directories in between."""
        last = trio.current_time()
        while True:
            now = trio.current_time()
            interval = INTERVAL if self.mode is Mode.EVENTS else POLLING_INTERVAL
            pause = _YOUNG_INTERVAL if self._asked else max(interval, _SHARE * self._took)
            due = last + max(pause, 4 * self._took)
            if now >= due:
                self._asked = False
                if changed := await self._look():
                    self._tell(changed)
                last = trio.current_time()
                continue
            if self._young:
                if changed := await self._look_at_young():
                    self._tell(changed)
                due = min(due, trio.current_time() + _YOUNG_INTERVAL)
            with trio.move_on_at(due):
                await self._bell.wait()
            self._bell = trio.Event()

    async def _look(self) -> list[str]:
        """Look at everything; return what is new, changed, or gone since the last look."""
        begun_ns = time.time_ns()
        roots = [*self._folders, *(folder for folder, _ in self._others)]
        found = await trio.to_thread.run_sync(_look_at_all, self._folders, roots, self._seen, limiter=self._thread)
        self._seen, identities, changed, self._took = found
        if identities != self._roots:
            self._roots = identities
            self._moved.set()
        self.looked_ns = begun_ns
        return changed

    async def _look_at_young(self) -> list[str]:
        """Look at new directories; return what is new or changed in them."""
        found = await trio.to_thread.run_sync(_versions_below, list(self._young), limiter=self._thread)
        now = trio.current_time()
        self._young = {path: until for path, until in self._young.items() if until > now}
        changed = [
            path
            for path, version in found.items()
            if self._seen.get(path) != version and any(is_transcript(path, folder) for folder in self._folders)
        ]
        self._seen.update((path, found[path]) for path in changed)
        return changed


def _look_at_all(
    folders: Sequence[str], roots: Sequence[str], before: dict[str, int]
) -> tuple[dict[str, int], dict[str, Identity], list[str], float]:
    """Return the files with their versions, which folders there are, what is otherwise than `before`, and the seconds."""
    begun = time.perf_counter()
    identities = {root: _identity(root) for root in roots}
    seen = _versions_below(folders)
    changed = [path for path, version in seen.items() if before.get(path) != version]
    changed += before.keys() - seen.keys()
    return seen, identities, changed, time.perf_counter() - begun


def _versions_below(folders: Iterable[str]) -> dict[str, int]:
    """Return the transcripts below some folders, each with a number that is another one when it was written."""
    return {
        path: hash((found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
        for folder in folders
        for path, found in look(folder)
    }


def _identity(folder: str) -> Identity:
    """Return what tells a folder from another one of its name; None where there is none."""
    with suppress(OSError):
        found = os.stat(folder)
        return found.st_dev, found.st_ino
    return None
