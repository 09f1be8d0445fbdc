"""How much was done, by whom, when and with what: the numbers of the page that `stats` shows."""

from array import array
from collections import Counter
from datetime import date

import msgspec

from claude_sessions.activity.days import Calendar, Streak, active_seconds, current, longest, streaks
from claude_sessions.activity.digest import Outcome, Role, Sort
from claude_sessions.activity.history import History, Part
from claude_sessions.transcript.files import Kind
from claude_sessions.transcript.kinds import is_known

_NO_MODEL = frozenset({"", "<synthetic>"})
"""What stands for a model where Claude Code itself has written the answer."""


class SessionWork(msgspec.Struct):
    """One session, its subagents with it."""

    session_id: str
    directory: str
    prompts: int = 0
    responses: int = 0
    active_s: int = 0
    """Seconds of work: where nothing was written for ten minutes nobody was at work."""
    first_s: int = 0
    """When it began, in seconds since the epoch; 0 where no line tells."""
    last_s: int = 0


class Statistics(msgspec.Struct):
    """All of it. Days and hours are those of the calendar's zone."""

    sessions: list[SessionWork]
    """The longest first."""
    projects: dict[str, int]
    """Sessions by directory, most first."""
    prompts: int
    responses: int
    messages: dict[str, int]
    """Lines of the conversation by who speaks: user, assistant."""
    calls: dict[str, int]
    """By tool, most first."""
    failed_calls: int
    models: dict[str, int]
    """Responses by model, most first."""
    versions: dict[str, int]
    """Sessions by version of Claude Code, the newest first."""
    days: dict[date, int]
    """Prompts and responses by day, in order."""
    hours: list[int]
    """The same by hour of the day."""
    longest_streak: Streak | None
    current_streak: Streak | None
    types: dict[str, int]
    """Lines by type, copies among them, most first."""
    unknown: dict[str, dict[str, int]]
    """Of types that have no name here: lines by version."""
    transcripts: dict[str, int]
    """Files by kind: main, subagent, workflow."""
    bytes: int
    lines: int
    copies: int
    """Lines that stand in an earlier session already."""
    faults: int
    """Pieces that are no entry."""

    @property
    def active_s(self) -> int:
        """Seconds of work in all sessions together; two at a time count twice."""
        return sum(session.active_s for session in self.sessions)


def statistics_of(history: History, calendar: Calendar, today: date) -> Statistics:
    """Return the statistics of a history. `today` decides which streak is not over."""
    counts = _Counts(calendar)
    for part in history.parts:
        counts.take(part)
    uses = Counter(part.digest.tools[call.tool] for part in history.parts for call in part.calls)
    runs = streaks(counts.days)
    sessions = [session for session in counts.work() if session.prompts or session.responses]
    return Statistics(
        sessions=sorted(sessions, key=lambda session: (-session.active_s, session.session_id)),
        projects=dict(Counter(session.directory for session in sessions if session.directory).most_common()),
        prompts=counts.roles[Role.PROMPT],
        responses=counts.roles[Role.RESPONSE],
        messages=dict(counts.messages),
        calls=dict(uses.most_common()),
        failed_calls=sum(call.outcome is Outcome.FAILED for part in history.parts for call in part.calls),
        models=dict(counts.models.most_common()),
        versions={name: len(counts.versions[name]) for name in sorted(counts.versions, key=_version, reverse=True)},
        days=dict(sorted(counts.days.items())),
        hours=[counts.hours[hour] for hour in range(24)],
        longest_streak=longest(runs),
        current_streak=current(runs, today),
        types=dict(counts.types.most_common()),
        unknown={name: dict(found) for name, found in sorted(counts.unknown.items())},
        transcripts={str(kind): sum(part.file.kind is kind for part in history.parts) for kind in Kind},
        bytes=sum(part.file.size for part in history.parts),
        lines=counts.types.total(),
        copies=counts.copies,
        faults=sum(part.digest.faults for part in history.parts),
    )


class _Counts:
    """What is added up, a transcript at a time."""

    def __init__(self, calendar: Calendar) -> None:
        self.roles: Counter[Role] = Counter()
        self.messages: Counter[str] = Counter()
        self.models: Counter[str] = Counter()
        self.versions: dict[str, set[str]] = {}
        self.days: Counter[date] = Counter()
        self.hours: Counter[int] = Counter()
        self.types: Counter[str] = Counter()
        self.unknown: dict[str, Counter[str]] = {}
        self.copies = 0
        self._calendar = calendar
        self._work: dict[str, SessionWork] = {}
        self._times: dict[str, array[int]] = {}

    def take(self, part: Part) -> None:
        """Add one transcript."""
        self._every_line(part)
        session = self._work.setdefault(part.session_id, SessionWork(part.session_id, part.directory))
        self._times.setdefault(part.session_id, array("I")).extend(part.seconds())
        for (kind, second), count in part.counted().items():
            sort = part.digest.sorts[kind]
            self._owned(part, session, sort, count)
            if second and sort.role in {Role.PROMPT, Role.RESPONSE}:
                day, hour = self._calendar.day_and_hour(second)
                self.days[day] += count
                self.hours[hour] += count

    def work(self) -> list[SessionWork]:
        """Return the sessions, with the time that went into them."""
        for name, session in self._work.items():
            if times := self._times[name]:
                session.active_s, session.first_s, session.last_s = active_seconds(times), min(times), max(times)
        return list(self._work.values())

    def _every_line(self, part: Part) -> None:
        """Count what the file is made of, copies too."""
        for sort, count in part.sorts().items():
            self.types[sort.type] += count
            if not is_known(sort.type):
                self.unknown.setdefault(sort.type, Counter())[sort.version] += count
        self.copies += part.copies

    def _owned(self, part: Part, session: SessionWork, sort: Sort, count: int) -> None:
        self.roles[sort.role] += count
        if sort.type in {"user", "assistant"}:
            self.messages[sort.type] += count
        if sort.version:
            self.versions.setdefault(sort.version, set()).add(part.session_id)
        if sort.role is Role.PROMPT:
            session.prompts += count
        elif sort.role is Role.RESPONSE:
            session.responses += count
            if sort.model not in _NO_MODEL:
                self.models[sort.model] += count


def _version(name: str) -> tuple[list[int], str]:
    """Return what sorts versions as people count: 2.1.9 before 2.1.10."""
    return [int(part) if part.isdecimal() and len(part) < 10 else 0 for part in name.split(".")], name
