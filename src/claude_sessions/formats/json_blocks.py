"""A conversation as one JSON object, written a block at a time (claude-sessions(1), "JSON")."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.blocks.events import BlockType
from claude_sessions.transcript.blocks.inputs import input_of
from claude_sessions.transcript.blocks.replay import Replay, Shown

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
        yield between + _encoded(shown)
        between = ", "


def _encoded(shown: Shown) -> str:
    block = _block(shown)
    if shown.block.type is not BlockType.TOOL_CALL:
        return json.dumps(block)
    block["content"]["input"] = input_of(shown.block)
    try:
        return json.dumps(block)
    except UNDECODABLE:  # nested too deeply
        block["content"]["input"] = None
        return json.dumps(block)


def _block(shown: Shown) -> dict[str, Any]:
    block = shown.block
    return {
        **block.to_dict(),
        "timestamp": block.timestamp or None,
        "uuid": block.uuid,
        "model": block.model,
        "depth": shown.depth,
        "agent_id": shown.agent_id or None,
    }
