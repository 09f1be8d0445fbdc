"""The sessions in Claude Code's own folders, each with all of its files: what there is to archive."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from claude_sessions.log.entry import parse_timestamp
from claude_sessions.log.segment import is_session_id
from claude_sessions.transcript.files import SUFFIX, Kind, project_folders, walk
from claude_sessions.transcript.locate import session_of
from claude_sessions.transcript.registry import running_sessions

_DEEPEST = 6
_ASIDE = (".orphaned", ".superseded")

_BLOCK = 1 << 20
_TIME = re.compile(rb'"timestamp": ?"([0-9T:.-]{19,35}Z)"')
_LATEST_NS = 2**63 - 1


class Original(msgspec.Struct, frozen=True):
    """One session as it lies there. An old subagent's file beside the sessions that names none is one of its own."""

    session_id: str
    projects: Path
    """The folder of all projects."""
    within: tuple[str, ...]
    """The folders from there on in which SESSION.jsonl lies: mostly one, the project's."""
    files: tuple[str, ...]
    """Paths from that folder on: SESSION.jsonl if there is one, everything below SESSION, its old subagents' files."""

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.projects.joinpath(*self.within)


def find_originals() -> Iterator[Original]:
    """Yield every session in Claude Code's folders, in the order of their names."""
    for projects in dict.fromkeys(Path(os.path.realpath(folder)) for folder in project_folders()):
        yield from originals_in(projects)


def originals_in(projects: Path) -> Iterator[Original]:
    """Yield every session in one folder of projects."""
    places: dict[tuple[str, ...], list[str]] = {}
    for file in walk(projects):
        *within, name = file.path.relative_to(projects).parts
        owner = session_of(file) if file.kind is Kind.SUBAGENT and not file.session_id else ""
        if is_session_id(owner):
            places.setdefault((*within, owner), []).append(name)
        else:
            places.setdefault(_place((*within, name)), [])
    for *within, session_id in sorted(places):
        if any((*within[:cut],) in places for cut in range(2, len(within) + 1)):
            continue  # it lies in another session's folder, and is one of its files
        beside = sorted(places[*within, session_id])
        files = (*_files(projects.joinpath(*within), session_id), *beside)
        if files:
            yield Original(session_id, projects, tuple(within), files)


def running_ids() -> frozenset[str]:
    """Return the ids of the sessions that Claude Code has open now, as far as it says."""
    return frozenset(session.session_id for session in running_sessions())


def last_time(transcript: Path) -> int:
    """Return the last time that stands in a transcript, in ns since the epoch; 0 where there is none. Raises OSError."""
    with transcript.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            for text in reversed(_TIME.findall(file.read(end - start))):
                with contextlib.suppress(ValueError):
                    if 0 < (found := parse_timestamp(text.decode())) <= _LATEST_NS:
                        return found
            end = start
    return 0


def _place(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the folders and the session's id that a transcript's path names."""
    if "subagents" in parts[:-1]:
        return parts[: len(parts) - 1 - parts[::-1].index("subagents")]
    return (*parts[:-1], parts[-1].removesuffix(SUFFIX))


def _files(folder: Path, session_id: str) -> Iterator[str]:
    main = session_id + SUFFIX
    if (folder / main).is_file():
        yield main
    for path, folders, names in os.walk(folder / session_id):
        relative = os.path.relpath(path, folder)
        if relative.count(os.sep) >= _DEEPEST:
            folders.clear()
        folders.sort()
        for name in sorted(names):
            there = os.path.join(path, name)
            if name[:1] != "." and not any(word in name for word in _ASIDE) and _is_plain(there):
                yield os.path.join(relative, name)


def _is_plain(path: str) -> bool:
    return os.path.isfile(path) and not os.path.islink(path)
