"""What `watch` prints for people: when, in which project and session, and what happened there, on one line."""

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from claude_sessions.base.clock import NANOSECONDS

if TYPE_CHECKING:
    from claude_sessions.live.entries import About
    from claude_sessions.live.sink import TailLine
    from claude_sessions.transcript.files import LogFile
    from claude_sessions.transcript.registry import LiveSession

_PROJECT, _TITLE = 12, 24
"""Cells of a project's and a session's name."""

_ROOM = 100
"""On a terminal narrower than this titles are left out, and projects on one that has half of it."""

_SHORT_ID = 8

_PROMPT, _ERROR, _WAITS, _FAINT, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[1;33m", "\x1b[2m", "\x1b[0m"


class Text:
    """Makes the lines; remembers what the sessions are called."""

    def __init__(self, titles: "Callable[[str, LogFile], str] | None" = None) -> None:
        """`titles` gives a session's title by its id and its transcript; without it that is read."""
        from claude_sessions.cli.given_titles import given_titles
        from claude_sessions.cli.output import colours
        from claude_sessions.live.glimpse import Glimpses

        self._glimpses = Glimpses()
        self._colours = colours(sys.stdout)
        self._given = given_titles()
        self._titles: dict[str, str] = {}
        self._title_of = titles or _title_of

    def lines(self, file: "LogFile", about: "About", line: "TailLine") -> Iterator[str]:
        """Yield a line for each thing that a line of a transcript tells."""
        self._note_title(about, line)
        for glimpse in self._glimpses.of(file, line):
            title = self._title(file, about, glimpse.prompt)
            project = about.directory.rstrip("/").rpartition("/")[2] or about.folder
            style = _PROMPT if glimpse.prompt else _ERROR if glimpse.error else ""
            yield self._line(line.line.entry.timestamp, project, title, glimpse.text, style)

    def waits(self, session: "LiveSession") -> Iterator[str]:
        """Yield the line for a session that waits for the person."""
        title = self._given.get(session.session_id) or self._titles.get(session.session_id) or session.name
        what = f" ({session.waiting_for})" if session.waiting_for else ""
        project = session.cwd.rstrip("/").rpartition("/")[2]
        yield self._line("", project, title or session.session_id[:_SHORT_ID], f"! waiting for you{what}", _WAITS)

    def _line(self, timestamp: str, project: str, title: str, text: str, style: str) -> str:
        """Return one line: when, where, what; on a narrow terminal less of it."""
        from claude_sessions.cli.chosen import columns
        from claude_sessions.cli.table import GAP, Column, display_width, fit, shorten
        from claude_sessions.screen.printable import printable

        width = columns()
        parts = [_when(timestamp)]
        if width is None or width >= _ROOM // 2:
            parts.append(fit(printable(project), _PROJECT, Column("", keep_end=True)))
        if width is None or width >= _ROOM:
            parts.append(fit(printable(title), _TITLE, Column("")))
        before = GAP.join(parts) + GAP
        text = printable(text).rstrip()
        text = shorten(text, max(10, width - display_width(before))) if width else text
        if not self._colours:
            return before + text
        return f"{_FAINT}{before}{_PLAIN}" + (f"{style}{text}{_PLAIN}" if style else text)

    def _title(self, file: "LogFile", about: "About", prompt: str) -> str:
        """Return what a session is called; one without a title is called by what was said to it first."""
        session_id = about.session_id
        if session_id not in self._titles:
            self._titles[session_id] = self._title_of(session_id, file)
        if not self._titles[session_id]:
            self._titles[session_id] = prompt
        return self._given.get(session_id) or self._titles[session_id] or session_id[:_SHORT_ID]

    def _note_title(self, about: "About", line: "TailLine") -> None:
        """Take over a title that a session has got."""
        from claude_sessions.transcript.titles import TYPES, Titles

        if about.type in TYPES:
            titles = Titles(summaries={})
            titles.note(line.line)
            if name := titles.custom or titles.name:
                self._titles[about.session_id] = name


def _title_of(session_id: str, file: "LogFile") -> str:
    from claude_sessions.transcript.recent import titles_of

    return titles_of({session_id}, [file]).get(session_id, "")


def _when(timestamp: str) -> str:
    """Return a line's time of day, or its day where that is not today; now where it has none. All have 8 cells."""
    from claude_sessions.log.entry import parse_timestamp

    now = time.localtime()
    try:
        then = time.localtime(parse_timestamp(timestamp) // NANOSECONDS)
    except (ValueError, OverflowError, OSError):
        then = now
    today = (then.tm_year, then.tm_yday) == (now.tm_year, now.tm_yday)
    return time.strftime("%H:%M:%S" if today else "%b %d  ", then)
