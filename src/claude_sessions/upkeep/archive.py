"""Copies of all transcripts in the home's `archive` folder, before Claude Code deletes its own (`cleanupPeriodDays`).

Each run brings the copies up to date: what has not changed is not read. What Claude Code has deleted stays.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.base.errors import ClaudeSessionsError, UnwritableHomeError, UsageError
from claude_sessions.base.paths import open_for_reading
from claude_sessions.transcript.files import SUFFIX
from claude_sessions.transcript.origin import Origin, origin_of
from claude_sessions.transcript.packed import PACKED
from claude_sessions.transcript.registry import project_slug
from claude_sessions.upkeep.manifest import (
    Earlier,
    FileRecord,
    Manifest,
    belongs,
    is_folder,
    read_manifest,
    write_manifest,
)
from claude_sessions.upkeep.originals import Original, last_time, running_ids
from claude_sessions.upkeep.packing import (
    Advance,
    Change,
    ChangedMeanwhileError,
    Packer,
    UnreadableError,
    measured,
    set_aside,
    untold,
)
from claude_sessions.upkeep.vault import Vault, open_below

_SETTLED_NS = 60 * NANOSECONDS
"""A file that was written to in the last minute may end in the middle of a line."""

_ODD = "its name, or that of its folder, is too long or too odd"

_ORDER = (Change.NEW, Change.REPLACED, Change.GROWN, Change.UNCHANGED)
"""What is said of a session with several files: the first of these that holds for one of them."""


class Report(msgspec.Struct):
    """What a run did, or would do."""

    sessions: dict[Change, list[str]] = msgspec.field(default_factory=lambda: {change: [] for change in Change})
    """The sessions' ids by what had become of them."""
    warnings: list[str] = []
    """A sentence for every file that could not be archived."""


def folder_name(projects: Path) -> str:
    """Return the name under which the archive keeps a folder of projects: readable, and never that of another."""
    digest = hashlib.sha256(os.fsencode(projects)).hexdigest()
    return f"{project_slug(str(projects))[-64:].lstrip('-')}-{digest[:12]}"


def within_archive(original: Original) -> tuple[str, ...]:
    """Return the folders of the archive in which a session's files are kept."""
    return (folder_name(original.projects), *original.within)


def _is_keepable(original: Original) -> bool:
    """Tell whether the names of a session and of its folder can be used in the archive."""
    return all(map(is_folder, (*original.within, original.session_id)))


def _unkeepable(original: Original) -> str:
    return f"{original.folder / original.files[0]} is not archived: {_ODD}"


def original_size(original: Original) -> int:
    """Return the bytes of all files of a session."""
    size = 0
    for path in original.files:
        with contextlib.suppress(OSError):
            size += os.stat(original.folder / path).st_size
    return size


def update(vault: Vault, originals: Sequence[Original], advance: Advance = untold, directory: str = "") -> Report:
    """Bring the archive, which is locked, up to date with these sessions, and say what was done.

    `advance` is told how many bytes were gone through. `directory` is where the sessions belong, where their entries
    do not tell. Raises UnwritableHomeError where the archive cannot be written: what it has is still whole.
    """
    report = Report()
    packer, running = Packer(vault.fd, advance), running_ids()
    for original in originals:
        if not _is_keepable(original):
            report.warnings.append(_unkeepable(original))
            continue
        try:
            with vault.folder(within_archive(original), create=True) as folder:
                session = _Session(
                    packer, original, folder, report.warnings, settled=original.session_id not in running
                )
                change = session.update(str(vault.path.joinpath(*within_archive(original))), directory)
        except OSError as error:
            raise UnwritableHomeError(
                f"{vault.path} cannot be written: {error.strerror}; what was archived before is whole"
            ) from None
        report.sessions[change].append(original.session_id)
    return report


def foresee(vault: Vault | None, originals: Sequence[Original]) -> Report:
    """Say what `update` would do, by sizes and times alone: nothing is read or written. None: there is no archive."""
    report = Report()
    for original in originals:
        if not _is_keepable(original):
            report.warnings.append(_unkeepable(original))
            continue
        manifest = None
        if vault is not None:
            with contextlib.suppress(OSError, ClaudeSessionsError), vault.folder(within_archive(original)) as folder:
                manifest = read_manifest(original.session_id, folder, str(vault.path))
        known = {record.path: record for record in manifest.files} if manifest else {}
        changes = [_foreseen(original.folder / path, known.get(path)) for path in original.files]
        report.sessions[_sum_up(changes, new=manifest is None)].append(original.session_id)
    return report


class _Session:
    """One session on its way into the archive."""

    def __init__(self, packer: Packer, original: Original, folder: int, warnings: list[str], *, settled: bool) -> None:
        self._packer = packer
        self._original = original
        self._folder = folder
        self._warnings = warnings
        self._settled = settled

    def update(self, place: str, directory: str) -> Change:
        """Archive what has changed, then the manifest. Raises OSError where the archive cannot be written."""
        manifest = self._manifest(place)
        records = {record.path: record for record in manifest.files} if manifest else {}
        before, changes = dict(records), []
        for path in self._original.files:
            if not belongs(path, self._original.session_id):
                self._warnings.append(f"{self._original.folder / path} is not archived: {_ODD}")
                continue
            try:
                records[path], change = self._file(path, records.get(path))
                changes.append(change)
            except ChangedMeanwhileError:
                continue  # the next run sees what it is then
            except UnreadableError as error:
                self._warnings.append(f"{self._original.folder / path} cannot be archived: {error}")
        if records != before or manifest is None or (directory and directory != manifest.directory):
            write_manifest(self._described(manifest, directory, tuple(records.values())), self._folder)
        return _sum_up(changes, new=manifest is None)

    def _manifest(self, place: str) -> Manifest | None:
        try:
            return read_manifest(self._original.session_id, self._folder, place)
        except UsageError as error:  # the packed files are measured anew
            self._warnings.append(f"{error}; it is made anew")
            return None

    def _file(self, path: str, record: FileRecord | None) -> tuple[FileRecord, Change]:
        """Bring one file up to date. Raises OSError for the archive's troubles, UnreadableError for the original's."""
        there = self._original.folder / path
        *within, name = path.split("/")
        packed_size = _size(path + PACKED, self._folder)
        try:
            found = os.stat(there)
            if record and (found.st_size, found.st_mtime_ns, packed_size) == _settled_as(record):
                self._packer.advance(found.st_size)
                return record, Change.UNCHANGED
            source = os.open(there, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            raise ChangedMeanwhileError from None
        except OSError as error:
            raise UnreadableError(error.strerror) from None
        whole = not name.endswith(SUFFIX) or (self._settled and time.time_ns() - found.st_mtime_ns > _SETTLED_NS)
        try:
            with open_below(self._folder, within, create=True) as folder:
                if packed_size is not None and (record is None or packed_size != record.packed_size):
                    record = self._measured(folder, path, packed_size, record)
                elif packed_size is None:
                    record = None
                return self._packer.keep(source, path, folder, record, whole=whole)
        finally:
            os.close(source)

    def _measured(self, folder: int, path: str, packed_size: int, record: FileRecord | None) -> FileRecord | None:
        """Return what a packed file holds that the manifest does not know; put it aside where it is damaged."""
        name = os.path.basename(path) + PACKED
        earlier: tuple[Earlier, ...] = record.earlier if record else ()
        fd = open_for_reading(name, folder)
        try:
            size, digest = measured(fd)
        except UsageError:
            self._warnings.append(
                f"{path}{PACKED} in the archive was damaged; it is kept as {set_aside(name, folder, '.damaged')}"
            )
            return None
        finally:
            os.close(fd)
        return FileRecord(path, size, digest, 0, packed_size, 1, earlier)

    def _described(self, before: Manifest | None, directory: str, files: tuple[FileRecord, ...]) -> Manifest:
        original, origin, ended_ns = self._original, Origin(), 0
        main = original.session_id + SUFFIX
        if main in original.files:
            with contextlib.suppress(ClaudeSessionsError, OSError):
                origin = origin_of(original.folder / main)
                ended_ns = last_time(original.folder / main)
        known = before or Manifest(original.session_id)
        return Manifest(
            session_id=original.session_id,
            directory=(origin.directory if origin.at_home else directory) or known.directory or origin.directory,
            slug=original.within[0] if original.within else "",
            projects=str(original.projects),
            claude_version=origin.claude_version or known.claude_version,
            archived=TimestampFormatter()(time.time_ns()),
            ended_ns=ended_ns or known.ended_ns,
            files=files,
        )


def _settled_as(record: FileRecord) -> tuple[int, int, int]:
    """Return what original and packed file look like when nothing has happened to them since."""
    return record.size, record.mtime_ns, record.packed_size


def _size(path: str, folder: int) -> int | None:
    try:
        return os.stat(path, dir_fd=folder, follow_symlinks=False).st_size
    except FileNotFoundError:
        return None


def _foreseen(path: Path, record: FileRecord | None) -> Change:
    if record is None:
        return Change.NEW
    try:
        found = os.stat(path)
    except OSError:
        return Change.UNCHANGED
    if found.st_size == record.size:
        return Change.UNCHANGED
    return Change.GROWN if found.st_size > record.size else Change.REPLACED


def _sum_up(changes: Sequence[Change], *, new: bool) -> Change:
    if new:
        return Change.NEW
    changed = [
        Change.GROWN if change is Change.NEW else change for change in changes
    ]  # another file of a known session
    return next((change for change in _ORDER if change in changed), Change.UNCHANGED)
