"""What the sessions are called in which something was done."""

from collections.abc import Callable, Sequence

from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.overview import cache, overview_of, summaries_in


def titles_of(files: Sequence[LogFile], progress: Callable[[int], None] | None = None) -> dict[str, str]:
    """Return the titles of sessions by their ids. `files` are the sessions' own transcripts.

    `progress` is told the size of each transcript that is done, in bytes.
    """
    found = cache().digests(files, overview_of, *([progress] if progress else []))
    summaries = summaries_in(overview for _, overview in found)
    return {file.session_id: overview.title(summaries) for file, overview in found}
