"""Signals that end a program, while it makes files: what was begun is taken back, and the exit code tells the signal."""

import contextlib
import signal
from collections.abc import Iterator

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OURS = (signal.SIG_DFL, signal.default_int_handler)
"""What may be replaced: who started us and wants a signal ignored (nohup) has his way."""


@contextlib.contextmanager
def orderly_end() -> Iterator[None]:
    """Let a signal that ends the program do it as an exception: SystemExit with 128 and its number, as a shell shows it.

    Once it has come, others are ignored until what was begun has been taken back: that takes no time.
    """

    def leave(number: int, _frame: object) -> None:
        for each in replaced:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.getsignal(number) for number in _ENDING}
    replaced = {number: handler for number, handler in before.items() if handler in _OURS}
    for number in replaced:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)
