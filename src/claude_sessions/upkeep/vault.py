"""The archive's folder, opened and held by descriptor, and the sessions that are in it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec

from claude_sessions.base.errors import AmbiguousError, NotFoundError, UnwritableHomeError, UsageError
from claude_sessions.base.paths import PRIVATE_FILE, open_for_reading, open_private_folder
from claude_sessions.store.catalogue import LAST, SHORTEST_PREFIX
from claude_sessions.store.home import Home
from claude_sessions.transcript.archive import FOLDER
from claude_sessions.transcript.packed import PACKED
from claude_sessions.upkeep.manifest import SUFFIX, FileRecord, Manifest, read_manifest

_LOCK = ".lock"


class Stored(msgspec.Struct, frozen=True):
    """One session in the archive."""

    within: tuple[str, ...]
    """The folders in which its manifest lies, from the archive's on."""
    manifest: Manifest


class Vault:
    """The archive of one home. `with Vault.open(create=True) as vault:` closes it, and lets others have the lock."""

    def __init__(self, home: Home) -> None:
        self.path = home.path / FOLDER
        self.warnings: list[str] = []
        """A sentence for every manifest that could not be read."""
        self._home = home
        self._lock = -1

    @classmethod
    def open(cls, home: Path | None = None, *, create: bool = False, lock: bool = False) -> Self:
        """Open the archive; `lock` is for who will write.

        Raises NotFoundError where there is none, UsageError where another process is writing, and the errors of Home.
        """
        try:
            opened = Home.open(home, create=create)
        except FileNotFoundError:
            raise _none() from None
        vault = cls(opened)
        try:
            vault.fd = opened.folder(FOLDER, create=create)
            if lock:
                vault._take_lock()
        except FileNotFoundError:
            vault.close()
            raise _none() from None
        except BaseException:
            vault.close()
            raise
        return vault

    fd: int
    """The descriptor of its folder."""

    @contextlib.contextmanager
    def folder(self, within: Sequence[str], *, create: bool = False) -> Iterator[int]:
        """Open a folder of the archive and yield its descriptor. FileNotFoundError where it is missing."""
        with open_below(self.fd, within, create=create) as fd:
            yield fd

    def sessions(self) -> Iterator[Stored]:
        """Yield every session that is archived, in no order; what cannot be read stands in `warnings`."""
        for path, _, names, fd in os.fwalk(".", dir_fd=self.fd):
            within = tuple(os.path.normpath(path).split(os.sep)) if path != "." else ()
            for name in names:
                if name.endswith(SUFFIX) and name[:1] != ".":
                    try:
                        manifest = read_manifest(name.removesuffix(SUFFIX), fd, str(self.path.joinpath(*within)))
                    except (OSError, UsageError) as error:
                        self.warnings.append(f"{self.path.joinpath(*within, name)} is not used: {error}")
                        continue
                    if manifest:
                        yield Stored(within, manifest)

    def find(self, text: str) -> Stored:
        """Return the session that `text` means: its id, 4 or more characters of it, or `last`.

        Of one that is there twice (from two configuration folders) it is the one written last. Raises NotFoundError,
        AmbiguousError.
        """
        stored = sorted(self.sessions(), key=lambda one: one.manifest.written_ns, reverse=True)
        if not stored:
            raise _none()
        if text == LAST:
            return stored[0]
        wanted = text.lower()
        found = [one for one in stored if one.manifest.session_id.lower() == wanted]
        if not found and len(text) >= SHORTEST_PREFIX:
            found = [one for one in stored if one.manifest.session_id.lower().startswith(wanted)]
        ids = sorted({one.manifest.session_id for one in found})
        if not ids:
            raise NotFoundError(f"the archive has no session {text!r}; see claude-sessions archive list")
        if len(ids) > 1:
            shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
            raise AmbiguousError(f"{text!r} means {len(ids)} sessions: {shown}; give more of the id")
        return found[0]

    @contextlib.contextmanager
    def packed(self, stored: Stored, record: FileRecord) -> Iterator[int]:
        """Open one packed file of a session and yield its descriptor. Raises UsageError where it is gone."""
        *folders, name = record.path.split("/")
        try:
            with self.folder((*stored.within, *folders)) as folder:
                fd = open_for_reading(record.aside or name + PACKED, folder)
        except OSError as error:
            raise UsageError(f"{self.path.joinpath(*stored.within, record.path)}{PACKED}: {error.strerror}") from None
        try:
            yield fd
        finally:
            os.close(fd)

    def close(self) -> None:
        """Close everything, and let others have the lock."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        self._home.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _take_lock(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._lock = os.open(_LOCK, flags, PRIVATE_FILE, dir_fd=self.fd)
        except OSError as error:
            raise UnwritableHomeError(
                f"{self.path / _LOCK} cannot be written: {error.strerror}; make the folder writable, or set "
                "CLAUDE_SESSIONS_HOME to another"
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{self.path} is being written by another process; try again when it is done") from None
        except OSError:
            return  # a file system without locks


@contextlib.contextmanager
def open_below(folder: int, within: Sequence[str], *, create: bool = False) -> Iterator[int]:
    """Open a private folder below another, name by name, and yield its descriptor."""
    fd = os.dup(folder)
    try:
        for name in within:
            inner = open_private_folder(name, create=create, dir_fd=fd)
            os.close(fd)
            fd = inner
        yield fd
    finally:
        os.close(fd)


def _none() -> NotFoundError:
    return NotFoundError("nothing has been archived yet; claude-sessions archive does it")
