"""A conversation as Markdown, in the session player's form, a block at a time."""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from claude_sessions.formats.pieces import pieces
from claude_sessions.screen.printable import printable, printable_text
from claude_sessions.transcript.blocks.events import (
    AssistantContent,
    Block,
    ThinkingContent,
    ToolCallContent,
    UserContent,
)
from claude_sessions.transcript.blocks.formatter import format_block, joined
from claude_sessions.transcript.blocks.replay import Replay, Shown

INDENT = "    "
"""Before each line of a subagent's conversation: it stands below the result of the call that started it."""


Fold = Callable[[str, int], str]
"""Breaks the lines of a text that somebody said; the number is that of the columns before it."""

_SAID = (UserContent, AssistantContent, ThinkingContent)


def markdown(blocks: Iterable[Shown], fold: Fold | None = None) -> Iterator[str]:
    """Yield the text of every block with the newline at its end, and before it the blank line where there is one."""
    before: str | None = None
    depth = 0
    started = False
    for shown in blocks:
        content, request_id = shown.block.content, shown.block.request_id
        parted = started and not (depth == shown.depth and joined(before, request_id))
        for text in _texts(shown.block):
            if not text:
                continue
            if parted:
                yield "\n"
                parted = False
            fitted = fold(text, len(INDENT) * shown.depth) if fold and isinstance(content, _SAID) else text
            yield _indented(fitted, shown.depth) + "\n" if shown.depth else fitted + "\n"
            before, depth, started = request_id, shown.depth, True


def conversations(replays: Iterable[Replay], fold: Fold | None = None) -> Iterator[str]:
    """Yield the text of conversations, one after the other; where there are several, a line names each but the first."""
    for number, replay in enumerate(replays):
        if number:
            yield f"\n--- {printable(replay.session_id)} ---\n\n"
        yield from markdown(replay.blocks(), fold)


def _texts(block: Block) -> Iterator[str]:
    """Yield the lines of a block, at once or, where a result is long, some at a time."""
    call = block.content
    if not isinstance(call, ToolCallContent) or not call.result:
        yield printable_text(format_block(block))
        return
    parts = pieces(call.result)
    yield printable_text(format_block(replace(block, content=replace(call, result=next(parts)))))
    for part in parts:
        yield printable_text("    " + part.replace("\n", "\n    "))


def _indented(text: str, depth: int) -> str:
    indent = INDENT * depth
    return "\n".join(indent + line if line else "" for line in text.split("\n"))
