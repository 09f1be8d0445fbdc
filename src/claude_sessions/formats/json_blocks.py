"""A conversation as one JSON object, written a block at a time (claude-sessions(1), "JSON")."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from claude_sessions.transcript.replay import Replay, Shown

VERSION = 1


def json_blocks(replays: Iterable[Replay]) -> Iterator[str]:
    """Yield the pieces of a line for each conversation: an object with the session and its blocks.

    In ASCII: safe on any terminal.
    """
    for replay in replays:
        head = {
            "version": VERSION,
            "session_id": replay.session_id,
            "transcript": str(replay.file.path),
            "branch": replay.branch,
            "branches": len(replay.branches),
        }
        yield json.dumps(head)[:-1] + ', "blocks": ['
        yield from _blocks(replay.blocks())
        yield f'], "faults": {replay.faults.count}}}\n'


def _blocks(blocks: Iterable[Shown]) -> Iterator[str]:
    between = ""
    for shown in blocks:
        yield between + json.dumps(_block(shown))
        between = ", "


def _block(shown: Shown) -> dict[str, Any]:
    return {**shown.block.to_dict(), "depth": shown.depth, "agent_id": shown.agent_id or None}
