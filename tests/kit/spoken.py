"""Lines of a conversation as Claude Code writes them, decoded: one function for each kind that shows something."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from claude_sessions.transcript.registry import project_slug

Fields = dict[str, Any]

SESSION = "11111111-aaaa-4aaa-8aaa-000000000001"
AGENT = "0123456789abcdef0"


def user(content: Any, **more: Any) -> Fields:
    """What a person typed."""
    return {"type": "user", "message": {"role": "user", "content": content}, **more}


def assistant(*blocks: Any, request: str | None = "req_1", **more: Any) -> Fields:
    """A line of an answer with any blocks."""
    message = {"role": "assistant", "content": list(blocks)}
    return {"type": "assistant", "requestId": request, "message": message, **more}


def says(text: str, request: str | None = "req_1", **more: Any) -> Fields:
    """A text of Claude's."""
    return assistant({"type": "text", "text": text}, request=request, **more)


def thinks(text: str = "", request: str | None = "req_1") -> Fields:
    """What Claude thought."""
    return assistant({"type": "thinking", "thinking": text, "signature": "c2ln"}, request=request)


def calls(tool: str, given: Any = None, name: str = "toolu_1", request: str | None = "req_1", **more: Any) -> Fields:
    """A call of a tool."""
    block = {"type": "tool_use", "id": name, "name": tool, "input": {} if given is None else given}
    return assistant(block, request=request, **more)


def gives(content: Any, name: str = "toolu_1", *, error: bool = False, **more: Any) -> Fields:
    """The result of a call."""
    block = {"type": "tool_result", "tool_use_id": name, "content": content, "is_error": error}
    return user([block], **more)


def progress(kind: str, name: str | None = "toolu_1", **data: Any) -> Fields:
    """A note of what a tool is doing."""
    return {"type": "progress", "parentToolUseID": name, "data": {"type": kind, **data}}


def system(subtype: str, **more: Any) -> Fields:
    """A line of Claude Code's own."""
    return {"type": "system", "subtype": subtype, **more}


def lasted(ms: int) -> Fields:
    """How long a turn took."""
    return system("turn_duration", durationMs=ms)


def chained(lines: Iterable[Fields], prefix: str = "u") -> list[Fields]:
    """Return the lines as a chain: each with a uuid, the child of the one before; what a line says itself stands."""
    chain: list[Fields] = []
    for number, line in enumerate(lines):
        parent = chain[-1]["uuid"] if chain else None
        chain.append({"uuid": f"{prefix}{number}", "parentUuid": parent, "sessionId": SESSION, **line})
    return chain


def encoded(lines: Iterable[Fields]) -> bytes:
    """Return lines as they stand in a file."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def write(config: Path, lines: Iterable[Fields], session_id: str = SESSION, directory: str = "/home/ann/shop") -> Path:
    """Write a session into a configuration folder and return its transcript's path."""
    path = config / "projects" / project_slug(directory) / f"{session_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(lines))
    return path


def write_agent(session: Path, lines: Iterable[Fields], agent_id: str = AGENT, call: str = "") -> Path:
    """Write a subagent's transcript beside its session's; where `call` is given a description names it."""
    path = session.with_suffix("") / "subagents" / f"agent-{agent_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded({"isSidechain": True, "agentId": agent_id, **line} for line in lines))
    if call:
        path.with_suffix(".meta.json").write_text(json.dumps({"agentType": "Explore", "toolUseId": call}))
    return path
