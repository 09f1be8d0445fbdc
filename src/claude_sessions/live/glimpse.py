"""What happens in sessions, a line each: the prompt, the answer, the tool that is called, what came of it.

For people who watch many sessions at once: each thing in its first line, as it comes. What is whole is in the transcript.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from claude_sessions.live.sink import TailLine
from claude_sessions.transcript.blocks.events import (
    AddBlock,
    Block,
    BlockType,
    Event,
    ProcessingContext,
    QuestionContent,
    ToolCallContent,
    UpdateBlock,
)
from claude_sessions.transcript.blocks.formatter import format_block
from claude_sessions.transcript.blocks.processor import COMPACTED, process_line
from claude_sessions.transcript.files import Kind, LogFile
from claude_sessions.transcript.tools import first_line

_MOST_CALLS = 1000
"""So many calls of a session may be without a result; more are those of sessions that were killed."""

_BY_AGENT = "↳ "
"""Before what a subagent says or does."""


class Glimpse(NamedTuple):
    """One thing that happened."""

    text: str
    """One line, foreign: it may hold anything but a newline."""
    prompt: str = ""
    """What a person said, where it is that."""
    error: bool = False
    """A tool that failed."""


class Glimpses:
    """Remembers which tools of which session are at work."""

    def __init__(self) -> None:
        self._contexts: dict[Path, ProcessingContext] = {}

    def of(self, file: LogFile, line: TailLine) -> list[Glimpse]:
        """Return what a line tells: mostly one thing, and nothing where it is not for people."""
        context = self._contexts.setdefault(file.path, ProcessingContext(sidechain=True))
        agent = _BY_AGENT if file.kind is not Kind.MAIN or line.line.entry.is_sidechain else ""
        found = [glimpse for event in process_line(context, line.line) for glimpse in _glimpses(context, event)]
        if len(context.contents) > _MOST_CALLS:
            context.clear()
        if not agent:
            return found
        return [glimpse._replace(text=agent + glimpse.text, prompt="") for glimpse in found]

    def forget(self, file: LogFile) -> None:
        """Forget a file that is gone, or begins anew."""
        self._contexts.pop(file.path, None)


def _glimpses(context: ProcessingContext, event: Event) -> Iterator[Glimpse]:
    if isinstance(event, AddBlock):
        if text := _added(event.block):
            person = event.block.type is BlockType.USER
            yield Glimpse(text, text.removeprefix("❯ ") if person else "")
    elif isinstance(event, UpdateBlock):
        yield from _result(context, event.content)
    else:
        yield Glimpse(COMPACTED)


def _added(block: Block) -> str:
    if isinstance(block.content, QuestionContent):
        return "● Question: " + first_line(next((each.question for each in block.content.questions), ""))
    return first_line(format_block(block).strip("\n"))


def _result(context: ProcessingContext, content: object) -> Iterator[Glimpse]:
    """Yield what came of a call; nothing while it goes on."""
    if isinstance(content, ToolCallContent) and content.result is not None:
        mark = "✗" if content.is_error else "└"
        name = first_line(content.tool_name)
        yield Glimpse(f"  {mark} {name}: {first_line(content.result.strip())}", error=content.is_error)
    elif isinstance(content, QuestionContent) and content.answers is not None:
        yield Glimpse("  └ ✓ " + first_line(", ".join(content.answers.values())))
    else:
        return
    context.calls.pop(content.tool_use_id, None)
    context.contents.pop(content.tool_use_id, None)
