"""Which copy of a file counts where the archive has several: the longest, since a transcript only grows unless it is cut."""

import msgspec

from claude_sessions.base.errors import NotFoundError
from claude_sessions.upkeep.manifest import Earlier, FileRecord, Manifest
from claude_sessions.upkeep.vault import Stored

NEWEST = 0


def choose(stored: Stored, number: int | None = None) -> Stored:
    """Return a session with one copy of each file as the one that there is.

    None is the longest copy; `NEWEST` is what the original was when it was archived last; another number the earlier
    copy of that number, of those files that have so many. Raises NotFoundError where none has.
    """
    manifest = stored.manifest
    if number and not any(number <= len(record.earlier) for record in manifest.files):
        most = max((len(record.earlier) for record in manifest.files), default=0)
        raise NotFoundError(
            f"session {manifest.session_id} has no earlier copy {number}: the archive has {most or 'none'} of it"
        )
    files = tuple(_chosen(record, number) for record in manifest.files)
    return Stored(stored.within, msgspec.structs.replace(manifest, files=files))


def shortened(manifest: Manifest) -> list[FileRecord]:
    """Return the files of which an earlier copy is longer than the newest one: they were cut."""
    return [record for record in manifest.files if _longest(record)]


def _chosen(record: FileRecord, number: int | None) -> FileRecord:
    if number is None:
        copy = _longest(record)
    else:
        copy = record.earlier[number - 1] if NEWEST < number <= len(record.earlier) else None
    if copy is None:
        return record
    return msgspec.structs.replace(record, size=copy.size, digest=copy.digest, aside=copy.name)


def _longest(record: FileRecord) -> Earlier | None:
    """Return the longest earlier copy where it is longer than the newest."""
    longest = max(record.earlier, key=lambda copy: copy.size, default=None)
    return longest if longest and longest.size > record.size else None
