"""A session in a few facts, read from its transcript once and kept: what `recent` and `list` show of it."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.transcript.content import decode_message
from claude_sessions.transcript.conversation import Order
from claude_sessions.transcript.digests import DigestCache
from claude_sessions.transcript.envelope import BadLineError, Line, lenient
from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.lines import Fault
from claude_sessions.transcript.prompts import prompt_of
from claude_sessions.transcript.reading import open_source, read_entries
from claude_sessions.transcript.titles import TYPES, Titles, one_line

VERSION = 3
"""Goes up whenever an overview is made otherwise than before."""

_ENDS = 4
"""Of each branch so many of the last lines are known: a summary names the last message, and notes may follow it."""
_BRANCHES = 16

_MOST_TOKENS = 10**9
"""In one response; what claims more is no count."""

_LATEST_NS = 2**63 - 1
"""In the year 2262. What claims to be later is no time: neither the cache nor a calendar could hold it."""


class Exchange(msgspec.Struct, array_like=True):
    """A prompt and how it was answered, the beginning of each on one line."""

    prompt: str = ""
    answer: str = ""
    """First line of the last text before the next prompt; empty where there is none."""


class Overview(msgspec.Struct, array_like=True):
    """See the module. Times are nanoseconds since the epoch, 0 where no line has one."""

    session_id: str
    directory: str
    """Where the session began: its project."""
    git_branch: str
    """The last one."""
    version: str
    """Claude Code's, the last one."""
    model: str
    """The last one that answered."""
    started_ns: int
    ended_ns: int
    """The time of its latest line."""
    titles: Titles
    ends: list[str]
    """The uuids of the last lines of each branch: what a summary elsewhere names."""
    said: str
    """The first thing that was said to Claude."""
    first: Exchange
    last: Exchange
    prompts: int
    """What a person typed, commands included, in all branches."""
    responses: int
    """What the model answered: responses of the API, however many lines each has."""
    branches: int
    faults: int
    """Pieces of the file that are no entry."""
    tokens: int = 0
    """All that the API counted of these responses, what came from its cache included. Reports of usage know more: they
    leave out what was copied from other sessions, and have what subagents used."""

    @property
    def messages(self) -> int:
        """Prompts and responses."""
        return self.prompts + self.responses

    @property
    def duration_ns(self) -> int:
        """From the first line to the latest."""
        return max(0, self.ended_ns - self.started_ns)

    def title(self, elsewhere: Mapping[str, str] | None = None) -> str:
        """Return the session's title, empty where it has none. `elsewhere` are summaries in other transcripts."""
        return self.titles.title(self.ends, elsewhere, self.said)


def cache(home: Path | None = None) -> DigestCache[Overview]:
    """Return the cache that holds the overviews."""
    return DigestCache("overview", VERSION, Overview, home)


def overview_of(file: LogFile) -> Overview:
    """Read a transcript and return its overview. Raises NotFoundError or UsageError where it cannot be opened."""
    reader = OverviewReader(file)
    with open_source(file.path) as source:
        for line in read_entries(source, reader.fault):
            reader.take(line)
    return reader.overview()


def overview_between(file: LogFile, since_ns: int, until_ns: int) -> Overview:
    """Return the overview of the lines from `since_ns` on and before `until_ns`; titles count whenever they were given."""
    reader = OverviewReader(file)
    with open_source(file.path) as source:
        for line in read_entries(source, reader.fault):
            entry = line.entry
            if entry.type in TYPES or since_ns <= _nanoseconds(entry.timestamp or "") < until_ns:
                reader.take(line)
    return reader.overview()


def summaries_in(overviews: Iterable[Overview]) -> dict[str, str]:
    """Return the summaries that stand in any of these transcripts, by the uuid each ends at."""
    return {uuid: text for each in overviews for uuid, text in each.titles.summaries.items()}


class _Context(msgspec.Struct, rename="camel"):
    cwd: str = ""
    git_branch: str = ""
    version: str = ""


class _Text(msgspec.Struct, gc=False):
    type: str = ""
    text: str = ""


class _Usage(msgspec.Struct, gc=False):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    @property
    def total(self) -> int:
        counts = (
            self.input_tokens,
            self.output_tokens,
            self.cache_creation_input_tokens,
            self.cache_read_input_tokens,
        )
        return sum(count for count in counts if 0 <= count < _MOST_TOKENS)


class _Answer(msgspec.Struct, gc=False):
    content: list[_Text]
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None


_decode_answer = msgspec.json.Decoder(_Answer).decode


class OverviewReader:
    """The overview of one transcript while it is being read, or written: it can be asked for at any time.

    Keeps some 300 bytes a line.
    """

    def __init__(self, file: LogFile) -> None:
        self._session_id = file.session_id
        self._order = Order()
        self._uuids: list[str | None] = []
        self._prompts: dict[int, str] = {}
        self._said: set[int] = set()
        self._answers: dict[int, str] = {}
        self._responses: dict[str, int] = {}
        self._model = ""
        self._titles = Titles(summaries={})
        self._begin: Line | None = None
        self._end: Line | None = None
        self._first = self._last = ""
        self._faults = 0

    def fault(self, fault: Fault) -> None:  # noqa: ARG002 - where it is matters to others
        """Count a piece that is no entry."""
        self._faults += 1

    def take(self, line: Line) -> None:
        """Take in one line."""
        entry = line.entry
        at = self._order.add(line)
        self._uuids.append(entry.uuid)
        kind = entry.type
        if entry.uuid is not None:
            self._begin = self._begin or line
            self._end = line
        if entry.timestamp:
            self._time(entry.timestamp)
        if kind == "assistant":
            if not entry.is_sidechain:
                self._answer(at, line)
        elif kind in TYPES:
            self._titles.note(line)
        elif prompt := prompt_of(line):
            self._prompts[at] = one_line(prompt.text)
            if not prompt.command:
                self._said.add(at)

    def overview(self) -> Overview:
        """Return what was gathered."""
        begin, end = _context(self._begin), _context(self._end)
        thread = self._order.thread()
        exchanges = list(self._exchanges(thread))
        return Overview(
            session_id=self._session_id or (self._begin.entry.session_id if self._begin else ""),
            directory=begin.cwd or end.cwd,
            git_branch=end.git_branch or begin.git_branch,
            version=end.version or begin.version,
            model=self._model,
            started_ns=_nanoseconds(self._first),
            ended_ns=_nanoseconds(self._last),
            titles=msgspec.structs.replace(self._titles, summaries=dict(self._titles.summaries)),
            ends=self._ends(),
            said=next((self._prompts[at] for at in thread if at in self._said), ""),
            first=exchanges[0] if exchanges else Exchange(),
            last=exchanges[-1] if exchanges else Exchange(),
            prompts=len(self._prompts),
            responses=len(self._responses),
            branches=len(self._order.branches),
            faults=self._faults,
            tokens=sum(self._responses.values()),
        )

    def _time(self, timestamp: str) -> None:
        """Notice the earliest and the latest time; a clock that goes back changes neither order nor length."""
        usual = len(timestamp) == len("2026-02-07T18:15:32.123Z") and timestamp[-1] == "Z"
        if (usual and self._first <= timestamp <= self._last) or not _nanoseconds(timestamp):
            return
        if not self._first or timestamp < self._first:
            self._first = timestamp
        self._last = max(self._last, timestamp)

    def _answer(self, at: int, line: Line) -> None:
        try:
            answer = _decode_answer(line.entry.message)
        except UNDECODABLE:
            message = decode_message(line.entry.message)
            usage = _usage(message.usage)
            answer = _Answer(
                [_Text(block.type, block.text) for block in message.blocks], message.id, message.model, usage
            )
        tokens = answer.usage.total if answer.usage else 0
        response = answer.id or line.entry.uuid or f" {at}"
        self._responses[response] = max(tokens, self._responses.get(response, 0))  # the later lines know more
        if answer.model and answer.model != "<synthetic>":
            self._model = answer.model
        for block in reversed(answer.content):
            if block.type == "text" and (text := block.text.strip()):
                self._answers[at] = one_line(text.partition("\n")[0])
                break

    def _exchanges(self, thread: Sequence[int]) -> Iterator[Exchange]:
        """Yield each prompt of the thread with its answer."""
        exchange: Exchange | None = None
        for at in thread:
            if at in self._prompts:
                if exchange:
                    yield exchange
                exchange = Exchange(self._prompts[at])
            elif exchange and at in self._answers:
                exchange.answer = self._answers[at]
        if exchange:
            yield exchange

    def _ends(self) -> list[str]:
        """Return the uuids that a summary of this session may name, those of the default branch first."""
        newest = self._order.newest
        if newest is None:
            return []
        others = [branch for branch in self._order.branches if branch != newest]
        found: dict[str, None] = {}
        for branch in (newest, *others[-_BRANCHES:]):
            chain = (self._uuids[at] for at in reversed(self._order.thread(branch.number)))
            known = (uuid for uuid in chain if uuid is not None)
            found.update(dict.fromkeys(uuid for uuid, _ in zip(known, range(_ENDS), strict=False)))
        return list(found)


def _usage(raw: msgspec.Raw) -> _Usage:
    with contextlib.suppress(BadLineError):
        return lenient(raw, _Usage)
    return _Usage()


def _context(line: Line | None) -> _Context:
    if line is not None:
        with contextlib.suppress(BadLineError):
            return lenient(line.raw, _Context)
    return _Context()


def _nanoseconds(timestamp: str) -> int:
    """Return a time since the epoch, 0 where it is none or cannot be."""
    try:
        found = parse_timestamp(timestamp)
    except ValueError:
        return 0
    return found if 0 <= found <= _LATEST_NS else 0
