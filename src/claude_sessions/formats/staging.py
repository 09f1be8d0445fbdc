"""New segments of the home that nobody sees until they are whole: an import that fails leaves nothing behind."""

import contextlib
import errno
import fcntl
import os
from types import TracebackType
from typing import Self

from claude_sessions.base.errors import UnwritableHomeError
from claude_sessions.base.paths import create_private_file
from claude_sessions.log.segment import parse_segment_name
from claude_sessions.store.home import Home

_PREFIX = ".import-"
_FINISHED = 0o400


class Staging:
    """Files of the logs folder under names that begin with a dot, until `publish` gives them their own.

    What an import that was killed left there is removed by the next one: its files are locked while it lives.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.folder("logs", create=True)
        self._files: dict[str, tuple[str, int]] = {}
        self._published: list[str] = []

    def __enter__(self) -> Self:
        self._remove_stale()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for final_name in list(self._files):
            self._discard(final_name)
        for name in self._published if kind is not None else ():
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=self._folder)

    def is_taken(self, session_id: str) -> bool:
        """Tell whether there is a recording of that id."""
        segments = map(parse_segment_name, os.listdir(self._folder))
        return any(segment is not None and segment.session_id == session_id for segment in segments)

    def create(self, final_name: str) -> int:
        """Return the descriptor of a new file that is to be called so, in place of one before; it belongs to this object."""
        self._discard(final_name)
        name = f"{_PREFIX}{os.urandom(8).hex()}"
        try:
            fd = create_private_file(name, self._folder)
        except OSError as error:
            raise UnwritableHomeError(f"{self._home.path}/logs cannot be written: {error.strerror}") from None
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._files[final_name] = (name, fd)
        return fd

    def publish(self, names: dict[str, str] | None = None) -> None:
        """Give all files their names, the last one first, read-only and on the disk. `names` may change them.

        Raises UnwritableHomeError where a name has been taken meanwhile.
        """
        for wanted in sorted(self._files, reverse=True):
            final_name = (names or {}).get(wanted, wanted)
            name, fd = self._files[wanted]
            os.fchmod(fd, _FINISHED)
            os.fsync(fd)
            self._give_name(name, final_name)
            self._published.append(final_name)
            del self._files[wanted]
            os.close(fd)
        with contextlib.suppress(OSError):  # some file systems sync no folders
            os.fsync(self._folder)

    def _discard(self, final_name: str) -> None:
        """Remove what was begun under a name, if anything was."""
        if final_name in self._files:
            name, fd = self._files.pop(final_name)
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=self._folder)
            os.close(fd)

    def _give_name(self, name: str, final_name: str) -> None:
        try:
            os.link(name, final_name, src_dir_fd=self._folder, dst_dir_fd=self._folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS) or self._exists(final_name):
                reason = f"{self._home.path}/logs/{final_name} cannot be made: {error.strerror}"
                raise UnwritableHomeError(reason) from None
            os.rename(name, final_name, src_dir_fd=self._folder, dst_dir_fd=self._folder)  # no links there
        else:
            os.unlink(name, dir_fd=self._folder)

    def _exists(self, name: str) -> bool:
        try:
            os.lstat(name, dir_fd=self._folder)
        except FileNotFoundError:
            return False
        return True

    def _remove_stale(self) -> None:
        for name in os.listdir(self._folder):
            if name.startswith(_PREFIX):
                with contextlib.suppress(OSError):
                    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
                    try:
                        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
                        os.unlink(name, dir_fd=self._folder)
                    finally:
                        os.close(fd)
