"""What a session is called: the title that counts, of all that its transcript has.

A person's own title comes first, then the name that an agent or a model gave (whichever was written last), then a summary
of its last line, which may stand in another session's file, then the first thing that was said to Claude.
"""

from collections.abc import Iterable, Mapping

import msgspec

from claude_sessions.transcript.envelope import BadLineError, Line, lenient

TYPES = frozenset({"custom-title", "agent-name", "ai-title", "summary"})
"""The lines that `Titles.note` wants. They are written again and again; the last one counts."""

LONGEST = 200
"""Characters of a title that are kept."""


class _Titled(msgspec.Struct, rename="camel"):
    custom_title: str | None = None
    agent_name: str | None = None
    ai_title: str | None = None
    summary: str | None = None
    leaf_uuid: str | None = None


class Titles(msgspec.Struct, array_like=True):
    """What one transcript says of titles, its own and other sessions'."""

    custom: str = ""
    """A person gave it."""
    name: str = ""
    """An agent's name, or a title by a model."""
    summaries: dict[str, str] = {}
    """By the uuid of the line that each ends at: in this file or in another one."""

    def note(self, line: Line) -> None:
        """Take in a line of one of the TYPES."""
        try:
            found = lenient(line.raw, _Titled)
        except BadLineError:
            return
        kind = line.entry.type
        if kind == "custom-title" and found.custom_title is not None:
            self.custom = one_line(found.custom_title)
        elif kind == "summary":
            if found.summary and found.leaf_uuid:
                self.summaries[found.leaf_uuid] = one_line(found.summary)
        elif name := one_line(found.agent_name or found.ai_title or ""):
            self.name = name

    def title(self, ends: Iterable[str] = (), elsewhere: Mapping[str, str] | None = None, prompt: str = "") -> str:
        """Return the title; empty where there is nothing but the session's id to call it by.

        `ends` are the uuids of the session's last lines, the very last one first, `elsewhere` the summaries of other
        transcripts, `prompt` is the first thing that was said to Claude.
        """
        if self.custom or self.name:
            return self.custom or self.name
        for uuid in ends:
            if summary := self.summaries.get(uuid) or (elsewhere or {}).get(uuid):
                return summary
        return one_line(prompt)


def one_line(text: str) -> str:
    """Return the beginning of a text on one line, with single blanks."""
    words = " ".join(text[: 8 * LONGEST].split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
