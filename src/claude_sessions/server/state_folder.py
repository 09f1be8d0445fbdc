"""The server's own folder: its token, who is logged in, its access log. Nobody else can reach into it."""

import contextlib
import fcntl
import os
import secrets
from pathlib import Path
from typing import Self

from claude_sessions.base.errors import UnwritableHomeError, UsageError
from claude_sessions.base.paths import (
    check_private,
    create_private_file,
    home_path,
    open_for_reading,
    open_private_folder,
)

NAME = "server"
_LOCK = "lock"
_LARGEST = 4 * 1024 * 1024


def state_path(given: Path | None, home: Path | None = None) -> Path:
    """Return where the folder is: as a person gave it, else in the home."""
    return given.absolute() if given else (home or home_path()) / NAME


class StateFolder:
    """Opened once and held by descriptor. `with StateFolder(path) as folder:` closes it."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        self._fd = open_private_folder(path, create=create)
        self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
        if self._lock >= 0:
            os.close(self._lock)

    def lock(self) -> None:
        """Be the only server that uses the folder until the process ends; UsageError where another one does."""
        if self._lock >= 0:
            return
        fd = self.append(_LOCK)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise UsageError(f"another server uses {self.path}; stop it, or give --state-dir") from None
        except OSError:
            pass  # a file system without locks
        self._lock = fd

    def read(self, name: str) -> bytes | None:
        """Return a small file of ours; None where there is none. InsecureHomeError where others can write it."""
        try:
            fd = open_for_reading(name, self._fd)
        except FileNotFoundError:
            return None
        with os.fdopen(fd, "rb") as file:
            check_private(fd, self.path / name)
            return file.read(_LARGEST)

    def write(self, name: str, data: bytes) -> None:
        """Replace a file as a whole, on the disk when this returns; UnwritableHomeError where that is impossible."""
        part = f".{name}.{secrets.token_hex(4)}"
        try:
            with os.fdopen(create_private_file(part, self._fd), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(part, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except OSError as error:
            self.remove(part)
            raise UnwritableHomeError(f"{self.path / name} cannot be written: {error.strerror}") from None

    def append(self, name: str) -> int:
        """Return a descriptor for appending to a file, made with mode 0600 where it is missing."""
        try:
            return create_private_file(name, self._fd)
        except FileExistsError:
            fd = os.open(
                name, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=self._fd
            )
            check_private(fd, self.path / name)
            return fd

    def rename(self, name: str, new_name: str) -> None:
        """Give a file another name, that of another one too."""
        os.rename(name, new_name, src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def remove(self, name: str) -> None:
        """Remove a file where it is there."""
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._fd)

    def version(self, name: str) -> tuple[int, int, int]:
        """Return what changes when a file is replaced; zeros where it is missing."""
        try:
            found = os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except OSError:
            return 0, 0, 0
        return found.st_ino, found.st_size, found.st_mtime_ns
