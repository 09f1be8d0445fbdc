"""`list`: every session, newest first, and what it is doing."""

import itertools
import shutil
import sys
import time
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from claude_sessions.cli.chosen import Since

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from claude_sessions.sessions import Session, SessionManager
    from claude_sessions.store.origin import Origin


def list_(
    limit: Annotated[int | None, typer.Option("-n", min=1, metavar="N", help="Only the newest N.")] = None,
    running: Annotated[bool, typer.Option("--running", help="Only those that have not ended.")] = False,
    since: Since = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the list up to date until Ctrl-C.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List sessions and what each is doing, newest first.

    Claude Code sessions that run unrecorded are listed too. A session that waits for you says so.
    """
    from claude_sessions.answers.session import session_json
    from claude_sessions.base.config import load_config
    from claude_sessions.base.errors import UsageError
    from claude_sessions.base.moments import parse_moment
    from claude_sessions.cli.output import complain, print_json
    from claude_sessions.sessions import SessionManager

    since_ns = 0 if since is None else parse_moment(since, time.time_ns())
    config = load_config()
    choice = _Choice(limit or config["list.limit"] or None, running, since_ns)
    manager = SessionManager()
    if watch:
        if json:
            raise UsageError("list --watch draws for people; leave out --json, or call list --json from a loop")
        if not sys.stdout.isatty():
            raise UsageError("list --watch needs a terminal to draw on; without one, call list from a loop")
        from claude_sessions.cli.in_place import keep_drawing

        keep_drawing(lambda columns, rows: _screenful(manager, choice, columns, rows))
    sessions = manager.list()
    chosen = manager.titled(choice.of(sessions))
    for warning in manager.warnings:
        complain(warning)
    if json:
        print_json({"sessions": [session_json(session) for session in chosen]})
    elif not chosen:
        complain(choice.nothing())
    else:
        print("\n".join(_lines(chosen, short_ids(session.id for session in sessions), _columns())))


class _Choice(NamedTuple):
    """Which sessions are asked for."""

    limit: int | None
    running: bool
    since_ns: int
    """When they began at the earliest."""

    def of(self, sessions: "Sequence[Session]") -> "Sequence[Session]":
        """Return those that are asked for."""
        found = (one for one in sessions if one.started_ns >= self.since_ns and (one.running or not self.running))
        return list(itertools.islice(found, self.limit))

    def nothing(self) -> str:
        """Say that there are none."""
        if self.running:
            return "no session is running" + (" that began in that time" if self.since_ns else "")
        if self.since_ns:
            return "no session began in that time"
        return "no sessions; claude-sessions start records one, claude-sessions demo shows how"


def _screenful(manager: "SessionManager", choice: _Choice, columns: int, rows: int) -> list[str]:
    """Return as many lines as fit on a screen of this size."""
    sessions = manager.list()
    chosen = choice.of(sessions)
    lines = _lines(manager.titled(chosen[: rows - 1]), short_ids(session.id for session in sessions), columns)
    if len(chosen) >= rows:
        lines[-1] = f"… and {len(chosen) - rows + 2} more"
    return lines or [choice.nothing()]


def short_ids(ids: "Iterable[str]") -> dict[str, str]:
    """Return for each id as much of its beginning as tells it from the others, at least 8 characters."""
    ordered = sorted(set(ids))
    short = {}
    for before, one, after in zip(["", *ordered], ordered, [*ordered[1:], ""], strict=False):
        length = 8
        while length < len(one) and one[:length] in (before[:length], after[:length]):
            length += 1
        short[one] = one[:length]
    return short


def _lines(sessions: "Sequence[Session]", short: dict[str, str], width: int | None) -> list[str]:
    """Return the table as lines, none where there is no session; `width` None: as wide as it takes."""
    from claude_sessions.cli.output import colours
    from claude_sessions.cli.table import Column, display_width, table
    from claude_sessions.screen.printable import printable

    if not sessions:
        return []
    columns = (
        Column("ID"),
        Column("WHEN", left_out=2),
        Column("LONG", left_out=3, right=True),
        Column("DIRECTORY", least=10, keep_end=True, left_out=1),
        Column("TITLE", least=10, left_out=4),
        Column("SIZE", left_out=5, right=True),
        Column("STATE", least=23, last=True),
    )
    styles = [_STYLES.get(session.state, "") for session in sessions] if colours(sys.stdout) else []
    now_ns = time.time_ns()
    rows = [(printable(short[session.id]), *_cells(session, now_ns)) for session in sessions]
    waits = any(session.waiting_for for session in sessions)
    if width is not None and waits and max(map(display_width, table(columns, rows, None))) > width:
        # what it waits for matters least
        rows = [(printable(short[session.id]), *_cells(session, now_ns, brief=True)) for session in sessions]
    return table(columns, rows, width, styles)


_LONGEST_TITLE = 60
"""Cells; `--json` and `show` have all of it."""

_STYLES = {"waiting": "1;33", "busy": "32", "cut off": "31", "killed": "31"}
"""What catches the eye: bold yellow for a session that needs you."""


def _cells(session: "Session", now_ns: int, *, brief: bool = False) -> tuple[str, ...]:
    from claude_sessions.cli.output import byte_size, duration, moment, short_path
    from claude_sessions.cli.table import shorten
    from claude_sessions.screen.printable import printable
    from claude_sessions.store.origin import read_origin

    origin = read_origin(session.summary.start.origin if session.summary else "")
    return (
        moment(session.started_ns, now_ns),
        duration((session.ended_ns or now_ns) - session.started_ns),
        printable(short_path(session.directory)),
        shorten(printable(session.title or session.transcript_title or origin.file), _LONGEST_TITLE),
        byte_size(session.size) if session.recorded else "",
        printable(_state(session, origin, brief=brief)),
    )


def _state(session: "Session", origin: "Origin", *, brief: bool) -> str:
    """Return what it is doing or how it ended, and whether it is what was recorded here."""
    from claude_sessions.cli.output import state_text

    words = [name for name, applies in (("imported", origin.imported), ("redacted", origin.redacted)) if applies]
    end = session.summary.exit if session.summary else None
    unknown = origin.imported and end is not None and end.code is None and end.signal is None
    return ", ".join([*words] if unknown else [state_text(session, brief=brief), *words])


def _columns() -> int | None:
    """Return the terminal's width; None in a pipe, where only titles are cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
