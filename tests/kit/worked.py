"""Transcripts of sessions in which something was done: prompts, answers, calls of tools and their results."""

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

NOON_MS = 1_770_465_600_000
"""2026-02-07 12:00 UTC."""

_NOTHING = {"input_tokens": 0, "output_tokens": 0}
"""The usage of every answer."""

_numbers = itertools.count(1)


class WorkedSession:
    """One transcript, written line by line; its clock goes on as it is told, `now` is in milliseconds."""

    def __init__(
        self,
        config: Path,
        session_id: str = "11111111-aaaa-4aaa-8aaa-000000000001",
        *,
        agent: str = "",
        cwd: str = "/home/ann/app",
        now: int = NOON_MS,
        version: str = "2.1.200",
    ) -> None:
        folder = config / "projects" / "-home-ann-app"
        name = f"{session_id}/subagents/agent-{agent}" if agent else session_id
        self.path = folder / f"{name}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.session_id = session_id
        self.now = now
        self._agent = agent
        self._cwd = cwd
        self._version = version

    def later(self, ms: int) -> Self:
        """Let time pass."""
        self.now += ms
        return self

    def line(self, kind: str, **fields: Any) -> Self:
        """Write a line of the conversation."""
        return self.raw(
            {
                "parentUuid": None,
                "isSidechain": bool(self._agent),
                **({"agentId": self._agent} if self._agent else {}),
                "cwd": self._cwd,
                "sessionId": self.session_id,
                "version": self._version,
                "type": kind,
                "uuid": f"00000000-0000-4000-8000-{next(_numbers):012d}",
                "timestamp": datetime.fromtimestamp(self.now / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
                **fields,
            }
        )

    def raw(self, value: Any) -> Self:
        """Write any value, or any bytes, as a line."""
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        with self.path.open("ab") as file:
            file.write(text + b"\n")
        return self

    def copied(self, other: "WorkedSession") -> Self:
        """Write another session's lines as this one's, as a fork does."""
        for text in other.path.read_bytes().splitlines():
            self.raw(text.replace(other.session_id.encode(), self.session_id.encode()))
        return self

    def prompt(self, text: str) -> Self:
        """Write what a person typed."""
        return self.line("user", message={"role": "user", "content": text})

    def says(self, *blocks: dict[str, Any], text: str = "", model: str = "claude-opus-4-5", response: str = "") -> Self:
        """Write an answer of the model: a line for each block, all of one response."""
        name = response or f"msg_{next(_numbers)}"
        for block in blocks or ({"type": "text", "text": text},):
            message = {"id": name, "role": "assistant", "model": model, "content": [block], "usage": _NOTHING}
            self.line("assistant", requestId=f"req_{name}", message=message)
        return self

    def calls(self, tool: str, given: dict[str, Any] | None = None, name: str = "") -> str:
        """Write a call; return its id."""
        name = name or f"toolu_{next(_numbers)}"
        self.says({"type": "tool_use", "id": name, "name": tool, "input": given or {}})
        return name

    def gives(self, name: str, content: Any = "done", *, error: bool | None = None, **beside: Any) -> Self:
        """Write the result of a call; `beside` stands beside the message."""
        block = {"type": "tool_result", "tool_use_id": name, "content": content}
        block |= {} if error is None else {"is_error": error}
        return self.line("user", message={"role": "user", "content": [block]}, **beside)

    def does(self, tool: str, given: dict[str, Any] | None = None, ms: int = 1000, **result: Any) -> Self:
        """Write a call and, `ms` later, its result."""
        name = self.calls(tool, given)
        return self.later(ms).gives(name, **result)


def patch(*lines: str) -> dict[str, Any]:
    """Return what stands beside the result of an edit with these lines of a patch."""
    hunk = {"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": list(lines)}
    return {"type": "update", "filePath": "/x", "originalFile": "before", "structuredPatch": [hunk]}


def created(content: str) -> dict[str, Any]:
    """Return what stands beside the result of a Write that has made a file."""
    return {"type": "create", "filePath": "/x", "content": content, "structuredPatch": [], "originalFile": None}
