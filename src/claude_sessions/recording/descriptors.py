"""The person's 0, 1 and 2: which are a terminal, and what becomes of the others.

Imports nothing heavy: this runs before claude starts.
"""

import fcntl
import os
import stat

from claude_sessions.recording.spawn import STANDARD
from claude_sessions.recording.terminal import Terminal, open_terminal


def find_terminal() -> tuple[Terminal | None, bool]:
    """Return the person's terminal, and whether the child has the keyboard from the start.

    In a pipeline it has not: another member (`| less`) may be the one that reads it. The child is then given the
    keyboard when it asks for it, as sudo does.
    """
    ours = [fd for fd in STANDARD if os.isatty(fd)]
    if ours:
        return open_terminal(ours[0]), os.isatty(0) and os.isatty(1)
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None, False
    return Terminal(fd, shared=False), False


def occupy_standard_descriptors() -> None:
    """Open /dev/null under those of 0, 1 and 2 that are closed, so that no file of ours gets their number."""
    fd = os.open(os.devnull, os.O_RDWR)
    while fd in STANDARD:
        os.set_inheritable(fd, True)
        fd = os.open(os.devnull, os.O_RDWR)
    os.close(fd)


def is_null(fd: int) -> bool:
    """Tell whether a descriptor is /dev/null: the child can have it as it is."""
    found = os.fstat(fd)
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == os.stat(os.devnull).st_rdev


def duplicate(fd: int) -> int:
    """Return another descriptor of the same, which no child inherits."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
