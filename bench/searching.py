"""`search` over a thousand recordings: how fast the index is built, and how long an answer takes when it is there."""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.corpus_text import Text
from bench.harness import Row, median, percentile
from bench.reading import MB, cut, write_log

RECORDINGS = 1000
_BODIES = 40
_QUERIES = 60
_READ = 4096
_STEP_MS = 20
_ROWS = 12


def searching(command: str, folder: Path) -> list[Row]:
    """Index 1,000 recordings of a megabyte each; then the 95th percentile of queries, above a command that does nothing."""
    home = folder / "searching"
    rng = random.Random(5)
    text = Text(rng)
    shown = 0
    for number in range(RECORDINGS):
        if number < _BODIES:
            body = b"".join(_frames(rng, text, MB // 2))
            (folder / f"body-{number}").write_bytes(body)
        frames = (folder / f"body-{number % _BODIES}").read_bytes()
        only = f"\x1b[2K\x1b[Grecording needle{number:04d} of all\r\n".encode()
        pieces = [only, *cut(frames, _READ)]
        session_id = write_log(home, number, pieces, MB, _STEP_MS)
        shown += (home / "logs" / f"{session_id}.jsonl").stat().st_size * 3 // 4
    environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(home), CLAUDE_CONFIG_DIR=str(folder / "no-claude"))
    built = _seconds([command, "search", "needle0000"], environment)
    rate = shown / MB / built
    nothing = median([_seconds([command, "--version"], environment) for _ in range(9)])
    taken = [_seconds([command, "search", *query], environment) for query in _queries(rng, text)]
    above = percentile(taken, 0.95) - nothing
    shutil.rmtree(home)
    return [
        Row("search: index of 1,000 recordings, 1 GB", f"{rate:.0f} MB/s", "", "at least 20 MB/s", rate >= 20),
        Row("search: 95th percentile", f"{above * 1000:.0f} ms", "above --version", "under 100 ms", above < 0.1),
    ]


def _frames(rng: random.Random, text: Text, size: int) -> Iterator[bytes]:
    """Yield output as Claude Code draws it, with about `size` bytes: rows that scroll by, each word placed by itself."""
    written = 0
    while written < size:
        rows = []
        for line in text.prose(rng.randrange(200, 900)).splitlines()[:_ROWS] or ["nothing"]:
            column, row = 3, ["\x1b[2K\x1b[G"]
            for word in line.split()[:10]:
                row.append(f"\x1b[{column}G\x1b[38;5;{rng.randrange(256)}m{word}\x1b[39m")
                column += len(word) + 1
            rows.append("".join(row))
        frame = f"\x1b[?2026h{chr(13) + chr(10)}".encode() + "\r\n".join(rows).encode(errors="replace") + b"\x1b[?2026l"
        written += len(frame)
        yield frame


def _queries(rng: random.Random, text: Text) -> Iterator[list[str]]:
    """Yield what people ask: a rare word, two words, a phrase, the beginning of a word."""
    for number in range(_QUERIES):
        words = [word for word in text.prose(400).split() if word.isalpha() and len(word) > 3]
        kind = number % 4
        if kind == 0:
            yield [f"needle{rng.randrange(RECORDINGS):04d}"]
        elif kind == 1:
            yield rng.sample(words, 2)
        elif kind == 2:
            yield [f'"{words[0]} {words[1]}"']
        else:
            yield [rng.choice(words)[:4]]


def _seconds(argv: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 1), argv
    return time.perf_counter() - began
