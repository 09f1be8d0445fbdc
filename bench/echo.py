"""What a key's echo takes: on a bare terminal, recorded, and recorded while the log's disk blocks for five seconds."""

import os
import sys
import time
from collections.abc import Callable

from bench.harness import Row, drain, median, on_terminal, percentile, reap_orphans, wait_readable
from bench.recording import Recorders

KEYS = 1500
_PAUSE_S = 0.003
_ECHO = "sh -c 'stty raw -echo; echo ready; exec cat'"

BLOCKED_DISK = """
import sys, time
from claude_sessions.recording.log_file import LogFile
write, state = LogFile.write, {"until": None}
def slow(self, lines):
    if state["until"] is None and b'"input"' in b"".join(lines):
        state["until"] = time.monotonic() + 5
    if state["until"]:
        time.sleep(max(0.0, state["until"] - time.monotonic()))
    return write(self, lines)
LogFile.write = slow
sys.argv[0] = "claude-sessions"
from claude_sessions.__main__ import main
sys.exit(main())
"""
"""Our command with a write(2) that hangs once for five seconds, as one to a dead disk does: without the GIL."""


def echo(recorders: Recorders) -> list[Row]:
    """Three rounds each, in turn; what is added is told by the medians and by the 99th percentiles."""
    blocked = [sys.executable, "-c", BLOCKED_DISK, *recorders.argv(_ECHO)[1:]]
    kinds: dict[str, list[str]] = {
        "bare": ["sh", "-c", "stty raw -echo; echo ready; exec cat"],
        "script": ["script", "-q", "-e", "-B", os.devnull, "-c", "stty raw -echo; echo ready; exec cat"],
        "ours": recorders.argv(_ECHO),
        "blocked": blocked,
    }
    delays: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(3):
        for kind, argv in kinds.items():
            delays[kind] += _delays(lambda argv=argv: on_terminal(argv, recorders.environment))
    bare = _figures(delays["bare"])
    rows = []
    for kind, name, bars in (
        ("ours", "key echo, added", (0.15, 1.0)),
        ("blocked", "key echo, added, disk blocked for 5 s", (0.5, 5.0)),
    ):
        added = [mine - theirs for mine, theirs in zip(_figures(delays[kind]), bare, strict=True)]
        script = [mine - theirs for mine, theirs in zip(_figures(delays["script"]), bare, strict=True)]
        rows.append(
            Row(
                f"{name}, median / 99th percentile",
                f"{added[0]:.3f} / {added[1]:.3f} ms",
                f"script {script[0]:.3f} / {script[1]:.3f} ms",
                f"{bars[0]} / {bars[1]:.0f} ms",
                added[0] <= bars[0] and added[1] <= bars[1],
            )
        )
    return rows


def _figures(delays: list[float]) -> tuple[float, float]:
    return median(delays) * 1000, percentile(delays, 0.99) * 1000


def _delays(start: Callable[[], tuple[int, int]]) -> list[float]:
    """Type keys one by one and return how long each took to come back."""
    pid, master = start()
    said = b""
    while b"ready" not in said and wait_readable(master, 20):
        said += os.read(master, 1000)
    time.sleep(0.5)
    delays = []
    for _ in range(KEYS // 3):
        time.sleep(_PAUSE_S)
        began = time.perf_counter()
        os.write(master, b"x")
        os.read(master, 100)
        delays.append(time.perf_counter() - began)
    os.kill(pid, 15)
    drain(master)
    os.waitpid(pid, 0)
    os.close(master)
    reap_orphans()
    return delays
