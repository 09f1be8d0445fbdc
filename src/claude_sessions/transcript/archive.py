"""The archive as readers see it: packed copies of transcripts, which stand in where Claude Code has deleted its own.

    archive/FOLDER/SLUG/SESSION.jsonl.zst, SLUG/SESSION/subagents/agent-ID.jsonl.zst …    as below `projects`
    archive/FOLDER/SLUG/SESSION.jsonl.1.zst                                               before it was cut or replaced
    archive/FOLDER/SLUG/SESSION.json                                                      what is known of a session

FOLDER stands for one `projects` folder of the machine. `upkeep.archive` writes all of it.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from claude_sessions.base.paths import home_path
from claude_sessions.store.home import Home
from claude_sessions.transcript.files import SUFFIX, LogFile, owner_of, walk

FOLDER = "archive"
"""The folder's name in the home."""

PACKED = ".zst"
"""The suffix of a packed file."""

PACKED_SUFFIX = SUFFIX + PACKED
_EARLIER = re.compile(r"\.\d+\.zst$")


def archive_path(home: Path | None = None) -> Path:
    """Return where the archive is, whether it is there or not."""
    return (home or home_path()) / FOLDER


def scan_archive(home: Path | None = None) -> list[LogFile]:
    """Return every archived transcript, in no order. Raises InsecureHomeError where others could have written them.

    `mtime_ns` is the original's: when Claude Code wrote to it last. Of one that was cut it is the longest copy, as far as
    the packed sizes tell; restoring takes that one too.
    """
    try:
        with Home.open(home) as opened:
            names = os.listdir(opened.folder(FOLDER))
    except FileNotFoundError:
        return []
    folder = archive_path(home)
    return [file for name in sorted(names) for file in _longest(walk(folder / name, PACKED))]


def _longest(files: Iterable[LogFile]) -> Iterable[LogFile]:
    """Return the transcripts among packed files, each with the content of its longest copy."""
    found, earlier = {}, []
    for file in files:
        if file.path.name.endswith(PACKED_SUFFIX):
            found[file.path] = file
        elif _EARLIER.search(file.path.name):
            earlier.append((file.path.with_name(_EARLIER.sub(PACKED, file.path.name)), file))
    for path, copy in earlier:
        newest = found.get(path)
        if newest and copy.size > newest.size:
            found[path] = msgspec.structs.replace(
                copy, kind=newest.kind, session_id=newest.session_id, agent_id=newest.agent_id
            )
    return found.values()


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
    name = _EARLIER.sub(PACKED, "/".join(path.parts[owner_of(path) or -1 :]))
    return name.removesuffix(PACKED).removesuffix(SUFFIX)
