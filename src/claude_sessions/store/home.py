"""The home folder and its parts, opened once and held by descriptor (design, section 4).

Imports nothing heavy: `start` needs it before claude runs.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Self

from claude_sessions.base.errors import UnwritableHomeError
from claude_sessions.base.paths import create_private_file, home_path, open_private_folder

_LOCK_TRIES = 20
_LOCK_PAUSE_S = 0.001


class Home:
    """An open home folder. `with Home.open() as home:` closes what was opened."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self.fd = fd
        self._folders: dict[str, int] = {}

    @classmethod
    def open(cls, path: Path | None = None, *, create: bool = False) -> Self:
        """Open the home, making it where asked.

        Raises InsecureHomeError, UnwritableHomeError, or FileNotFoundError where it is missing and `create` is false.
        """
        path = path or home_path()
        home = cls(path, open_private_folder(path, create=create))
        if create:
            home._write_gitignore()
        return home

    def folder(self, name: str, *, create: bool = False) -> int:
        """Return the descriptor of the subfolder `name` (`logs`, `run`, `state`, `cache`); it belongs to this object."""
        if name not in self._folders:
            try:
                self._folders[name] = open_private_folder(name, create=create, dir_fd=self.fd)
            except UnwritableHomeError as error:
                raise UnwritableHomeError(f"{self.path}/{error}") from None
        return self._folders[name]

    def create_segment(self, file_name: str) -> int:
        """Create a segment for appending and return its descriptor; UnwritableHomeError says why it cannot be.

        The file is locked (flock) until its last descriptor is closed: that is how a reader tells a session that runs
        from one that was cut off.
        """
        try:
            fd = create_private_file(file_name, self.folder("logs", create=True))
        except OSError as error:
            raise UnwritableHomeError(f"{self.path}/logs/{file_name} cannot be made: {error.strerror}") from None
        _lock(fd)
        return fd

    def close(self) -> None:
        """Close every descriptor of this home."""
        for fd in (*self._folders.values(), self.fd):
            os.close(fd)
        self._folders.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _write_gitignore(self) -> None:
        """Keep recordings out of a repository that the home happens to lie in (seed 001)."""
        with contextlib.suppress(OSError):
            fd = create_private_file(".gitignore", self.fd)
            try:
                os.write(fd, b"*\n")
            finally:
                os.close(fd)


def _lock(fd: int) -> None:
    """Lock a new segment; a reader that just looks whether it is locked holds it for microseconds."""
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOCK_PAUSE_S)
        except OSError:
            return  # a file system without locks: the session looks cut off while it runs
        else:
            return
