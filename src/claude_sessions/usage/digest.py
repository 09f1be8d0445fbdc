"""What one transcript tells of usage, as small as it can be kept: its responses, each once."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from claude_sessions.base.paths import as_text
from claude_sessions.transcript.files import Kind, LogFile
from claude_sessions.transcript.reading import open_source
from claude_sessions.transcript.registry import project_slug
from claude_sessions.usage.lines import CostState, InnerLine, UsageLine, UsageLines, UsageMessage
from claude_sessions.usage.once import merged
from claude_sessions.usage.response import FAST, PARTIAL, PROGRESS, SIDECHAIN, FileUsage, Response, in_units

VERSION = 2
"""Of FileUsage, and of how it is computed."""

SYNTHETIC = "<synthetic>"
"""The model of messages that Claude Code made itself: no response of the API."""

_WHOLE_FROM = (2, 1, 50)
"""Before this version of Claude Code most lines carry the usage with which a response begins: its output is a placeholder."""

_MINUTE = 60_000
_MINUTE_ENDS = len("2026-02-07T18:15")
_SECONDS = re.compile(r":([0-5][0-9])\.([0-9]{3})Z", re.ASCII)
_RELEASE = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})", re.ASCII)


def digest(file: LogFile) -> FileUsage:
    """Return the responses of a transcript. Raises NotFoundError or UsageError where it cannot be read."""
    reader = _Reader(file)
    with open_source(file.path) as source:
        lines = UsageLines(source)
        for line in lines:
            reader.add(line)
    return reader.result(_own_cost(lines.account), lines.bad_counts)


class _Candidate(NamedTuple):
    """The line that counts of a response, so far."""

    message: UsageMessage
    line: UsageLine | InnerLine
    time: int
    flags: int
    total: int


class _Reader:
    """Gathers the lines of one file."""

    def __init__(self, file: LogFile) -> None:
        self._file = file
        self._session_id = file.session_id
        self._places: dict[str, None] = {}
        self._found: dict[tuple[str, str | None, int], _Candidate] = {}
        self._minutes: dict[str, int] = {}
        self._early: dict[str, bool] = {}
        self._nameless = 0

    def add(self, line: UsageLine) -> None:
        """Take in one line."""
        self._places[line.cwd] = None
        self._session_id = self._session_id or line.session_id
        message = line.message
        if message is not None:
            self._keep(message, line, line.version, SIDECHAIN if line.is_sidechain else 0)
        elif line.data and (inner := line.data.message) and inner.message:
            self._keep(inner.message, inner, line.version, PROGRESS)

    def result(self, claude_cost: int | None, bad_counts: int) -> FileUsage:
        """Return what was found, with what is known from elsewhere."""
        responses = [_response(key, found) for key, found in self._found.items()]
        times = [response.time for response in responses] or [0]
        return FileUsage(
            main=self._file.kind is Kind.MAIN,
            session_id=self._session_id,
            project=self._project(),
            started=min(times),
            ended=max(times),
            responses=responses,
            claude_cost=claude_cost,
            bad_counts=bad_counts,
        )

    def _keep(self, message: UsageMessage, line: UsageLine | InnerLine, version: str, flags: int) -> None:
        """Keep what a line says of a response, unless another line of the response goes before it."""
        usage = message.usage
        if usage is None or message.model == SYNTHETIC:
            return
        time = self._time(line)
        if time is None:
            return  # it belongs to no day
        key = (message.id or line.uuid or self._place(), line.request_id, flags)
        known = self._found.get(key)
        if message.stop_reason is None and self._is_early(version) and (known is None or known.flags & PARTIAL):
            flags |= PARTIAL
        elif known is not None and known.flags & PARTIAL:
            known = self._found[key] = known._replace(flags=flags)
        total = usage.total
        if known is not None and total <= known.total:
            later = total == known.total and line.timestamp > known.line.timestamp
            if total < known.total or (later and line.cost is None and usage.speed != "fast"):
                return  # the usual case: a further block of the same response
            found = _Candidate(message, line, time, flags, total)
            if merged((one := _response(key, known), _response(key, found))) is one:
                return
        self._found[key] = _Candidate(message, line, time, flags, total)

    def _place(self) -> str:
        """Return a name for a response that has none."""
        self._nameless += 1
        return f"{self._file.path}:{self._nameless}"

    def _project(self) -> str:
        """Return the directory after which the folder is named: a session may have changed to others meanwhile."""
        parts = self._file.path.parts
        for place in self._places:
            if project_slug(place) in parts:
                return place
        return next(filter(None, self._places), as_text(self._file.path.parent.name))

    def _time(self, line: UsageLine | InnerLine) -> int | None:
        """Return a line's time in milliseconds since the epoch; None where it has none, and belongs to no day."""
        timestamp = line.timestamp
        start = self._minutes.get(timestamp[:_MINUTE_ENDS])
        if start is not None and (found := _SECONDS.fullmatch(timestamp, _MINUTE_ENDS)):
            return start + int(found[1]) * 1000 + int(found[2])
        try:
            moment = datetime.fromisoformat(timestamp)
            if moment.tzinfo is None:
                return None
            time = round(moment.timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
        if not 0 <= time < _LATEST:
            return None
        if _SECONDS.fullmatch(timestamp, _MINUTE_ENDS):
            self._minutes[timestamp[:_MINUTE_ENDS]] = time - time % _MINUTE
        return time

    def _is_early(self, version: str) -> bool:
        """Tell whether this version of Claude Code wrote placeholders for the output."""
        known = self._early.get(version)
        if known is None:
            found = _RELEASE.match(version)
            known = self._early[version] = found is not None and tuple(map(int, found.groups())) < _WHOLE_FROM
        return known


_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) * 1000
"""Beyond it there are no days in every time zone."""


def _response(key: tuple[str, str | None, int], found: _Candidate) -> Response:
    message, line, time, flags, _ = found
    usage = message.usage
    assert usage is not None
    write_5m, write_1h = usage.cache_writes
    return Response(
        key[0],
        key[1] or "",
        time,
        message.model or "",
        flags | FAST if usage.speed == "fast" else flags,
        usage.input_tokens,
        usage.output_tokens,
        write_5m,
        write_1h,
        usage.cache_read_input_tokens,
        usage.server_tool_use.web_search_requests if usage.server_tool_use else 0,
        None if line.cost is None else in_units(line.cost),
    )


def _own_cost(account: CostState | None) -> int | None:
    """Return Claude Code's own reckoning in UNITS; one that left a model out is none."""
    if account is None or account.total_cost is None or account.has_unknown_model_cost:
        return None
    return in_units(account.total_cost)
