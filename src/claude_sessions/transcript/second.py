"""A second process that helps with what one processor is long at: it works through a list beside its parent.

Reading hundreds of megabytes is the interpreter's own work, which threads cannot share. The helper is forked, computes
items that nobody has begun, and hands back bytes; whatever it cannot do, or has not done when it dies, its parent does.

A parent that needs the results in the order of the list asks for each (`result`); the helper then begins at the other
end, and what it has done waits in memory. One that takes them as they come (`claim`, `results`) has it begin at the same
end: both stay close together, little waits, and the order is nearly that of the list.
"""

import contextlib
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterable, Iterator

_HEAD = struct.Struct("=IQ")
"""Before each result: the item's number and the length of what follows."""
_PIPE_SIZE = 1 << 20
_F_SETPIPE_SZ = 1031
"""Linux: what waits to be fetched should not stop the helper."""
_MOST_WAITING = 32 << 20
"""Bytes: when so many results wait in the parent, `fetch` takes no more, and the helper waits in its turn."""


class SecondProcess:
    """Results from the helper, for a parent that goes through the items from the first on."""

    def __init__(self, claims: mmap.mmap, fd: int) -> None:
        self._claims = claims
        self._fd = fd
        self._received = bytearray()
        self._results: dict[int, bytes] = {}
        self._waiting = 0

    def result(self, number: int) -> bytes | None:
        """Return the helper's result of an item; None where the caller is to compute it."""
        self._receive(wait=False)
        if not self._claims[number]:
            self._claims[number] = 1  # should the helper claim it in this moment too, both compute it
            return None
        while number not in self._results and self._receive(wait=True):
            pass
        return self._take(number) or None

    def claim(self, number: int) -> bool:
        """Take an item for the caller; False where the helper has it. Rarely, in the same moment, both compute it."""
        if self._claims[number]:
            return False
        self._claims[number] = 1
        return True

    def fetch(self) -> None:
        """Take in what has come, but not too much of it: to be called now and then, so that the helper need not wait."""
        if len(self._received) + self._waiting < _MOST_WAITING:
            self._receive(wait=False)

    def results(self, *, wait: bool = False) -> Iterator[tuple[int, bytes]]:
        """Yield the items that are done and their results, each once; nothing is kept of them.

        An empty result is one that the caller is to compute. With `wait` all that the helper has claimed is waited for;
        what has not come by then never will.
        """
        while True:
            piece = self._receive(wait=wait)
            while self._results:
                number = next(iter(self._results))
                yield number, self._take(number)
            if not piece:
                return

    def _take(self, number: int) -> bytes:
        result = self._results.pop(number, b"")
        self._waiting -= len(result)
        return result

    def _receive(self, *, wait: bool) -> bytes | None:
        """Take in what has come; None where nothing has yet, empty where nothing more will."""
        os.set_blocking(self._fd, wait)
        try:
            piece = os.read(self._fd, _PIPE_SIZE)
        except BlockingIOError:
            return None
        self._received += piece
        at = 0
        with memoryview(self._received) as received:
            while len(received) >= at + _HEAD.size:
                number, length = _HEAD.unpack_from(received, at)
                end = at + _HEAD.size + length
                if len(received) < end:
                    break
                self._results[number] = bytes(received[at + _HEAD.size : end])
                self._waiting += length
                at = end
        del self._received[:at]
        return piece


@contextlib.contextmanager
def second_process(
    count: int, compute: Callable[[int], bytes], *, from_end: bool = True
) -> Iterator[SecondProcess | None]:
    """Yield a helper that computes items `count - 1`, `count - 2`, …, or else 0, 1, …; None where there can be none.

    There is none with a single processor, in a process with threads (a fork would copy their locks), and where a fork
    is not safe for other reasons (macOS).
    """
    if not _possible():
        yield None
        return
    claims = mmap.mmap(-1, max(count, 1))
    reading, writing = os.pipe2(os.O_CLOEXEC)
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the helper is never to unwind our stack
    try:
        pid = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
        os.close(reading)
        os.close(writing)
        yield None
        return
    if not pid:
        _help(reading, writing, claims, reversed(range(count)) if from_end else range(count), compute)
    try:
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
        yield SecondProcess(claims, reading)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        claims.close()


def _possible() -> bool:
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _help(reading: int, fd: int, claims: mmap.mmap, numbers: Iterable[int], compute: Callable[[int], bytes]) -> None:
    """Be the helper. Never returns, and says nothing: its parent meets the same trouble and tells of it."""
    try:
        os.close(reading)  # when the parent is gone, nobody reads: the next result ends us
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        with contextlib.suppress(OSError):
            import fcntl

            fcntl.fcntl(fd, _F_SETPIPE_SZ, _PIPE_SIZE)
        for number in numbers:
            if not claims[number]:
                claims[number] = 1
                _write(fd, number, _tried(compute, number))
    finally:
        os._exit(0)


def _tried(compute: Callable[[int], bytes], number: int) -> bytes:
    try:
        return compute(number)
    except Exception:  # noqa: BLE001 - the parent tries again, and tells of it
        return b""


def _write(fd: int, number: int, result: bytes) -> None:
    data = memoryview(_HEAD.pack(number, len(result)) + result)
    while data:
        data = data[os.write(fd, data) :]
