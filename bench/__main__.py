"""Measure everything, or what is named: `python -m bench [throughput] [echo] [start-up] [memory] [bursts] [reading] [listing] [timeline] [transcripts] [player] [searching] [serving] [page]`."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import echo, page, player, reading, recording, searching, serving, timeline, transcripts
from bench.harness import Row, adopt_orphans, print_table


def main() -> int:
    """Print the table; exit 1 where a bar was missed."""
    command = shutil.which("claude-sessions", path=str(Path(sys.executable).parent))
    if command is None:
        sys.exit("bench: claude-sessions is not installed beside this Python; run: make bench")
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="claude-sessions-bench-") as name:
        folder = Path(name)
        recorders = recording.Recorders(folder, command)
        parts: dict[str, Callable[[], list[Row]]] = {
            "throughput": lambda: recording.throughput(recorders, folder),
            "echo": lambda: echo.echo(recorders),
            "start-up": lambda: recording.start_up(recorders) + reading.help_text(command),
            "memory": lambda: recording.memory(recorders, folder),
            "bursts": lambda: recording.bursts(recorders, folder),
            "reading": lambda: reading.reading(command, folder),
            "listing": lambda: reading.listing(command, folder),
            "player": lambda: player.player(command, folder),
            "timeline": lambda: timeline.timeline(command, folder),
            "searching": lambda: searching.searching(command, folder),
            "serving": lambda: serving.serving(folder),
            "page": lambda: page.page(folder / "page"),
            "transcripts": lambda: transcripts.transcripts(command, folder),
        }
        wanted = sys.argv[1:] or list(parts)
        unknown = [part for part in wanted if part not in parts]
        if unknown:
            sys.exit(f"bench: no such part: {', '.join(unknown)}; there are {', '.join(parts)}")
        rows = []
        for part in wanted:
            print(f"bench: {part} …", file=sys.stderr, flush=True)
            rows += parts[part]()
    print(f"{platform.platform()}, Python {platform.python_version()}")
    print_table(rows)
    return int(not all(row.met for row in rows))


if __name__ == "__main__":
    sys.exit(main())
