"""`show`: everything that is known of one session."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claude_sessions.cli.arguments import SessionId

if TYPE_CHECKING:
    from claude_sessions.sessions import Session
    from claude_sessions.store.facts import Facts
    from claude_sessions.store.recording import Recording
    from claude_sessions.transcript.files import LogFile

_SHOWN = 10
"""Of links, gaps, pauses and segments people see this many; `--json` has more."""


def show(
    session: SessionId,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show all that is known of one session.

    What ran where and when, Claude's own sessions and transcripts in it, what was said, used up and changed, and what
    was lost or left out. A session of Claude's that was never recorded is shown from its transcript.
    """
    from claude_sessions.answers.log import log_json
    from claude_sessions.base.errors import MadeAnewError, NotFoundError
    from claude_sessions.cli.find_transcript import find_transcripts
    from claude_sessions.sessions import SessionManager, transcripts_of
    from claude_sessions.store.facts import Link, gather

    manager = SessionManager()
    try:
        found = manager.find(session)
    except MadeAnewError:
        raise
    except NotFoundError:
        try:
            file, *_ = find_transcripts(session)
        except NotFoundError:
            raise NotFoundError(_missing(session)) from None
        _print_unrecorded(file, json=json)
        return
    links = [Link("", found.claude_session_id or found.id)]
    described: dict[str, Any] = {}
    log_lines: list[tuple[str, str]] = []
    if found.recorded:
        with manager.open(found.id) as recording:
            facts = gather(recording.entries())
            links = facts.links or links
            described = log_json(found, recording, facts)
            log_lines = list(_log_lines(found, recording, facts))
    _print(found, described, log_lines, transcripts_of(links), json=json)


def _missing(text: str) -> str:
    from claude_sessions.store.catalogue import LAST, SHORTEST_PREFIX

    if text == LAST:
        return "nothing has been recorded yet, and there are no transcripts; claude-sessions start records a session"
    see = "see claude-sessions list for recordings, claude-sessions recent for all of Claude's sessions"
    if len(text) < SHORTEST_PREFIX:
        return f"no session is called {text!r}, and an id needs {SHORTEST_PREFIX} characters; {see}"
    return f"no session, recorded or not, has the id or title {text!r}; {see}"


def _print(
    session: "Session",
    described: dict[str, Any],
    log_lines: list[tuple[str, str]],
    files: "Sequence[LogFile]",
    *,
    json: bool,
) -> None:
    """Print a session that is recorded or runs; `described` and `log_lines` are what its log says."""
    import time

    import msgspec

    from claude_sessions.answers.changed import changed_by, file_json
    from claude_sessions.answers.session import session_json
    from claude_sessions.cli.changed import changed_lines
    from claude_sessions.cli.output import print_json
    from claude_sessions.cli.said import Said

    span = (session.started_ns, (session.ended_ns or time.time_ns()) + 1) if session.recorded else None
    said, changed = Said(files, span), changed_by(files, span)
    if not session.title:
        session = msgspec.structs.replace(session, transcript_title=said.title)
    if json:
        files_json = [file_json(row) for row in changed]
        print_json({**session_json(session), **described, **said.json(), "changed_files": files_json})
    else:
        _print_lines(
            [
                *_lines(session),
                *(line for line in said.context() if not (session.live and line[0] == "claude")),
                *said.lines(),
                *log_lines,
                *(said.resume(session.id) if not session.running else ()),
                *changed_lines(changed, changed_by(files)),
            ]
        )


def _print_unrecorded(file: "LogFile", *, json: bool) -> None:
    """Print what its transcript says of a session that was never recorded, or whose recording is gone."""
    from claude_sessions.answers.changed import changed_by, file_json
    from claude_sessions.cli.changed import changed_lines
    from claude_sessions.cli.output import print_json
    from claude_sessions.cli.said import Said

    said, changed = Said([file]), changed_by([file])
    if not json:
        _print_lines([*said.about(), *said.lines(), *changed_lines(changed)])
        return
    print_json({**said.unrecorded_json(), **said.json(), "changed_files": [file_json(row) for row in changed]})


def _print_lines(lines: "Iterable[tuple[str, str]]") -> None:
    from claude_sessions.screen.printable import printable

    for label, text in lines:
        print(f"{label:<10} {printable(text)}".rstrip())


def _lines(session: "Session") -> "Iterator[tuple[str, str]]":
    """Yield what is known also of a session that is not recorded."""
    import time

    from claude_sessions.cli.output import duration, exact_moment, short_path, state_text

    yield "id", session.id
    if title := session.title or session.transcript_title:
        yield "title", title
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

    from claude_sessions.answers.log import segment_sizes
    from claude_sessions.cli.output import byte_size, exact_moment_of

    assert session.summary is not None
    start = session.summary.start
    yield "command", shlex.join([start.command, *start.arguments])
    if start.origin:
        yield (
            "made" if start.origin.startswith("session ") else "imported",
            f"from {start.origin} by claude-sessions {start.version}",
        )
    else:
        yield "by", f"{start.user}@{start.host}, {start.term}, claude-sessions {start.version}"
    yield "window", " → ".join(_windows(facts.windows))
    yield "log", str(recording.log_path)
    sizes = segment_sizes(recording)
    yield "size", byte_size(session.size) + (f" in {len(sizes)} segments" if len(sizes) > 1 else "")
    if len(sizes) > 1:
        for name, size in sizes[:_SHOWN]:
            yield "", f"{name}  {byte_size(size)}"
    yield "recorded", _recorded(facts, session.summary.start.input)
    for link in facts.links[:_SHOWN]:
        yield "linked", f"{link.claude_session_id} from {exact_moment_of(link.since)}"
        if link.transcript:
            yield "", link.transcript
    for mark in facts.markers[:_SHOWN]:
        yield "marker", f"{_offset(mark.since, session)}  {mark.label}"
    if len(facts.markers) > _SHOWN:
        yield "", f"and {len(facts.markers) - _SHOWN} more"
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


def _offset(timestamp: str, session: "Session") -> str:
    """Return when an entry was written, in the form that `replay --at` takes."""
    from claude_sessions.answers.log import offset_s
    from claude_sessions.base.durations import format_offset

    return format_offset(offset_s(timestamp, session))


def _recorded(facts: "Facts", typed: bool) -> str:
    from claude_sessions.cli.output import byte_size

    parts = [f"{byte_size(facts.bytes['output'] + facts.bytes['error'])} shown"]
    parts.append(f"{byte_size(facts.bytes['input'])} typed" if typed else "what was typed is not recorded")
    if facts.hidden_bytes:
        parts.append(f"{byte_size(facts.hidden_bytes)} typed at password prompts left out")
    return ", ".join(parts)


def _windows(windows: list[tuple[int, int]]) -> list[str]:
    """Return the sizes that the window had, one after the other; of many the first and the last ones."""
    sizes = [f"{columns}x{rows}" for columns, rows in windows]
    return sizes if len(sizes) <= _SHOWN else [sizes[0], "…", *sizes[2 - _SHOWN :]]
