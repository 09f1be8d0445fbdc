"""The lines of all transcripts as messages for programs: the log streaming's `log_entry` and `history`.

    {"type":"log_entry","data":{…},"session_id":"…","file":"…","offset":123}

`data` is the line as it stands in the file, byte by byte; only one that not every client could read (half a surrogate pair,
a byte that is no UTF-8) is encoded anew. Where a message would be larger than clients take, `data` has only what tells the
line from others, and `omitted` says how many bytes it has: `file` and `offset` say where they are.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.base.paths import as_text
from claude_sessions.live.hub import Message, Topic
from claude_sessions.live.sink import Restart, TailLine
from claude_sessions.transcript.content import decode_message
from claude_sessions.transcript.envelope import BadLineError, Line, decode_any, lenient
from claude_sessions.transcript.files import Kind, LogFile, owner_of

LARGEST = 1_000_000
"""Bytes of a message: clients that say nothing else refuse what is larger than 1 MiB."""

_ROOM = 10_000
"""Bytes that are left for what stands around `data`."""

_CALLS = 4096
"""So many calls of tools are remembered, to know whose result a line is."""

_encode = msgspec.json.Encoder().encode
_check = msgspec.json.Decoder(msgspec.Raw).decode


class About(msgspec.Struct, frozen=True):
    """What a subscriber's filter looks at."""

    session_id: str
    type: str
    """The line's, see `transcript.kinds`."""
    tools: frozenset[str]
    """Names of tools that it calls, or has the result of."""
    directory: str
    """Where Claude worked; empty where neither this line nor one before it tells."""
    folder: str
    """The name of the project's folder."""
    file: str
    """The transcript, see `file_name`."""
    offset: int
    """Byte offset of the line."""
    generation: int = 0
    """How many times the file was begun anew since the server knows it: offsets of one say nothing in the next."""


class _Directory(msgspec.Struct):
    cwd: str = ""


_decode_directory = msgspec.json.Decoder(_Directory).decode


class Reader:
    """Makes entries of lines, and remembers what later lines of a file do not say again."""

    def __init__(self) -> None:
        self._directories: dict[Path, str] = {}
        self._generations: dict[Path, int] = {}
        self._calls: OrderedDict[str, str] = OrderedDict()

    def about(self, file: LogFile, line: TailLine) -> About:
        """Return what a line is about."""
        entry = line.line.entry
        if directory := _directory(line.raw):
            self._directories[file.path] = directory
        return About(
            session_id=file.session_id or entry.session_id,
            type=entry.type,
            tools=self._tools(line.line),
            directory=self._directories.get(file.path, ""),
            folder=as_text(folder_name(file)),
            file=file_name(file),
            offset=line.offset,
            generation=self.generation(file),
        )

    def begin_anew(self, file: LogFile) -> None:
        """Learn that a file begins once more."""
        self._generations[file.path] = self.generation(file) + 1

    def generation(self, file: LogFile) -> int:
        """Return how many times it has."""
        return self._generations.get(file.path, 0)

    def forget(self, file: LogFile) -> None:
        """Forget a file that is gone."""
        self._directories.pop(file.path, None)

    def _tools(self, line: Line) -> frozenset[str]:
        entry = line.entry
        if entry.type not in ("assistant", "user") or b'"tool_' not in line.raw:
            return frozenset()
        names = set()
        for block in decode_message(entry.message).blocks:
            if block.type == "tool_use":
                names.add(block.name)
                self._calls[block.id] = block.name
                if len(self._calls) > _CALLS:
                    self._calls.popitem(last=False)
            elif block.type == "tool_result" and block.tool_use_id in self._calls:
                names.add(self._calls[block.tool_use_id])
        return frozenset(names)


class Entries:
    """A sink that publishes every line, as long as there is somebody who listens."""

    def __init__(self) -> None:
        self.topic = Topic()
        """Messages with `About`."""
        self._reader = Reader()

    def found(self, file: LogFile) -> None:
        """See Sink."""

    def appended(self, file: LogFile, lines: Sequence[TailLine]) -> None:
        """See Sink."""
        if not self.topic.subscribers:
            return
        for line in lines:
            about = self._reader.about(file, line)
            self.topic.publish(Message(log_entry(about, line), about=about))

    def restarted(self, file: LogFile, why: Restart) -> None:  # noqa: ARG002 - both kinds end in the same
        """See Sink: what follows are entries like others, of another generation."""
        self._reader.begin_anew(file)

    def generation(self, file: LogFile) -> int:
        """Return how many times a file was begun anew."""
        return self._reader.generation(file)

    def gone(self, file: LogFile) -> None:
        """See Sink. A file that has its name later is of another generation, for who listens now."""
        self._reader.forget(file)
        if self.topic.subscribers:
            self._reader.begin_anew(file)


def log_entry(about: About, line: TailLine) -> bytes:
    """Return the message for one line."""
    rest = _encode({"session_id": about.session_id, "file": about.file, "offset": about.offset})
    data = data_of(line)
    omitted = b"" if data is not None else b',"omitted":%d' % len(line.raw)
    return b'{"type":"log_entry","data":%s,%s%s}' % (data or _outline(line.line), rest[1:-1], omitted)


def history(lines: Iterable[TailLine]) -> bytes:
    """Return the message with past lines, the oldest first: as many of the last ones as a message may hold."""
    kept: list[bytes] = []
    size = 0
    for line in reversed(list(lines)):
        data = data_of(line) or _outline(line.line)
        size += len(data) + 1
        if size > LARGEST - _ROOM:
            break
        kept.append(data)
    return b'{"type":"history","data":[%s]}' % b",".join(reversed(kept))


def data_of(line: TailLine) -> bytes | None:
    """Return a line as JSON that every client can read, mostly the very bytes of the file; None where it is too large."""
    raw = line.raw
    if len(raw) > LARGEST - _ROOM:
        return None
    try:
        _check(raw)
        if not raw.isascii():
            raw.decode()
        return raw
    except UNDECODABLE:
        pass
    try:
        mended = _encode(decode_any(raw))
    except (BadLineError, *UNDECODABLE):
        return _outline(line.line)
    return mended if len(mended) <= LARGEST - _ROOM else None


def file_name(file: LogFile) -> str:
    """Return a transcript's path as a text that can be part of any message."""
    return as_text(str(file.path))


def folder_name(file: LogFile) -> str:
    """Return the name of the project's folder, which Claude Code makes of the project's directory."""
    owner = owner_of(file.path)
    return file.path.parts[owner - 1] if owner and file.kind is not Kind.MAIN else file.path.parent.name


def _outline(line: Line) -> bytes:
    """Return what tells a line from others, as the line itself names it."""
    entry = line.entry
    fields = {
        "type": entry.type,
        "uuid": entry.uuid,
        "parentUuid": entry.parent_uuid,
        "timestamp": entry.timestamp,
        "sessionId": entry.session_id,
        "isSidechain": entry.is_sidechain,
    }
    return _encode({name: value[:200] if isinstance(value, str) else value for name, value in fields.items()})


def _directory(raw: bytes) -> str:
    if b'"cwd"' not in raw:
        return ""
    try:
        return _decode_directory(raw).cwd
    except UNDECODABLE:
        pass
    try:
        return lenient(raw, _Directory).cwd
    except BadLineError:
        return ""
