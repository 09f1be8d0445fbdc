"""What remains of the host when the recorder has a fault: it passes the bytes on, so that the person's session goes on.

Imports nothing that could be the fault: no trio, no msgspec, no module that a broken upgrade has replaced meanwhile.
"""

import contextlib
import os
import select
import signal

from claude_sessions.recording import leash as words
from claude_sessions.recording.leash import Leash
from claude_sessions.recording.plan import HostPlan
from claude_sessions.recording.spawn import Spawned
from claude_sessions.recording.terminal import set_window_size

_GLANCE_MS = 50
_PIECE = 4096


class Relay:
    """The lanes of a session, without a log."""

    def __init__(self, plan: HostPlan, child: Spawned, leash: Leash) -> None:
        self._plan = plan
        self._child = child
        self._leash = leash
        self._routes = _routes(plan, child)
        self._poller = select.poll()
        for fd in (*self._routes, leash.read_fd):
            self._poller.register(fd, select.POLLIN)

    def run(self) -> int:
        """Pass bytes on until the child has ended; return its exit status, or 128 and the signal's number."""
        while True:
            pid, status = os.waitpid(self._child.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                self._leash.send(words.STOPPED)
            elif pid:
                if self._child.slave is not None:
                    os.close(self._child.slave)
                while self._pass_on(0):
                    pass
                return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
            self._pass_on(_GLANCE_MS)

    def _pass_on(self, wait_ms: int) -> bool:
        """Move what is there; return whether anything was."""
        moved = False
        for fd, _ in self._poller.poll(wait_ms):
            if fd == self._leash.read_fd:
                self._listen()
            else:
                moved = self._move(fd) or moved
        return moved

    def _move(self, source: int) -> bool:
        try:
            data = os.read(source, _PIECE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._poller.unregister(source)
            if source == self._plan.streams[0] and self._child.stdin is not None:
                os.close(self._child.stdin)  # the child must see the end of its input
            return False
        _write_all(self._routes[source], data)
        return True

    def _listen(self) -> None:
        messages = self._leash.receive()
        if messages is None:
            self._poller.unregister(self._leash.read_fd)
            self._signal(signal.SIGHUP)
            self._signal(signal.SIGCONT)
            return
        for word, rest in messages:
            if word == words.RESIZED and self._plan.terminal is not None and self._child.master is not None:
                with contextlib.suppress(OSError):
                    set_window_size(self._child.master, self._plan.terminal.window_size())
            elif word == words.SIGNAL:
                self._signal(signal.Signals(int(rest)))
            elif word in (words.CONTINUED, words.TAKEN):
                self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)


def _routes(plan: HostPlan, child: Spawned) -> dict[int, int]:
    """Return which descriptor is read for which other."""
    pairs = [(plan.streams[0], child.stdin), (child.stdout, plan.streams[1]), (child.stderr, plan.streams[2])]
    if plan.terminal is not None:
        pairs.append((child.master, plan.terminal.fd))
        if plan.child.foreground:
            pairs.append((plan.terminal.fd, child.master))
    return {source: sink for source, sink in pairs if source is not None and sink is not None and _is_open(source)}


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _write_all(fd: int, data: bytes) -> None:
    """Write as slowly as the other side reads; what it does not want any more is dropped."""
    poller = select.poll()
    poller.register(fd, select.POLLOUT)
    while data:
        poller.poll()
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            continue
        except OSError:
            return
