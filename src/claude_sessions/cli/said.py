"""What the transcripts of a session tell, as `show` prints it: prompts, tokens, cost."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from claude_sessions.cli.part import Part

if TYPE_CHECKING:
    from claude_sessions.transcript.files import LogFile
    from claude_sessions.transcript.overview import Overview
    from claude_sessions.transcript.recent import Recent
    from claude_sessions.usage import Totals

Span = tuple[int, int]
"""From when on and until when, in nanoseconds since the epoch; the end does not belong to it."""


class Said:
    """The transcripts of one session, the first one first.

    `span` is the time that its recording shows: a conversation that was resumed has more than that. `here` is what belongs
    to that time, `whole` all of it; they are one and the same where there is no more.
    """

    def __init__(self, files: "Sequence[LogFile]", span: "Span | None" = None) -> None:
        self.files = files
        self.sessions = _overviews(files)
        whole, here, claude_cost = _usage(files, span)
        self.whole = self.here = Part([each.overview for each in self.sessions], whole, claude_cost)
        if span is not None:
            part = Part([_between(each, span) for each in self.sessions], here, None)
            self.here = part if part.counts != self.whole.counts else self.whole

    @property
    def title(self) -> str:
        """The title of the last one that has one: that is what it was about in the end."""
        return next((each.title for each in reversed(self.sessions) if each.title), "")

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield label and text for people; nothing where there is no transcript."""
        if not self.sessions:
            return
        here, whole = self.here, self.whole
        yield from self._both("prompts", here.answered, whole.answered)
        if here.said:
            yield "", f"first: {here.said[0]}"
        if here.said and here.prompts > 1:
            yield "", f"last: {here.said[-1]}"
        if whole.totals.responses:
            yield from self._both("tokens", here.tokens, whole.tokens)
            yield from self._both("cost", here.cost, whole.cost)
        faults = sum(each.faults for each in whole.overviews)
        if faults:
            yield "damaged", f"{faults:,} {'piece' if faults == 1 else 'pieces'} of the transcript could not be read"

    def _both(self, label: str, here: str, whole: str) -> Iterator[tuple[str, str]]:
        yield label, here
        if self.here is not self.whole:
            yield "", f"whole conversation: {whole}"

    def context(self) -> Iterator[tuple[str, str]]:
        """Yield label and text for people: branch, version and model, the last ones."""
        for each in self.here.overviews[-1:]:
            if each.git_branch:
                yield "branch", each.git_branch
            if each.version:
                yield "claude", f"version {each.version}" + (f", {each.model}" if each.model else "")

    def resume(self, session_id: str) -> Iterator[tuple[str, str]]:
        """Yield label and text for people: the command that goes on with the conversation, where that can be done."""
        from claude_sessions.upkeep.resume import is_resumable

        if self.sessions and is_resumable(self.sessions[-1].overview.session_id):
            yield "resume", f"claude-sessions resume {session_id}"

    def about(self) -> Iterator[tuple[str, str]]:
        """Yield label and text for people: what the first transcript tells where there is no recording."""
        from claude_sessions.cli.output import duration, exact_moment, short_path

        for each in self.sessions[:1]:
            overview = each.overview
            yield "id", overview.session_id
            if each.title:
                yield "title", each.title
            yield "state", "not recorded"
            if overview.directory:
                yield "directory", short_path(overview.directory)
            if overview.ended_ns:
                yield "started", exact_moment(overview.started_ns)
                yield "ended", exact_moment(overview.ended_ns)
                yield "duration", duration(overview.duration_ns)
            yield from self.context()
            yield "transcript", str(each.file.path)
            yield from self.resume(overview.session_id)

    def unrecorded_json(self) -> dict[str, Any]:
        """Return for programs what `show` has of every session, where there is no recording."""
        from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter

        timestamp = TimestampFormatter()
        for each in self.sessions[:1]:
            overview = each.overview
            return {
                "id": overview.session_id,
                "recorded": False,
                "title": "",
                "directory": overview.directory,
                "started": timestamp(overview.started_ns) if overview.started_ns else None,
                "ended": timestamp(overview.ended_ns) if overview.ended_ns else None,
                "duration": round(overview.duration_ns / NANOSECONDS, 6),
                "size": 0,
                "state": "not recorded",
                "waiting_for": None,
                "paused": False,
                "exit_code": None,
                "signal": None,
                "claude_session_id": overview.session_id,
                "claude_pid": None,
            }
        return {}

    def json(self) -> dict[str, Any]:
        """Return the same for programs."""
        from claude_sessions.cli.recent import recent_json

        return {
            "transcript_title": self.title or None,
            "transcripts": [recent_json(each) for each in self.sessions],
            **self.here.json(),
            "whole_conversation": self.whole.json() if self.sessions else None,
        }


def _overviews(files: "Sequence[LogFile]") -> "list[Recent]":
    from claude_sessions.cli.recent import read_overviews
    from claude_sessions.transcript.recent import Recent

    return [Recent(file, overview, overview.title()) for file, overview in read_overviews(files)]


def _between(found: "Recent", span: Span) -> "Overview":
    """Return the overview of what was said in that time; the transcript is read again only where there is more."""
    from claude_sessions.transcript.overview import overview_between

    since, until = span
    if since <= found.overview.started_ns and found.overview.ended_ns < until:
        return found.overview
    return overview_between(found.file, since, until)


def _usage(files: "Sequence[LogFile]", span: Span | None) -> "tuple[Totals, Totals, int | None]":
    """Return what the sessions and their subagents used up, in all and in that time, and Claude Code's own figure.

    That one is the cost of all, in UNITS.
    """
    from claude_sessions.cli.usage_report import load
    from claude_sessions.transcript.locate import related
    from claude_sessions.usage import Mode, Totals, read, summed
    from claude_sessions.usage.summary import within

    if not files:
        return Totals(), Totals(), None
    reading = read([each for file in files for each in (file, *related(file))])
    prices = load(None)
    since_ms, until_ms = in_milliseconds(span)
    whole, here = (
        summed(responses, lambda _response, _file: 0, prices, Mode.AUTO).get(0) or Totals()
        for responses in (reading.responses, within(reading.responses, since_ms, until_ms))
    )
    ids = {file.session_id for file in files}
    own = [cost for session_id, cost in reading.claude_costs.items() if session_id in ids]
    return whole, here, sum(own) if own else None


def in_milliseconds(span: Span | None) -> tuple[int | None, int | None]:
    """Return a span in milliseconds, without limits where there is none."""
    return (None, None) if span is None else (span[0] // 1_000_000, -(-span[1] // 1_000_000))
