"""One pass over a transcript, which gives its digest. What tools gave back is passed over, not taken apart."""

from array import array
from typing import NamedTuple

import msgspec

from claude_sessions.activity.digest import UNKNOWN, Call, Digest, Outcome, Role, Sort, Touch, mark
from claude_sessions.activity.touches import FILE_TOOLS, Change, change_of, path_of
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.transcript.content import text_of
from claude_sessions.transcript.envelope import Line, lenient_or_empty
from claude_sessions.transcript.files import Kind, LogFile
from claude_sessions.transcript.lines import Fault
from claude_sessions.transcript.prompts import prompt_text
from claude_sessions.transcript.reading import open_source, read_entries

_NULL = msgspec.Raw(b"null")
_LONGEST_NAME = 200
_LATEST_S = 2**32 - 1

_STOPPED = frozenset({"interrupted", "cancelled"})
"""Values of `toolDenialKind` that deny nothing; every other one names who did not allow the call."""

_REFUSALS = ("The user doesn't want to ", "Permission to use ", "Permission for this ")
"""How a denied call's result begins, in transcripts that have no `toolDenialKind`."""

_MCP = "mcp__"


def digest_of(file: LogFile) -> Digest:
    """Read a transcript and return its digest. Raises NotFoundError or UsageError where it cannot be opened."""
    reader = _Reader(file)
    with open_source(file.path) as source:
        for line in read_entries(source, reader.fault):
            reader.take(line)
    return reader.digest()


class _Context(msgspec.Struct):
    version: str = ""
    cwd: str = ""


class _Block(msgspec.Struct, gc=False):
    """A call, or the result of one: of transcript.content.ContentBlock what counts here. Texts stay undecoded."""

    type: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = _NULL
    tool_use_id: str = ""
    content: msgspec.Raw = _NULL
    is_error: bool | None = None


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    content: msgspec.Raw = _NULL


class _Carrier(msgspec.Struct, rename="camel"):
    """What stands beside the message in the line of a result."""

    tool_denial_kind: str | None = None
    tool_use_result: msgspec.Raw = _NULL


_NO_CARRIER = _Carrier()


class _Result(NamedTuple):
    at: int
    outcome: Outcome
    refused: bool
    """Whether an error reads like a refusal: only of a tool of Claude Code's own that says something."""
    change: Change | None


_decode_message = msgspec.json.Decoder(_Message).decode
_decode_blocks = msgspec.json.Decoder(list[_Block]).decode
_decode_each = msgspec.json.Decoder(list[msgspec.Raw]).decode


class _Reader:
    """The digest of one transcript while it is being read."""

    def __init__(self, file: LogFile) -> None:
        self._main = file.kind is Kind.MAIN
        self._session_id = file.session_id
        self._context = _Context()
        self._version_seen: bytes | None = None
        self._forked = False
        self._first = self._last = UNKNOWN
        self._faults = 0
        self._marks, self._seconds, self._kinds = array("Q"), array("I"), array("I")
        self._sorts: dict[tuple[str, Role, str, str], int] = {}
        self._responses: set[str] = set()
        self._tools: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._calls: dict[str, Call] = {}
        self._results: dict[str, _Result] = {}

    def fault(self, fault: Fault) -> None:  # noqa: ARG002 - where it is matters to others
        """Count a piece that is no entry."""
        self._faults += 1

    def take(self, line: Line) -> None:
        """Take in one entry."""
        entry = line.entry
        at = _milliseconds(entry.timestamp)
        if at >= 0:
            self._first = at if self._first < 0 else min(self._first, at)
            self._last = max(self._last, at)
        if entry.uuid:
            self._notice_context(line)
        role, model = Role.OTHER, ""
        if entry.type == "assistant":
            role, model = self._assistant(line, at)
        elif entry.type == "user" and b"tool_result" in line.raw:
            role = self._results_of(line, at)
        if role is Role.OTHER and self._main and entry.type in {"user", "attachment"} and prompt_text(line) is not None:
            role = Role.PROMPT
        sort = (entry.type[:_LONGEST_NAME], role, model, self._context.version)
        self._marks.append(mark(entry.uuid or ""))
        self._seconds.append(at // 1000 if 0 <= at // 1000 <= _LATEST_S else 0)
        self._kinds.append(self._sorts.setdefault(sort, len(self._sorts)))

    def digest(self) -> Digest:
        """Return what was gathered, calls joined with their results."""
        foreign = {number for name, number in self._tools.items() if name.startswith(_MCP)}
        for name, call in self._calls.items():
            _join(call, self._results.get(name), foreign=call.tool in foreign)
        return Digest(
            session_id=self._session_id,
            directory=self._context.cwd,
            forked=self._forked,
            first_ms=self._first,
            last_ms=self._last,
            faults=self._faults,
            marks=self._marks.tobytes(),
            seconds=self._seconds.tobytes(),
            kinds=self._kinds.tobytes(),
            sorts=[Sort(*sort) for sort in self._sorts],
            tools=list(self._tools),
            paths=list(self._paths),
            calls=list(self._calls.values()),
        )

    def _notice_context(self, line: Line) -> None:
        """Notice the version, the directory, the session: what is as it was in the line before costs a search of bytes."""
        if not self._session_id:
            self._session_id = line.entry.session_id[:_LONGEST_NAME]
        if not self._forked and b'"forkedFrom"' in line.raw:
            self._forked = True
        if self._version_seen is not None and self._version_seen in line.raw:
            return
        found = lenient_or_empty(line.raw, _Context)
        if found.version:
            version = found.version[:_LONGEST_NAME]
            self._version_seen = b'"version":' + msgspec.json.encode(found.version)
            self._context.version = version
        self._context.cwd = self._context.cwd or found.cwd

    def _assistant(self, line: Line, at: int) -> tuple[Role, str]:
        try:
            message = _decode_message(line.entry.message)
        except UNDECODABLE:
            message = lenient_or_empty(line.entry.message, _Message)
        if b"tool_use" in line.raw:
            for block in _blocks(message.content):
                if block.type == "tool_use":
                    self._call(block, at)
        model = (message.model or "")[:_LONGEST_NAME]
        if message.id is not None and message.id in self._responses:
            return Role.CONTINUED, model
        self._responses.add(message.id or "")
        return Role.RESPONSE, model

    def _call(self, block: _Block, at: int) -> None:
        name = block.id or f" {len(self._calls)}"  # one without an id is known by its place, and has no result
        if name in self._calls:
            return
        tool = block.name[:_LONGEST_NAME]
        call = Call(self._tools.setdefault(tool, len(self._tools)), mark(block.id), at, UNKNOWN)
        if path := path_of(block.name, block.input):
            call.path = self._paths.setdefault(path, len(self._paths))
            call.touch = FILE_TOOLS[block.name][1]
        self._calls[name] = call

    def _results_of(self, line: Line, at: int) -> Role:
        blocks = [
            block
            for block in _blocks(lenient_or_empty(line.entry.message, _Message).content)
            if block.type == "tool_result" and block.tool_use_id
        ]
        if not blocks:
            return Role.OTHER
        carrier = _NO_CARRIER
        if len(blocks) == 1 and (b'"toolDenialKind"' in line.raw or b'"structuredPatch"' in line.raw):
            carrier = lenient_or_empty(line.raw, _Carrier)  # it is of the only result
        change = change_of(carrier.tool_use_result) if carrier is not _NO_CARRIER else None
        for block in blocks:
            refused = bool(block.is_error) and text_of(block.content).startswith(_REFUSALS)
            result = _Result(at, _outcome(block, carrier.tool_denial_kind), refused, change)
            self._results.setdefault(block.tool_use_id, result)
        return Role.RESULT


def _outcome(block: _Block, denial: str | None) -> Outcome:
    if denial:
        return Outcome.STOPPED if denial in _STOPPED else Outcome.DENIED
    return Outcome.FAILED if block.is_error else Outcome.DONE


def _join(call: Call, result: _Result | None, *, foreign: bool) -> None:
    """Give a call what its result says; a call that did nothing has touched no file."""
    if result is not None:
        refused = result.refused and result.outcome is Outcome.FAILED and not foreign
        call.outcome = Outcome.DENIED if refused else result.outcome
        if call.at >= 0 and result.at >= call.at:
            call.took = result.at - call.at
    if result is None or call.outcome is not Outcome.DONE:
        call.path, call.touch = UNKNOWN, Touch.NONE
    elif call.touch is Touch.EDITED and result.change is not None:
        call.touch = Touch.CREATED if result.change.created else Touch.EDITED
        call.added, call.removed = result.change.added, result.change.removed


def _blocks(content: msgspec.Raw) -> list[_Block]:
    """Return the blocks of a message; none of a plain text."""
    if bytes(memoryview(content)[:1]) != b"[":
        return []
    try:
        return _decode_blocks(content)
    except UNDECODABLE:
        pass
    try:
        return [lenient_or_empty(each, _Block) for each in _decode_each(content)]
    except UNDECODABLE:
        return []


def _milliseconds(timestamp: str) -> int:
    try:
        return max(UNKNOWN, parse_timestamp(timestamp) // 1_000_000)
    except ValueError:
        return UNKNOWN
