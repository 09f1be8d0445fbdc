"""A whole transcript as blocks, in the order of the conversation, each subagent's under the tool call that started it."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError, NotFoundError
from claude_sessions.transcript.blocks.agents import Agents
from claude_sessions.transcript.blocks.events import Block, ProcessingContext, ToolCallContent
from claude_sessions.transcript.blocks.persisted import whole_output
from claude_sessions.transcript.blocks.settled import settled_blocks
from claude_sessions.transcript.conversation import Branch
from claude_sessions.transcript.envelope import Line
from claude_sessions.transcript.files import Kind, LogFile
from claude_sessions.transcript.lines import Fault
from claude_sessions.transcript.locate import related
from claude_sessions.transcript.thread import Advance, Thread, unseen
from claude_sessions.transcript.titles import Titles
from claude_sessions.transcript.unpacked import open_anywhere

DEEPEST = 8
"""Subagents start subagents; what lies deeper is not shown."""


class View(msgspec.Struct, frozen=True):
    """What of a conversation is shown."""

    thinking: bool = False
    """What Claude thought, as far as the transcript has it."""
    full: bool = False
    """Results and labels uncut, all that tools were called with, and what was before a compaction."""
    inputs: bool = False
    """Blocks have what tools were called with, also without `full`."""
    subagents: bool = False
    branch: int | None = None
    """Which way through the conversation, from 1; None: the one that goes on to the end."""


class Shown(NamedTuple):
    """A block and where it stands."""

    depth: int
    """0 in the conversation itself, 1 in that of a subagent it started, and so on."""
    agent_id: str
    """The subagent whose conversation it is part of; empty in the conversation itself."""
    block: Block


class Faults:
    """Counts what could not be read and remembers the first."""

    def __init__(self) -> None:
        self.count = 0
        self.first: Fault | None = None

    def add(self, fault: Fault) -> None:
        """Take one."""
        self.count += 1
        self.first = self.first or fault


class Replay:
    """One transcript to be shown. See `open_replay`."""

    def __init__(self, file: LogFile, thread: Thread, view: View, faults: Faults) -> None:
        self.file = file
        self.faults = faults
        """Complete when all blocks were taken."""
        self.view = view
        self._thread = thread
        self._agents: Agents | None = None

    @property
    def session_id(self) -> str:
        """Claude's id of the session; the file's name goes before what its lines say, which may be copies."""
        return self.file.session_id or self._thread.session_id

    @property
    def titles(self) -> Titles:
        """What the transcript says of the session's title."""
        return self._thread.titles

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The ways through the conversation."""
        return self._thread.branches

    @property
    def branch(self) -> int:
        """The number of the branch that is shown; 0 for an empty transcript."""
        newest = self._thread.newest
        return self.view.branch or (newest.number if newest else 0)

    @property
    def hidden_prompts(self) -> int:
        """How many prompts are not shown because they were said before a compaction."""
        return 0 if self.view.full else self._thread.hidden_prompts(self.view.branch)

    @property
    def left_agents(self) -> int:
        """How many subagents belong to no call that was shown, when all blocks were taken."""
        return len(self._agents.left) if self._agents else 0

    @property
    def sidechain(self) -> bool:
        """Whether it is a subagent's transcript, and to be shown."""
        return self.file.kind is Kind.SUBAGENT and self.view.subagents

    def lines(self) -> Iterator[Line]:
        """Yield the lines of the branch that is shown, in the order of the conversation, compacted or not."""
        return self._thread.lines(self.view.branch, compacted=True)

    def blocks(self) -> Iterator[Shown]:
        """Yield every block from top to bottom, as soon as nothing changes it any more."""
        self._agents = Agents(related(self.file)) if self.view.subagents else None
        return self._all()

    def own_blocks(self) -> Iterator[Shown]:
        """Yield the same without those of subagents."""
        self._agents = None
        return self._all()

    def _all(self) -> Iterator[Shown]:
        lines = self._thread.lines(self.view.branch, compacted=self.view.full)
        return self._blocks(lines, 0, self.file.agent_id, sidechain=self.sidechain)

    def _blocks(self, lines: Iterable[Line], depth: int, agent_id: str, *, sidechain: bool) -> Iterator[Shown]:
        view, agents = self.view, self._agents
        context = ProcessingContext(
            full=view.full, inputs=view.full or view.inputs, thinking=view.thinking, sidechain=sidechain
        )
        if agents:
            lines = agents.noting(lines, sidechain=sidechain)
        for block in settled_blocks(context, lines):
            if view.full and isinstance(block.content, ToolCallContent) and block.content.result:
                block.content.result = whole_output(block.content.result, self.file)
            yield Shown(depth, agent_id, block)
            if agents and isinstance(block.content, ToolCallContent) and depth < DEEPEST:
                found = agents.take(block.content.tool_use_id)
                if isinstance(found, LogFile):
                    yield from self._agent(found, depth + 1)
                elif found:
                    yield from self._blocks(found, depth + 1, found[0].entry.agent_id or "", sidechain=True)

    def _agent(self, file: LogFile, depth: int) -> Iterator[Shown]:
        try:
            with open_anywhere(file.path) as source:
                lines = Thread(source, self.faults.add, sidechain=True).lines(compacted=self.view.full)
                yield from self._blocks(lines, depth, file.agent_id, sidechain=True)
        except ClaudeSessionsError as error:  # it went away, or is damaged: the conversation itself goes on
            self.faults.add(Fault(str(file.path), 0, file.size, str(error)))


@contextlib.contextmanager
def open_replay(file: LogFile, view: View | None = None, advance: Advance = unseen) -> Iterator[Replay]:
    """Open a transcript to be shown. Reads all of it once; `advance` is told meanwhile of the bytes that are read.

    Raises NotFoundError where it is gone or has no such branch, UsageError where it cannot be read.
    """
    faults = Faults()
    view = view or View()
    with open_anywhere(file.path) as source:
        thread = Thread(source, faults.add, sidechain=file.kind is Kind.SUBAGENT, advance=advance)
        count = len(thread.branches)
        if view.branch is not None and not 1 <= view.branch <= count:
            there = f"there are {count}" if count > 1 else "there is only one"
            raise NotFoundError(f"{file.path} has no branch {view.branch}; {there}")
        yield Replay(file, thread, view, faults)
