"""Lines of transcripts that tell what a response of the API used, made by hand."""

import json
import os
from pathlib import Path
from typing import Any

from claude_sessions.transcript.registry import project_slug

MODEL = "claude-opus-4-5-20251101"
DIRECTORY = "/home/ann/shop"
TIME = "2026-02-07T12:00:00.000Z"


def usage(
    fresh: int = 10, output: int = 100, write: int = 0, read: int = 0, hour: int | None = None, **more: Any
) -> dict[str, Any]:
    """Return a usage of `fresh` input; `hour` of `write` is for an hour, told by a breakdown."""
    found: dict[str, Any] = {
        "input_tokens": fresh,
        "output_tokens": output,
        "cache_creation_input_tokens": write,
        "cache_read_input_tokens": read,
    }
    if hour is not None:
        found["cache_creation"] = {"ephemeral_5m_input_tokens": write - hour, "ephemeral_1h_input_tokens": hour}
    return found | more


def response(
    ident: str | None = "msg_1",
    request: str | None = "req_1",
    *,
    used: Any = None,
    time: str = TIME,
    model: str | None = MODEL,
    stop: str | None = "end_turn",
    side: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Return a line of a response. None leaves out what it stands for."""
    message = {
        "id": ident,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": 'it says \\"usage\\": {"input_tokens": 9}'}],
        "stop_reason": stop,
        "usage": usage() if used is None else used,
    }
    found = {
        "parentUuid": None,
        "isSidechain": side,
        "message": {key: value for key, value in message.items() if value is not None or key == "stop_reason"},
        "requestId": request,
        "type": "assistant",
        "uuid": f"uuid of {ident} {request}",
        "timestamp": time,
        "cwd": DIRECTORY,
        "sessionId": "session",
        "version": "2.1.119",
    }
    return {key: value for key, value in (found | more).items() if value is not None}


def progress(line: dict[str, Any]) -> dict[str, Any]:
    """Return the progress line in which a session told of a subagent's line."""
    return {
        "type": "progress",
        "isSidechain": False,
        "sessionId": "session",
        "version": "2.1.9",
        "cwd": DIRECTORY,
        "timestamp": line["timestamp"],
        "uuid": "another",
        "data": {"type": "agent_progress", "agentId": "a", "message": line},
    }


def text(*lines: dict[str, Any] | bytes) -> bytes:
    """Return lines as Claude Code writes them; bytes stand for themselves."""
    return b"".join(
        line if isinstance(line, bytes) else json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines
    )


def write(
    folder: Path, name: str, *lines: dict[str, Any] | bytes, directory: str = DIRECTORY, mtime: int = 1_770_000_000
) -> Path:
    """Write a transcript below `folder`, which is what `CLAUDE_CONFIG_DIR` names. `name` is its path in the project."""
    path = folder / "projects" / project_slug(directory) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(*lines))
    os.utime(path, (mtime, mtime))
    return path
