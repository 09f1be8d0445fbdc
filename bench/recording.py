"""Recording against `script`: time, processor time, memory, and from our exec to the child's."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import material
from bench.harness import RUNS, Cost, Row, cost_of, drain, interleaved, median, on_terminal, reap_orphans, wait_readable
from claude_sessions.log.decode import read_entries
from claude_sessions.log.entry import OUTPUT

MB = 1_000_000
_SMALL_WRITES = "import os\nline = b'x' * 39 + b'\\n'\nfor _ in range(400_000):\n    os.write(1, line)\n"


class Recorders:
    """The command lines that record a command, ours and script's."""

    def __init__(self, folder: Path, command: str) -> None:
        self._folder = folder
        self._command = command
        self.environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(folder / "home"), TERM="xterm-256color")

    def ours(self, line: str, *, options: tuple[str, ...] = ()) -> Callable[[], Cost]:
        """A run of `claude-sessions start`, its log removed afterwards."""

        def run() -> Cost:
            cost = cost_of(self.argv(line, options), self.environment)
            shutil.rmtree(self._folder / "home", ignore_errors=True)
            return cost

        return run

    def argv(self, line: str, options: tuple[str, ...] = ()) -> list[str]:
        """Our command line for recording `line`."""
        return [self._command, "start", "--quiet", *options, "--command", line]

    def scripts(self, line: str) -> Callable[[], Cost]:
        """A run of `script`, which keeps the raw bytes alone."""
        file = str(self._folder / "typescript")
        return partial(cost_of, ["script", "-q", "-e", "-B", file, "-c", line], self.environment)


def throughput(recorders: Recorders, folder: Path) -> list[Row]:
    """200 MB of text, 60 MB of redraws, 400,000 small writes: wall against script's, and processor time of the first."""
    lines = {
        "200 MB of cat": (f"cat {material.text(folder / 'text', 200 * MB)}", 1.10),
        "60 MB of redraws": (f"cat {material.redraws(folder / 'redraws', 60 * MB)}", 1.25),
        "400,000 writes of 40 bytes": (f"{sys.executable} {_program(folder)}", 1.40),
    }
    idle = interleaved({"ours": recorders.ours("true"), "script": recorders.scripts("true")})
    rows = []
    for name, (line, bar) in lines.items():
        costs = interleaved({"ours": recorders.ours(line), "script": recorders.scripts(line)})
        rows.append(_row(f"recording {name}, wall", costs, idle, "wall", bar))
        if name == "200 MB of cat":
            rows.append(_row(f"recording {name}, CPU", costs, idle, "cpu", 1.30))
    return rows


def _row(what: str, costs: dict[str, list[Cost]], idle: dict[str, list[Cost]], field: str, bar: float) -> Row:
    """Subtract what recording `true` takes, as the issue asks, and set the two beside each other."""
    net = {
        name: median([getattr(cost, field) for cost in costs[name]])
        - median([getattr(cost, field) for cost in idle[name]])
        for name in costs
    }
    ratio = net["ours"] / net["script"]
    return Row(
        what, f"{net['ours']:.2f} s", f"script {net['script']:.2f} s: {ratio:.2f}x", f"at most {bar:.2f}x", ratio <= bar
    )


def _program(folder: Path) -> Path:
    path = folder / "small_writes.py"
    path.write_text(_SMALL_WRITES)
    return path


def start_up(recorders: Recorders) -> list[Row]:
    """From our exec to the child's first own moment: `date` says when that was."""
    delays = []
    for _ in range(2 * RUNS + 1):
        began = time.time()
        pid, master = on_terminal(recorders.argv("date +%s.%N"), recorders.environment)
        said = b""
        while b"\n" not in said and wait_readable(master, 10):
            said += os.read(master, 100)
        delays.append(float(said.split()[0]) - began)
        drain(master)
        os.waitpid(pid, 0)
        os.close(master)
        reap_orphans()
    delay = median(delays[1:]) * 1000
    return [Row("from our exec to the child's", f"{delay:.0f} ms", "", "under 50 ms", delay < 50)]


def bursts(recorders: Recorders, folder: Path, runs: int = 1000) -> list[Row]:
    """Output written just before the exit, `runs` times: how much of it did not arrive, or is not in the log."""
    size = 300_000
    burst = folder / "burst"
    burst.write_bytes(b"x" * size)
    lost = 0
    for _ in range(runs):
        pid, master = on_terminal(recorders.argv(f"cat {burst}"), recorders.environment)
        lost += size - drain(master)
        os.waitpid(pid, 0)
        os.close(master)
        reap_orphans()
        for log in (folder / "home" / "logs").iterdir():
            lost += size - _recorded(log)
            log.unlink()
    return [Row(f"lost of {runs} bursts of 300 kB before the exit", f"{lost} bytes", "", "0 bytes", lost == 0)]


def _recorded(log: Path) -> int:
    with log.open("rb") as file:
        return sum(
            entry.size for entry in read_entries(log.name, file.read) if getattr(entry, "direction", "") == OUTPUT
        )


def memory(recorders: Recorders, folder: Path) -> list[Row]:
    """Proportional set size of front and host after 100 MB, while the child still lives."""
    path = material.text(folder / "text100", 100 * MB)
    pid, master = on_terminal(
        recorders.argv(f"sh -c 'cat {path}; echo; echo THE END; sleep 60'"), recorders.environment
    )
    tail = b""
    while b"THE END" not in tail:
        tail = tail[-20:] + os.read(master, 65536)
    time.sleep(1)
    total = sum(_pss_kb(process) for process in (pid, *_children(pid))) / 1000
    os.kill(pid, 15)
    drain(master)
    os.waitpid(pid, 0)
    os.close(master)
    reap_orphans()
    return [Row("memory (PSS) of front and host after 100 MB", f"{total:.0f} MB", "", "under 40 MB", total < 40)]


def _children(pid: int) -> list[int]:
    """Return the direct children: of front that is the host."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _pss_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
