"""Two processes read what is new: a second one takes recordings that were never read, as long as there are many.

Making screens of a recording takes far longer than writing them into the index, which only one can do. Both go through
the sources in their order, so that what was written last stands nearly last in the index too.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from claude_sessions.search.recordings import Reached, RecordingReader
from claude_sessions.search.screens import FoundScreen
from claude_sessions.search.sources import Known, Source
from claude_sessions.store.home import Home
from claude_sessions.transcript.second import SecondProcess, second_process

_WORTH_HELP = 32_000_000
"""Bytes to be read from which a second process is of use: a fork costs some milliseconds."""

_LARGEST = 64_000_000
"""Bytes of a recording: a larger one is left to the caller."""

_MOST_FOUND = 32_000_000
"""Bytes of what is found in one: more is not handed over, because it lies in memory as a whole, for a moment twice."""


class Readout(msgspec.Struct, array_like=True):
    """What was read of a whole recording."""

    reached: Reached
    ended: bool
    screens: list[FoundScreen]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Readout).decode

Change = tuple[Source, Known | None]


class Work:
    """Goes through the sources: each comes once, with what was read of it, or with None: the caller is to read it."""

    def __init__(self, changes: Sequence[Change], shared: Sequence[int], helper: SecondProcess | None) -> None:
        self._changes = changes
        self._shared = shared
        self._helper = helper
        self._waited_for = set(range(len(shared)))
        """Numbers among those that are shared: neither the caller has begun with them nor has their result come."""

    def fetch(self) -> None:
        """Take notice of what the helper has done. To be called now and then while a source is read."""
        if self._helper:
            self._helper.fetch()

    def __iter__(self) -> Iterator[tuple[Source, Known | None, Readout | None]]:
        if self._helper is None:
            yield from ((*change, None) for change in self._changes)
            return
        numbers = {place: number for number, place in enumerate(self._shared)}
        for place, change in enumerate(self._changes):
            number = numbers.get(place)
            if number is None:
                yield (*change, None)
            elif number in self._waited_for and self._helper.claim(number):
                self._waited_for.remove(number)
                yield (*change, None)
            yield from self._handed_over(self._helper, wait=False)
        yield from self._handed_over(self._helper, wait=True)
        for number in sorted(self._waited_for):
            yield (*self._changes[self._shared[number]], None)

    def _handed_over(
        self, helper: SecondProcess, *, wait: bool
    ) -> Iterator[tuple[Source, Known | None, Readout | None]]:
        for number, result in helper.results(wait=wait):
            if number in self._waited_for:
                self._waited_for.remove(number)
                readout = _decode(result) if result else None
                del result  # it may be as large again
                yield (*self._changes[self._shared[number]], readout)


@contextlib.contextmanager
def shared_work(changes: Sequence[Change], home: Path | None) -> Iterator[Work]:
    """Yield the work on what has changed, shared with a second process where there is much that it can do."""
    shared = [
        place
        for place, (source, known) in enumerate(changes)
        if source.recording and known is None and source.size <= _LARGEST
    ]
    if len(shared) < 2 or sum(changes[place][0].size for place in shared) < _WORTH_HELP:
        yield Work(changes, shared, None)
        return
    compute = _reads([changes[place][0] for place in shared], home)
    with second_process(len(shared), compute, from_end=False) as helper:
        yield Work(changes, shared, helper)


def _reads(sources: Sequence[Source], home: Path | None) -> Callable[[int], bytes]:
    """Return what reads one of the recordings; nothing comes of one of which too much would have to be handed over."""

    def read(number: int) -> bytes:
        screens: list[FoundScreen] = []
        size = 0
        with Home.open(home) as opened:
            recording = RecordingReader(opened, sources[number].segments)
            for screen in recording.found():
                screens.append(screen)
                size += len(screen.packed) + len(screen.text)
                if size > _MOST_FOUND:
                    return b""
        return _encode(Readout(recording.reached, recording.ended, screens))

    return read
