"""A conversation as Markdown, in the session player's form, a block at a time."""

from collections.abc import Iterable, Iterator

from claude_sessions.screen.printable import printable, printable_text
from claude_sessions.transcript.formatter import format_block, joined
from claude_sessions.transcript.replay import Replay, Shown

INDENT = "    "
"""Before each line of a subagent's conversation: it stands below the result of the call that started it."""


def markdown(blocks: Iterable[Shown]) -> Iterator[str]:
    """Yield the text of every block with the newline at its end, and before it the blank line where there is one."""
    before: str | None = None
    depth = 0
    started = False
    for shown in blocks:
        text = printable_text(format_block(shown.block))
        if not text:
            continue
        request_id = shown.block.request_id
        if started and not (depth == shown.depth and joined(before, request_id)):
            yield "\n"
        yield _indented(text, shown.depth) + "\n" if shown.depth else text + "\n"
        before, depth, started = request_id, shown.depth, True


def conversations(replays: Iterable[Replay]) -> Iterator[str]:
    """Yield the text of conversations, one after the other; where there are several, a line names each but the first."""
    for number, replay in enumerate(replays):
        if number:
            yield f"\n--- {printable(replay.session_id)} ---\n\n"
        yield from markdown(replay.blocks())


def _indented(text: str, depth: int) -> str:
    indent = INDENT * depth
    return "\n".join(indent + line if line else "" for line in text.split("\n"))
