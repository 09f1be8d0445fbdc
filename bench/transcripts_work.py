"""One piece of work on transcripts, in a process of its own: `python -m bench.transcripts_work WORK ARGUMENT...`.

It prints, as its last line on the standard error, what it took: {"seconds": S, "peak": BYTES, "count": N}. The start of the
interpreter and of the modules is not counted.
"""

import json
import os
import resource
import runpy
import sys
import time
from pathlib import Path

import msgspec


class _Bare(msgspec.Struct):
    """The least that every reader of transcripts decodes."""

    type: str = ""
    uuid: str | None = None
    timestamp: str | None = None
    message: msgspec.Raw = msgspec.Raw()


def bare(folder: str) -> int:
    """Decode every line of every transcript into `_Bare`, a whole file at a time."""
    decode = msgspec.json.Decoder(_Bare).decode
    count = 0
    for path in sorted(Path(folder).rglob("*.jsonl")):
        for line in path.read_bytes().split(b"\n"):
            try:
                decode(line)
            except msgspec.DecodeError:
                continue
            count += 1
    return count


def typed(folder: str) -> int:
    """Read every entry of every transcript as our readers do."""
    from claude_sessions.transcript.files import scan
    from claude_sessions.transcript.reading import open_source, read_entries

    count = 0
    for file in scan(folder):
        with open_source(file.path) as source:
            for _ in read_entries(source):
                count += 1
    return count


def render(folder: str) -> int:
    """Render every session to Markdown, as `claude-sessions transcript` does; return the number of characters."""
    from claude_sessions.formats.markdown import markdown
    from claude_sessions.transcript.blocks.replay import View, open_replay
    from claude_sessions.transcript.files import main_files, scan

    count = 0
    for file in main_files(scan(folder)):
        with open_replay(file, View()) as replay:
            count += sum(map(len, markdown(replay.blocks())))
    return count


def command(*arguments: str) -> int:
    """Run our own command in this process."""
    sys.argv = ["claude-sessions", *arguments]
    try:
        runpy.run_module("claude_sessions", run_name="__main__")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _peak() -> int:
    """Return the most bytes that this process ever had in memory, and with it the largest that it started."""
    scale = 1 if sys.platform == "darwin" else 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * scale
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):  # ru_maxrss has here what the one who started us had
                return int(line.split()[1]) * 1024 + children
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale + children


WORKS = {"bare": bare, "typed": typed, "render": render, "command": command}


def main() -> None:
    """Do what is asked and tell what it took."""
    work = WORKS[sys.argv[1]]
    arguments = sys.argv[2:]
    if work is not command:
        work(os.devnull)  # what has to be loaded is loaded
    began = time.perf_counter()
    count = work(*arguments)
    seconds = time.perf_counter() - began
    sys.stdout.flush()
    print("\n" + json.dumps({"seconds": seconds, "peak": _peak(), "count": count}), file=sys.stderr)


if __name__ == "__main__":
    main()
