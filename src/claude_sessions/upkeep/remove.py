"""Deleting a recording: what was made of it goes first, its log last (design, section 9)."""

import contextlib
import os
from collections.abc import Iterator

from claude_sessions.base.errors import ClaudeSessionsError, UnwritableHomeError
from claude_sessions.store.cache import CACHE
from claude_sessions.store.recording import Recording

_DATABASES = (".db", ".db-journal", ".db-wal", ".db-shm")


def files_of(recording: Recording) -> Iterator[tuple[str, str]]:
    """Yield the folder of the home and the name of each file that holds something of a recording, in the order of deletion.

    The databases of the cache folder are among them: they hold text of every recording and of the transcripts, and are
    made again.
    """
    session_id = recording.session_id
    for name in _names(recording, CACHE):
        if name.endswith(_DATABASES) or name.startswith(session_id):
            yield CACHE, name
    for folder in ("run", "state"):
        for name in _names(recording, folder):
            if name.startswith(session_id + "."):
                yield folder, name
    for segment in reversed(recording.segments):
        yield "logs", str(segment)


def remove(recording: Recording) -> None:
    """Delete a recording that nobody writes any more. Raises UnwritableHomeError, naming the file, where one stays."""
    for folder, name in list(files_of(recording)):
        try:
            os.unlink(name, dir_fd=recording.home.folder(folder))
        except FileNotFoundError:
            continue
        except OSError as error:
            path = recording.home.path / folder / name
            raise UnwritableHomeError(f"{path} cannot be deleted: {error.strerror}; delete it yourself") from None
    with contextlib.suppress(OSError):  # some file systems sync no folders
        os.fsync(recording.home.folder("logs"))


def _names(recording: Recording, folder: str) -> list[str]:
    try:
        return sorted(os.listdir(recording.home.folder(folder)))
    except (ClaudeSessionsError, OSError):
        return []
