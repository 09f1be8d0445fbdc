"""Make a corpus like a heavy user's folder of transcripts: `python -m bench.corpus FOLDER [--files N] [--megabytes N] [--seed N]`.

The same numbers give the same bytes. FOLDER becomes what CLAUDE_CONFIG_DIR names: the transcripts are below FOLDER/projects.
"""

import argparse
import os
import random
import re
import time
from pathlib import Path

import msgspec

from bench.corpus_session import Session
from bench.corpus_text import Text

VERSION = 1
"""Goes up when the same numbers give other bytes: the bench keeps one corpus of each version."""

FILES = 400
MEGABYTES = 216
DAYS = 60
_FIRST_DAY = 1_767_607_200
"""5 January 2026, 10:00 UTC, in seconds."""
_OVERSHOOT = 0.968
"""Sessions end with a whole turn, some bytes behind their share."""
_SUBAGENTS = 0.4
"""The share of the files that are subagents'."""
_PROJECTS = 24
_RELEASES = (
    "2.0.76",
    "2.1.2",
    "2.1.9",
    "2.1.17",
    "2.1.29",
    "2.1.41",
    "2.1.42",
    "2.1.78",
    "2.1.97",
    "2.1.107",
    "2.1.119",
)
"""In the order of their days."""


class Corpus:
    """Plans the files, writes them one session at a time and remembers no more than the last."""

    def __init__(self, folder: Path, *, files: int = FILES, megabytes: float = MEGABYTES, seed: int = 1) -> None:
        self._rng = random.Random(seed)
        self._text = Text(self._rng)
        self._folder = folder / "projects"
        self._mains = files - int(files * _SUBAGENTS)
        self._agents = int(files * _SUBAGENTS * 1.04)  # some leave no file
        size = megabytes * 1e6 * _OVERSHOOT
        weights = [self._rng.lognormvariate(0, 1.1) for _ in range(self._mains)]
        self._sizes = [size * 0.78 * weight / sum(weights) for weight in weights]
        weights = [self._rng.lognormvariate(0, 0.7) for _ in range(self._agents)]
        self._agent_sizes = [size * 0.22 * weight / sum(weights) for weight in weights]
        self._cwds = [f"/home/ada/src/{self._text.word()}-{self._text.word()}" for _ in range(_PROJECTS)]
        self.lines = 0
        self.size = 0
        self.files = 0

    def make(self) -> None:
        """Write every file."""
        rng = self._rng
        starts = rng.choices(range(self._mains), weights=self._sizes, k=self._agents)
        before: Session | None = None
        for number in range(self._mains):
            share = number / self._mains
            resumed = before if before and number % 40 == 7 else None
            session = Session(
                rng,
                self._text,
                cwd=resumed.cwd if resumed else rng.choice(self._cwds),
                version=_RELEASES[int(share * len(_RELEASES))],
                clock=_FIRST_DAY + share * DAYS * 86_400 + rng.randrange(43_200),
                target=int(self._sizes[number]),
            )
            if resumed:
                session.clock = max(session.clock, resumed.clock + 3600)
                session.continue_from(resumed, 0.4)
            session.run(starts.count(number), self._subagent)
            self._write_session(session, number)
            before = session

    def _subagent(self, parent: Session) -> Session:
        size = int(self._agent_sizes.pop())
        return Session(
            self._rng, self._text, cwd=parent.cwd, version=parent.version, clock=0, target=size, parent=parent
        )

    def _write_session(self, session: Session, number: int) -> None:
        folder = self._folder / re.sub(r"[^A-Za-z0-9]", "-", session.cwd)
        self._write(folder / f"{session.id}.jsonl", damaged(session.lines, number), session.clock)
        nested = folder / session.id / "subagents"
        for each, agent in enumerate(session.subagents):
            if agent.lost:
                continue
            if session.version == _RELEASES[0]:
                self._write(folder / f"agent-{agent.agent[:7]}.jsonl", agent.lines, agent.clock)
                continue
            place = nested / "workflows" / f"wf_{agent.agent[:8]}-{agent.agent[8:11]}" if number % 100 == 99 else nested
            path = place / f"agent-{agent.agent}.jsonl"
            self._write(path, agent.lines, agent.clock)
            meta = {"agentType": "Explore", "description": "Look", "toolUseId": agent.tool_use_id, "spawnDepth": 1}
            path.with_suffix(".meta.json").write_bytes(msgspec.json.encode(meta))
            if place is not nested and not each:
                journal = [{"type": kind, "agentId": agent.agent} for kind in ("launched", "started", "result")]
                self._write(place / "journal.jsonl", [msgspec.json.encode(entry) for entry in journal], agent.clock)

    def _write(self, path: Path, lines: list[bytes], clock: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = b"\n".join(lines)
        if not data.endswith(TORN):
            data += b"\n"
        path.write_bytes(data)
        os.utime(path, (clock, clock))
        self.files += 1
        self.lines += len(lines)
        self.size += len(data)


TORN = b'{"type":"queue-operation","opera'
"""The last line of a file whose writer was killed."""


def damaged(lines: list[bytes], number: int) -> list[bytes]:
    """Return a session's lines with the damage that is seen in reality, in one session of some twenty.

    No response is lost by it: what can be counted stays the same for every reader.
    """
    match number % 120:
        case 5:
            return [*lines[:1], lines[1] + lines[2], *lines[3:]] if _countless(lines[1] + lines[2]) else lines
        case 25:
            return [*lines[:2], b"\0" * 700, *lines[2:]]
        case 45:
            return [*lines, TORN]
        case 65:
            return [b"\xef\xbb\xbf" + lines[0], *lines[1:]]
        case 85:
            return [line + b"\r" for line in lines]
        case 105:
            return [
                *lines,
                b'"a text alone"',
                b"[1,2,3]",
                b'{"type":"summary","summary":"half of \\ud83d","leafUuid":"x"}',
            ]
    return lines


def _countless(line: bytes) -> bool:
    return b'"usage":{' not in line


def main() -> None:
    """Make the corpus and tell what it holds."""
    parser = argparse.ArgumentParser(prog="python -m bench.corpus", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--megabytes", type=float, default=MEGABYTES)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.perf_counter()
    corpus = Corpus(given.folder, files=given.files, megabytes=given.megabytes, seed=given.seed)
    corpus.make()
    seconds = time.perf_counter() - began
    print(f"{corpus.files} files, {corpus.size / 1e6:.0f} MB, {corpus.lines} lines, made in {seconds:.1f} s")


if __name__ == "__main__":
    main()
