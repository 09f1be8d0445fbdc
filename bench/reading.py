"""Reading recordings back: raw output, replay, the list; and the help text."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench import material
from bench.harness import RUNS, Row, median
from claude_sessions.log.encode import EntryEncoder
from claude_sessions.log.entry import EXIT, OUTPUT, START
from claude_sessions.log.events import ExitInfo, StartInfo, encode_info

MB = 1_000_000
_BEGAN_NS = 1_770_488_132_000_000_000


def write_log(home: Path, number: int, pieces: Sequence[bytes], size: int, step_ms: int = 1) -> str:
    """Write a finished recording whose log has about `size` bytes, with an output every so often; return its id."""
    session_id = f"{number:08x}-0000-4000-8000-000000000000"
    encode = EntryEncoder(session_id)
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
    began = _BEGAN_NS + number * 1_000_000_000
    with (home / "logs" / f"{session_id}.jsonl").open("wb") as file:
        lines = bytearray()
        encode(lines, began, START, encode_info(StartInfo(started=encode.timestamp(began), directory=f"/src/{number}")))
        at = 0
        while file.tell() + len(lines) < size:
            encode(lines, began + at * step_ms * 1_000_000, OUTPUT, pieces[at % len(pieces)])
            at += 1
            if len(lines) > MB:
                file.write(lines)
                lines.clear()
        encode(lines, began + at * step_ms * 1_000_000, EXIT, encode_info(ExitInfo(code=0)))
        file.write(lines)
    return session_id


def reading(command: str, folder: Path) -> list[Row]:
    """`logs --raw` and `replay --no-wait` of 100 MB, in large entries and in redraws of some 300 bytes."""
    home = folder / "reading"
    text = material.text(folder / "some-text", 4 * MB).read_bytes()
    frames = material.redraws(folder / "some-redraws", 4 * MB).read_bytes()
    logs = {
        "large entries": write_log(home, 1, cut(text, 65536), 100 * MB),
        "redraws": write_log(home, 2, cut(frames, 300), 100 * MB),
    }
    environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(home))
    rows = []
    for arguments, bar in ((("logs", "--raw"), 200), (("replay", "--no-wait"), 100)):
        for name, session_id in logs.items():
            seconds = _seconds([command, arguments[0], session_id, arguments[1]], environment)
            rate = 100 / seconds
            what = f"{' '.join(arguments)} of a 100 MB log, {name}"
            rows.append(Row(what, f"{rate:.0f} MB/s", "", f"at least {bar} MB/s", rate >= bar))
    return rows


def listing(command: str, folder: Path) -> list[Row]:
    """`list` of 5,000 recordings."""
    home = folder / "listing"
    pieces = cut(material.redraws(folder / "a-few-redraws", MB).read_bytes(), 300)
    for number in range(5000):
        write_log(home, number, pieces, 1000 + number * 7 % 40_000)
    seconds = _seconds([command, "list", "--json"], dict(os.environ, CLAUDE_SESSIONS_HOME=str(home)))
    return [Row("list of 5,000 recordings", f"{seconds:.2f} s", "", "under 0.5 s", seconds < 0.5)]


def help_text(command: str) -> list[Row]:
    """`--help`, the whole process."""
    seconds = _seconds([command, "--help"], dict(os.environ))
    return [Row("claude-sessions --help", f"{seconds * 1000:.0f} ms", "", "under 150 ms", seconds < 0.150)]


def cut(data: bytes, size: int) -> list[bytes]:
    """Return the data in pieces of that size."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def _seconds(argv: Sequence[str], environment: dict[str, str]) -> float:
    """Return the median time of a command whose output goes nowhere."""
    taken = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        subprocess.run(argv, env=environment, stdout=subprocess.DEVNULL, check=True)
        taken.append(time.perf_counter() - began)
    return median(taken[1:])
