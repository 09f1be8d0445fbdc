"""Blocks as soon as nothing changes them any more: a conversation of any length is shown as it is read."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from claude_sessions.transcript.blocks.events import (
    AddBlock,
    Block,
    ProcessingContext,
    QuestionContent,
    ToolCallContent,
    UpdateBlock,
)
from claude_sessions.transcript.blocks.processor import process_line
from claude_sessions.transcript.envelope import Line

HELD = 10_000
"""More blocks are not held back for a call that nobody answered: its session was killed."""


def settled_blocks(context: ProcessingContext, lines: Iterable[Line]) -> Iterator[Block]:
    """Yield what the lines leave on the screen, from top to bottom, each block in its last form.

    `lines` begin behind the last compaction, which clears the screen (or the context is one that clears nothing).
    A tool call waits for its result, and what follows it with it. What was yielded is forgotten by the context as far
    as it can be; a second result of the same call comes too late and is left out.
    """
    held: OrderedDict[str, Block] = OrderedDict()  # a dict is slow in letting go of its first
    waiting: set[str] = set()
    for line in lines:
        for event in process_line(context, line):
            if isinstance(event, AddBlock):
                block = event.block
                held[block.id] = block
                if isinstance(block.content, ToolCallContent | QuestionContent):
                    waiting.add(block.id)
            elif isinstance(event, UpdateBlock):
                _change(event, held, waiting)
            else:
                held.clear()
                waiting.clear()
        while held:
            first = next(iter(held))
            if first in waiting and len(held) <= HELD:
                break
            yield _let_go(context, held.pop(first))
            waiting.discard(first)
    yield from held.values()


def _change(event: UpdateBlock, held: OrderedDict[str, Block], waiting: set[str]) -> None:
    content = event.content
    if event.block_id in held:
        held[event.block_id].content = content
    if not isinstance(content, ToolCallContent) or content.result is not None:
        waiting.discard(event.block_id)


def _let_go(context: ProcessingContext, block: Block) -> Block:
    if isinstance(block.content, ToolCallContent | QuestionContent):
        context.contents.pop(block.content.tool_use_id, None)
    return block
