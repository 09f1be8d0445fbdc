"""What the transcripts of a session tell, as `show` prints it: prompts, tokens, cost."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from claude_sessions.answers import said
from claude_sessions.cli.recent import read_overviews

if TYPE_CHECKING:
    from claude_sessions.transcript.files import LogFile


class Said(said.Said):
    """The same for people, who see how far reading is where it takes long."""

    def __init__(self, files: "Sequence[LogFile]", span: said.Span | None = None) -> None:
        super().__init__(files, span, read_overviews)

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
