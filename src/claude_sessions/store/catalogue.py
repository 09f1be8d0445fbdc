"""What recordings there are, and finding one by what a person types.

A file that cannot be read costs a warning, never the list.
"""

import contextlib
import os
import re
import time
from collections.abc import Iterable, Mapping

import msgspec

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.errors import AmbiguousError, MadeAnewError, MalformedEntryError, NotFoundError
from claude_sessions.log.segment import SegmentName, is_session_id, parse_segment_name
from claude_sessions.store.home import Home
from claude_sessions.store.origin import read_origin
from claude_sessions.store.recording import Recording
from claude_sessions.store.state import read_state, states
from claude_sessions.store.summary import Summary, read_summary

LAST = "last"
"""What a person types for the newest recording."""

SHORTEST_PREFIX = 4

_MADE_ANEW = re.compile(r"session ([0-9a-f-]{36}), drawn anew")
"""In the origin of a recording that scrub has made."""


class Scan(msgspec.Struct, frozen=True):
    """The recordings of a home, newest first, and a sentence for everything that could not be read."""

    summaries: tuple[Summary, ...]
    warnings: tuple[str, ...]


class Catalogue:
    """Looks through a home's logs, as often as asked; what cannot have changed since is not read again."""

    def __init__(self) -> None:
        self._settled: dict[str, tuple[tuple[object, ...], Summary]] = {}

    def scan(self, home: Home) -> Scan:
        """Return every recording, newest first. Where there is no logs folder there are none."""
        found, warnings = _segments(home)
        titled = states(home) if found else frozenset()
        summaries = []
        for session_id, segments in found.items():
            try:
                summary = self._summary(home.folder("logs"), segments)
            except (OSError, MalformedEntryError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                warnings.append(f"{home.path}/logs/{segments[0]} cannot be listed: {reason}")
                continue
            if session_id in titled:
                summary = _retitled(home, summary, warnings)
            summaries.append(summary)
        summaries.sort(key=_age)
        return Scan(tuple(summaries), tuple(warnings))

    def _summary(self, folder: int, segments: tuple[SegmentName, ...]) -> Summary:
        session_id = segments[0].session_id
        identity = _identity(folder, segments)
        known = self._settled.get(session_id)
        if known and known[0] == identity:
            return known[1]
        summary = read_summary(folder, segments)
        if not summary.running:
            self._settled[session_id] = (identity, summary)
        return summary


def sum_up(recording: Recording) -> Summary:
    """Return the summary of one recording; NotFoundError where its files hold nothing that could be summed up."""
    home = recording.home
    try:
        return _retitled(home, read_summary(home.folder("logs"), recording.segments), [])
    except (OSError, MalformedEntryError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise NotFoundError(f"{recording.log_path} cannot be read: {reason}") from None


def given_titles(home: Home, session_ids: Iterable[str]) -> dict[str, str]:
    """Return the titles that a person gave to some recordings, as far as they can be read."""
    found, _ = _segments(home)
    titles = {}
    for session_id in session_ids:
        if session_id in found:
            with contextlib.suppress(OSError, NotFoundError):
                titles[session_id] = sum_up(Recording(home, session_id, found[session_id])).title
    return titles


def find(home: Home, text: str) -> Recording:
    """Return the recording that `text` means: a UUID, a prefix of one, an exact title, or `last`.

    Of a title a recording that was made here goes before those that were imported. Raises NotFoundError where there is none, AmbiguousError where there are several.
    """
    found, _ = _segments(home)
    wanted = text.lower()
    if text == LAST:
        matches = _newest(home, found)
    elif is_session_id(wanted):
        matches = [wanted] if wanted in found else []
    else:
        matches = [one for one in found if len(wanted) >= SHORTEST_PREFIX and one.startswith(wanted)]
        if len(matches) != 1:
            matches = _titled(home, text) or matches
    if not matches:
        _look_for_successor(home, wanted)
        raise NotFoundError(_missing(text, found))
    if len(matches) > 1:
        shown = ", ".join(_described(home, found[one]) for one in matches[:5]) + (
            f" and {len(matches) - 5} more" if len(matches) > 5 else ""
        )
        raise AmbiguousError(f"{text!r} means {len(matches)} sessions: {shown}; give more of the id")
    return Recording(home, matches[0], found[matches[0]])


def _described(home: Home, segments: tuple[SegmentName, ...]) -> str:
    """Return an id with what tells a person which recording it is."""
    session_id = segments[0].session_id
    try:
        summary = read_summary(home.folder("logs"), segments)
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.started_ns // NANOSECONDS))
    except (OSError, OverflowError, ValueError, MalformedEntryError):
        return session_id
    return f"{session_id} ({when}{', imported' if read_origin(summary.start.origin).imported else ''})"


def _newest(home: Home, found: Mapping[str, tuple[SegmentName, ...]]) -> list[str]:
    """Return the id of the recording that started last, if there is one.

    A log was changed when it started or later: those that were changed before the best one started need no look.
    """
    folder = home.folder("logs") if found else -1
    changed = []
    for session_id, segments in found.items():
        with contextlib.suppress(OSError):
            status = os.stat(str(segments[0]), dir_fd=folder, follow_symlinks=False)
            changed.append((status.st_mtime_ns, session_id))
    best: Summary | None = None
    for changed_ns, session_id in sorted(changed, reverse=True):
        if best is not None and changed_ns < best.started_ns:
            break
        with contextlib.suppress(OSError, MalformedEntryError):
            best = min(filter(None, (best, read_summary(folder, found[session_id]))), key=_age)
    return [] if best is None else [best.session_id]


def _titled(home: Home, title: str) -> list[str]:
    """Return the ids of the recordings of that title. One that was made here goes before what was imported."""
    found = [summary for summary in Catalogue().scan(home).summaries if title and summary.title == title]
    own = [summary for summary in found if not read_origin(summary.start.origin).imported]
    return [summary.session_id for summary in own or found]


def _retitled(home: Home, summary: Summary, warnings: list[str]) -> Summary:
    """Return the summary with the title that its state file gives it, if it does."""
    try:
        title = read_state(home, summary.session_id).title
    except ValueError as error:
        warnings.append(f"{home.path}/state/{summary.session_id}.json is not used: {error}")
        return summary
    return summary if title is None else msgspec.structs.replace(summary, title=title)


def _look_for_successor(home: Home, wanted: str) -> None:
    """Raise MadeAnewError where a recording took the place of one whose id begins with `wanted`."""
    if len(wanted) < SHORTEST_PREFIX:
        return
    for summary in Catalogue().scan(home).summaries:
        for session_id in _MADE_ANEW.findall(summary.start.origin):
            if session_id.startswith(wanted):
                raise MadeAnewError(
                    f"session {session_id[:8]} was made anew by scrub; in its place there is {summary.session_id}"
                )


def _missing(text: str, found: Mapping[str, object]) -> str:
    if not found:
        return "nothing has been recorded yet; claude-sessions start records a session"
    if len(text) < SHORTEST_PREFIX:
        return f"no session is called {text!r}, and an id needs {SHORTEST_PREFIX} characters; see claude-sessions list"
    return f"no session has the id or title {text!r}; see claude-sessions list"


def _segments(home: Home) -> tuple[dict[str, tuple[SegmentName, ...]], list[str]]:
    """Return the segments of every recording in order, and a warning for each file that is none."""
    try:
        names = os.listdir(home.folder("logs"))
    except FileNotFoundError:
        return {}, []
    found: dict[str, list[SegmentName]] = {}
    warnings = []
    for name in names:
        segment = parse_segment_name(name)
        if segment is not None:
            found.setdefault(segment.session_id, []).append(segment)
        elif not name.startswith("."):
            warnings.append(f"{home.path}/logs/{name} is no part of a recording")
    return {session_id: tuple(sorted(segments)) for session_id, segments in found.items()}, warnings


def _identity(folder: int, segments: Iterable[SegmentName]) -> tuple[object, ...]:
    """Return what changes when any of the files does."""
    identity: list[object] = []
    for segment in segments:
        found = os.stat(str(segment), dir_fd=folder, follow_symlinks=False)
        identity += (segment.number, found.st_ino, found.st_size, found.st_mtime_ns)
    return tuple(identity)


def _age(summary: Summary) -> tuple[int, str]:
    """Sort newest first; the id makes the order of equal times stable."""
    return -summary.started_ns, summary.session_id
