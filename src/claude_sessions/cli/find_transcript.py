"""Which transcripts a person means: those of a recording, one of Claude Code's sessions, or a file."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claude_sessions.transcript.files import LogFile


def find_transcripts(text: str | None) -> "list[LogFile]":
    """Return the transcripts that `text` means, in the order in which they were written.

    It is a path, `last`, a recording's id or title (which may belong to several), or the id of a session of Claude's;
    None is the newest session of the current directory, else the newest of all. Raises NotFoundError, AmbiguousError
    and UsageError.
    """
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.sessions import SessionManager
    from claude_sessions.store.catalogue import LAST
    from claude_sessions.transcript.locate import locate

    if text is None:
        return [_newest_here() or locate(LAST)]
    if _is_path(text) or text == LAST:
        return [locate(text)]
    try:
        session = SessionManager().find(text)
    except NotFoundError:
        return [_by_id_or_title(text)]
    if not session.recorded:
        return [locate(session.claude_session_id or session.id)]
    return _of_recording(session.id)


def _is_path(text: str) -> bool:
    return os.sep in text or text.endswith((".jsonl", ".jsonl.zst"))


def _newest_here() -> "LogFile | None":
    """Return the transcript that was written last among the sessions started in the current directory."""
    from claude_sessions.transcript.files import main_files, project_folders, scan
    from claude_sessions.transcript.registry import project_slug

    slug = project_slug(os.getcwd())
    found = [file for folder in project_folders() for file in main_files(scan(folder / slug))]
    return max(found, key=lambda file: file.mtime_ns, default=None)


def _by_id_or_title(text: str) -> "LogFile":
    """Return the transcript with this id, else the newest with exactly this title. Errors as with `locate`."""
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.cli.recent import read_overviews
    from claude_sessions.transcript.files import main_files
    from claude_sessions.transcript.locate import all_transcripts, locate
    from claude_sessions.transcript.overview import summaries_in

    try:
        return locate(text)
    except NotFoundError:
        found = read_overviews(main_files(all_transcripts()))
        elsewhere = summaries_in(overview for _, overview in found)
        for file, overview in found:
            if overview.title(elsewhere) == text:
                return file
        raise


def _of_recording(recording_id: str) -> "list[LogFile]":
    """Return the transcripts that a recording's log names; one that was moved or archived is found by its id."""
    from claude_sessions.base.errors import NotFoundError
    from claude_sessions.sessions import SessionManager

    found = list(SessionManager().transcripts(recording_id))
    if not found:
        raise NotFoundError(
            f"the recording {recording_id} has no transcript: Claude Code deletes them after some weeks, and claude may "
            "not have been run in it at all"
        )
    return found
