"""The server's own folder: its token, who is logged in, its access log. Nobody else can reach into it."""

import contextlib
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from claude_sessions.base.errors import InsecureHomeError, UnwritableHomeError, UsageError
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
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def state_path(given: Path | None, home: Path | None = None) -> Path:
    """Return where the folder is: as a person gave it, else in the home."""
    return given.absolute() if given else (home or home_path()) / NAME


class StateFolder:
    """Opened once and held by descriptor. `with StateFolder(path) as folder:` closes it."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        self._fd = open_private_folder(path, create=create)
        self._locks: dict[str, int] = {}
        try:
            _check_secret(self._fd, path, f"chmod go-rwx {path}")
        except BaseException:
            os.close(self._fd)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
        for fd in self._locks.values():
            os.close(fd)
        self._locks.clear()

    def lock(self) -> None:
        """Be the only server that uses the folder until the process ends; UsageError where another one does.

        What one that was killed has left half written is swept away.
        """
        if _LOCK in self._locks:
            return
        fd = self.append(_LOCK)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise UsageError(f"another server uses {self.path}; stop it, or give --state-dir") from None
        except OSError:
            pass  # a file system without locks
        self._locks[_LOCK] = fd
        with contextlib.suppress(OSError):
            for name in os.listdir(self._fd):
                if _is_part(name):
                    self.remove(name)

    def read(self, name: str) -> bytes | None:
        """Return a small file of ours; None where there is none. InsecureHomeError where others can read or write it."""
        with self._opened(name) as fd:
            return None if fd is None else _all_of(fd)

    def read_held(self, name: str) -> bytes | None:
        """Return a file that `write_held` wrote while that process is there; None once it is gone, however it ended."""
        with self._opened(name) as fd:
            if fd is None:
                return None
            try:
                fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _all_of(fd)
            except OSError:
                pass  # a file system without locks: nobody can tell
            return None

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[int | None]:
        path = self.path / name
        try:
            fd = open_for_reading(name, self._fd)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            raise InsecureHomeError(f"{path} cannot be read ({error.strerror}); move it away") from None
        try:
            check_private(fd, path)
            _check_secret(fd, path, f"rm {path}")
            yield fd
        finally:
            os.close(fd)

    def write_held(self, name: str, data: bytes) -> None:
        """Write a file that counts as long as this process is there: it holds a lock on the file, not on its name."""
        self.write(name, data, hold=True)

    def write(self, name: str, data: bytes, *, hold: bool = False) -> None:
        """Replace a file as a whole, on the disk when this returns; UnwritableHomeError where that is impossible."""
        part = f".{name}.{secrets.token_hex(4)}"
        try:
            with os.fdopen(create_private_file(part, self._fd), "wb") as file:
                if hold:
                    self._hold(name, file.fileno())
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(part, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except OSError as error:
            self.remove(part)
            raise UnwritableHomeError(f"{self.path / name} cannot be written: {error.strerror}") from None

    def _hold(self, name: str, fd: int) -> None:
        """Lock a file for as long as the folder is open."""
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        before = self._locks.pop(name, -1)
        if before >= 0:
            os.close(before)
        self._locks[name] = os.dup(fd)

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


def _all_of(fd: int) -> bytes:
    with os.fdopen(os.dup(fd), "rb") as file:
        return file.read(_LARGEST)


def _is_part(name: str) -> bool:
    """Tell whether a file is one that was being written."""
    return re.fullmatch(r"\.[a-z.]+\.[0-9a-f]{8}", name) is not None


def _check_secret(fd: int, path: Path, command: str) -> None:
    """Raise InsecureHomeError where others can look into a folder or file of secrets; `command` mends that."""
    if os.fstat(fd).st_mode & _OTHERS:
        raise InsecureHomeError(
            f"others can read {path}; run: {command}; if they may have done so: claude-sessions token --new"
        )
