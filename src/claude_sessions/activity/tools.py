"""How often each tool was called, how often that failed, and how long it took."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from claude_sessions.activity.digest import Outcome
from claude_sessions.activity.history import Use

_MCP = "mcp__"


class ToolUse(msgspec.Struct, frozen=True):
    """One tool. Durations are milliseconds, from the call to its result; None where no call tells."""

    name: str
    """As Claude Code writes it."""
    calls: int
    failed: int
    """The tool answered with an error."""
    denied: int
    """A person, a rule or a mode did not allow it."""
    unfinished: int
    """Interrupted, cancelled, or without a result."""
    median_ms: int | None
    """Of the calls that ran; where a person was asked first, that time is in it."""
    p95_ms: int | None
    sessions: int

    @property
    def failure_rate(self) -> float | None:
        """Which part of the calls that ran has failed, 0 to 1; None where none ran."""
        ran = self.calls - self.denied - self.unfinished
        return self.failed / ran if ran else None


def tool_uses(uses: Iterable[Use]) -> list[ToolUse]:
    """Return a row for each tool, the one called most often first."""
    found: dict[str, list[Use]] = {}
    for use in uses:
        found.setdefault(use.tool, []).append(use)
    rows = [_row(name, calls) for name, calls in found.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.name))


def split_name(name: str) -> tuple[str, str]:
    """Return the MCP server that a tool belongs to, empty for Claude Code's own, and the tool's own name.

    >>> split_name("mcp__github__create_issue"), split_name("Bash")
    (('github', 'create_issue'), ('', 'Bash'))
    """
    server, _, tool = name.removeprefix(_MCP).partition("__")
    return (server, tool) if name.startswith(_MCP) and tool else ("", name)


def _row(name: str, uses: Sequence[Use]) -> ToolUse:
    outcomes = Counter(use.call.outcome for use in uses)
    ran = (use.call for use in uses if use.call.outcome in {Outcome.DONE, Outcome.FAILED})
    times = sorted(call.took for call in ran if call.took >= 0)
    return ToolUse(
        name=name,
        calls=len(uses),
        failed=outcomes[Outcome.FAILED],
        denied=outcomes[Outcome.DENIED],
        unfinished=outcomes[Outcome.STOPPED] + outcomes[Outcome.UNANSWERED],
        median_ms=round(statistics.median(times)) if times else None,
        p95_ms=times[math.ceil(len(times) * 0.95) - 1] if times else None,
        sessions=len({use.part.session_id for use in uses}),
    )
