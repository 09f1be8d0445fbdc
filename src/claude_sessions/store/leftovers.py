"""What a command that was killed left in the logs folder: told from what is at work by a lock, and removed.

Files that are not whole yet have names that begin with a dot and hold a token: `.import-TOKEN` is locked for as long as
their maker lives, `.import-TOKEN-NUMBER` are the files themselves.
"""

import contextlib
import fcntl
import os

PREFIX = ".import-"
_SEPARATOR = "-"


def part_name(token: str, number: int) -> str:
    """Return the name of a file that belongs to the lock of that token."""
    return f"{PREFIX}{token}{_SEPARATOR}{number}"


def take_lock(folder: int) -> tuple[str, int]:
    """Make the lock of a new token; return the token and the descriptor that holds it. Raises OSError."""
    while True:
        token = os.urandom(8).hex()
        flags = os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(PREFIX + token, flags, 0o600, dir_fd=folder)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(fd, fcntl.LOCK_EX)  # who sweeps holds it for microseconds
        if os.fstat(fd).st_nlink:
            return token, fd
        os.close(fd)  # it was found before it was locked, and taken for a dead one's


def remove_stale(folder: int) -> None:
    """Remove from the logs folder what belongs to nobody who lives. What cannot be removed stays: it does no harm."""
    names = [name for name in os.listdir(folder) if name.startswith(PREFIX)]
    held = {token for token in {_token(name) for name in names} if not _let_go(folder, PREFIX + token)}
    for name in names:
        if _token(name) not in held:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)


def _token(name: str) -> str:
    return name.removeprefix(PREFIX).partition(_SEPARATOR)[0]


def _let_go(folder: int, name: str) -> bool:
    """Remove a lock that nobody holds; tell whether nobody does."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(name, dir_fd=folder)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True
