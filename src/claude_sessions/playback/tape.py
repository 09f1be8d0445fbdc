"""A recording as something that can be wound to any moment."""

from collections.abc import Callable, Iterator
from typing import Protocol

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import SHOWN, Entry
from claude_sessions.playback.keyframe_cache import keep_keyframes, load_keyframes
from claude_sessions.playback.keyframes import Keyframe, Keyframes
from claude_sessions.store.recording import Position, Recording

_OFTEN = 1000
"""Entries."""


class Tape(Protocol):
    """What the player needs of a recording. Times are in nanoseconds since the epoch."""

    started_ns: int
    length_s: float
    """Seconds from the first entry to the last."""

    def entries(self, since: Keyframe | None) -> Iterator[Entry | BadLine]:
        """Yield what comes after a keyframe, or everything."""

    def wind(self, until_ns: int) -> Iterator[float]:
        """Prepare for being asked for a moment; yield now and then which share of the way there is behind us."""

    def keyframe_before(self, time_ns: int) -> Keyframe | None:
        """Return the last one not later than that, of those that were prepared."""


class RecordedTape:
    """A recording on disk. `started_ns` and `length_s` are those of its first and its last entry."""

    def __init__(self, recording: Recording, started_ns: int, ended_ns: int, size: int) -> None:
        self.started_ns = started_ns
        self.length_s = max(0, ended_ns - started_ns) / NANOSECONDS
        self._recording = recording
        self._size = max(1, size)
        self._keyframes: Keyframes | None = None
        self._kept = 0

    def entries(self, since: Keyframe | None) -> Iterator[Entry | BadLine]:
        """Yield what comes after a keyframe, or everything."""
        return self._recording.entries(since.position if since else None)

    def wind(self, until_ns: int) -> Iterator[float]:
        """Make the keyframes up to that moment; yield the share of the recording that was drawn by this."""
        if until_ns <= self.started_ns:
            return
        done = 0
        for amount in self._frames().extend(until_ns):
            done += amount
            yield min(1.0, done / self._size)

    def keyframe_before(self, time_ns: int) -> Keyframe | None:
        """Return the last one not later than that, of those that were made."""
        return self._frames().before(time_ns) if time_ns > self.started_ns else None

    def close(self) -> None:
        """Keep the keyframes that were made for the next time."""
        frames = self._keyframes.frames if self._keyframes else []
        if len(frames) > self._kept:
            keep_keyframes(self._recording, frames)
            self._kept = len(frames)

    def _frames(self) -> Keyframes:
        if self._keyframes is None:
            frames = load_keyframes(self._recording)
            self._kept = len(frames)
            self._keyframes = Keyframes(self._recording, frames)
        return self._keyframes


def entries_but_shown(recording: Recording, notice: Callable[[], object] = bool) -> Iterator[Entry]:
    """Yield what is no output, and of each stretch of the log its last entry: whoever counts time needs it.

    `notice` is called after each stretch.
    """
    for block in recording.blocks():
        notice()
        if isinstance(block, BadLine):
            continue
        last = block.parts[-1]
        for part in block.parts:
            if part.direction not in SHOWN or part is last:
                yield Entry(part.timestamp, recording.session_id, part.direction, part.data, part.size)


def watched(recording: Recording, notice: Callable[[], object]) -> Recording:
    """Return the same recording; `notice` is called now and then while its entries are read."""
    return _Watched(recording.home, recording.session_id, recording.segments, notice)


class _Watched(Recording, frozen=True):
    notice: Callable[[], object]

    def entries(self, since: Position | None = None) -> Iterator[Entry | BadLine]:
        for number, entry in enumerate(super().entries(since)):
            if number % _OFTEN == 0:
                self.notice()
            yield entry
