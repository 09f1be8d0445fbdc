"""What the transcripts of a session tell: prompts, tokens, cost (claude-sessions(1), "JSON")."""

from collections.abc import Callable, Sequence
from typing import Any

from claude_sessions.answers.conversation import overviews_of, recent_json
from claude_sessions.answers.part import Part
from claude_sessions.answers.usage import configured_prices
from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.locate import related
from claude_sessions.transcript.overview import Overview, overview_between
from claude_sessions.transcript.recent import Recent
from claude_sessions.usage import Mode, Totals, read, summed
from claude_sessions.usage.summary import within

Span = tuple[int, int]
"""From when on and until when, in nanoseconds since the epoch; the end does not belong to it."""
ReadOverviews = Callable[[Sequence[LogFile]], list[tuple[LogFile, Overview]]]


class Said:
    """The transcripts of one session, the first one first.

    `span` is the time that its recording shows: a conversation that was resumed has more than that. `here` is what belongs
    to that time, `whole` all of it; they are one and the same where there is no more. `read` reads overviews.
    """

    def __init__(self, files: Sequence[LogFile], span: Span | None = None, read: ReadOverviews | None = None) -> None:
        self.files = files
        self.sessions = _overviews(files, read or overviews_of)
        whole, here, claude_cost = _usage(files, span)
        self.whole = self.here = Part([each.overview for each in self.sessions], whole, claude_cost)
        if span is not None:
            part = Part([_between(each, span) for each in self.sessions], here, None)
            self.here = part if part.counts != self.whole.counts else self.whole

    @property
    def title(self) -> str:
        """The title of the last one that has one: that is what it was about in the end."""
        return next((each.title for each in reversed(self.sessions) if each.title), "")

    def unrecorded_json(self) -> dict[str, Any]:
        """Return for programs what `show` has of every session, where there is no recording."""
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
        return {
            "transcript_title": self.title or None,
            "transcripts": [recent_json(each) for each in self.sessions],
            **self.here.json(),
            "whole_conversation": self.whole.json() if self.sessions else None,
        }


def _overviews(files: Sequence[LogFile], read: ReadOverviews) -> list[Recent]:
    return [Recent(file, overview, overview.title()) for file, overview in read(files)]


def _between(found: Recent, span: Span) -> Overview:
    """Return the overview of what was said in that time; the transcript is read again only where there is more."""
    since, until = span
    if since <= found.overview.started_ns and found.overview.ended_ns < until:
        return found.overview
    return overview_between(found.file, since, until)


def _usage(files: Sequence[LogFile], span: Span | None) -> tuple[Totals, Totals, int | None]:
    """Return what the sessions and their subagents used up, in all and in that time, and Claude Code's own figure.

    That one is the cost of all, in UNITS.
    """
    if not files:
        return Totals(), Totals(), None
    reading = read([each for file in files for each in (file, *related(file))])
    prices = configured_prices()
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
