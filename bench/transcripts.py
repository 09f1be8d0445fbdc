"""Reading transcripts: decoding, counting, rendering, indexing, each against a bare decode of the same corpus."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import ccusage, corpus
from bench.harness import RUNS, Row, median
from bench.long_session import write_long_session
from tests.kit.real_claude import cache_folder

MB = 1_000_000
_TOKENS = {
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cache_write_tokens": "cacheCreationTokens",
    "cache_read_tokens": "cacheReadTokens",
}
"""Our names of what is counted, and ccusage's."""


def made_corpus() -> Path:
    """Return the folder of the corpus, made where it is not there yet; it is kept between runs."""
    folder = cache_folder() / f"corpus-{corpus.VERSION}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        corpus.Corpus(unfinished).make()
        unfinished.rename(folder)
    return folder


class Bench:
    """The corpus, our command, and a home of its own for its caches."""

    def __init__(self, command: str, folder: Path) -> None:
        self._command = command
        self._home = folder / "transcripts-home"
        self.corpus = made_corpus()
        self.environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(self._home), CLAUDE_CONFIG_DIR=str(self.corpus))

    def work(self, *arguments: str, config: Path | None = None) -> dict[str, Any]:
        """Do a piece of work in a process of its own; return what it says that it took."""
        argv = [sys.executable, "-m", "bench.transcripts_work", *arguments]
        environment = self.environment | ({"CLAUDE_CONFIG_DIR": str(config)} if config else {})
        done = subprocess.run(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        told: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
        return told

    def timed(self, name: str) -> Callable[[], float]:
        """Return a function that does a piece of work on the corpus and returns its seconds."""
        return lambda: float(self.work(name, str(self.corpus))["seconds"])

    def seconds(self, *arguments: str, forget: bool = False) -> float:
        """Return what a whole command of ours takes; with `forget` nothing was kept from earlier ones."""
        if forget:
            shutil.rmtree(self._home, ignore_errors=True)
        return seconds([self._command, *arguments], self.environment)

    def json_of(self, *arguments: str) -> dict[str, Any]:
        """Return what a command of ours prints."""
        done = subprocess.run([self._command, *arguments], env=self.environment, capture_output=True, check=True)
        said: dict[str, Any] = json.loads(done.stdout)
        return said


def seconds(argv: list[str], environment: dict[str, str]) -> float:
    """Return what a command takes whose output goes nowhere; that a search finds nothing is no fault."""
    began = time.perf_counter()
    done = subprocess.run(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    took = time.perf_counter() - began
    if done.returncode > 1:
        sys.exit(f"bench: {' '.join(argv)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return took


def transcripts(command: str, folder: Path) -> list[Row]:
    """Everything on the generated corpus in turn, then one very long session."""
    bench = Bench(command, folder)
    peer, reason = ccusage.program()
    works: dict[str, Callable[[], float]] = {
        "bare": bench.timed("bare"),
        "typed": bench.timed("typed"),
        "render": bench.timed("render"),
        "start": lambda: bench.seconds("--version"),
        "usage cold": lambda: bench.seconds("usage", "daily", "--json", forget=True),
        "usage warm": lambda: bench.seconds("usage", "daily", "--json"),
        "index": lambda: bench.seconds("search", "--transcripts", "zeugma", forget=True),
    }
    if peer:
        environment = ccusage.environment(bench.corpus, folder)
        works["ccusage"] = lambda: seconds(ccusage.arguments(peer), environment)
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(RUNS + 1):
        for name, work in works.items():
            took = work()
            if number:
                taken[name].append(took)
    middle = {name: median(each) for name, each in taken.items()}
    return [*_rows(bench, middle), *_beside_ccusage(bench, middle, peer, reason, folder), *_long(bench, folder)]


def _rows(bench: Bench, middle: dict[str, float]) -> list[Row]:
    """Return the rows that are measured by the bare decode."""
    bare, start = middle["bare"], middle["start"]
    rows = [
        _ratio("typed decode of every line", middle["typed"], bare, 1.3),
        _ratio("usage daily --json, cold, without start-up", middle["usage cold"] - start, bare, 2.0),
        _ratio("render every session to Markdown", middle["render"], bare, 5.0),
        _ratio("index all text for search, without start-up", middle["index"] - start, bare, 8.0),
    ]
    warm = middle["usage warm"]
    rows.insert(2, Row("usage daily --json, nothing changed, in all", f"{warm:.2f} s", "", "under 0.25 s", warm < 0.25))
    peak = bench.work("typed", str(bench.corpus))["peak"] / MB
    rows.insert(1, Row("typed decode, memory", f"{peak:.0f} MB", "", "under 40 MB", peak < 40))
    return rows


def _ratio(what: str, ours: float, bare: float, bar: float) -> Row:
    ratio = ours / bare
    return Row(what, f"{ours:.2f} s", f"bare decode {bare:.2f} s: {ratio:.2f}x", f"at most {bar:.1f}x", ratio <= bar)


def _beside_ccusage(bench: Bench, middle: dict[str, float], peer: str, reason: str, folder: Path) -> list[Row]:
    """Return how our counting stands to ccusage's, in time and in tokens."""
    if not peer:
        return [Row("usage daily --json beside ccusage", "", reason, "", met=True)]
    rows = []
    for name in ("usage cold", "usage warm"):
        ratio = f"ccusage {middle['ccusage']:.2f} s: {middle[name] / middle['ccusage']:.2f}x"
        rows.append(
            Row(f"{name.replace('usage', 'usage daily --json,')}, in all", f"{middle[name]:.2f} s", ratio, "", met=True)
        )
    done = subprocess.run(
        ccusage.arguments(peer), env=ccusage.environment(bench.corpus, folder), capture_output=True, check=True
    )
    theirs = json.loads(done.stdout)["totals"]
    ours = bench.json_of("usage", "daily", "--json")["totals"]
    for name, other in _TOKENS.items():
        same = ours[name] == theirs[other]
        what = name.replace("_", " ")
        rows.append(Row(f"{what} counted", f"{ours[name]:,}", f"ccusage {theirs[other]:,}", "the same", same))
    return rows


def _long(bench: Bench, folder: Path) -> list[Row]:
    """Return what a session of 600 MB needs in memory."""
    config = folder / "long"
    path = write_long_session(config)
    rows = []
    for what, arguments in (
        ("rendered", ("transcript", str(path))),
        ("counted", ("usage", "session", "--json")),
    ):
        took = bench.work("command", *arguments, config=config)
        peak = took["peak"] / MB
        met = peak < 200 and took["count"] == 0
        figure = f"{peak:.0f} MB, {took['seconds']:.1f} s" if took["count"] == 0 else f"exit {took['count']}"
        rows.append(Row(f"one session of 600 MB with a line of 70 MB, {what}", figure, "", "under 200 MB", met))
    shutil.rmtree(config)
    return rows
