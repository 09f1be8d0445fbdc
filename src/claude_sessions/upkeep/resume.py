"""Which conversation a person wants to go on with, and the directory from which Claude Code finds it."""

import os
from pathlib import Path

import msgspec

from claude_sessions.base.errors import ClaudeSessionsError, UsageError
from claude_sessions.log.segment import is_session_id
from claude_sessions.store.catalogue import LAST
from claude_sessions.transcript.files import LogFile, main_files
from claude_sessions.transcript.locate import all_transcripts, locate
from claude_sessions.transcript.origin import origin_of
from claude_sessions.transcript.packed import PACKED
from claude_sessions.transcript.registry import project_slug
from claude_sessions.upkeep.originals import running_ids
from claude_sessions.upkeep.vault import Vault


class Conversation(msgspec.Struct, frozen=True):
    """One that can be gone on with."""

    session_id: str
    directory: str
    archived: bool
    """Whether it must be restored first."""


def newest() -> LogFile:
    """Return the conversation that was written last and does not run. Raises NotFoundError where there is none."""
    running = running_ids()
    ended = (
        file
        for file in main_files(all_transcripts())
        if file.session_id not in running and is_resumable(file.session_id)
    )
    return next(ended, None) or locate(LAST)


def is_resumable(session_id: str) -> bool:
    """Tell whether claude can be told to go on with a session: any file's name might be taken for an option."""
    return is_session_id(session_id.lower())


def conversation(file: LogFile) -> Conversation:
    """Return what it takes to go on with a transcript's conversation.

    Raises UsageError where it runs or its name is no id, or where its directory is gone or nobody knows it.
    """
    if not is_resumable(file.session_id):
        raise UsageError(f"{file.path} cannot be gone on with: its name is no id of a session of Claude Code's")
    if file.session_id in running_ids():
        raise UsageError(f"session {file.session_id} is running; see claude-sessions list")
    directory = directory_of(file)
    if not os.path.isdir(directory):
        raise UsageError(
            f"session {file.session_id} belongs to {directory}, which is no directory now; make it again, or take the "
            f"session elsewhere with claude-sessions archive export and archive import --directory"
        )
    return Conversation(file.session_id, directory, archived=file.path.name.endswith(PACKED))


def directory_of(file: LogFile) -> str:
    """Return the directory from which `claude --resume` finds a session; UsageError where it cannot be told."""
    origin = origin_of(file.path)
    if origin.at_home:
        return origin.directory
    for directory in (_remembered(file.session_id), _here()):  # it came from another machine
        if directory and project_slug(directory) == file.path.parent.name:
            return directory
    said = f"its entries name {origin.directory}, and that is another project" if origin.directory else "no entry says"
    raise UsageError(f"nobody knows the directory that {file.path} belongs to: {said}; run this in the right one")


def _remembered(session_id: str) -> str:
    """Return the directory that the archive knows."""
    try:
        with Vault.open() as vault:
            return vault.find(session_id).manifest.directory
    except (ClaudeSessionsError, OSError):
        return ""


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return ""
