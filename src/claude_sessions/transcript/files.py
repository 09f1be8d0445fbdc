"""Where the transcripts are: every `.jsonl` below the `projects` folders, and what kind of transcript each is.

    projects/SLUG/SESSION.jsonl                                   a session
    projects/SLUG/agent-ID.jsonl                                  a subagent, until early 2026
    projects/SLUG/SESSION/subagents/agent-ID.jsonl                a subagent
    projects/SLUG/SESSION/subagents/workflows/wf_ID/agent-ID.jsonl, journal.jsonl    a workflow's
    projects/SLUG/sessions/SESSION.jsonl                          as the session player's documents have it

The folder's name does not tell the project (`registry.project_slug` is not reversible): `cwd` in the entries does.
"""

import os
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from claude_sessions.base.paths import as_text
from claude_sessions.transcript.registry import config_folders

SUFFIX = ".jsonl"
_DEEPEST = 6
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}", re.ASCII)
_NOT_TRANSCRIPTS = frozenset({"memory", "tool-results", "scripts"})


class Kind(StrEnum):
    """What a transcript records."""

    MAIN = "main"
    SUBAGENT = "subagent"
    WORKFLOW = "workflow"
    """The journal of a workflow; the agents it starts are subagents."""


class LogFile(msgspec.Struct, frozen=True, order=False):
    """One transcript on disk, as it was when the folder was read."""

    path: Path
    kind: Kind
    session_id: str
    """The session it belongs to; for an old flat subagent file empty, since only its entries say so."""
    agent_id: str
    """The subagent's id, else empty."""
    size: int
    """In bytes."""
    mtime_ns: int
    ctime_ns: int
    """When the file was last written or renamed; unlike `mtime_ns` nobody can set it back."""
    device: int
    inode: int

    @property
    def version(self) -> tuple[int, int, int, int, int]:
        """What changes when its content does."""
        return self.device, self.inode, self.size, self.mtime_ns, self.ctime_ns


def find_log_files(folder: Path | str | None = None) -> list[Path]:
    """Return the paths of all transcripts, the one written last first (the log streaming seed's function).

    `folder` is a `projects` folder or a configuration folder; by default those of `project_folders()`.
    """
    return [file.path for file in scan(folder)]


def scan(folder: Path | str | None = None) -> list[LogFile]:
    """Return all transcripts with what the folder says of them, the one written last first. See `find_log_files`."""
    folders = project_folders() if folder is None else [_projects_in(Path(folder).expanduser())]
    found = {(file.device, file.inode): file for each in folders for file in walk(each)}
    return sorted(found.values(), key=_newest_first)


def project_folders() -> list[Path]:
    """Return the folders that hold projects, whether they are there or not (`CLAUDE_CONFIG_DIR`, else the defaults)."""
    return [folder / "projects" for folder in config_folders()]


def main_files(files: Iterable[LogFile]) -> list[LogFile]:
    """Return those that are whole sessions."""
    return [file for file in files if file.kind is Kind.MAIN]


def describe(path: Path) -> LogFile:
    """Return what is known of one transcript. Raises OSError where it cannot be looked at."""
    return log_file(path, os.stat(path))


def _projects_in(folder: Path) -> Path:
    return folder / "projects" if (folder / "projects").is_dir() else folder


def walk(folder: Path, suffix: str = SUFFIX) -> Iterator[LogFile]:
    """Yield the transcripts below a folder; links to folders are not followed, what cannot be read is passed over.

    `suffix` tells transcripts from other files: those of the archive are packed.
    """
    return (log_file(Path(path), found) for path, found in look(str(folder), suffix))


def look(folder: str, suffix: str = SUFFIX) -> Iterator[tuple[str, os.stat_result]]:
    """Yield no more of them than their paths and what the system says: a look at 20,000 files is to be cheap."""
    pending = [(folder, 0)]
    while pending:
        path, depth = pending.pop()
        try:
            entries = os.scandir(path)
        except OSError:
            continue
        with entries:
            for entry in entries:
                try:
                    if entry.name.endswith(suffix):
                        if entry.is_file() and not _superseded(entry.name):
                            yield entry.path, entry.stat()
                    elif (
                        depth < _DEEPEST and entry.name not in _NOT_TRANSCRIPTS and entry.is_dir(follow_symlinks=False)
                    ):
                        pending.append((entry.path, depth + 1))
                except OSError:
                    continue  # it went away meanwhile


def is_transcript(path: str, folder: str) -> bool:
    """Tell whether `look` at a folder would find a file of this path below it, by its name alone."""
    parts = path[len(folder) :].strip("/").split("/")
    return (
        path.startswith(folder.rstrip("/") + "/")
        and parts[-1].endswith(SUFFIX)
        and not _superseded(parts[-1])
        and len(parts) - 1 <= _DEEPEST
        and _NOT_TRANSCRIPTS.isdisjoint(parts[:-1])
    )


def _superseded(name: str) -> bool:
    """Tell whether Claude Code has put the file aside."""
    return ".orphaned" in name or ".superseded" in name


def log_file(path: Path, found: os.stat_result) -> LogFile:
    """Return what is known of a transcript, `found` being what the system says of it."""
    kind, session_id, agent_id = _kind_of(path)
    return LogFile(
        path,
        kind,
        session_id,
        agent_id,
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
        device=found.st_dev,
        inode=found.st_ino,
    )


def is_id(text: str) -> bool:
    """Tell whether a text has the form of a session's id: a file may be called anything, and then nobody can ask for it."""
    return _ID.fullmatch(text) is not None


def _kind_of(path: Path) -> tuple[Kind, str, str]:
    """Return the kind, the session's id and the subagent's id that a path tells."""
    stem = path.name.removesuffix(".zst").removesuffix(SUFFIX)
    owner = owner_of(path)
    session_id = as_text(path.parts[owner]) if owner else ""
    stem = as_text(stem)
    if stem.startswith("agent-"):
        return Kind.SUBAGENT, session_id, stem.removeprefix("agent-")
    return (Kind.WORKFLOW, session_id, "") if owner else (Kind.MAIN, stem, "")


def owner_of(path: Path) -> int:
    """Return which of a path's parts is the session that a subagent's or workflow's file belongs to; 0 for other files."""
    parts = path.parts
    for depth in (2, 4):  # SESSION/subagents/FILE, SESSION/subagents/workflows/WORKFLOW/FILE
        if len(parts) > depth + 1 and parts[-depth] == "subagents":
            return len(parts) - depth - 1
    return 0


def _newest_first(file: LogFile) -> tuple[int, str]:
    return -file.mtime_ns, str(file.path)
