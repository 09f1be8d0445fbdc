"""A conversation as the messages of the Messages API, one JSON object a line: what programs read and send on."""

import json
from collections.abc import Iterable, Iterator

from claude_sessions.transcript.blocks.replay import Replay
from claude_sessions.transcript.sdk import sdk_messages


def sdk_lines(replays: Iterable[Replay]) -> Iterator[str]:
    """Yield a line for every message, in ASCII. What subagents said is left out unless it is theirs alone."""
    for replay in replays:
        for message in sdk_messages(replay.lines(), sidechains=replay.sidechain):
            yield json.dumps(message) + "\n"
