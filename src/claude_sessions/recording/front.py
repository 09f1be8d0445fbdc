"""Front: stays in the shell's foreground while the host records (design, section 3).

It saves and restores the terminal, passes window changes and signals on, stops when the child stops and brings it
back with `fg`, and returns the exit status. Tiny: no trio, no emulator, nothing that could go wrong on a bad day.
"""

import errno
import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple

from claude_sessions.recording import leash
from claude_sessions.recording.leash import Leash, UndoMemory
from claude_sessions.recording.terminal import Terminal

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_WATCHED = (*FORWARDED, signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)
_UNDO_TIMEOUT_S = 3.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Outcome(NamedTuple):
    """How the session ended: the exit status, and a sentence about the recording ('' where there is none)."""

    status: int
    sentence: str


class SignalCatcher:
    """Collects signals for a loop that polls `fd`. Signals that were ignored stay ignored, as under nohup."""

    def __init__(self) -> None:
        self.fd, self._wake = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._wake, False)
        self._caught: list[int] = []
        self.forward: Callable[[int], None] | None = None
        """Called from the handler itself with a signal that is meant for the child: the loop may be stopped just then."""
        self._before = {number: signal.getsignal(number) for number in _WATCHED}
        for number, action in self._before.items():
            if action != signal.SIG_IGN:
                signal.signal(number, self._catch)
        self._wake_before = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def _catch(self, number: int, _frame: FrameType | None) -> None:
        if self.forward is not None and number in FORWARDED:
            self.forward(number)
        else:
            self._caught.append(number)

    def take(self) -> list[int]:
        """Return the signals since the last call, in order."""
        try:
            os.read(self.fd, 4096)
        except BlockingIOError:
            pass
        caught, self._caught = self._caught, []
        return caught

    def close(self) -> None:
        """Give the signals back as they were."""
        signal.set_wakeup_fd(self._wake_before)
        for number, action in self._before.items():
            signal.signal(number, action)
        os.close(self.fd)
        os.close(self._wake)

    def stop_group(self) -> bool:
        """Stop our whole process group as Ctrl-Z would; return after `fg` or `bg`.

        A wrapper around us (`sh -c`) must stop too, or the shell never gets its prompt. Returns False where nothing
        stopped: the kernel discards the signal in an orphaned group, where nobody could resume us (a bare tmux pane).
        """
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        if before == signal.SIG_IGN:
            signal.signal(signal.SIGTSTP, before)
            return False
        self._caught = [number for number in self._caught if number != signal.SIGCONT]
        os.killpg(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)
        stopped = signal.SIGCONT in self._caught
        self._caught = [number for number in self._caught if number != signal.SIGCONT]
        return stopped


class Front:
    """The loop of the process that the shell knows."""

    def __init__(
        self,
        terminal: Terminal | None,
        catcher: SignalCatcher,
        host: Leash,
        host_pid: int,
        undo: UndoMemory,
        *,
        raw: bool,
    ) -> None:
        self._terminal = terminal
        self._raw = raw
        self._catcher = catcher
        self._host = host
        self._host_pid = host_pid
        self._undo = undo
        self._told_to_end = False
        catcher.forward = self._forward

    def run(self) -> Outcome:
        """Serve until the host says that it is over, or is gone."""
        poller = select.poll()
        poller.register(self._host.read_fd, select.POLLIN)
        poller.register(self._catcher.fd, select.POLLIN)
        try:
            while True:
                ready = {fd for fd, _ in poller.poll()}
                for number in self._catcher.take():
                    self._on_signal(number)
                if self._host.read_fd in ready:
                    outcome = self._on_messages()
                    if outcome is not None:
                        return outcome
        finally:
            if self._raw and self._terminal is not None and self._in_foreground():
                self._terminal.restore()

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGWINCH:
            self._host.send(leash.RESIZED)
        elif number == signal.SIGCONT:
            self._come_back()
        else:
            self._forward(number)

    def _forward(self, number: int) -> None:
        self._told_to_end = self._told_to_end or number in _ENDING
        self._host.send(leash.SIGNAL, str(int(number)).encode())

    def _on_messages(self) -> Outcome | None:
        messages = self._host.receive()
        if messages is None:
            return self._host_is_gone()
        for word, rest in messages:
            if word == leash.STOPPED:
                self._suspend()
            elif word == leash.TAKE:
                self._take_terminal()
            elif word == leash.DONE:
                status, _, sentence = rest.partition(b" ")
                self._undo_modes()
                return Outcome(int(status), sentence.decode())
        return None

    def _suspend(self) -> None:
        self._undo_modes()
        if self._raw and self._terminal is not None:
            self._terminal.restore()
        self._catcher.stop_group()
        self._come_back()

    def _come_back(self) -> None:
        """Take the terminal again; in the background that stops us until `fg`, as it would stop claude.

        But not where a signal came meanwhile (`kill %1`): the child may be ending, and we must be there to say so.
        """
        if self._told_to_end and not self._in_foreground():
            return
        self._told_to_end = False
        if self._raw:
            self._make_raw()
        self._host.send(leash.CONTINUED)

    def _in_foreground(self) -> bool:
        """Tell whether we may set the terminal; where it controls nobody (under setsid) anybody may."""
        try:
            return self._terminal is None or os.tcgetpgrp(self._terminal.fd) == os.getpgrp()
        except OSError:
            return True

    def _take_terminal(self) -> None:
        self._raw = True
        if self._terminal is not None:
            self._terminal.neighbours_write = not os.isatty(1)
        self._make_raw()
        self._host.send(leash.TAKEN)

    def _make_raw(self) -> None:
        if self._terminal is None:
            return
        try:
            self._terminal.make_raw(give_up=lambda: self._told_to_end)
        except OSError:
            return  # gone: the host sees the hang-up itself

    def _host_is_gone(self) -> Outcome:
        """Put the terminal right where the host could not: it was killed, or has crashed."""
        _, wait_status = os.waitpid(self._host_pid, 0)
        self._undo_modes()
        code = os.waitstatus_to_exitcode(wait_status)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"failed (exit {code})"
        return Outcome(
            128 - code if code < 0 else code or 1,
            f"the recorder {how}, and the session with it; what was recorded until then is kept",
        )

    def _undo_modes(self) -> None:
        """Switch off what the child has left on; after a good end the host has done that, and there is nothing left."""
        if self._terminal is not None:
            write_within(self._terminal.fd, self._undo.read(), _UNDO_TIMEOUT_S)


def write_within(fd: int, data: bytes, seconds: float) -> bytes:
    """Write to a terminal that may not take it, for at most so long; return what it has not taken."""
    deadline = time.monotonic() + seconds
    poller = select.poll()
    poller.register(fd, select.POLLOUT)
    while data:
        left = deadline - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            return data
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            continue
        except OSError:
            return b""  # gone, and its modes with it
    return data


def say(sentence: str) -> None:
    """Print one line on stderr; nothing where there is no stderr any more."""
    safe = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in sentence)
    try:
        os.write(2, f"claude-sessions: {safe}\n".encode(errors="replace"))
    except OSError as error:
        if error.errno not in (errno.EIO, errno.EPIPE, errno.EBADF):
            raise
