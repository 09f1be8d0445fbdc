"""What stands at the head of a conversation's page: what it is called, when and where it was, and with which Claude."""

import time
from collections.abc import Iterator

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.base.durations import format_length
from claude_sessions.formats.escape import escaped_line
from claude_sessions.transcript.facts import Facts


def head(title: str, facts: Facts, last: str) -> Iterator[str]:
    """Yield the head as HTML. `last` is one more line of it."""
    yield f"<h1>{escaped_line(title)}</h1>\n"
    known = [*_when(facts), *map(escaped_line, _where(facts))]
    if known:
        yield f'<p class="meta">{" · ".join(known)}</p>\n'
    yield f'<p class="meta">{escaped_line(last)}</p>\n'


def _when(facts: Facts) -> Iterator[str]:
    try:
        local = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(facts.started_ns // NANOSECONDS))
    except (OverflowError, ValueError, OSError):
        return  # a transcript may claim any year
    if facts.started_ns:
        yield f'<time datetime="{TimestampFormatter()(facts.started_ns)}">{escaped_line(local)}</time>'
        if facts.ended_ns > facts.started_ns:
            yield format_length(facts.ended_ns - facts.started_ns)


def _where(facts: Facts) -> Iterator[str]:
    if facts.directory:
        yield facts.directory
    if facts.git_branch:
        yield f"branch {facts.git_branch}"
    yield from facts.models
    if facts.claude_version:
        yield f"Claude Code {facts.claude_version}"
