"""A whole transcript in memory, for programs that ask many things of one session: the log streaming seed's functions."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.paths import expanded
from claude_sessions.transcript.conversation import Branch, Order
from claude_sessions.transcript.entries import ClaudeLogEntry
from claude_sessions.transcript.files import LogFile, describe, main_files
from claude_sessions.transcript.locate import all_transcripts
from claude_sessions.transcript.prompts import prompt_of
from claude_sessions.transcript.reading import open_source, read_entries
from claude_sessions.transcript.titles import TYPES, Titles

if TYPE_CHECKING:
    from claude_sessions.transcript.envelope import Line
    from claude_sessions.transcript.lines import Fault

RECENT = 10
"""Sessions that `get_recent_sessions` returns unless it is told otherwise."""


class ClaudeSession:
    """One session as its transcript has it. `parse_jsonl_file` makes it."""

    def __init__(self, path: Path, session_id: str) -> None:
        self.path = path
        self.session_id = session_id
        self.entries: list[ClaudeLogEntry] = []
        """All of them, in the order of the file."""
        self.faults: list[Fault] = []
        """The pieces of the file that are no entries, with their places."""
        self.titles = Titles(summaries={})
        self._order = Order()
        self._first_prompt = ""

    def add(self, line: "Line") -> None:
        """Take in the next line of the file."""
        self._order.add(line)
        self.entries.append(ClaudeLogEntry.of(line))
        self.session_id = self.session_id or line.entry.session_id
        if line.entry.type in TYPES:
            self.titles.note(line)
        elif not self._first_prompt and (prompt := prompt_of(line)) and not prompt.command:
            self._first_prompt = prompt.text

    @property
    def start_time(self) -> dt.datetime | None:
        """The earliest time in it, in UTC; None where no entry has one."""
        return min(self._times(), default=None)

    @property
    def end_time(self) -> dt.datetime | None:
        """The latest time in it, in UTC; None where no entry has one."""
        return max(self._times(), default=None)

    @property
    def user_messages(self) -> list[ClaudeLogEntry]:
        """The entries in the person's role: prompts, results of tools, and what Claude Code adds."""
        return self._of("user")

    @property
    def assistant_messages(self) -> list[ClaudeLogEntry]:
        """The model's entries: one for each block of a response."""
        return self._of("assistant")

    @property
    def system_messages(self) -> list[ClaudeLogEntry]:
        """What Claude Code notes of its own."""
        return self._of("system")

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The ways through the conversation; `start` and `end` are indexes in `entries`."""
        return self._order.branches

    @property
    def title(self) -> str:
        """What the session is called; its id where it has no name and nothing was said."""
        ends = [uuid for at in reversed(self._order.thread()[-4:]) if (uuid := self.entries[at].uuid)]
        return self.titles.title(ends, None, self._first_prompt) or self.session_id

    def get_conversation_thread(self, branch: int | None = None) -> list[ClaudeLogEntry]:
        """Return what was said, in the order of the conversation: the entries of person and model that have a message.

        Notes by Claude Code and what a subagent did are left out; in a subagent's own transcript, that is the
        conversation. `branch` is a number of `branches`; None is the one that goes on to the end.
        """
        thread = (self.entries[at] for at in self._order.thread(branch))
        said = [each for each in thread if each.message and each.type in {"user", "assistant"} and not each.is_meta]
        return [each for each in said if not each.is_sidechain] or said

    def _of(self, kind: str) -> list[ClaudeLogEntry]:
        return [each for each in self.entries if each.type == kind]

    def _times(self) -> Iterable[dt.datetime]:
        return (time for each in self.entries if (time := each.time) is not None)


def parse_jsonl_file(path: Path | str) -> ClaudeSession:
    """Return the session in a transcript. All of it is held in memory; `reading` streams.

    Raises NotFoundError where there is no such file, UsageError where it cannot be read.
    """
    path = expanded(path)
    with open_source(path) as source:
        try:
            session_id = describe(path).session_id
        except OSError:
            session_id = ""  # it has gone since it was opened
        session = ClaudeSession(path, session_id)
        for line in read_entries(source, session.faults.append):
            session.add(line)
    return session


def read_session(path: Path | str) -> list[dict[str, Any]]:
    """Return every object of a transcript as it stands there, in the order of the file (the session player's function).

    Raises NotFoundError where there is no such file, UsageError where it cannot be read.
    """
    with open_source(expanded(path)) as source:
        return [ClaudeLogEntry.of(line).fields for line in read_entries(source)]


def get_recent_sessions(limit: int = RECENT) -> list[ClaudeSession]:
    """Return the sessions that were written last, the newest first, archived ones whose original is gone among them.

    What cannot be read is left out.
    """
    sessions: list[ClaudeSession] = []
    for file in _candidates():
        if len(sessions) >= limit:
            break
        try:
            sessions.append(parse_jsonl_file(file.path))
        except ClaudeSessionsError:
            continue  # it went away, or is nobody's to read
    return sessions


def _candidates() -> list[LogFile]:
    return main_files(all_transcripts())
