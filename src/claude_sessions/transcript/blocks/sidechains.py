"""Subagents that have no transcript of their own: what they said stands in that of the session.

Old versions wrote a subagent's lines between those of the session, as a tree of their own that begins with the prompt
of the call. Later ones repeated its lines in notes of progress, which are all that is left where its file is gone.
"""

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.transcript.content import decode_message
from claude_sessions.transcript.envelope import Buffer, Line, decode_envelope, lenient_or_empty
from claude_sessions.transcript.tools import AGENT_TOOLS

_CALLS = tuple(b'"%s"' % name.encode() for name in sorted(AGENT_TOOLS))


class _Task(msgspec.Struct):
    """The input of the call that starts a subagent."""

    prompt: str = ""


class Sidechains:
    """Gathers the lines of such subagents by the tool call that started each, as a session's lines go by."""

    def __init__(self) -> None:
        self._prompts: dict[str, str] = {}
        """Of calls whose subagent did not turn up yet."""
        self._call_of: dict[str, str] = {}
        self._lines: dict[str, list[Line]] = {}

    def note_call(self, line: Line) -> None:
        """Look for calls in a line of Claude's."""
        raw = line.raw
        if not any(name in raw for name in _CALLS):
            return
        for block in decode_message(line.entry.message).blocks:
            if block.type == "tool_use" and block.name in AGENT_TOOLS:
                self._prompts[block.id] = lenient_or_empty(block.input, _Task).prompt

    def note_inline(self, line: Line) -> None:
        """Take a line of a subagent that stands between the session's own."""
        entry = line.entry
        call = self._call_of.get(entry.parent_uuid or "")
        if call is None and entry.type == "user" and entry.parent_uuid is None and self._prompts:
            call = self._start(line)
        if call is not None and entry.uuid:
            self._call_of[entry.uuid] = call
            self._lines.setdefault(call, []).append(line)

    def note_progress(self, call: str, message: Buffer) -> None:
        """Take a line of a subagent that a note of progress repeats."""
        try:
            entry = decode_envelope(message)
        except UNDECODABLE:
            return
        self._lines.setdefault(call, []).append(Line(0, bytes(message), entry))

    def take(self, call: str) -> list[Line]:
        """Return and forget the lines of the subagent that a call started; none where there are none."""
        self._prompts.pop(call, None)
        return self._lines.pop(call, [])

    def _start(self, line: Line) -> str:
        """Return the call that a subagent's first line belongs to: the one with its prompt, else the first one waiting."""
        message = decode_message(line.entry.message)
        text = "\n".join(block.text for block in message.blocks)
        call = next((call for call, prompt in self._prompts.items() if prompt == text), next(iter(self._prompts)))
        del self._prompts[call]
        return call
