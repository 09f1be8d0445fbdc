"""The transcripts of Claude's that a recording is linked with: found in the bytes of its log as they pass."""

import re
from collections.abc import Iterator
from pathlib import Path

from claude_sessions.base.errors import ClaudeSessionsError, MalformedEntryError
from claude_sessions.log.decode import decode_line
from claude_sessions.log.entry import LINK
from claude_sessions.log.events import LinkInfo, decode_info
from claude_sessions.transcript.archive import PACKED_SUFFIX, name_of
from claude_sessions.transcript.files import SUFFIX, LogFile, describe
from claude_sessions.transcript.locate import locate, related

_NAMED = b'"direction":"link"'
_LONGEST_LINE = 64 * 1024
"""Bytes of a line with a link that are looked at: ours have 400."""

_MOST = 1000
_SESSION_ID = re.compile(r"[0-9A-Za-z_-]{4,64}")


class LinkScanner:
    """Takes a log in pieces, cut anywhere, and keeps what its link entries say, each session of Claude's once."""

    def __init__(self) -> None:
        self.found: dict[str, LinkInfo] = {}
        self._rest = b""

    def feed(self, piece: bytes) -> None:
        """Look through the next piece."""
        data = self._rest + piece
        at = data.find(_NAMED)
        while at >= 0:
            end = data.find(b"\n", at)
            if end < 0:
                break
            self._note(data[data.rfind(b"\n", 0, at) + 1 : end])
            at = data.find(_NAMED, end)
        line = data[data.rfind(b"\n") + 1 :]
        self._rest = line if len(line) <= _LONGEST_LINE else b""

    def _note(self, line: bytes) -> None:
        try:
            entry = decode_line(line)
        except MalformedEntryError:
            return
        link = decode_info(entry, LinkInfo) if entry.direction == LINK else None
        if link is not None and len(self.found) < _MOST:
            known = self.found.get(link.claude_session_id)
            if known is None or link.transcript:
                self.found[link.claude_session_id] = link


def linked_transcripts(links: dict[str, LinkInfo]) -> Iterator[tuple[str, LogFile]]:
    """Yield the name in a bundle and the file of each transcript that is there, subagents' included.

    A log may have come from somebody else: what it names is taken only where it is a transcript of that session by its
    place and name, so that no log can fetch other files of ours.
    """
    seen: set[str] = set()
    for link in links.values():
        main = _main(link)
        if main is None:
            continue
        for file in (main, *related(main)):
            name = _name(file, main)
            if name not in seen and name.isprintable():
                seen.add(name)
                yield name, file


def _name(file: LogFile, main: LogFile) -> str:
    flat = file is not main and "subagents" not in file.path.parts
    name = f"{main.session_id}/subagents/{file.path.name.partition('.')[0]}" if flat else name_of(file.path)
    return name + (PACKED_SUFFIX if file.path.suffix == ".zst" else SUFFIX)


def _main(link: LinkInfo) -> LogFile | None:
    session_id = link.claude_session_id
    if not _SESSION_ID.fullmatch(session_id):
        return None
    path = Path(link.transcript)
    if path.is_absolute() and path.name == session_id + SUFFIX and path.parent.parent.name == "projects":
        try:
            if path.is_file() and not path.is_symlink():
                return describe(path)
        except (OSError, ValueError):
            pass  # then it is looked for by its id
    try:
        found = locate(session_id)
    except (ClaudeSessionsError, OSError):
        return None
    return found if found.session_id == session_id else None
