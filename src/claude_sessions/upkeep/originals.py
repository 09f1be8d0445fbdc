"""The sessions in Claude Code's own folders, each with all of its files: what there is to archive."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from claude_sessions.transcript.files import SUFFIX, project_folders, walk
from claude_sessions.transcript.registry import running_sessions

_DEEPEST = 6
_ASIDE = (".orphaned", ".superseded")


class Original(msgspec.Struct, frozen=True):
    """One session as it lies there. An old subagent's file beside the sessions counts as one of its own."""

    session_id: str
    projects: Path
    """The folder of all projects."""
    within: tuple[str, ...]
    """The folders from there on in which SESSION.jsonl lies: mostly one, the project's."""
    files: tuple[str, ...]
    """Paths from that folder on: SESSION.jsonl if there is one, and everything below SESSION."""

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
    places = {_place(file.path.relative_to(projects).parts) for file in walk(projects)}
    for *within, session_id in sorted(places):
        if any((*within[:cut],) in places for cut in range(2, len(within) + 1)):
            continue  # it lies in another session's folder, and is one of its files
        files = tuple(_files(projects.joinpath(*within), session_id))
        if files:
            yield Original(session_id, projects, tuple(within), files)


def running_ids() -> frozenset[str]:
    """Return the ids of the sessions that Claude Code has open now, as far as it says."""
    return frozenset(session.session_id for session in running_sessions())


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
