"""An archived session back in its place, so that Claude Code goes on with it (`claude --resume`)."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from claude_sessions.base.errors import UsageError
from claude_sessions.transcript.files import project_folders
from claude_sessions.transcript.packed import PackedSource
from claude_sessions.upkeep.manifest import FileRecord
from claude_sessions.upkeep.originals import running_ids
from claude_sessions.upkeep.packing import Advance, untold
from claude_sessions.upkeep.placement import Placement, Standing, refusal, standing
from claude_sessions.upkeep.vault import Stored, Vault

_BLOCK = 1 << 20


class Plan(msgspec.Struct, frozen=True):
    """What restoring a session means."""

    folder: Path
    """The project's folder."""
    files: tuple[tuple[FileRecord, Standing], ...]

    @property
    def missing(self) -> tuple[FileRecord, ...]:
        """The files that are to be written."""
        return tuple(record for record, found in self.files if found is not Standing.SAME)

    @property
    def in_the_way(self) -> tuple[Path, ...]:
        """The files that are different from, or longer than, what would be written."""
        return tuple(self.folder / record.path for record, found in self.files if found is Standing.OTHER)


def home_of(stored: Stored) -> Path:
    """Return the folder in which Claude Code looks for a session: the one it was in, as far as it is still used."""
    used = project_folders()
    original = Path(stored.manifest.projects)
    known = original in (Path(os.path.realpath(folder)) for folder in used)
    return (original if known else used[0]).joinpath(*stored.within[1:])


def plan(vault: Vault, stored: Stored, folder: Path) -> Plan:
    """Look what there is in the places of a session's files, and change nothing."""
    files = [
        (record, standing(folder / record.path, pieces(vault, stored, record))) for record in stored.manifest.files
    ]
    return Plan(folder, tuple(files))


def restore(vault: Vault, stored: Stored, planned: Plan, advance: Advance = untold, *, force: bool = False) -> None:
    """Put a session's files into their places; their time is now, so that they are not cleaned up at once.

    Raises UsageError where a file is in the way (unless `force`), where the session runs, and where the archive is
    damaged: then nothing was changed.
    """
    if planned.in_the_way and not force:
        raise refusal(planned.in_the_way[0])
    if stored.manifest.session_id in running_ids():
        raise UsageError(f"session {stored.manifest.session_id} is running; end it before its files are replaced")
    with Placement(planned.folder) as placement:
        for record in planned.missing:
            placement.add(record, _told(pieces(vault, stored, record), advance))
        placement.commit()


def pieces(vault: Vault, stored: Stored, record: FileRecord) -> Iterator[bytes]:
    """Yield an archived file's bytes. Raises UsageError where they are not what the manifest says."""
    digest, left = hashlib.sha256(), record.size
    with vault.packed(stored, record) as fd:
        source = PackedSource(fd, f"{vault.path.joinpath(*stored.within, record.path)}.zst")
        while left and (piece := source.read(min(_BLOCK, left))):
            left -= len(piece)
            digest.update(piece)
            yield piece
        if digest.hexdigest() != record.digest:
            raise UsageError(f"{source.name} is damaged: its digest is not that of its manifest")


def _told(source: Iterator[bytes], advance: Advance) -> Iterator[bytes]:
    for piece in source:
        advance(len(piece))
        yield piece
