"""Which subagent belongs to which tool call: what its own description, the call's result and its progress say of it."""

from collections.abc import Iterable, Iterator

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.blocks.sidechains import Sidechains
from claude_sessions.transcript.content import decode_message
from claude_sessions.transcript.envelope import BadLineError, Line, lenient, lenient_or_empty
from claude_sessions.transcript.files import SUFFIX, Kind, LogFile

LARGEST_DESCRIPTION = 64 * 1024
"""Bytes. A `meta.json` has about 300; a larger one is not read."""

_AGENT_ID = b'"agentId"'
_SPEAKERS = ("user", "assistant")


_NONE = msgspec.Raw(b"null")


class _Description(msgspec.Struct, rename="camel"):
    """What `agent-ID.meta.json` says of a subagent."""

    tool_use_id: str = ""


class _Named(msgspec.Struct, rename="camel"):
    agent_id: str = ""
    message: msgspec.Raw = _NONE


class _Naming(msgspec.Struct):
    """A line that may name the subagent of a tool call: the result of the call, or its progress."""

    result: msgspec.Raw = msgspec.field(default=_NONE, name="toolUseResult")
    data: msgspec.Raw = _NONE
    parent: str = msgspec.field(default="", name="parentToolUseID")


class Agents:
    """The transcripts of a session's subagents, by the tool call that started each."""

    def __init__(self, files: Iterable[LogFile]) -> None:
        self._files = {file.agent_id: file for file in files if file.kind is Kind.SUBAGENT}
        self._of_call: dict[str, LogFile] = {}
        self._shown: set[str] = set()
        self._sidechains = Sidechains()
        for file in self._files.values():
            call = _call_of(file)
            if call:
                self._of_call[call] = file

    @property
    def left(self) -> list[LogFile]:
        """Those that nobody has asked for so far."""
        return [file for agent, file in self._files.items() if agent not in self._shown]

    def noting(self, lines: Iterable[Line], *, sidechain: bool = False) -> Iterator[Line]:
        """Yield lines as they come, and learn from them. `sidechain`: they are a subagent's own."""
        for line in lines:
            entry = line.entry
            if entry.is_sidechain and not sidechain and entry.type in _SPEAKERS:
                self._sidechains.note_inline(line)
            elif entry.type == "assistant":
                self._sidechains.note_call(line)
            elif _AGENT_ID in line.raw and entry.type in ("user", "progress"):
                self._note(line)
            yield line

    def take(self, tool_use_id: str) -> LogFile | list[Line] | None:
        """Return the subagent that a tool call started, the first time it is asked for; None where there is none.

        That is its transcript, or its lines where it has none of its own.
        """
        lines = self._sidechains.take(tool_use_id)
        file = self._of_call.get(tool_use_id)
        if file is None or file.agent_id in self._shown:
            return lines or None
        self._shown.add(file.agent_id)
        return file

    def _note(self, line: Line) -> None:
        try:
            naming = lenient(line.raw, _Naming)
        except BadLineError:
            return
        progress = line.entry.type == "progress"
        named = lenient_or_empty(naming.data if progress else naming.result, _Named)
        file = self._files.get(named.agent_id)
        if progress and file is None:
            self._sidechains.note_progress(naming.parent, named.message)
        if file is None:
            return
        if progress:
            self._of_call.setdefault(naming.parent, file)
            return
        for block in decode_message(line.entry.message).blocks:
            if block.type == "tool_result":
                self._of_call.setdefault(block.tool_use_id, file)


def _call_of(file: LogFile) -> str:
    """Return the tool call that a subagent's description names; empty where there is no description."""
    path = file.path.with_name(file.path.name.partition(SUFFIX)[0] + ".meta.json")
    try:
        with open(path, "rb") as description:
            return lenient(description.read(LARGEST_DESCRIPTION), _Description).tool_use_id
    except (OSError, BadLineError, *UNDECODABLE):
        return ""
