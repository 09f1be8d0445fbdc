"""What is recorded in the benches: made afresh, the same every time."""

import random
from pathlib import Path

_WORDS = [
    "the",
    "recorder",
    "keeps",
    "what",
    "passed",
    "through",
    "a",
    "terminal",
    "and",
    "finds",
    "it",
    "again",
    "when",
    "somebody",
    "asks",
    "for",
    "it",
]


def text(path: Path, size: int) -> Path:
    """Write `size` bytes of plain lines."""
    rng = random.Random(1)
    lines = [" ".join(rng.choices(_WORDS, k=12)) + "\n" for _ in range(2000)]
    block = "".join(lines).encode()
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(block[: size - file.tell()])
    return path


def redraws(path: Path, size: int) -> Path:
    """Write `size` bytes of frames as Claude Code draws them: synchronized, words placed by cursor moves, much colour."""
    rng = random.Random(2)
    frames = [_frame(rng, number) for number in range(400)]
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            file.write(frames[number % len(frames)][: size - file.tell()])
            number += 1
    return path


def _frame(rng: random.Random, number: int) -> bytes:
    spinner = "✻✽✶✳✢·"[number % 6]
    parts = ["\x1b[?2026h\x1b[?25l\x1b[12A\x1b[2K\x1b[G"]
    for _ in range(12):
        column = 3
        for word in rng.choices(_WORDS, k=7):
            parts.append(f"\x1b[{column}G\x1b[38;5;{rng.randrange(256)}m{word}\x1b[39m")
            column += len(word) + 1
        parts.append("\x1b[K\r\n")
    parts.append(
        f"\x1b[38;2;215;119;87m{spinner}\x1b[39m \x1b[1mThinking…\x1b[22m \x1b[2m({number}s)\x1b[22m\x1b[?25h\x1b[?2026l"
    )
    return "".join(parts).encode()
