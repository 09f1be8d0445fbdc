"""A recording as an animated GIF, drawn by agg, asciinema's own program for that, where it is installed.

It reads an asciicast, which lies for so long in a folder that nobody else can open.
"""

import contextlib
import os
import shutil
import signal
from typing import BinaryIO

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.asciicast import write_asciicast
from claude_sessions.formats.excerpt import Excerpt

_PROGRAM = "agg"
_BEGINNING = b"GIF8"
_LONGEST_REASON = 300
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
    import tempfile
    from pathlib import Path

    program = find_agg()
    with tempfile.TemporaryDirectory(prefix="claude-sessions-") as folder:
        cast, gif, said = (Path(folder, name) for name in ("recording.cast", "recording.gif", "said"))
        with cast.open("xb") as file:
            replaced = write_asciicast(excerpt, title, file, 2)
        status = _run([program, str(cast), str(gif)], str(said))
        try:
            with gif.open("rb") as file:
                drawn = not status and file.read(len(_BEGINNING)) == _BEGINNING
                if drawn:
                    file.seek(0)
                    shutil.copyfileobj(file, out)
        except FileNotFoundError:
            drawn = False
        if not drawn:
            raise UsageError(f"{program} could not draw this: {_reason(said.read_bytes()) or f'exit status {status}'}")
    return replaced


def _run(command: list[str], said: str) -> int:
    """Run a program whose stderr goes into a new file; return its exit code, or minus the signal's number.

    It ends with us, whenever a signal comes: none does between its start and the moment from which we know it.
    """
    nothing = ((0, os.O_RDONLY), (1, os.O_WRONLY))
    files = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, flags, 0) for fd, flags in nothing]
    files.append((os.POSIX_SPAWN_OPEN, 2, said, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=files, setsigmask=before)
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except BaseException:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        raise


def _reason(said: bytes) -> str:
    """Return the last line that a program has said."""
    lines = said.decode(errors="replace").split("\n")
    return next((line.strip()[:_LONGEST_REASON] for line in reversed(lines) if line.strip()), "")
