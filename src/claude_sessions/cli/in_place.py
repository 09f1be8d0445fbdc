"""A few lines on a terminal that keep themselves up to date, drawn in place."""

import contextlib
import os
import shutil
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

Render = Callable[[int, int], list[str]]
"""Returns the lines for a screen of (columns, rows)."""

INTERVAL = 1.0
"""Seconds between two looks."""

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Synchronized output: a terminal that knows it shows the new lines at once; others ignore it."""


def keep_drawing(render: Render) -> NoReturn:
    """Draw what `render` returns, and again when it changes, until Ctrl-C (KeyboardInterrupt).

    Nothing is hidden and the alternate screen is not used: whatever ends this, the terminal is usable, and the last
    lines stay readable.
    """
    picture = Picture()
    with _silent_keys(picture.forget):
        while True:
            columns, rows = shutil.get_terminal_size()
            text = picture.update(render(columns, max(1, rows - 1)), (columns, rows))
            if text:
                sys.stdout.write(text)
                sys.stdout.flush()
            time.sleep(INTERVAL)


class Picture:
    """What stands on the terminal above the cursor, and how to turn it into something else."""

    def __init__(self) -> None:
        self._lines: list[str] | None = None
        self._size: tuple[int, int] | None = None

    def update(self, lines: list[str], size: tuple[int, int]) -> str:
        """Return what to write so that `lines` stand there; nothing where they do already."""
        if lines == self._lines and size == self._size:
            return ""
        if self._lines is None:
            start = ""
        elif size == self._size:
            start = f"\x1b[{len(self._lines)}A\r" if self._lines else "\r"
        else:
            start = "\x1b[H"  # the terminal has rewrapped the old lines: nobody knows where they begin
        self._lines, self._size = lines, size
        return _BEGIN + start + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J" + _END

    def forget(self) -> None:
        """Draw anew below: something else was on the terminal in between."""
        self._lines = None


@contextlib.contextmanager
def _silent_keys(resumed: Callable[[], None]) -> Iterator[None]:
    """Keep what is typed from being echoed into the picture; Ctrl-Z, SIGTERM and SIGHUP included, it is undone.

    `resumed` is called after a suspension.
    """
    if not sys.stdin.isatty():
        yield
        return
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]

    def suspend(number: int, frame: object) -> None:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, suspend)
        termios.tcsetattr(fd, termios.TCSADRAIN, silent)
        resumed()

    def leave(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    handlers = {signal.SIGTSTP: suspend, signal.SIGTERM: leave, signal.SIGHUP: leave}
    old = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        termios.tcsetattr(fd, termios.TCSADRAIN, silent)
        yield
    finally:
        with contextlib.suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(fd, termios.TCSAFLUSH, before)
        for number, handler in old.items():
            signal.signal(number, handler)
