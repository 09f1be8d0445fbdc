"""What is known of a conversation as a whole: its title, when and where it was, and with which Claude."""

from collections import deque

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.transcript.blocks.replay import Replay
from claude_sessions.transcript.content import SYNTHETIC
from claude_sessions.transcript.envelope import Buffer, lenient_or_empty
from claude_sessions.transcript.prompts import prompt_of

_ENDS = 4
"""So many of the last lines may be named by a summary: notes follow the last message."""


class Facts(msgspec.Struct):
    """Of the branch that is shown, also of what was compacted. Empty or 0: no line says it."""

    title: str = ""
    """See `titles`; at last the first thing that was said."""
    started_ns: int = 0
    """The earliest time in it, in nanoseconds since the epoch."""
    ended_ns: int = 0
    """The latest."""
    directory: str = ""
    """Where it began."""
    git_branch: str = ""
    """The last one."""
    models: list[str] = []
    """In the order in which they first answered."""
    claude_version: str = ""
    """The last one."""


class _Context(msgspec.Struct, rename="camel"):
    cwd: str = ""
    git_branch: str = ""
    version: str = ""


class _Answer(msgspec.Struct):
    model: str | None = None


_decode_context = msgspec.json.Decoder(_Context).decode
_decode_answer = msgspec.json.Decoder(_Answer).decode


def facts_of(replay: Replay) -> Facts:
    """Read a conversation once more and return what is known of it."""
    facts = Facts()
    said = ""
    models: dict[str, None] = {}
    ends: deque[str] = deque(maxlen=_ENDS)
    for line in replay.lines():
        entry = line.entry
        if entry.uuid is not None:
            ends.appendleft(entry.uuid)
        context = _context(line.raw)
        facts.directory = facts.directory or context.cwd
        facts.git_branch = context.git_branch or facts.git_branch
        facts.claude_version = context.version or facts.claude_version
        if time := _nanoseconds(entry.timestamp):
            facts.started_ns = min(facts.started_ns or time, time)
            facts.ended_ns = max(facts.ended_ns, time)
        if entry.type == "assistant":
            models[_model(entry.message)] = None
        elif not said and (prompt := prompt_of(line)) and not prompt.command:
            said = prompt.text
    facts.models = [model for model in models if model not in ("", SYNTHETIC)]
    facts.title = replay.titles.title(ends, None, said)
    return facts


def _context(raw: Buffer) -> _Context:
    try:
        return _decode_context(raw)
    except UNDECODABLE:
        return lenient_or_empty(raw, _Context)


def _model(message: Buffer) -> str:
    try:
        return _decode_answer(message).model or ""
    except UNDECODABLE:
        return ""


def _nanoseconds(timestamp: str) -> int:
    """Return a time since the epoch, 0 where it is none."""
    try:
        return max(0, parse_timestamp(timestamp))
    except ValueError:
        return 0
