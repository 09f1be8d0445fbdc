"""What recordings there are, and finding one by what a person types.

A recording is summed up from the first line of its first segment and the last lines of its last one, whatever its
length. A file that cannot be read costs a warning, never the list.
"""

import os
from collections.abc import Iterable, Mapping

import msgspec

from claude_sessions.base.errors import AmbiguousError, MalformedEntryError, NotFoundError
from claude_sessions.base.paths import open_for_reading
from claude_sessions.log.decode import decode_line
from claude_sessions.log.entry import EXIT, SEAL, START, Entry
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info
from claude_sessions.log.segment import SegmentName, is_session_id, parse_segment_name
from claude_sessions.store.ends import first_line, is_being_written, last_lines
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from claude_sessions.store.state import read_state, states

LAST = "last"
"""What a person types for the newest recording."""

SHORTEST_PREFIX = 4

_TRIES = 100
"""Lines looked at from the end: a torn one and a seal are usual, a thousand bad ones are an attack on our time."""


class Summary(msgspec.Struct, frozen=True):
    """One recording as the list shows it. Times are nanoseconds since the epoch, `size` is in bytes on disk."""

    session_id: str
    segments: tuple[SegmentName, ...]
    start: StartInfo
    title: str
    started_ns: int
    ended_ns: int
    """When the last entry was written: the end, or for a running one the latest sign of life."""
    size: int
    exit: ExitInfo | None
    running: bool

    @property
    def cut_off(self) -> bool:
        """Whether the recorder died: no exit, and nobody writes."""
        return self.exit is None and not self.running

    @property
    def duration_ns(self) -> int:
        """From the start to the last entry."""
        return max(0, self.ended_ns - self.started_ns)


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
        summary = _sum_up(folder, segments)
        if not summary.running:
            self._settled[session_id] = (identity, summary)
        return summary


def sum_up(recording: Recording) -> Summary:
    """Return the summary of one recording; NotFoundError where its files hold nothing that could be summed up."""
    home = recording.home
    try:
        return _retitled(home, _sum_up(home.folder("logs"), recording.segments), [])
    except (OSError, MalformedEntryError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise NotFoundError(f"{recording.log_path} cannot be read: {reason}") from None


def find(home: Home, text: str) -> Recording:
    """Return the recording that `text` means: a UUID, a prefix of one, an exact title, or `last`.

    Raises NotFoundError where there is none, AmbiguousError where there are several.
    """
    found, _ = _segments(home)
    wanted = text.lower()
    matches = [wanted] if wanted in found else []
    if not matches and text != LAST and len(wanted) >= SHORTEST_PREFIX:
        matches = [session_id for session_id in found if session_id.startswith(wanted)]
    if len(matches) != 1 and found and not is_session_id(wanted):
        matches = _by_description(home, text) or matches
    if not matches:
        raise NotFoundError(_missing(text, found))
    if len(matches) > 1:
        shown = ", ".join(matches[:5]) + (f" and {len(matches) - 5} more" if len(matches) > 5 else "")
        raise AmbiguousError(f"{text!r} means {len(matches)} sessions: {shown}; give more of the id")
    return Recording(home, matches[0], found[matches[0]])


def _by_description(home: Home, text: str) -> list[str]:
    """Return the ids of the recordings with this title, or of the newest one where `text` says so."""
    summaries = Catalogue().scan(home).summaries
    if text == LAST:
        return [summary.session_id for summary in summaries[:1]]
    return [summary.session_id for summary in summaries if text and summary.title == text]


def _retitled(home: Home, summary: Summary, warnings: list[str]) -> Summary:
    """Return the summary with the title that its state file gives it, if it does."""
    try:
        title = read_state(home, summary.session_id).title
    except ValueError as error:
        warnings.append(f"{home.path}/state/{summary.session_id}.json is not used: {error}")
        return summary
    return summary if title is None else msgspec.structs.replace(summary, title=title)


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


def _sum_up(folder: int, segments: tuple[SegmentName, ...]) -> Summary:
    """Read both ends; OSError or MalformedEntryError where that gives nothing to show."""
    first, last = segments[0], segments[-1]
    fd = open_for_reading(str(last), folder)
    try:
        size = os.fstat(fd).st_size
        ended, exit_info = _last_entry(fd, size)
        running = exit_info is None and is_being_written(fd)
        if first == last:
            begun = _decode(first_line(fd))
    finally:
        os.close(fd)
    if first != last:
        begun = _first_entry(folder, first)
        size += sum(os.stat(str(segment), dir_fd=folder, follow_symlinks=False).st_size for segment in segments[:-1])
    start = (decode_info(begun, StartInfo) if begun and begun.direction == START else None) or StartInfo()
    begun = begun or ended
    ended = ended or begun
    if begun is None or ended is None:
        raise MalformedEntryError("it holds no entry" + (" yet" if running else ""))
    return Summary(
        session_id=first.session_id,
        segments=segments,
        start=start,
        title=start.title,
        started_ns=begun.time_ns,
        ended_ns=ended.time_ns,
        size=size,
        exit=exit_info,
        running=running,
    )


def _first_entry(folder: int, segment: SegmentName) -> Entry | None:
    fd = open_for_reading(str(segment), folder)
    try:
        return _decode(first_line(fd))
    finally:
        os.close(fd)


def _last_entry(fd: int, size: int) -> tuple[Entry | None, ExitInfo | None]:
    """Return the last good entry, and how the session ended where that or the one before the seal says so."""
    last = None
    for tries, line in enumerate(last_lines(fd, size)):
        entry = _decode(line)
        if entry is not None:
            last = last or entry
            if entry.direction == EXIT:
                return last, decode_info(entry, ExitInfo) or ExitInfo()
            if entry.direction != SEAL:
                return last, None
        if tries >= _TRIES:
            break
    return last, None


def _decode(line: bytes) -> Entry | None:
    """Return the entry in `line` if it is one, its timestamp included."""
    try:
        entry = decode_line(line)
        return entry if entry.time_ns else None
    except (MalformedEntryError, ValueError):
        return None


def _age(summary: Summary) -> tuple[int, str]:
    """Sort newest first; the id makes the order of equal times stable."""
    return -summary.started_ns, summary.session_id
