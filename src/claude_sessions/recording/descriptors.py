"""The person's 0, 1 and 2: which are a terminal, and what becomes of the others.

Imports nothing heavy: this runs before claude starts.
"""

import fcntl
import os
import stat

from claude_sessions.recording.spawn import STANDARD
from claude_sessions.recording.terminal import Terminal, open_terminal


def find_terminal() -> tuple[Terminal | None, tuple[bool, bool, bool], bool]:
    """Return the person's terminal, which of 0, 1 and 2 are not it, and whether the child has the keyboard at once.

    In a pipeline it has not: another member (`| less`) may be the one that reads it; and in the background nobody has.
    The child is then given the keyboard when it asks for it, as sudo does.
    """
    ours = [fd for fd in STANDARD if os.isatty(fd)]
    if ours:
        device = os.fstat(ours[0]).st_rdev
        stdin, stdout, stderr = (not os.isatty(fd) or os.fstat(fd).st_rdev != device for fd in STANDARD)
        terminal = open_terminal(ours[0])
        return terminal, (stdin, stdout, stderr), not stdin and not stdout and _in_foreground(terminal.fd)
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None, (True, True, True), False
    return Terminal(fd, shared=False), (True, True, True), False


def _in_foreground(fd: int) -> bool:
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return True  # it controls nobody: anybody may have it


def are_the_same(one: int, other: int) -> bool:
    """Tell whether two descriptors lead to the same file, pipe or socket."""
    return os.path.samestat(os.fstat(one), os.fstat(other))


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
