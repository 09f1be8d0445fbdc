"""Folders that nobody else can reach into, and files that cannot be swapped for a link.

Everything is opened relative to a directory descriptor that was checked once, with O_NOFOLLOW: what a path means
cannot change between the check and the use (design, section 4). Imports nothing heavy: this runs before claude starts.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from claude_sessions.base.errors import ConfigError, InsecureHomeError, UnwritableHomeError, UsageError

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def home_path() -> Path:
    """Return where recordings live: `CLAUDE_SESSIONS_HOME`, else `~/.claude-sessions`."""
    name = os.environ.get("CLAUDE_SESSIONS_HOME") or "~/.claude-sessions"
    try:
        return expanded(name).absolute()
    except UsageError as error:
        raise ConfigError(f"{error}; set CLAUDE_SESSIONS_HOME") from None


def expanded(path: Path | str) -> Path:
    """Return a path that a person gave, with `~` and `~NAME` replaced; UsageError where nobody's home is meant."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise UsageError(f"{path} names no place: there is no such user, or no home") from None


def as_text(name: str) -> str:
    """Return a path, or a part of one, as a text: it may be any bytes, and those that are no UTF-8 become U+FFFD."""
    return name if name.isascii() else os.fsencode(name).decode(errors="replace")


def open_private_folder(path: Path | str, *, create: bool, dir_fd: int | None = None) -> int:
    """Open a folder that only we can change and return its descriptor; made with mode 0700 where it is missing.

    Raises InsecureHomeError where it is a link, no folder, somebody else's, or writable by others;
    UnwritableHomeError where it cannot be made; FileNotFoundError where it is missing and `create` is false.
    Only the last component is checked for links: a home on another disk may be reached through one.
    """
    if create:
        _make_folder(path, dir_fd)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise InsecureHomeError(
                f"{path} is not a plain folder (a link or a file); move it away, or set CLAUDE_SESSIONS_HOME to a folder"
            ) from None
        if error.errno == errno.ENOENT:
            raise
        raise UnwritableHomeError(f"{path} cannot be opened: {error.strerror}") from None
    try:
        check_private(fd, path)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _make_folder(path: Path | str, dir_fd: int | None) -> None:
    try:
        if dir_fd is None:
            for parent in reversed(Path(path).parents):
                if not parent.exists():
                    _make_private(parent, None)
        _make_private(path, dir_fd)
    except FileExistsError:
        return
    except OSError as error:
        raise UnwritableHomeError(f"{path} cannot be made: {error.strerror}") from None


def _make_private(path: Path | str, dir_fd: int | None) -> None:
    """Make a folder of mode 0700 whatever the umask."""
    os.mkdir(path, PRIVATE_FOLDER, dir_fd=dir_fd)
    os.chmod(path, PRIVATE_FOLDER, dir_fd=dir_fd)


def check_private(fd: int, path: Path | str) -> None:
    """Raise InsecureHomeError where a folder or file is not ours alone to change."""
    found = os.fstat(fd)
    if found.st_uid != os.geteuid():
        raise InsecureHomeError(
            f"{path} belongs to user {found.st_uid}, not to you; recordings need a folder of your own"
        )
    if found.st_mode & _OTHERS_MAY_WRITE:
        raise InsecureHomeError(f"{path} can be written by others; run: chmod go-w {path}")


def create_private_file(name: str, dir_fd: int) -> int:
    """Create a file for appending that did not exist before, mode 0600 whatever the umask; return its descriptor.

    It can also be read back through it.
    """
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(name, flags, PRIVATE_FILE, dir_fd=dir_fd)
    os.fchmod(fd, PRIVATE_FILE)
    return fd


def open_for_reading(name: str, dir_fd: int) -> int:
    """Open a regular file for reading, never through a link; OSError where it is missing or something else."""
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=dir_fd)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a regular file", name)
    return fd


@contextlib.contextmanager
def inside(folder: int) -> Iterator[None]:
    """Be in a folder, given by its descriptor, for a moment: a socket in it can be named without a path, which may be too long."""
    here = os.open(".", getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fchdir(folder)
        yield
    finally:
        os.fchdir(here)
        os.close(here)
