"""Results that were too big for their line: Claude Code keeps them in files of their own beside the transcript.

    SESSION.jsonl    SESSION/tool-results/NAME.txt

The line says where on the machine that wrote it; only the file's name is believed.
"""

import os
import re
from pathlib import Path

from claude_sessions.base.paths import open_for_reading
from claude_sessions.transcript.files import LogFile

_MARK = "<persisted-output>"
_NAME = re.compile(r"tool-results[/\\]([A-Za-z0-9_-][A-Za-z0-9_.-]{0,200})")

_NO_FOLDER = ("", ".", "..")
"""A file called `...jsonl` says that its session is `..`, whose folder would be one that is none of its own."""

LARGEST = 64 * 1024 * 1024
"""Bytes of such a file that are read."""


def whole_output(result: str, file: LogFile) -> str:
    """Return the output that a result stands for; the result itself where it is all there is."""
    if not result.startswith(_MARK):
        return result
    named = _NAME.search(result)
    if named is None or file.session_id in _NO_FOLDER:
        return result
    folder = _folder(file.path, file.session_id)
    return result if folder is None else _read(folder, named[1]) or result


def _folder(path: Path, session_id: str) -> Path | None:
    """Return the folder of a session that a transcript of it, or of a subagent's, lies in or beside."""
    for parent in path.parents[:4]:
        if parent.name == session_id:
            return parent / "tool-results"
        if (parent / session_id).is_dir():
            return parent / session_id / "tool-results"
    return None


def _read(folder: Path, name: str) -> str:
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fd = open_for_reading(name, directory)
    except OSError:
        return ""
    finally:
        os.close(directory)
    with open(fd, encoding="utf-8", errors="replace") as file:
        return file.read(LARGEST)
