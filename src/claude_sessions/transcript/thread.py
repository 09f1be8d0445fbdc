"""A transcript as it was said: its lines in the order of the conversation, one branch of it, from disk as they are needed.

A file of ordinary size is kept as it was read. Of a larger one only the places of its lines are, and each line is read
again when its turn comes.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.conversation import Branch, Order
from claude_sessions.transcript.envelope import BadLineError, Line, decode_envelope, take_apart
from claude_sessions.transcript.kinds import CHAIN
from claude_sessions.transcript.lines import Fault, Source
from claude_sessions.transcript.reading import OnFault, ignore, read_entries
from claude_sessions.transcript.titles import TYPES as TITLES
from claude_sessions.transcript.titles import Titles

KEPT = 16 * 1024 * 1024
"""Bytes of lines that are kept in memory."""

STEP = 1 << 20
"""Bytes after which `advance` is told again."""

Advance = Callable[[int], None]


def unseen(amount: int) -> None:
    """Tell nobody."""


class Thread:
    """The lines of one transcript that belong to its conversation. `source` must be readable at any place."""

    def __init__(
        self, source: Source, on_fault: OnFault = ignore, *, sidechain: bool = False, advance: Advance = unseen
    ) -> None:
        """Read the transcript once from its beginning; `on_fault` is told of what holds no entry.

        `sidechain`: it is a subagent's, and compactions in it are its own. `advance` is told from time to time how many
        more bytes are read.
        """
        self.session_id = ""
        """The id that most of the file goes by: its last line's."""
        self.titles = Titles(summaries={})
        """What the transcript says of the session's title."""
        self._source = source
        self._sidechain = sidechain
        self._on_fault = on_fault
        self._order = Order()
        self._kept: list[Line] | None = []
        self._offsets = array("q")
        self._sizes = array("q")
        self._boundaries: set[int] = set()
        self._read(advance)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """See `conversation.Order`."""
        return self._order.branches

    @property
    def newest(self) -> Branch | None:
        """The branch that goes on to the end; None where there are no lines."""
        return self._order.newest

    def lines(self, branch: int | None = None, *, compacted: bool = False) -> Iterator[Line]:
        """Yield a branch's lines as they were said, by default those of the newest.

        What was before the last compaction is left out unless `compacted`. IndexError where there is no such branch.
        """
        order = self._order.thread(branch)
        if not compacted:
            del order[: self._compacted(order)]
        return self._lines(order)

    def hidden_prompts(self, branch: int | None = None) -> int:
        """Return how many prompts of a branch are left out unless `compacted`."""
        order = self._order.thread(branch)
        return self._order.prompts(order[: self._compacted(order)])

    def _compacted(self, order: list[int]) -> int:
        """Return how many lines there are up to the last compaction."""
        if not self._boundaries:
            return 0
        return 1 + max((place for place, at in enumerate(order) if at in self._boundaries), default=-1)

    def _read(self, advance: Advance) -> None:
        size = done = 0
        session_id = ""
        kept: list[Line] | None = self._kept
        add = self._order.add
        for line in read_entries(self._source, self._on_fault):
            if line.offset - done > STEP:
                advance(line.offset - done)
                done = line.offset
            entry = line.entry
            session_id = entry.session_id or session_id
            if entry.type not in CHAIN:
                if entry.type in TITLES:
                    self.titles.note(line)
                continue
            if entry.subtype == "compact_boundary" and (self._sidechain or not entry.is_sidechain):
                self._boundaries.add(len(self._order))
            add(line)
            self._offsets.append(line.offset)
            self._sizes.append(len(line.raw))
            if kept is not None:
                kept.append(line)
                size += len(line.raw)
                if size > KEPT:
                    self._kept = kept = None
        self.session_id = session_id

    def _lines(self, order: Iterable[int]) -> Iterator[Line]:
        kept = self._kept
        if kept is not None:
            for at in order:
                yield kept[at]
            return
        for at in order:
            line = self._again(self._offsets[at], self._sizes[at])
            if line is not None:
                yield line

    def _again(self, offset: int, size: int) -> Line | None:
        raw = self._source.reread(size, offset) or b""
        try:
            return Line(offset, raw, decode_envelope(raw))
        except UNDECODABLE:
            pass
        try:
            _, found, entry = next(take_apart(raw))
        except (StopIteration, BadLineError):
            self._on_fault(Fault(self._source.name, offset, size, "changed while it was read"))
            return None
        return Line(offset, found, entry)
