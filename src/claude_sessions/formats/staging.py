"""New segments of the home that nobody sees until they are whole: an import that fails leaves nothing behind."""

import contextlib
import errno
import os
from types import TracebackType
from typing import NamedTuple, Self

from claude_sessions.base.errors import UnwritableHomeError
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.log.segment import parse_segment_name
from claude_sessions.store.home import Home
from claude_sessions.store.leftovers import PREFIX, part_name, remove_stale, take_lock

_FINISHED = 0o400


class _Staged(NamedTuple):
    name: str
    """What it is called for now."""
    inode: int


class Staging:
    """Files of the logs folder under names that begin with a dot, until `publish` gives them their own.

    One of them is open at a time, however many there are. What an import that was killed left there is removed by the
    next one.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.folder("logs", create=True)
        self._files: dict[str, _Staged] = {}
        self._given: dict[str, int] = {}
        """The final names, with the inodes that they are to have."""
        self._count = 0
        self._open = -1
        self._token = ""
        self._lock = -1

    def __enter__(self) -> Self:
        remove_stale(self._folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        try:
            for staged in self._files.values():
                self._unlink(staged.name)
            for name, inode in self._given.items() if kind is not None else ():
                if self._inode(name) == inode:  # not that of another, who was first
                    self._unlink(name)
            if self._lock >= 0:
                self._unlink(PREFIX + self._token)
        finally:
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1

    def is_taken(self, session_id: str) -> bool:
        """Tell whether there is a recording of that id."""
        segments = map(parse_segment_name, os.listdir(self._folder))
        return any(segment is not None and segment.session_id == session_id for segment in segments)

    def create(self, final_name: str) -> int:
        """Return the descriptor of a new file that is to be called so, in place of one before.

        It belongs to this object, and is open until the next one is created or all are published.
        """
        self._close()
        if final_name in self._files:
            self._unlink(self._files.pop(final_name).name)
        try:
            if self._lock < 0:
                self._token, self._lock = take_lock(self._folder)
            self._count += 1
            name = part_name(self._token, self._count)
            self._files[final_name] = _Staged(name, -1)
            self._open = create_private_file(name, self._folder)
        except OSError as error:
            raise UnwritableHomeError(f"{self._home.path}/logs cannot be written: {error.strerror}") from None
        self._files[final_name] = _Staged(name, os.fstat(self._open).st_ino)
        return self._open

    @property
    def names(self) -> list[str]:
        """What the files are to be called, in the order of the segments: a longer name has the higher number."""
        return sorted(self._files, key=lambda name: (len(name), name))

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(os.stat(staged.name, dir_fd=self._folder).st_size for staged in self._files.values())

    def open(self, final_name: str) -> int:
        """Return a descriptor for reading the file that is to be called so; it belongs to the caller."""
        return open_for_reading(self._files[final_name].name, self._folder)

    def publish(self, names: dict[str, str] | None = None) -> None:
        """Give all files their names, the last one first, read-only and on the disk. `names` may change them.

        Raises UnwritableHomeError where a name has been taken meanwhile.
        """
        self._close()
        for wanted in reversed(self.names):
            final_name = (names or {}).get(wanted, wanted)
            staged = self._files[wanted]
            fd = self.open(wanted)
            try:
                os.fchmod(fd, _FINISHED)
                os.fsync(fd)
            finally:
                os.close(fd)
            self._given[final_name] = staged.inode
            self._give_name(staged.name, final_name)
            del self._files[wanted]
        with contextlib.suppress(OSError):  # some file systems sync no folders
            os.fsync(self._folder)

    def _close(self) -> None:
        if self._open >= 0:
            os.close(self._open)
            self._open = -1

    def _unlink(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._folder)

    def _give_name(self, name: str, final_name: str) -> None:
        try:
            os.link(name, final_name, src_dir_fd=self._folder, dst_dir_fd=self._folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS) or self._inode(final_name) is not None:
                reason = f"{self._home.path}/logs/{final_name} cannot be made: {error.strerror}"
                raise UnwritableHomeError(reason) from None
            os.rename(name, final_name, src_dir_fd=self._folder, dst_dir_fd=self._folder)  # no links there
        else:
            os.unlink(name, dir_fd=self._folder)

    def _inode(self, name: str) -> int | None:
        try:
            return os.lstat(name, dir_fd=self._folder).st_ino
        except FileNotFoundError:
            return None
