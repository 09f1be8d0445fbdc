"""Running whole commands on a terminal of our own and taking their time, their processor time and their memory."""

import ctypes
import fcntl
import os
import resource
import select
import statistics
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

RUNS = 5
_PR_SET_CHILD_SUBREAPER = 36


class Cost(NamedTuple):
    """What one run took: seconds until the command was gone, and processor seconds of everything it started."""

    wall: float
    cpu: float


class Row(NamedTuple):
    """One line of the table; `bar` says what was promised, `met` whether it was reached."""

    what: str
    figure: str
    peer: str
    bar: str
    met: bool


def adopt_orphans() -> None:
    """Have orphans of our descendants handed to us: a host that outlives its front counts too."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def on_terminal(argv: Sequence[str], environment: Mapping[str, str]) -> tuple[int, int]:
    """Start a command on a new 80x24 terminal, in raw mode with its echo off; return (pid, the terminal's other end)."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    pid = os.fork()
    if pid == 0:
        os.login_tty(slave)
        os.execvpe(argv[0], list(argv), dict(environment))
    os.close(slave)
    return pid, master


def drain(master: int) -> int:
    """Read what a terminal gets until nobody writes any more; return the number of bytes."""
    size = 0
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:
            return size
        if not block:
            return size
        size += len(block)


def cost_of(argv: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command on a terminal that takes everything at once."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    pid, master = on_terminal(argv, environment)
    drain(master)
    os.waitpid(pid, 0)
    wall = time.perf_counter() - began
    os.close(master)
    reap_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def reap_orphans() -> None:
    """Wait for everything that was left behind."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def interleaved(commands: Mapping[str, Callable[[], Cost]], runs: int = RUNS) -> dict[str, list[Cost]]:
    """Run the commands in turn, A B A B …, after one round that does not count."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, run in commands.items():
            cost = run()
            if number:
                costs[name].append(cost)
    return costs


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def wait_readable(fd: int, seconds: float) -> bool:
    """Wait until something can be read."""
    return bool(select.select([fd], [], [], seconds)[0])


def print_table(rows: Sequence[Row]) -> None:
    """Print the rows under a heading, columns aligned."""
    heading = ("what", "figure", "beside", "bar", "")
    table = [heading, *((row.what, row.figure, row.peer, row.bar, "ok" if row.met else "MISSED") for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(heading))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
