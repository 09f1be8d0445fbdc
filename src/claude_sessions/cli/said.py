"""What the transcripts of a session tell, as `show` prints it: prompts, tokens, cost."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claude_sessions.transcript.files import LogFile
    from claude_sessions.transcript.recent import Recent
    from claude_sessions.usage import Totals


class Said:
    """The transcripts of one session, the first one first."""

    def __init__(self, files: "Sequence[LogFile]") -> None:
        self.files = files
        self.sessions = _overviews(files)
        self.totals, self.claude_cost = _usage(files)

    @property
    def title(self) -> str:
        """The title of the last one that has one: that is what it was about in the end."""
        return next((each.title for each in reversed(self.sessions) if each.title), "")

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield label and text for people; nothing where there is no transcript."""
        from claude_sessions.usage.response import UNITS

        if not self.sessions:
            return
        overviews = [each.overview for each in self.sessions]
        prompts, responses = sum(each.prompts for each in overviews), sum(each.responses for each in overviews)
        branches = max(each.branches for each in overviews)
        yield (
            "prompts",
            f"{prompts:,}, answered in {responses:,} {'response' if responses == 1 else 'responses'}"
            + (f", {branches} branches" if branches > 1 else ""),
        )
        said = [text for each in overviews for text in (each.first.prompt, each.last.prompt) if text]
        if said:
            yield "", f"first: {said[0]}"
        if said and prompts > 1:
            yield "", f"last: {said[-1]}"
        totals = self.totals
        if totals.responses:
            cached = f"{totals.read:,} read from the cache, {totals.cache_write:,} written to it"
            yield "tokens", f"{totals.input:,} in, {totals.output:,} out, {cached}"
            at_least = "at least " if totals.unknown or totals.lower_bound else ""
            unpriced = f": no price is known for {', '.join(sorted(totals.unknown))}" if totals.unknown else ""
            own = "" if self.claude_cost is None else f" (Claude Code says ${self.claude_cost / UNITS:,.2f})"
            yield "cost", f"{at_least}${totals.known_cost / UNITS:,.2f}{own}{unpriced}"
        faults = sum(each.faults for each in overviews)
        if faults:
            yield "damaged", f"{faults:,} {'piece' if faults == 1 else 'pieces'} of the transcript could not be read"

    def about(self) -> Iterator[tuple[str, str]]:
        """Yield label and text for people: what the first transcript tells where there is no recording."""
        from claude_sessions.cli.output import duration, exact_moment, short_path
        from claude_sessions.upkeep.resume import is_resumable

        for each in self.sessions[:1]:
            overview = each.overview
            yield "id", overview.session_id
            if each.title:
                yield "title", each.title
            yield "state", "not recorded"
            if overview.directory:
                yield "directory", short_path(overview.directory)
            if overview.git_branch:
                yield "branch", overview.git_branch
            if overview.ended_ns:
                yield "started", exact_moment(overview.started_ns)
                yield "ended", exact_moment(overview.ended_ns)
                yield "duration", duration(overview.duration_ns)
            if overview.version:
                yield "claude", f"version {overview.version}" + (f", {overview.model}" if overview.model else "")
            yield "transcript", str(each.file.path)
            if is_resumable(overview.session_id):
                yield "resume", f"claude-sessions resume {overview.session_id}"

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
        from claude_sessions.usage.response import in_dollars

        totals = self.totals
        return {
            "transcript_title": self.title or None,
            "transcripts": [recent_json(each) for each in self.sessions],
            "usage": {
                "responses": totals.responses,
                "input_tokens": totals.input,
                "output_tokens": totals.output,
                "cache_write_tokens": totals.cache_write,
                "cache_read_tokens": totals.read,
                "total_tokens": totals.total,
                "cost": None if totals.cost is None else in_dollars(totals.cost),
                "claude_cost": None if self.claude_cost is None else in_dollars(self.claude_cost),
                "unknown_models": sorted(totals.unknown),
            }
            if self.sessions
            else None,
        }


def _overviews(files: "Sequence[LogFile]") -> "list[Recent]":
    from claude_sessions.cli.recent import read_overviews
    from claude_sessions.transcript.recent import Recent

    return [Recent(file, overview, overview.title()) for file, overview in read_overviews(files)]


def _usage(files: "Sequence[LogFile]") -> "tuple[Totals, int | None]":
    """Return what the sessions and their subagents used up, and Claude Code's own figure of the cost, in UNITS."""
    from claude_sessions.cli.usage_report import load
    from claude_sessions.transcript.locate import related
    from claude_sessions.usage import Mode, Totals, read, summed

    if not files:
        return Totals(), None
    reading = read([each for file in files for each in (file, *related(file))])
    sums = summed(reading.responses, lambda _response, _file: 0, load(None), Mode.AUTO)
    ids = {file.session_id for file in files}
    own = [cost for session_id, cost in reading.claude_costs.items() if session_id in ids]
    return sums.get(0) or Totals(), sum(own) if own else None
