"""The player: how quickly it is elsewhere in a long recording, and how punctual it is."""

import fcntl
import math
import os
import re
import struct
import termios
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from bench import material
from bench.harness import Row, on_terminal, wait_readable
from bench.reading import MB, cut, write_log
from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.log.entry import OUTPUT, Entry
from claude_sessions.playback.keyframes import Keyframe
from claude_sessions.playback.player import Player

_SHOWN = b"\x1b[?2026l"
_SEEKS = "8372946150" * 3
_PATIENCE_S = 10.0
_QUIET_S = 1.5


def player(command: str, folder: Path) -> list[Row]:
    """Seeks in a log of 1 GB whose keyframes are warm, and the times at which things are shown."""
    return [_seek(command, folder), _drift(), _lateness(command, folder)]


def _seek(command: str, folder: Path) -> Row:
    """Press the digits on a terminal, and wait each time for the whole picture."""
    home = folder / "player"
    frames = material.redraws(folder / "player-redraws", 4 * MB).read_bytes()
    session_id = write_log(home, 1, cut(frames, 300), 1000 * MB)
    pid, master = _replay(command, home, session_id)
    taken = []
    _until(master, lambda shown: len(shown) > 100)
    os.write(master, b" ")
    _until_quiet(master)
    os.write(master, b"9")
    cold = _until_quiet(master)
    for digit in _SEEKS:
        _drain(master)
        began = time.perf_counter()
        os.write(master, digit.encode())
        _until(master, lambda shown: _SHOWN in shown)
        taken.append(time.perf_counter() - began)
    os.write(master, b"q")
    _drain(master)
    os.waitpid(pid, 0)
    os.close(master)
    worst = max(taken)
    figure = f"{worst * 1000:.0f} ms, the first time {cold:.1f} s"
    return Row("seek in a recording of 1 GB, the worst of 30", figure, "", "under 200 ms", worst < 0.2)


class _FakeStage:
    """A terminal whose clock goes on only while somebody waits."""

    is_terminal = True
    resumed = resized = typing = False

    def __init__(self) -> None:
        self.keys: deque[str] = deque()
        self.now = 0.0
        self.shown: list[float] = []

    def size(self) -> tuple[int, int]:
        return (80, 24)

    def clock(self) -> float:
        return self.now

    def write(self, data: bytes) -> None:
        if data:
            self.shown.append(self.now)
            self.now += 0.001

    def wait_until(self, due: float) -> None:
        self.now = max(self.now, due)

    def poll(self) -> None:
        pass

    def begin_anew(self) -> None:
        pass


class _Hour:
    """Output every tenth of a second for an hour."""

    started_ns = 1_770_488_132_000_000_000
    length_s = 3600.0

    def entries(self, _since: Keyframe | None) -> "list[Entry]":
        timestamp = TimestampFormatter()
        return [Entry(timestamp(self.started_ns + at * 100_000_000), "", OUTPUT, b"x", 1) for at in range(36_001)]

    def wind(self, _until_ns: int) -> "list[float]":
        return []

    def keyframe_before(self, _time_ns: int) -> None:
        return None


def _drift() -> Row:
    stage = _FakeStage()
    Player(_Hour(), stage).play()  # type: ignore[arg-type]
    drift = max(abs(shown - at / 10) for at, shown in enumerate(stage.shown))
    return Row("replay: drift after an hour", f"{drift:.6f} s", "", "0", drift < 1e-6 and len(stage.shown) == 36_001)


def _lateness(command: str, folder: Path) -> Row:
    """Play ten seconds of redraws, one every 20 ms, and take the time at the other end of the terminal."""
    home = folder / "punctual"
    frames = material.redraws(folder / "a-few-frames", MB).read_bytes()
    pieces = [b"\x1b]8;;http://n%d.example\x1b\\%b" % (at, piece) for at, piece in enumerate(cut(frames, 2000)[:500])]
    session_id = write_log(home, 1, pieces, 1_600_000, step_ms=20)
    pid, master = _replay(command, home, session_id)
    arrived: dict[int, float] = {}
    rest = b""
    while wait_readable(master, 5):
        try:
            rest += os.read(master, 65536)
        except OSError:
            break
        for match in re.finditer(rb"//n(\d+)\.", rest):
            arrived.setdefault(int(match[1]), time.perf_counter())
        rest = rest[-40:]
    os.waitpid(pid, 0)
    os.close(master)
    offsets = [when - at * 0.020 for at, when in arrived.items()]
    worst = max(offsets) - min(offsets) if len(offsets) > 300 else math.inf
    return Row("replay: worst lateness", f"{worst * 1000:.1f} ms", "", "under 20 ms", worst < 0.020)


def _replay(command: str, home: Path, *arguments: str) -> tuple[int, int]:
    environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(home), TERM="xterm-256color")
    pid, master = on_terminal([command, "replay", *arguments], environment)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    return pid, master


def _until(master: int, complete: Callable[[bytes], bool]) -> None:
    shown = b""
    while not complete(shown):
        if not wait_readable(master, _PATIENCE_S):
            raise TimeoutError(f"the player showed only {shown[-200:]!r}")
        shown += os.read(master, 65536)


def _until_quiet(master: int) -> float:
    """Return how many seconds it took until nothing came any more: progress is shown all the time."""
    began = last = time.perf_counter()
    while wait_readable(master, _QUIET_S):
        os.read(master, 65536)
        last = time.perf_counter()
    return last - began


def _drain(master: int) -> None:
    try:
        while wait_readable(master, 0.1):
            os.read(master, 65536)
    except OSError:
        return
