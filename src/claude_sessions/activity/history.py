"""All digests together: which session each belongs to, and what is a copy of something that stands elsewhere.

A resumed or forked session may begin with the history of another one: the same uuids, the same ids of calls, the same
times under another session's id. The session that was there first owns them; in the others they do not count.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from itertools import compress, repeat
from typing import NamedTuple, TypeVar

from claude_sessions.activity.digest import UNKNOWN, Call, Digest, Sort, Touch, cache, column
from claude_sessions.activity.reading import digest_of
from claude_sessions.transcript.files import Kind, LogFile
from claude_sessions.transcript.locate import all_transcripts
from claude_sessions.transcript.ownership import NEVER, Seniority

T = TypeVar("T")

STEP_S = 60
"""A minute: by whole ones zones differ from UTC, and lines of the same one share day and hour."""


class Part(NamedTuple):
    """One transcript, and what in it is no copy."""

    file: LogFile
    digest: Digest
    session_id: str
    directory: str
    """Where the session began: of a subagent's, where the session that started it began."""
    owned: list[bool] | None
    """For each line whether it counts; None where all do."""
    calls: Sequence[Call]
    """Those that count."""
    copies: int
    """Lines that stand in an earlier session already."""

    def within(self, since_ms: int | None, until_ms: int | None) -> "Part":
        """Return the part of which only lines and calls from `since_ms` on and before `until_ms` count.

        Both are milliseconds since the epoch, None sets no limit. What has no time is in no period.
        """
        if since_ms is None and until_ms is None:
            return self
        first, end = max(0, since_ms or 0), NEVER if until_ms is None else until_ms
        seconds = column("I", self.digest.seconds)
        owned = repeat(True) if self.owned is None else self.owned
        return self._replace(
            owned=[
                one and bool(second) and first <= second * 1000 < end
                for one, second in zip(owned, seconds, strict=False)
            ],
            calls=[call for call in self.calls if first <= call.at < end],
        )

    def sorts(self) -> Counter[Sort]:
        """Return how many lines there are of each sort, copies among them."""
        sorts = self.digest.sorts
        return Counter({sorts[kind]: count for kind, count in Counter(column("I", self.digest.kinds)).items()})

    def counted(self) -> Counter[tuple[int, int]]:
        """Return how many lines that count there are, by sort (index in `digest.sorts`) and minute.

        The latter is the time at which it begins in seconds since the epoch, 0 for lines without a time.
        """
        steps = [second // STEP_S * STEP_S for second in column("I", self.digest.seconds)]
        return Counter(self._kept(zip(column("I", self.digest.kinds), steps, strict=True)))

    def seconds(self) -> Iterator[int]:
        """Yield the time of each line that counts and has one, since the epoch."""
        return filter(None, self._kept(column("I", self.digest.seconds)))

    def _kept(self, values: Iterable[T]) -> Iterator[T]:
        return compress(values, repeat(True) if self.owned is None else self.owned)


class Use(NamedTuple):
    """One call of a tool."""

    part: Part
    call: Call
    tool: str
    path: str
    """The file that it touched, absolute; empty where it touched none."""


class History:
    """Everything that is known of what was done, each thing once."""

    def __init__(self, digests: Iterable[tuple[LogFile, Digest]]) -> None:
        found = sorted(digests, key=_seniority)
        directories: dict[str, str] = {}
        for file, digest in sorted(found, key=lambda each: each[0].kind is not Kind.MAIN):
            directories.setdefault(_session_of(file, digest), digest.directory)
        owners = _Owners()
        self.parts = [
            Part(file, digest, session, directories[session] or digest.directory, owned, calls, copies)
            for file, digest in found
            for session in [_session_of(file, digest)]
            for owned, calls in [owners.take(digest)]
            for copies in [0 if owned is None else owned.count(False)]
        ]
        """The transcripts, the one that begins first at first."""

    def chosen(
        self, wanted: Callable[[Part], bool], since_ms: int | None = None, until_ms: int | None = None
    ) -> "History":
        """Return the history of the transcripts that are `wanted` in a period, see `Part.within`.

        A transcript in which nothing counts then is left out.
        """
        chosen = copy(self)
        parts = (part.within(since_ms, until_ms) for part in self.parts if wanted(part))
        if since_ms is not None or until_ms is not None:
            parts = (part for part in parts if part.calls or any(part.owned or ()))
        chosen.parts = list(parts)
        return chosen

    def uses(self) -> Iterator[Use]:
        """Yield every call."""
        for part in self.parts:
            tools, paths = part.digest.tools, part.digest.paths
            for call in part.calls:
                path = "" if call.touch is Touch.NONE else _absolute(paths[call.path], part.digest.directory)
                yield Use(part, call, tools[call.tool], path)


def read_history(
    files: Sequence[LogFile] | None = None,
    progress: Callable[[int], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> History:
    """Return the history of these transcripts (by default all), reading those that have changed since they were last read.

    `progress` is told the size of each that is done, in bytes; `warn` a sentence for each that cannot be read.
    """
    kept = cache()
    chosen = all_transcripts() if files is None else files
    history = History(kept.digests(chosen, digest_of, *([progress] if progress else [])))
    if warn:
        for sentence in kept.warnings:
            warn(sentence)
    return history


class _Owners:
    """The marks that have been met: transcript.ownership.Owners for whole columns, and for calls."""

    def __init__(self) -> None:
        self._lines: set[int] = set()
        self._calls: set[int] = set()

    def take(self, digest: Digest) -> tuple[list[bool] | None, Sequence[Call]]:
        """Return which lines of a digest were not met before (None: none was), and which calls."""
        marks = column("Q", digest.marks)
        owned = self._new(marks)
        calls = digest.calls
        known = [call.mark not in self._calls for call in calls]
        if not all(known):
            calls = list(compress(calls, known))
        self._calls.update(call.mark for call in calls)
        self._calls.discard(0)
        return owned, calls

    def _new(self, marks: Sequence[int]) -> list[bool] | None:
        """Note marks; return which are new, None where all are. A line without a uuid is nobody's copy."""
        fresh = set(marks)
        fresh.discard(0)
        without = marks.count(0)
        if len(fresh) + without == len(marks) and self._lines.isdisjoint(fresh):
            self._lines |= fresh
            return None
        owned = []
        for each in marks:
            owned.append(not each or each not in self._lines)
            if each:
                self._lines.add(each)
        return owned


def _session_of(file: LogFile, digest: Digest) -> str:
    return file.session_id or digest.session_id or file.agent_id


def _seniority(found: tuple[LogFile, Digest]) -> Seniority:
    file, digest = found
    begin = NEVER if digest.first_ms == UNKNOWN else digest.first_ms
    return Seniority(begin, digest.forked, file.kind is not Kind.MAIN, digest.last_ms, str(file.path))


def _absolute(path: str, directory: str) -> str:
    return os.path.normpath(os.path.join(directory, path))
