"""A progress bar for work that takes longer than a second, on a terminal; nothing anywhere else."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

PATIENCE_S = 1.0


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function to be told how much more of `total` (bytes) is done. The bar is on stderr and goes when done."""
    bar = _Bar(what, total) if sys.stderr.isatty() else None
    try:
        yield bar.advance if bar else _ignore
    finally:
        if bar:
            bar.stop()


def _ignore(amount: int) -> None:
    """Show nothing."""


class _Bar:
    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._due = time.monotonic() + PATIENCE_S
        self._rich: Any = None
        self._task: Any = None

    def advance(self, amount: int) -> None:
        self._done += amount
        if self._rich is None:
            if time.monotonic() < self._due:
                return
            self._start()
        self._rich.update(self._task, completed=self._done)

    def stop(self) -> None:
        if self._rich is not None:
            self._rich.stop()

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._rich = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._rich.start()
        self._task = self._rich.add_task(self._what, total=self._total)
