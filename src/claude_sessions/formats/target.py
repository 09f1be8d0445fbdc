"""The file that is exported to: whole or not there at all, readable by its owner alone, never over another by accident."""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from claude_sessions.base.errors import UsageError
from claude_sessions.base.paths import create_private_file

_LONGEST_NAME = 200


@contextlib.contextmanager
def open_target(path: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """Yield a file to write into, which gets the name `path` when all went well, and on the disk.

    Until then it has another name in the same folder; where anything goes wrong it is removed. Raises UsageError where
    `path` is taken (with `force` only where that is no file) or its folder cannot be written to.
    """
    check_target(path, force=force)
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path.parent} cannot be opened: {error.strerror}") from None
    name = f".{path.name[:_LONGEST_NAME]}.{os.urandom(4).hex()}"
    try:
        try:
            file = os.fdopen(create_private_file(name, folder), "wb")
        except OSError as error:
            raise UsageError(f"{path} cannot be made: {error.strerror}") from None
        try:
            with file:
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


def check_target(path: Path, *, force: bool) -> None:
    """Raise UsageError where `path` may not be written."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path} cannot be written: {reason}") from None
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{path} is a folder; name a file in it")
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
        raise UsageError(f"{path} is no plain file; write to - and send that there")
    if not force:
        raise UsageError(f"{path} is already there; --force replaces it")


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
