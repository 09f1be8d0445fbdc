"""Starting the child: a session led by us, the PTY as our controlling terminal, the child in a group of its own.

Claude Code suspends itself with `kill(0, SIGTSTP)`. A child that leads its own session (what `PtyProcess.spawn` makes)
is an orphaned process group, for which the kernel discards the stop. So the host leads the session and the child is
the PTY's foreground group (design, section 3). Imports nothing heavy: this runs before claude starts.
"""

import errno
import fcntl
import os
import signal
import termios
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from claude_sessions.recording.terminal import (
    Attributes,
    WindowSize,
    set_attributes,
    set_window_size,
    type_in_advance,
)

STANDARD = (0, 1, 2)


class Spawned(NamedTuple):
    """The child and our ends of what it reads and writes; None where there is no such thing."""

    pid: int
    master: int | None
    slave: int | None
    """Held open while the child lives: it may let go of its terminal, and open it again as /dev/tty."""
    stdin: int | None
    """Write end of the pipe that is the child's standard input."""
    stdout: int | None
    stderr: int | None


class ChildPlan(NamedTuple):
    """Everything the child needs, prepared beforehand so that only exec is left to do."""

    program: str
    argv: tuple[str, ...]
    environment: Mapping[bytes, bytes]
    directory: int
    """Descriptor of the directory to start in."""
    elsewhere: tuple[bool, bool, bool]
    """Which of 0, 1 and 2 are not the PTY."""
    pipes: tuple[bool, bool, bool]
    """Which of those are pipes of ours; the others the child gets as they are (/dev/null)."""
    merged: bool
    """Whether 1 and 2 are the same (`2>&1`), and so share one pipe: what is written to both keeps its order."""
    foreground: bool
    """Whether the child has the keyboard from the start, or is given it when it asks (SIGTTIN)."""


class TerminalPlan(NamedTuple):
    """What the child's PTY looks like at first: as the person's own terminal did."""

    attributes: Attributes
    size: WindowSize
    typed_ahead: bytes
    """What the person typed before we came: the terminal has echoed it, so the PTY must not."""


def spawn(plan: ChildPlan, terminal: TerminalPlan | None) -> Spawned:
    """Fork and exec the child. Call it in a process that leads no session yet; it leads one afterwards.

    Raises OSError with the exec's errno where the program cannot be run.
    """
    os.setsid()
    master = slave = None
    if terminal is not None:
        master, slave = os.openpty()
        if terminal.typed_ahead:
            type_in_advance(master, slave, terminal.attributes, terminal.typed_ahead)
        set_attributes(slave, terminal.attributes)
        set_window_size(slave, terminal.size)
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    pipes = [os.pipe() if piped else None for piped in plan.pipes]
    failed, fail = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become_child(plan, slave, pipes, fail)
    os.close(fail)
    ours: list[int | None] = []
    for number, pipe in enumerate(pipes):
        mine = None
        if pipe is not None:
            mine, theirs = (pipe[1], pipe[0]) if number == 0 else pipe
            os.close(theirs)
            os.set_blocking(mine, False)
        ours.append(mine)
    if slave is not None and master is not None:
        os.set_blocking(master, False)
    _raise_exec_error(failed, pid)
    return Spawned(pid, master, slave, *ours)


def become(program: str, argv: tuple[str, ...], directory: int) -> NoReturn:
    """Run the program in place of this process, unrecorded; OSError where that is impossible."""
    os.fchdir(directory)
    _give_signals_back()
    _execute(program, argv, os.environb)


def _execute(program: str, argv: tuple[str, ...], environment: Mapping[bytes, bytes]) -> NoReturn:
    try:
        os.execve(program, argv, environment)
    except OSError as error:
        if error.errno != errno.ENOEXEC or _is_binary(program):
            raise
    os.execve("/bin/sh", ("sh", program, *argv[1:]), environment)  # a script without `#!`, as shells do


def _is_binary(program: str) -> bool:
    with open(program, "rb") as file:
        return b"\0" in file.read(80)


def _give_signals_back() -> None:
    """Python ignores these two, and exec would pass that on."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)


def _raise_exec_error(failed: int, pid: int) -> None:
    """Wait until the child has run exec: the pipe closes by itself, or brings the errno."""
    with os.fdopen(failed, "rb") as file:
        number = file.read()
    if number:
        os.waitpid(pid, 0)
        raise OSError(int(number), os.strerror(int(number)))


def _become_child(plan: ChildPlan, slave: int | None, pipes: list[tuple[int, int] | None], fail: int) -> NoReturn:
    """Run in the forked child: never returns, never raises into the caller's code."""
    try:
        os.setpgid(0, 0)
        if slave is not None:
            if plan.foreground:
                before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # not the foreground yet, and may say who is
                os.tcsetpgrp(slave, os.getpid())
                signal.signal(signal.SIGTTOU, before)
            for number in STANDARD:
                if not plan.elsewhere[number]:
                    os.dup2(slave, number)
        for number, pipe in enumerate(pipes):
            if pipe is not None:
                os.dup2(pipe[0 if number == 0 else 1], number)
        if plan.merged:
            os.dup2(1, 2)
        os.fchdir(plan.directory)
        _give_signals_back()
        _execute(plan.program, plan.argv, plan.environment)
    except OSError as error:
        os.write(fail, str(error.errno).encode())
    except BaseException:  # noqa: BLE001 - whatever it is, the parent's code must not run twice
        os.write(fail, str(errno.EIO).encode())
    finally:
        os._exit(127)
