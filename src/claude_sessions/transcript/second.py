"""A second process that helps with what one processor is long at: it works through a list from its end.

Reading hundreds of megabytes is the interpreter's own work, which threads cannot share. The helper is forked, computes the
last item that nobody has begun, then the one before, and hands back bytes; whatever it cannot do, or has not done when
it dies, its parent does.
"""

import contextlib
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator

_HEAD = struct.Struct("=IQ")
"""Before each result: the item's number and the length of what follows."""
_PIPE_SIZE = 1 << 20
_F_SETPIPE_SZ = 1031
"""Linux: what waits to be fetched should not stop the helper."""


class SecondProcess:
    """Results from the helper, for a parent that goes through the items from the first on."""

    def __init__(self, claims: mmap.mmap, fd: int) -> None:
        self._claims = claims
        self._fd = fd
        self._received = bytearray()
        self._results: dict[int, bytes] = {}

    def result(self, number: int) -> bytes | None:
        """Return the helper's result of an item; None where the caller is to compute it."""
        self._receive(wait=False)
        if not self._claims[number]:
            self._claims[number] = 1  # should the helper claim it in this moment too, both compute it
            return None
        while number not in self._results and self._receive(wait=True):
            pass
        return self._results.pop(number, b"") or None

    def _receive(self, *, wait: bool) -> bool:
        """Take in what has come; False where nothing more will."""
        os.set_blocking(self._fd, wait)
        try:
            piece = os.read(self._fd, _PIPE_SIZE)
        except BlockingIOError:
            return True
        self._received += piece
        at = 0
        while len(self._received) >= at + _HEAD.size:
            number, length = _HEAD.unpack_from(self._received, at)
            if len(self._received) < at + _HEAD.size + length:
                break
            self._results[number] = bytes(self._received[at + _HEAD.size : at + _HEAD.size + length])
            at += _HEAD.size + length
        del self._received[:at]
        return bool(piece)


@contextlib.contextmanager
def second_process(count: int, compute: Callable[[int], bytes]) -> Iterator[SecondProcess | None]:
    """Yield a helper that computes items `count - 1`, `count - 2`, …; None where there can be none.

    There is none with a single processor, in a process with threads (a fork would copy their locks), and where a fork
    is not safe for other reasons (macOS).
    """
    if not _possible():
        yield None
        return
    claims = mmap.mmap(-1, max(count, 1))
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        pid = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        yield None
        return
    if not pid:
        _help(writing, claims, count, compute)
    os.close(writing)
    try:
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


def _help(fd: int, claims: mmap.mmap, count: int, compute: Callable[[int], bytes]) -> None:
    """Be the helper. Never returns, and says nothing: its parent meets the same trouble and tells of it."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            import fcntl

            fcntl.fcntl(fd, _F_SETPIPE_SZ, _PIPE_SIZE)
        for number in reversed(range(count)):
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
