"""Following transcripts by hand: what the engine does, one look at a time, and what clients read of a stream."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from claude_sessions.live.position import Position
from claude_sessions.live.sink import Sink, TailLine
from claude_sessions.live.transcript_tail import TranscriptTail
from claude_sessions.transcript.files import LogFile, describe


class Looking:
    """Tells sinks what is new in files whenever `look` is called; begins with what stands there, or at its end."""

    def __init__(self, *sinks: Sink) -> None:
        self.sinks = sinks
        self.tails: dict[Path, TranscriptTail] = {}
        self.files: dict[Path, LogFile] = {}

    def look(self, *paths: Path, from_end: bool = False) -> None:
        """Look at files once; `from_end`: of those that are new nothing is told but what comes later."""
        for path in paths:
            self._look(path, from_end=from_end)

    def _look(self, path: Path, *, from_end: bool) -> None:
        if not path.exists():
            del self.tails[path]
            for sink in self.sinks:
                sink.gone(self.files[path])
            return
        self.files[path] = describe(path)
        if path not in self.tails:
            found = os.stat(path)
            offset = found.st_size if from_end else 0
            self.tails[path] = TranscriptTail(path, Position(found.st_dev, found.st_ino, offset, None))
            for sink in self.sinks:
                sink.found(self.files[path])
        more = True
        while more:
            look = self.tails[path].look()
            for sink in self.sinks:
                if look.restart is not None:
                    sink.restarted(self.files[path], look.restart)
                if look.lines:
                    sink.appended(self.files[path], look.lines)
            more = look.more


def lines_of(path: Path) -> list[TailLine]:
    """Return all complete lines of a file."""
    found = os.stat(path)
    tail = TranscriptTail(path, Position(found.st_dev, found.st_ino, 0, 0))
    lines: list[TailLine] = []
    more = True
    while more:
        look = tail.look()
        lines += look.lines
        more = look.more
    return lines


class Told(NamedTuple):
    """One server-sent event, as a client reads it."""

    id: str
    event: str
    data: dict[str, Any]


def told(text: bytes) -> list[Told]:
    """Return the events of a stream; each has the three fields in this order, and nothing else."""
    assert text == b"" or text.endswith(b"\n\n")
    found = []
    for part in text.decode().split("\n\n")[:-1]:
        fields = [line.split(": ", 1) for line in part.split("\n")]
        assert [name for name, _ in fields] == ["id", "event", "data"]
        found.append(Told(fields[0][1], fields[1][1], msgspec.json.decode(fields[2][1])))
    return found


class Screen:
    """What a client shows: it takes the four events."""

    def __init__(self) -> None:
        self.blocks: dict[str, dict[str, Any]] = {}
        self.last_id: str | None = None
        self.events: list[Told] = []

    def take(self, text: bytes) -> None:
        """Take what came."""
        for one in told(text):
            self.events.append(one)
            self.last_id = one.id
            if one.event == "add_block":
                self.blocks[one.data["block_id"]] = dict(one.data)
            elif one.event == "update_block":
                self.blocks[one.data["block_id"]]["content"] = one.data["content"]  # never one that was not added
            elif one.event == "clear_all":
                self.blocks = {}
