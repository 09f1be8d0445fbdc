"""`show`: everything that is known of one session."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.sessions import Session
    from claude_sessions.store.facts import Facts
    from claude_sessions.store.recording import Recording

_SHOWN = 10
"""Of links, gaps, pauses and segments people see this many; `--json` has more."""


def show(
    session: SessionId,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show all that is known of one session.

    What ran where and when, Claude's own sessions and transcripts in it, and what was lost or left out.
    """
    from claude_sessions.cli.output import print_json, session_json
    from claude_sessions.screen.printable import printable
    from claude_sessions.sessions import SessionManager
    from claude_sessions.store.facts import gather

    manager = SessionManager()
    found = manager.find(session)
    if found.recorded:
        with manager.open(found.id) as recording:
            facts = gather(recording.entries())
            described = _log_json(found, recording, facts)
            lines = [*_lines(found), *_log_lines(found, recording, facts)]
    else:
        described, lines = {}, list(_lines(found))
    if json:
        print_json({**session_json(found), **described})
        return
    for label, text in lines:
        print(f"{label:<10} {printable(text)}".rstrip())


def _lines(session: "Session") -> "Iterator[tuple[str, str]]":
    """Yield what is known also of a session that is not recorded."""
    import time

    from claude_sessions.cli.output import duration, exact_moment, short_path, state_text

    yield "id", session.id
    if session.title:
        yield "title", session.title
    yield "state", state_text(session)
    yield "directory", short_path(session.directory)
    yield "started", exact_moment(session.started_ns)
    if session.ended_ns is not None:
        yield "ended", exact_moment(session.ended_ns)
    yield "duration", duration((session.ended_ns or time.time_ns()) - session.started_ns)
    if session.live:
        yield "claude", f"version {session.live.version or '?'}, process {session.live.pid}"


def _log_lines(session: "Session", recording: "Recording", facts: "Facts") -> "Iterator[tuple[str, str]]":
    """Yield what the log says."""
    import shlex

    from claude_sessions.cli.output import byte_size, exact_moment_of

    assert session.summary is not None
    start = session.summary.start
    yield "command", shlex.join([start.command, *start.arguments])
    yield "by", f"{start.user}@{start.host}, {start.term}, claude-sessions {start.version}"
    yield "window", " → ".join(f"{columns}x{rows}" for columns, rows in _ends(facts.windows))
    yield "log", str(recording.log_path)
    sizes = _segment_sizes(recording)
    yield "size", byte_size(session.size) + (f" in {len(sizes)} segments" if len(sizes) > 1 else "")
    if len(sizes) > 1:
        for name, size in sizes[:_SHOWN]:
            yield "", f"{name}  {byte_size(size)}"
    yield "recorded", _recorded(facts, session.summary.start.input)
    for link in facts.links[:_SHOWN]:
        yield "linked", f"{link.claude_session_id} from {exact_moment_of(link.since)}"
        if link.transcript:
            yield "", link.transcript
    for gap in facts.gaps[:_SHOWN]:
        yield "lost", f"{byte_size(gap.bytes)} from {exact_moment_of(gap.since)}: {gap.reason or 'no reason given'}"
    for pause in facts.pauses[:_SHOWN]:
        since = exact_moment_of(pause.since)
        if pause.until:
            until = exact_moment_of(pause.until)
            yield "paused", f"from {since} to {until}, {byte_size(pause.bytes)} not kept"
        else:
            yield "paused", f"since {since}" if session.running else f"from {since} to the end"
    if facts.bad_line_count:
        more = facts.bad_line_count - 1
        yield "damaged", f"{facts.bad_lines[0]}" + (f", and {more} more" if more else "")
    yield "replay", f"claude-sessions replay {session.id}"


def _recorded(facts: "Facts", typed: bool) -> str:
    from claude_sessions.cli.output import byte_size

    parts = [f"{byte_size(facts.bytes['output'] + facts.bytes['error'])} shown"]
    parts.append(f"{byte_size(facts.bytes['input'])} typed" if typed else "what was typed is not recorded")
    if facts.hidden_bytes:
        parts.append(f"{byte_size(facts.hidden_bytes)} typed at password prompts left out")
    return ", ".join(parts)


def _ends(windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return windows[:1] if len(windows) < 2 else [windows[0], windows[-1]]


def _segment_sizes(recording: "Recording") -> list[tuple[str, int]]:
    import os

    folder = recording.home.folder("logs")
    return [
        (str(segment), os.stat(str(segment), dir_fd=folder, follow_symlinks=False).st_size)
        for segment in recording.segments
    ]


def _log_json(session: "Session", recording: "Recording", facts: "Facts") -> dict[str, Any]:
    from claude_sessions.log.events import to_plain

    assert session.summary is not None
    start = session.summary.start
    last_link = facts.links[-1].claude_session_id if facts.links else None
    return {
        "claude_session_id": session.live.session_id if session.live else last_link,
        "command": start.command,
        "arguments": list(start.arguments),
        "term": start.term,
        "host": start.host,
        "user": start.user,
        "recorder_version": start.version,
        "input_recorded": start.input,
        "log": str(recording.log_path),
        "segments": [{"file": name, "size": size} for name, size in _segment_sizes(recording)],
        "windows": [{"columns": columns, "rows": rows} for columns, rows in facts.windows],
        "entries": dict(facts.counts),
        "bytes": dict(facts.bytes),
        "hidden_bytes": facts.hidden_bytes,
        "links": [to_plain(link) for link in facts.links],
        "gaps": [to_plain(gap) for gap in facts.gaps],
        "pauses": [
            {"since": pause.since, "until": pause.until or None, "bytes": pause.bytes if pause.until else None}
            for pause in facts.pauses
        ],
        "bad_lines": facts.bad_line_count,
    }
