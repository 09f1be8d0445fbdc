"""An engine that follows transcripts while a test writes them, and a sink that remembers what it was told."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from claude_sessions.live.engine import Engine
from claude_sessions.live.saved import SavedPositions
from claude_sessions.live.sink import Restart, TailLine
from claude_sessions.transcript.files import LogFile

PATIENCE = 20.0
"""Seconds after which a test no longer waits for what does not come."""


class Remembering:
    """Remembers everything, and lets a test wait until something is there."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str, object]] = []
        """What was told: which method, the file's name, and the lines or the reason."""
        self.files: dict[str, list[bytes]] = {}
        """The lines of each file by its path, since it was found or begun anew."""
        self.offsets: list[tuple[str, int, int]] = []
        self._changed = trio.Event()

    def found(self, file: LogFile) -> None:
        self.files[str(file.path)] = []
        self._note("found", file, None)

    def appended(self, file: LogFile, lines: Sequence[TailLine]) -> None:
        assert lines
        self.files[str(file.path)] += [line.raw for line in lines]
        self.offsets += [(str(file.path), line.offset, line.end) for line in lines]
        self._note("appended", file, [line.raw for line in lines])

    def restarted(self, file: LogFile, why: Restart) -> None:
        self.files[str(file.path)] = []
        self._note("restarted", file, why)

    def gone(self, file: LogFile) -> None:
        del self.files[str(file.path)]
        self._note("gone", file, None)

    def _note(self, method: str, file: LogFile, what: object) -> None:
        self.events.append((method, file.path.name, what))
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something that was told has made `condition` true."""
        with trio.fail_after(PATIENCE):
            while not condition():
                await self._changed.wait()
                self._changed = trio.Event()

    @property
    def lines(self) -> list[bytes]:
        """The lines of all files."""
        return [line for lines in self.files.values() for line in lines]


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is true that nobody tells."""
    with trio.fail_after(PATIENCE):
        while not condition():  # noqa: ASYNC110 - that is what it is for
            await trio.sleep(0.002)


@asynccontextmanager
async def following(
    folder: Path, sink: Remembering, saved: SavedPositions | None = None, **options: Any
) -> AsyncIterator[Engine]:
    """Follow what is in `folder` while the block runs; inside everything that was there is known."""
    engine = Engine([folder], saved, [sink], **options)
    async with trio.open_nursery() as nursery:
        await nursery.start(engine.run)
        yield engine
        nursery.cancel_scope.cancel()


def append(path: Path, *lines: bytes) -> None:
    """Append lines to a file, which is made with its folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))
