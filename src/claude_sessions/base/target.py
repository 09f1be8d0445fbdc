"""The file that is exported to: whole or not there at all, readable by its owner alone, never over another by accident."""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import create_private_file

_LONGEST_NAME = 200
"""Bytes."""
_UNFINISHED = ".claude-sessions-"


@contextlib.contextmanager
def open_target(path: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """Yield a file to write into, which gets the name `path` when all went well, and on the disk.

    Until then it has another name in the same folder; where anything goes wrong it is removed, and where we are killed the
    next export to `path` removes it. Raises UsageError where `path` is taken (with `force` only where that is no file) or
    its folder cannot be written to. A link is followed: what it leads to is replaced, and it stays.
    """
    path = check_target(path, force=force)
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path.parent} cannot be opened: {error.strerror}") from None
    begins = f".{os.fsdecode(os.fsencode(path.name)[:_LONGEST_NAME])}{_UNFINISHED}"
    name = begins + os.urandom(4).hex()
    try:
        _remove_stale(folder, begins)
        try:
            file = os.fdopen(create_private_file(name, folder), "wb")
        except OSError as error:
            raise UsageError(f"{path} cannot be made: {error.strerror}") from None
        with file:
            _lock(file.fileno())
            yield file
            file.flush()
            os.fsync(file.fileno())
            _publish(name, path, folder, force=force)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise
    finally:
        os.close(folder)


def check_target(path: Path, *, force: bool) -> Path:
    """Return the file that is meant by `path`: where it is a link, what that leads to; UsageError where it may not be written."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            found = os.stat(path)
    except FileNotFoundError:
        if path.is_symlink():
            raise UsageError(f"{path} is a link to nothing; remove it, or name another file") from None
        return path
    except NotADirectoryError:
        return path
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path} cannot be written: {reason}") from None
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{path} is a folder; name a file in it")
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{path} is no plain file; write to - and send that there")
    if not force:
        raise UsageError(f"{path} is already there; --force replaces it")
    return Path(os.path.realpath(path))


def _lock(fd: int) -> None:
    """Show that who writes this is alive."""
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_stale(folder: int, begins: str) -> None:
    """Remove what exports to the same file left that were killed."""
    with contextlib.suppress(OSError):  # a folder that cannot be read
        for name in os.listdir(folder):
            if name.startswith(begins):
                with contextlib.suppress(OSError):
                    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
                    try:
                        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        os.unlink(name, dir_fd=folder)
                    finally:
                        os.close(fd)


def _publish(name: str, path: Path, folder: int, *, force: bool) -> None:
    """Give the finished file its name; without `force` never that of another, made meanwhile."""
    if force:
        os.rename(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        try:
            os.link(name, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            raise UsageError(f"{path} was made meanwhile; --force replaces it") from None
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS):
                raise
            check_target(path, force=False)  # a file system without links
            os.rename(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)
    with contextlib.suppress(OSError):  # some file systems sync no folders
        os.fsync(folder)
