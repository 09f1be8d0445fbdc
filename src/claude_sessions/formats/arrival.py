"""Events become a log: numbered like a session of our own, sealed, and marked as what it is."""

import hashlib
import os
import re
import shlex
from collections.abc import Iterable

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.base.ids import new_session_id
from claude_sessions.formats.foreign import REDACTED, Beginning, Event, text
from claude_sessions.formats.staging import Staging
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import EXIT, SEAL, START
from claude_sessions.log.events import ExitInfo, SealInfo, StartInfo, encode_info
from claude_sessions.log.segment import SegmentName
from claude_sessions.version import __version__

_LONGEST_RUN = 64 * 1024
"""Bytes of one entry, as the recorder has it."""

_SHELL = re.compile(r"[|&;<>()$`*?\[\]{}~#!\n]")

_PIECE = 512 * 1024


def write_log(staging: Staging, beginning: Beginning, events: Iterable[Event], *, file: str, title: str = "") -> str:
    """Write a log of one segment and return the new session's id; it is not published yet.

    An exit before the last event counts as the end of an earlier part. Where there is none at all, nobody knows how the
    session ended: the entry says neither code nor signal.
    """
    session_id = new_session_id()
    while staging.is_taken(session_id):
        session_id = new_session_id()
    log = SealedLog(staging.create(str(SegmentName(session_id, 0))), session_id)
    command, *arguments = _words(beginning.command)
    start = StartInfo(
        command=command,
        arguments=tuple(arguments),
        columns=beginning.columns,
        rows=beginning.rows,
        term=beginning.term,
        version=__version__,
        title=text(title) or beginning.title,
        started=TimestampFormatter()(beginning.started_ns),
        origin=f"{beginning.format} file {text(file)}" + (f", {REDACTED}" if beginning.redacted else ""),
    )
    log.add(beginning.started_ns, START, encode_info(start))
    now_ns, ended = beginning.started_ns, encode_info(ExitInfo())
    for event in events:
        now_ns = max(now_ns, beginning.started_ns + event.time_us * 1000)
        if event.direction == EXIT:
            ended = event.data
            continue
        for at in range(0, len(event.data) or 1, _LONGEST_RUN):
            log.add(now_ns, event.direction, event.data[at : at + _LONGEST_RUN])
    log.add(now_ns, EXIT, ended)
    log.seal(now_ns)
    return session_id


def _words(command: str) -> list[str]:
    """Return the words of a command line; one that only a shell understands, with pipes or variables, is the shell's."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ["sh", "-c", command]
    if shlex.join(words) != command and _SHELL.search(command):
        return ["sh", "-c", command]
    return words or [""]


class SealedLog:
    """Lines on their way into a file, a large piece at a time, and their digest."""

    def __init__(self, fd: int, session_id: str) -> None:
        self._fd = fd
        self._line = EntryEncoder(session_id).line
        self._digest = hashlib.sha256()
        self._pending: list[bytes] = []
        self._size = 0

    def add(self, time_ns: int, direction: str, data: bytes) -> None:
        """Append an entry."""
        line = self._line(time_ns, direction, data)
        self._pending.append(line)
        self._size += len(line)
        if self._size >= _PIECE:
            self.flush()

    def seal(self, time_ns: int) -> None:
        """Write the last line."""
        self.flush()
        self.add(time_ns, SEAL, encode_info(SealInfo(self._digest.hexdigest())))
        self.flush()

    def flush(self) -> None:
        """Write what has been added."""
        piece = memoryview(b"".join(self._pending))
        self._pending, self._size = [], 0
        self._digest.update(piece)
        while piece:
            piece = piece[os.write(self._fd, piece) :]
