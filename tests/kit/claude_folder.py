"""A configuration folder of Claude Code's, made by hand: sessions with a few lines, and all that may lie beside them."""

import json
import os
import uuid
from pathlib import Path

from claude_sessions.transcript.registry import project_slug

LONG_AGO = 1_770_465_600 * 10**9  # 2026-02-07T12:00:00Z


class ClaudeFolder:
    """The folder that `CLAUDE_CONFIG_DIR` names, by default `~/.claude`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.projects = path / "projects"
        self.now_ns = LONG_AGO

    def session(self, directory: str = "/home/ann/shop", session_id: str = "", lines: int = 3) -> Path:
        """Write a session of so many lines; return its transcript's path. Each is a minute younger than the last."""
        session_id = session_id or str(uuid.uuid4())
        path = self.projects / project_slug(directory) / f"{session_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(line(session_id, directory, number) for number in range(lines)))
        self._age(path)
        return path

    def subagent(self, session: Path, agent_id: str = "0123456789abcdef0", name: str = "") -> Path:
        """Write a subagent's transcript of a session, with the file that describes it."""
        path = session.with_suffix("") / "subagents" / (name or f"agent-{agent_id}.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(line(session.stem, "/home/ann/shop", 0, isSidechain=True, agentId=agent_id))
        path.with_name(path.stem + ".meta.json").write_text('{"agentType":"Explore"}')
        self._age(path)
        return path

    def beside(self, session: Path, name: str, content: bytes) -> Path:
        """Write any other file of a session, such as `tool-results/x.txt`."""
        path = session.with_suffix("") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self._age(path)
        return path

    def grow(self, transcript: Path, text: bytes = b"") -> None:
        """Append a line, or `text`."""
        with transcript.open("ab") as file:
            file.write(text or line(transcript.stem, "/home/ann/shop", 99))
        self._age(transcript)

    def _age(self, path: Path) -> None:
        self.now_ns += 60 * 10**9
        os.utime(path, ns=(self.now_ns, self.now_ns))


def line(session_id: str, directory: str, number: int, **more: object) -> bytes:
    """Return one line as Claude Code writes them."""
    fields = {
        "type": "user",
        "uuid": str(uuid.UUID(int=number)),
        "parentUuid": str(uuid.UUID(int=number - 1)) if number else None,
        "timestamp": f"2026-02-07T12:{number % 60:02d}:00.000Z",
        "sessionId": session_id,
        "cwd": directory,
        "version": "2.1.329",
        "message": {"role": "user", "content": f"what is {number}?"},
    }
    return json.dumps(fields | more).encode() + b"\n"
