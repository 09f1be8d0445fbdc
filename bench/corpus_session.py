"""One session of a generated corpus: the lines that Claude Code writes while somebody works, and its subagents'."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from bench.corpus_text import Text
from bench.corpus_tools import Json, Tools, length, tool_use

MODELS = {
    "claude-opus-4-5-20251101": 30,
    "claude-sonnet-4-5-20250929": 25,
    "claude-opus-4-6": 20,
    "claude-haiku-4-5-20251001": 10,
    "claude-sonnet-4-20250514": 6,
    "claude-sonnet-4-6": 6,
    "claude-opus-4-1-20250805": 3,
    "claude-unheard-of-9": 0.7,
}
"""Every model in use and how often it is chosen; no list of prices has the last."""

_PROGRESS_UNTIL = (2, 1, 90)
"""From this version on there are attachments and no progress lines."""
_COUNTS_FROM = (2, 1, 43)
"""Before this version most lines of a response carry a placeholder in place of its output tokens."""
_COMPACTS_AT = 165_000
_COMPACTS_LATE_AT = 420_000
"""Tokens of context after which the conversation is compacted; the second where a model with a long context was asked for."""

_encode = msgspec.json.Encoder().encode


class Session:
    """Writes lines into `lines` until they have `target` bytes; the clock goes on by some seconds a line.

    A `steady` session is never compacted, and nobody goes back in it.

    `subagents` are the sessions that Task calls started; `lost` tells that one left no file and is known by progress lines alone.
    """

    def __init__(
        self,
        rng: random.Random,
        text: Text,
        *,
        cwd: str,
        version: str,
        clock: float,
        target: int,
        parent: "Session | None" = None,
        steady: bool = False,
    ) -> None:
        self.rng = rng
        self.text = text
        self.cwd = cwd
        self.version = version
        self._tools = Tools(rng, text, cwd)
        self.clock = clock
        self.lines: list[bytes] = []
        self.size = 0
        self.subagents: list[Session] = []
        self.id: str = parent.id if parent else _uuid(rng)
        self.agent = f"{rng.getrandbits(68):017x}" if parent else ""
        self.lost = False
        self.tool_use_id = ""
        self._target = target
        self._model = rng.choices(list(MODELS), weights=list(MODELS.values()))[0]
        self._release = tuple(int(part) for part in version.split("."))
        self._last: str | None = None
        self._before_prompt: str | None = None
        self._context = rng.randrange(14_000, 22_000)
        self._compacts_at = _COMPACTS_LATE_AT if rng.random() < 0.06 else _COMPACTS_AT
        self._steady = steady
        self._speed = "fast" if rng.random() < 0.04 else "standard"
        self._envelope: Json = {
            "isSidechain": parent is not None,
            "userType": "external",
            "cwd": cwd,
            "sessionId": self.id,
            "version": version,
            "gitBranch": rng.choice(("main", "main", "feature/basket", "")),
        }
        if parent:
            self._envelope["agentId"] = self.agent

    @property
    def full(self) -> bool:
        """Whether the session has the size it should have."""
        return self.size >= self._target

    def run(self, agents: int, start: Callable[["Session"], "Session"]) -> None:
        """Write turns until the session is full, starting `agents` subagents on the way, evenly spread."""
        if not self.agent and not self.lines:
            self._opening()
        due = [self.size + (self._target - self.size) * (number + 1) // (agents + 1) for number in range(agents)]
        while not self.full or due:
            if due and self.size >= due[0]:
                due.pop(0)
                self._delegate(start(self))
            else:
                self._turn(due[0] if due else self._target)
                if self.full and due:
                    due[0] = 0
        self.write({"type": "last-prompt", "lastPrompt": self.text.prose(120), "sessionId": self.id})

    def continue_from(self, other: "Session", share: float) -> None:
        """Begin as a copy of another session's history, as `--fork-session` and old versions' `--resume` do."""
        old, new = other.id.encode(), self.id.encode()
        for line in other.lines[: int(len(other.lines) * share)]:
            self._add(line.replace(old, new))
        self._last = other.last_uuid(len(self.lines))

    def last_uuid(self, count: int) -> str | None:
        """Return the uuid of the last of the first `count` lines that has one."""
        for line in reversed(self.lines[:count]):
            if uuid := msgspec.json.decode(line, type=Json).get("uuid"):
                return str(uuid)
        return None

    def write(self, entry: Json) -> None:
        """Write one line as it is."""
        self._add(_encode(entry))

    def _add(self, line: bytes) -> None:
        self.lines.append(line)
        self.size += len(line) + 1

    def _entry(self, kind: str, parent: str | None, **fields: Any) -> Json:
        """Make a line of the conversation's chain, a moment after the one before."""
        self.clock += self.rng.expovariate(1 / 3)
        return {
            "parentUuid": parent,
            **self._envelope,
            "type": kind,
            **fields,
            "uuid": _uuid(self.rng),
            "timestamp": _timestamp(self.clock),
        }

    def _chain(self, kind: str, **fields: Any) -> Json:
        """Write a line that follows the last one."""
        entry = self._entry(kind, self._last, **fields)
        self._last = entry["uuid"]
        self.write(entry)
        return entry

    def _opening(self) -> None:
        if self.rng.random() < 0.3:
            self.write({"type": "summary", "summary": self.text.prose(60), "leafUuid": _uuid(self.rng)})
        queued = {"operation": "enqueue", "timestamp": _timestamp(self.clock), "content": self.text.prose(80)}
        self.write({"type": "queue-operation", **queued, "sessionId": self.id})

    def _turn(self, until: int) -> None:
        """Write a prompt, the responses to it and what follows a turn."""
        self._prompt()
        for _ in range(1 + int(self.rng.expovariate(1 / 9))):
            self._response(last=False)
            if self.size >= until:
                break
        self._response(last=True)
        if self.agent:
            return
        if self.rng.random() < 0.02:
            self._api_error()
        if self._release < _PROGRESS_UNTIL or self.rng.random() < 0.6:
            self._chain("system", subtype="turn_duration", durationMs=self.rng.randrange(2000, 900_000), isMeta=False)
        if self.rng.random() < 0.3:
            self.write({"type": "ai-title", "aiTitle": self.text.prose(40), "sessionId": self.id})
        if self._context > self._compacts_at and not self._steady:
            self._compact()

    def _prompt(self) -> None:
        if not self.agent:
            self._snapshot()
            self.clock += self.rng.expovariate(1 / 120)
        if not self.agent and self._before_prompt and self.rng.random() < 0.02 and not self._steady:
            self._last = self._before_prompt  # gone back by Esc Esc, and asked anew
        self._before_prompt = self._last
        content: Any = self.text.prose(length(self.rng, 300, 1.0, 20_000))
        if self.rng.random() < 0.1:
            content = [{"type": "text", "text": content}]
        self._chain("user", message={"role": "user", "content": content}, promptId=_uuid(self.rng))
        if self._release >= _PROGRESS_UNTIL:
            for kind in self.rng.sample(("task_reminder", "skill_listing", "hook_success", "queued_command"), 2):
                self._chain("attachment", attachment={"type": kind, "content": self.text.prose(600), "prompt": "more"})

    def _snapshot(self) -> None:
        files = {f"src/{self.text.word()}.py": {"version": number} for number in range(self.rng.randrange(12))}
        message = _uuid(self.rng)
        snapshot = {"messageId": message, "trackedFileBackups": files, "timestamp": _timestamp(self.clock)}
        kind = "file-history-snapshot"
        self.write({"type": kind, "messageId": message, "snapshot": snapshot, "isSnapshotUpdate": False})

    def _response(self, *, last: bool) -> None:
        """Write one response of the API, a line for each of its blocks, and the results of its tool calls."""
        rng = self.rng
        blocks: list[Json] = []
        if rng.random() < 0.35:
            blocks.append({"type": "thinking", "thinking": "", "signature": f"{rng.getrandbits(2000):x}"})
        if last or rng.random() < 0.45:
            blocks.append({"type": "text", "text": self.text.prose(length(rng, 350, 0.9, 30_000))})
        if not last:
            for _ in range(rng.choices((1, 2, 3), weights=(85, 11, 4))[0]):
                name = self._tools.choose()
                blocks.append(tool_use(rng, name, self._tools.input(name)))
        self._add_results([entry for entry in self._blocks(blocks) if _block(entry)["type"] == "tool_use"])

    def _api_error(self) -> None:
        """Write the line that stands for a response that never came."""
        message = {
            "id": _uuid(self.rng),
            "model": "<synthetic>",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "API Error: 529 overloaded"}],
            "usage": {
                "input_tokens": 0,
                "output_tokens": 0,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
            },
        }
        self._chain("assistant", message=message, isApiErrorMessage=True)

    def _blocks(self, blocks: list[Json]) -> list[Json]:
        """Write a response's lines: all repeat id and usage, in old versions with a placeholder for the output."""
        rng = self.rng
        usage = self._usage(sum(len(str(block)) for block in blocks) // 4)
        message = f"msg_01{rng.getrandbits(88):022x}"
        request = f"req_011C{rng.getrandbits(80):020x}"
        placeholders = self._release < _COUNTS_FROM
        counted = not placeholders or rng.random() < 0.5
        written = []
        for number, block in enumerate(blocks, 1):
            told = usage
            if placeholders and not (counted and number == len(blocks)):
                told = {**usage, "output_tokens": 1 + number % 8}
            written.append(
                self._chain(
                    "assistant",
                    message={
                        "model": self._model,
                        "id": message,
                        "type": "message",
                        "role": "assistant",
                        "content": [block],
                        "stop_reason": None if placeholders else "tool_use",
                        "stop_sequence": None,
                        "usage": told,
                    },
                    requestId=request,
                )
            )
        if not self.agent and rng.random() < 0.004:  # a side question repeats the response under a request of its own
            copy = {
                **written[-1],
                "isSidechain": True,
                "uuid": _uuid(rng),
                "requestId": f"req_011C{rng.getrandbits(80):020x}",
            }
            self.write(copy)
        return written

    def _usage(self, output: int) -> Json:
        """Return what a response cost: the context so far is read from the cache, what is new is written to it."""
        rng = self.rng
        new = rng.randrange(200, 4000)
        cached, self._context = self._context, self._context + new
        hour = new if rng.random() < 0.3 else 0
        usage: Json = {
            "input_tokens": rng.randrange(1, 12),
            "cache_creation_input_tokens": new,
            "cache_read_input_tokens": cached,
            "cache_creation": {"ephemeral_5m_input_tokens": new - hour, "ephemeral_1h_input_tokens": hour},
            "output_tokens": 9 + output,
            "service_tier": "standard",
        }
        if self._release >= _COUNTS_FROM:
            searches = rng.randrange(1, 4) if rng.random() < 0.01 else 0
            usage |= {
                "server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0},
                "inference_geo": "",
            }
            usage |= {"iterations": [], "speed": self._speed}
        return usage

    def _add_results(self, calls: list[Json]) -> None:
        """Write the results, each a child of the line that has its call; what follows hangs on the last."""
        for call in calls:
            block = _block(call)
            if self._release < _PROGRESS_UNTIL:
                self._progress(call, block)
            content, result = self._tools.output(block["name"], block["input"])
            failed = self.rng.random() < 0.04
            if failed:
                content = result = "Error: " + self.text.prose(120)
            self._last = call["uuid"]
            self._tool_result(block["id"], content, result, failed=failed)

    def _tool_result(self, call: str, content: Any, result: Any, *, failed: bool = False) -> None:
        block = {"tool_use_id": call, "type": "tool_result", "content": content}
        if failed:
            block["is_error"] = True
        self._chain("user", message={"role": "user", "content": [block]}, toolUseResult=result)

    def _progress(self, call: Json, block: Json) -> None:
        """Write what a tool told while it ran: a chain of its own beside the result."""
        rng = self.rng
        name = block["name"]
        kinds: list[Json] = [
            {"type": "hook_progress", "hookEvent": event, "hookName": f"{event}:{name}", "command": "callback"}
            for event in rng.choice((("PreToolUse", "PostToolUse"), ("PostToolUse",), ("PostToolUse",)))
        ]
        if name == "Bash":
            output = self.text.code(length(rng, 600, 1.0, 9000))
            for number in range(int(rng.expovariate(1 / 2.4))):
                part = output[: (number + 1) * 400]
                shown = {"output": part[-800:], "fullOutput": part, "totalLines": part.count("\n")}
                kinds.append({"type": "bash_progress", **shown, "elapsedTimeSeconds": number + 2})
        elif name == "WebFetch":
            kinds.append({"type": "query_update", "query": self.text.prose(40)})
            kinds.append({"type": "search_results_received", "resultCount": 10, "query": self.text.prose(40)})
        self._last = call["uuid"]
        for data in kinds:
            self._chain("progress", data=data, toolUseID=f"{block['id']}-{data['type']}", parentToolUseID=block["id"])

    def _delegate(self, agent: "Session") -> None:
        """Start a subagent by a Task call; old versions repeat its lines in progress lines of ours."""
        prompt = self.text.prose(600)
        block = tool_use(
            self.rng, "Task", {"description": self.text.prose(30), "prompt": prompt, "subagent_type": "Explore"}
        )
        call = self._blocks([{"type": "text", "text": "An agent will look."}, block])[-1]
        agent.clock = self.clock
        agent.tool_use_id = block["id"]
        agent.run(0, lambda parent: parent)
        self.subagents.append(agent)
        if self._release < _PROGRESS_UNTIL:
            agent.lost = self.rng.random() < 0.08
            for line in agent.lines:
                if len(line) < 6000 and b'"type":"progress"' not in line:
                    data: Json = {
                        "type": "agent_progress",
                        "prompt": "",
                        "agentId": agent.agent,
                        "normalizedMessages": [],
                    }
                    data["message"] = msgspec.Raw(line)
                    self._chain("progress", data=data, toolUseID=f"agent_{block['id']}", parentToolUseID=block["id"])
        self.clock = agent.clock
        self._last = call["uuid"]
        found = [{"type": "text", "text": self.text.prose(1500)}]
        result = {
            "status": "completed",
            "prompt": prompt,
            "agentId": agent.agent,
            "content": found,
            "totalTokens": 31_000,
        }
        self._tool_result(block["id"], found, result)

    def _compact(self) -> None:
        before, self._context = self._context, 18_000
        logical, self._last, self._before_prompt = self._last, None, None
        facts = {"trigger": self.rng.choice(("auto", "manual")), "preTokens": before}
        self._chain(
            "system",
            subtype="compact_boundary",
            content="Conversation compacted",
            logicalParentUuid=logical,
            compactMetadata=facts,
        )
        summary = "This session is being continued from a previous conversation. " + self.text.prose(6000)
        self._chain(
            "user", message={"role": "user", "content": summary}, isCompactSummary=True, isVisibleInTranscriptOnly=True
        )
        shown = "<local-command-stdout>\x1b[2mCompacted\x1b[22m</local-command-stdout>"
        self._chain("user", message={"role": "user", "content": shown})


def _block(entry: Json) -> Json:
    """Return the one content block of an assistant's line."""
    block: Json = entry["message"]["content"][0]
    return block


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
