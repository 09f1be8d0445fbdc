"""A recording as an animated GIF, drawn by agg, asciinema's own program for that, where it is installed.

It reads an asciicast, which lies for so long in a folder that nobody else can open.
"""

import shutil
from typing import BinaryIO

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.asciicast import write_asciicast
from claude_sessions.formats.excerpt import Excerpt

_PROGRAM = "agg"
_BEGINNING = b"GIF8"
_LONGEST_REASON = 300


def find_agg() -> str:
    """Return where agg is. Raises UsageError, with what to do, where it is not installed."""
    program = shutil.which(_PROGRAM)
    if program is None:
        raise UsageError(
            "a gif is drawn by asciinema's agg, which is not on the PATH: install it "
            "(https://docs.asciinema.org/manual/agg/), or export a .cast, an .html or an .svg"
        )
    return program


def write_gif(excerpt: Excerpt, title: str, out: BinaryIO) -> int:
    """Write the animation; return how many stretches of the recording were no UTF-8.

    Raises UsageError where agg is not there, or gives up.
    """
    import subprocess
    import tempfile
    from pathlib import Path

    program = find_agg()
    with tempfile.TemporaryDirectory(prefix="claude-sessions-") as folder:
        cast, gif = Path(folder, "recording.cast"), Path(folder, "recording.gif")
        with cast.open("xb") as file:
            replaced = write_asciicast(excerpt, title, file, 2)
        done = subprocess.run(
            [program, cast, gif],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        try:
            with gif.open("rb") as file:
                drawn = not done.returncode and file.read(len(_BEGINNING)) == _BEGINNING
                if drawn:
                    file.seek(0)
                    shutil.copyfileobj(file, out)
        except FileNotFoundError:
            drawn = False
    if not drawn:
        raise UsageError(f"{program} could not draw this: {_reason(done.stderr) or f'exit status {done.returncode}'}")
    return replaced


def _reason(said: bytes) -> str:
    """Return the last line that a program has said."""
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip()[:_LONGEST_REASON] for line in reversed(lines) if line.strip()), "")
