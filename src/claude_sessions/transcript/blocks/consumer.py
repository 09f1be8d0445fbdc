"""The screen that events make: which blocks there are at the moment, and all of them as text."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from claude_sessions.transcript.blocks.events import AddBlock, Block, ClearAll, Event, ProcessingContext, UpdateBlock
from claude_sessions.transcript.blocks.formatter import format_block, joined
from claude_sessions.transcript.blocks.processor import process_line
from claude_sessions.transcript.envelope import Line


class ScreenStateConsumer:
    """Keeps the blocks that the events so far have left."""

    def __init__(self) -> None:
        self._blocks: dict[str, Block] = {}

    @property
    def blocks(self) -> list[Block]:
        """The blocks from top to bottom."""
        return list(self._blocks.values())

    def handle(self, event: Event) -> None:
        """Take one event. A change of a block that is not there changes nothing."""
        match event:
            case AddBlock(block):
                self._blocks[block.id] = block
            case UpdateBlock(block_id, content):
                if block_id in self._blocks:
                    self._blocks[block_id] = replace(self._blocks[block_id], content=content)
            case ClearAll():
                self._blocks.clear()

    def to_markdown(self) -> str:
        """Return all blocks as text: a blank line between two, none within one API response."""
        return blocks_to_markdown(self._blocks.values())


def blocks_to_markdown(blocks: Iterable[Block]) -> str:
    """Return blocks as text. See `ScreenStateConsumer.to_markdown`."""
    parts: list[str] = []
    before: str | None = None
    for block in blocks:
        text = format_block(block)
        if not text:
            continue
        request_id = block.request_id
        if parts and not joined(before, request_id):
            parts.append("")
        parts.append(text)
        before = request_id
    return "\n".join(parts)


def replay_session(lines: Iterable[Mapping[str, Any] | Line]) -> str:
    """Return a session as Markdown. `lines` are what `read_session` gives, or lines as `reading` yields them."""
    context = ProcessingContext()
    consumer = ScreenStateConsumer()
    for line in lines:
        for event in process_line(context, line):
            consumer.handle(event)
    return consumer.to_markdown()
