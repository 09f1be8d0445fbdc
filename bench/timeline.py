"""The lines of recordings: how fast they are read, in how much memory, and how fast they are found again."""

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench import material
from bench.corpus_text import Text
from bench.harness import RUNS, Row, median
from bench.reading import MB, cut, write_log
from claude_sessions.log.entry import OUTPUT, Entry
from claude_sessions.sessions import SessionManager
from claude_sessions.timeline.lines import LineReader
from tests.kit.real_claude import VERSIONS, RealClaude, missing
from tests.kit.terminal import TmuxTerminal

_READ = 4096
"""Bytes that a terminal hands out at a time."""

_NOWHERE = "what is not there"
_STREAM_S = 0.05
_TIMES = 60
_PARTS = 8
_END = "END-OF-THE-ANSWER"


def timeline(command: str, folder: Path) -> list[Row]:
    """Speed on redraws and on the real Claude Code; memory for 1 GB; `logs --grep` of 100 MB, the first time and later."""
    home = folder / "timeline"
    frames = material.redraws(folder / "redrawn", 8 * MB).read_bytes()
    pieces = cut(frames, _READ)
    hundred, thousand = write_log(home, 1, pieces, 100 * MB), write_log(home, 2, pieces, 1000 * MB)
    rows = [_lines("redraws", [_entries(home, hundred)])]
    for version in VERSIONS:
        if not missing(version):
            rows += _real(version, folder / version)
    rows += _grep(command, home, hundred)
    rows.append(_memory(command, home, thousand))
    (home / "logs" / f"{thousand}.jsonl").unlink()
    return rows


def _entries(home: Path, session_id: str) -> Iterator[Entry]:
    with SessionManager(home).open(session_id) as recording:
        yield from (entry for entry in recording.entries() if isinstance(entry, Entry))


def _lines(what: str, recordings: Iterable[Iterable[Entry]]) -> Row:
    size = 0
    began = time.perf_counter()
    for entries in recordings:
        reader = LineReader()
        for entry in entries:
            size += entry.size if entry.direction == OUTPUT else 0
            reader.read(entry)
        reader.finish()
    rate = size / MB / (time.perf_counter() - began)
    return Row(f"timeline of {what}", f"{rate:.0f} MB/s", "", "at least 40 MB/s", rate >= 40)


def _real(version: str, folder: Path) -> list[Row]:
    """Record two sessions of the real Claude Code, and read each over and over, each time anew.

    One prints a numbered list, of which each frame changes little but much is drawn; one answers in prose and code.
    """
    folder.mkdir()
    answer = folder / "long-answer.json"
    answer.write_text(json.dumps({"title": "An answer", "turns": [{"text": _answer()}]}))
    listed = _recorded(version, folder / "list", "long-output", "Do you want to proceed?", "END-OF-THE-LONG-ANSWER")
    told = _recorded(version, folder / "prose", str(answer.with_suffix("").resolve()), "", _END)
    return [
        _lines(f"the real Claude Code {version}: {what}", [once] * _TIMES)
        for what, once in (("a numbered list", listed), ("prose and code", told))
    ]


def _recorded(version: str, folder: Path, scenario: str, question: str, end: str) -> list[Entry]:
    """Return a session in which Claude asks `question`, which is answered with yes, and is done when it shows `end`."""
    start = ("claude-sessions", "start", "--", *RealClaude.DEFAULT_MODE)
    with (
        RealClaude(version, scenario, folder, pause=_STREAM_S) as claude,
        TmuxTerminal(start, claude.project, claude.environment) as terminal,
    ):
        terminal.wait_for("basket")
        terminal.enter("Go on")
        if question:
            terminal.wait_for(question, 60)
            terminal.press_until_gone("Enter", question)
        terminal.wait_for(end, 120)
        terminal.enter("/exit")
        terminal.exit_status()
    return list(_entries(claude.home / ".claude-sessions", "last"))


def _answer() -> str:
    """Return what Claude might write: headings, paragraphs, code and lists."""
    text = Text(random.Random(3))
    parts = []
    for number in range(_PARTS):
        points = "\n".join(f"- {text.prose(70)}" for _ in range(4))
        parts.append(f"## Part {number}\n\n{text.prose(500)}\n\n```python\n{text.code(500)}\n```\n\n{points}\n")
    return "\n".join([*parts, _END])


def _grep(command: str, home: Path, session_id: str) -> list[Row]:
    first, later = [], []
    for _ in range(RUNS):
        shutil.rmtree(home / "cache", ignore_errors=True)
        first.append(_run(command, home, session_id)[0])
        later.append(_run(command, home, session_id)[0])
    taken = (("the first time", median(first), 4.0), ("with the cache", median(later), 0.3))
    return [
        Row(f"logs --grep of a 100 MB log, {when}", f"{seconds:.2f} s", "", f"under {bar} s", seconds < bar)
        for when, seconds, bar in taken
    ]


def _memory(command: str, home: Path, session_id: str) -> Row:
    _, kilobytes = _run(command, home, session_id)
    return Row("logs --grep of a 1 GB log", f"{kilobytes / 1000:.0f} MB", "", "under 150 MB", kilobytes < 150_000)


def _run(command: str, home: Path, session_id: str) -> tuple[float, int]:
    """Return the seconds that the command takes and its peak of resident memory in kB."""
    environment = dict(os.environ, CLAUDE_SESSIONS_HOME=str(home))
    began = time.perf_counter()
    process = subprocess.Popen([command, "logs", session_id, "--grep", _NOWHERE], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 1, "nothing was to be found"
    return time.perf_counter() - began, usage.ru_maxrss
