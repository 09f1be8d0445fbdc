"""The archive as readers see it: packed copies of transcripts, which stand in where Claude Code has deleted its own.

    archive/FOLDER/SLUG/SESSION.jsonl.zst, SLUG/SESSION/subagents/agent-ID.jsonl.zst …    as below `projects`
    archive/FOLDER/SLUG/SESSION.json                                                      what is known of a session

FOLDER stands for one `projects` folder of the machine. `upkeep.archive` writes all of it.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from claude_sessions.base.paths import home_path
from claude_sessions.store.home import Home
from claude_sessions.transcript.files import SUFFIX, LogFile, owner_of, walk

FOLDER = "archive"
"""The folder's name in the home."""

PACKED_SUFFIX = SUFFIX + ".zst"


def archive_path(home: Path | None = None) -> Path:
    """Return where the archive is, whether it is there or not."""
    return (home or home_path()) / FOLDER


def scan_archive(home: Path | None = None) -> list[LogFile]:
    """Return every archived transcript, in no order. Raises InsecureHomeError where others could have written them.

    `mtime_ns` is the original's: when Claude Code wrote to it last.
    """
    try:
        with Home.open(home) as opened:
            names = os.listdir(opened.folder(FOLDER))
    except FileNotFoundError:
        return []
    folder = archive_path(home)
    return [file for name in sorted(names) for file in walk(folder / name, PACKED_SUFFIX)]


def without_originals(archived: Iterable[LogFile], originals: Iterable[LogFile]) -> list[LogFile]:
    """Return those archived transcripts whose original is gone, each once (the one that was written last)."""
    there = {name_of(file.path) for file in originals}
    left: dict[str, LogFile] = {}
    for file in archived:
        name = name_of(file.path)
        if name not in there and (name not in left or left[name].mtime_ns < file.mtime_ns):
            left[name] = file
    return list(left.values())


def name_of(path: Path) -> str:
    """Return what names a transcript in every folder: `SESSION`, `SESSION/subagents/agent-ID`; its project left out.

    A session that was moved to another project, or came from another machine, is still the same.
    """
    return "/".join(path.parts[owner_of(path) or -1 :]).removesuffix(".zst").removesuffix(SUFFIX)
