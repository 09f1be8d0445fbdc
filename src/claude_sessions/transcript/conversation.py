"""The order of a conversation: a forest by `parentUuid`, read as one thread from its beginning to its end.

The order of the file is not that of the conversation: an answer may be written before its prompt. Nor is the thread
merely a path from root to leaf: parallel tool calls hang on each other and their results beside them, notes of progress
are side chains, a compaction begins a new root. So the thread is everything, each line after the one it follows, and
otherwise as it stands in the file, which only ever grows. What is left out is what a person left behind: where two
or more prompts of a person follow the same line, the conversation was taken up again from there, and each is a branch.

Everything is a loop over indexes: a chain of 200,000 lines, a cycle, a uuid that comes twice or a parent that is
nowhere costs nothing special.
"""

from array import array
from collections.abc import Iterable

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.envelope import Line, lenient_or_empty
from claude_sessions.transcript.forest import (
    ANSWER,
    BEGINNING,
    COMMAND,
    COMPACTION,
    COPY,
    FIRM,
    LOOSE,
    PASSING,
    PROMPT,
    QUEUED,
    ROOT,
    Branch,
    Forest,
)
from claude_sessions.transcript.prompts import prompt_of

__all__ = ["Branch", "Conversation", "Order", "arrange"]

_TYPED = b'"promptSource":"typed"'
"""In prompts of interactive sessions of newer versions. One of them without parent begins the conversation, or begins it
anew: Esc Esc to before the first prompt. Of older ones nobody knows whether the line before them was only lost."""

_TYPED_KINDS = (PROMPT, BEGINNING, COMMAND, QUEUED)

_PASSING_TYPES = frozenset({"system", "attachment", "progress"})


class _Boundary(msgspec.Struct, rename="camel"):
    """What a compaction says of what was before it."""

    logical_parent_uuid: str | None = None


_decode_boundary = msgspec.json.Decoder(_Boundary).decode


class Order:
    """Takes the lines of one transcript in file order and gives back in which order they were said.

    Keeps some 100 bytes a line and no line itself: whoever reads a large file keeps offsets beside it.
    """

    def __init__(self) -> None:
        self._parents = array("i")
        self._kinds = bytearray()
        self._index: dict[int, int] = {}  # hash of the uuid: a third of its size, and 64 random bits
        self._awaited: list[tuple[int, int]] = []
        self._forest: Forest | None = None

    def __len__(self) -> int:
        """How many lines were added."""
        return len(self._parents)

    def add(self, line: Line) -> int:
        """Take the next line of the file and return its index, counted from 0."""
        entry = line.entry
        at = len(self._parents)
        uuid = entry.uuid
        if uuid is None:
            self._parents.append(LOOSE)
            self._kinds.append(FIRM)
            return at
        key = hash(uuid)
        if self._index.setdefault(key, at) != at:
            self._parents.append(COPY)
            self._kinds.append(FIRM)
            return at
        kind = ANSWER if entry.type == "assistant" else _kind(line)
        self._kinds.append(kind)
        parent = entry.parent_uuid
        if parent is None and entry.subtype is not None:
            parent = _logical_parent(line)
        if parent is None:
            self._parents.append(ROOT)
            if kind == PROMPT and _TYPED in line.raw:
                self._kinds[at] = BEGINNING
            return at
        key = hash(parent)
        found = self._index.get(key, at)
        if found == at:
            self._awaited.append((at, key))
            found = ROOT
        self._parents.append(found)
        return at

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The ways through the conversation, at least one where there are lines."""
        return self._result().branches

    @property
    def newest(self) -> Branch | None:
        """The branch that goes on to the end; None where there are no lines."""
        return self._result().newest

    def thread(self, branch: int | None = None) -> list[int]:
        """Return the indexes of a branch's lines in the order of the conversation; by default of the newest.

        `branch` is a Branch's number; IndexError where there is none.
        """
        return self._result().thread(branch)

    def all(self) -> list[int]:
        """Return the indexes of every line in the order of the conversation, branches one after the other."""
        return list(self._result().order)

    def prompts(self, indexes: Iterable[int]) -> int:
        """Return how many of these lines a person typed, commands included."""
        return sum(self._kinds[at] in _TYPED_KINDS for at in indexes)

    def _result(self) -> "Forest":
        if self._forest is None or len(self._forest.parents) != len(self):
            self._forest = Forest(self._parents[:], self._kinds, self._forward())
        return self._forest

    def _forward(self) -> list[tuple[int, int]]:
        """Return (index, parent's index) where the parent stands further down in the file."""
        found = ((at, self._index.get(key, at)) for at, key in self._awaited)
        return [(at, parent) for at, parent in found if parent != at]


class Conversation:
    """The lines of one transcript with their order."""

    def __init__(self, lines: list[Line], order: Order) -> None:
        self.lines = lines
        """All of them, in the order of the file."""
        self.order = order

    @property
    def branches(self) -> tuple[Branch, ...]:
        """See `Order.branches`."""
        return self.order.branches

    def thread(self, branch: int | None = None) -> list[Line]:
        """Return the lines of a branch in the order of the conversation; None: the one that goes on to the end."""
        return [self.lines[at] for at in self.order.thread(branch)]


def arrange(lines: Iterable[Line]) -> Conversation:
    """Return the conversation that the lines of one transcript make."""
    order = Order()
    kept = []
    for line in lines:
        order.add(line)
        kept.append(line)
    return Conversation(kept, order)


def _kind(line: Line) -> int:
    """Return what a line that is not the model's is to branches."""
    entry = line.entry
    if entry.type == "attachment" and prompt_of(line):
        return QUEUED
    if entry.type in _PASSING_TYPES:
        return COMPACTION if entry.subtype == "compact_boundary" else PASSING
    if entry.type != "user" or entry.is_sidechain or b'"tool_use_id"' in line.raw:
        return FIRM
    if entry.is_meta:
        return PASSING
    prompt = prompt_of(line)
    if prompt is None:
        return FIRM if b'"isCompactSummary"' in line.raw else PASSING
    return COMMAND if prompt.command else PROMPT


def _logical_parent(line: Line) -> str | None:
    """Return what came before a compaction, of whose new root `parentUuid` says nothing."""
    if line.entry.subtype != "compact_boundary":
        return None
    try:
        return _decode_boundary(line.raw).logical_parent_uuid
    except UNDECODABLE:
        return lenient_or_empty(line.raw, _Boundary).logical_parent_uuid
