"""All transcripts to responses: what has not changed comes from the cache."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from claude_sessions.transcript.digests import DigestCache
from claude_sessions.transcript.files import LogFile
from claude_sessions.usage.digest import VERSION, digest
from claude_sessions.usage.once import Counted, count_once
from claude_sessions.usage.prices import Mode, Prices, load_prices
from claude_sessions.usage.report import Totals, summed
from claude_sessions.usage.response import FileUsage

_CACHE = "usage"
_BAD_COUNTS = "counts of tokens that are no whole numbers from 0 to 2^53 are taken as 0"


class Reading(msgspec.Struct):
    """What the transcripts tell."""

    responses: list[Counted]
    """Every response once, with the transcript that it is counted for."""
    directories: frozenset[str]
    """Where sessions began, also those that used nothing."""
    claude_costs: dict[str, int]
    """Claude Code's own cost of sessions, in UNITS, by session id."""
    warnings: list[str]
    """A sentence for every transcript that could not be read, or in which counts are none."""


def read(files: Sequence[LogFile], progress: Callable[[int], None] | None = None, home: Path | None = None) -> Reading:
    """Return what these transcripts tell. `progress` is told the bytes that are done."""
    cache = DigestCache(_CACHE, VERSION, FileUsage, home)
    digests = cache.digests(files, digest, progress or _ignore)
    odd = [f"{file.path}: {_BAD_COUNTS}, {usage.bad_counts:,} in all" for file, usage in digests if usage.bad_counts]
    found = [usage for _, usage in digests]
    projects = {usage.session_id: usage.project for usage in found if usage.main}
    for at, usage in enumerate(found):
        project = projects.get(usage.session_id, usage.project)
        if project != usage.project:  # a subagent in a worktree, or in another folder
            found[at] = msgspec.structs.replace(usage, project=project)
    costs = {usage.session_id: usage.claude_cost for usage in found if usage.claude_cost is not None}
    directories = frozenset(usage.project for usage in found)
    return Reading(count_once(found), directories, costs, cache.warnings + odd)


def responses(files: Sequence[LogFile]) -> list[Counted]:
    """Return every response of these transcripts once, with the transcript that it is counted for."""
    return read(files).responses


def totals_of(files: Iterable[LogFile], prices: Prices | None = None, mode: Mode = Mode.AUTO) -> Totals:
    """Return what these transcripts together used up: those of a session and its subagents, say."""
    groups = summed(responses(list(files)), lambda _response, _file: 0, prices or load_prices(), mode)
    return groups.get(0) or Totals()


def _ignore(size: int) -> None:
    """Show no progress."""
