"""Real terminals for tests: a pane of a tmux of its own, and a bare PTY whose screen an emulator keeps.

`TmuxTerminal` is what a person has: job control, a shell if wanted, resizing, scrollback. `PtyTerminal` gives the exact
bytes and the terminal's own settings, and can be closed or left unread. Both wait for what they are told to wait
for, never for a time; a wait that ends in vain shows the screen.
"""

import contextlib
import errno
import fcntl
import os
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pyghostty import Terminal as Emulator

GLANCE = 0.02
"""Seconds between two looks at a tmux screen."""

SHELL = ("bash", "--norc", "--noprofile", "-i")
"""An interactive shell with job control; its prompt is `$ `."""


class WaitedInVainError(AssertionError):
    """What a test waited for did not come; the message shows the screen."""


def wait_until(
    condition: Callable[[], object], what: str, timeout: float = 20, screen: Callable[[], str] = str
) -> None:
    """Return as soon as `condition()` is true; after `timeout` seconds fail, saying `what` and showing the screen."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise WaitedInVainError(f"waited {timeout} s for {what}; the screen shows:\n{screen()}")
        time.sleep(GLANCE)


class TmuxTerminal:
    """A pane in a tmux server of its own, which ends with it.

    `command` runs directly in the pane (nothing can resume it there: an orphaned process group); give `SHELL` for
    job control. After its end the screen stays readable and `exit_status()` tells how it ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        *,
        columns: int = 100,
        rows: int = 30,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="claude-sessions-tmux-"))  # short: a socket's name has 108 bytes
        self._socket = self._folder / "socket"
        self._tmux_path = shutil.which("tmux") or "tmux"
        settings = self._folder / "tmux.conf"
        settings.write_text(
            "set -g remain-on-exit on\nset -g remain-on-exit-format ''\nset -g status off\nset -g escape-time 0\n"
            "set -g history-limit 20000\nset -g default-terminal tmux-256color\n"
        )
        variables = {**environment, "PS1": "$ "}
        given = [f"-e{name}={value}" for name, value in variables.items() if name != "TERM"]
        new_session = ["new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(directory), *given]
        outer = {**variables, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [self._tmux_path, "-S", str(self._socket), "-f", str(settings), *new_session, "--", *_as_words(command)],
            env=outer,
            check=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server; what runs in the pane sees its terminal hang up."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._tmux("kill-server")
        shutil.rmtree(self._folder, ignore_errors=True)

    def type(self, text: str) -> None:
        """Type `text` as it stands."""
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: `Enter`, `C-c`, `C-z`, `Escape`, `PageUp`, `Down`."""
        self._tmux("send-keys", *keys)

    def enter(self, text: str) -> None:
        """Type `text`, then Enter as a key of its own: Claude Code takes both at once for a paste."""
        self.type(text)
        if text:
            wait_until(
                lambda: _squeezed(text)[-20:] in _squeezed(self.screen()), f"{text!r} to be echoed", 20, self.screen
            )
        self.press("Enter")

    def press_until_gone(self, key: str, text: str, timeout: float = 20) -> None:
        """Press `key` until `text` is gone: Claude Code 2.1.329 overlooks keys while a question is new."""
        pressed = time.monotonic()
        self.press(key)

        def gone() -> bool:
            nonlocal pressed
            if text not in self.screen():
                return True
            if time.monotonic() > pressed + 0.5:
                pressed = time.monotonic()
                self.press(key)
            return False

        wait_until(gone, f"{text!r} to go", timeout, self.screen)

    def paste(self, text: str) -> None:
        """Paste `text`, bracketed where the program asked for that."""
        self._tmux("set-buffer", "--", text)
        self._tmux("paste-buffer", "-p")

    def resize(self, columns: int, rows: int) -> None:
        """Give the pane another size; its program gets SIGWINCH."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def screen(self, *, history: bool = False) -> str:
        """Return the text that is on the screen, with `history` also what has scrolled off; wrapped lines are joined."""
        return self._tmux("capture-pane", "-p", "-J", *(["-S", "-"] if history else []))

    def wait_for(self, text: str, timeout: float = 20) -> str:
        """Wait until `text` is on the screen and return the screen."""
        wait_until(lambda: text in self.screen(), repr(text), timeout, self.screen)
        return self.screen()

    def wait_gone(self, text: str, timeout: float = 20) -> str:
        """Wait until `text` is on the screen no more and return the screen."""
        wait_until(lambda: text not in self.screen(), f"{text!r} to go", timeout, self.screen)
        return self.screen()

    def wait_for_shell(self) -> None:
        """Wait until the shell has its terminal back: what is typed earlier may be thrown away with the old settings."""
        shell = self.ask("pane_start_command").split()[0].strip('"')
        wait_until(lambda: self.ask("pane_current_command") == shell, "the shell", 20, self.screen)

    def ask(self, what: str) -> str:
        """Return one of tmux's formats for the pane, such as `alternate_on`, `cursor_flag`, `mouse_any_flag`."""
        return self._tmux("display-message", "-p", f"#{{{what}}}").rstrip("\n")

    @property
    def pid(self) -> int:
        """The process that was started in the pane."""
        return int(self.ask("pane_pid"))

    @property
    def tty(self) -> str:
        """The name of the pane's terminal device."""
        return self.ask("pane_tty")

    def exit_status(self, timeout: float = 20) -> int:
        """Wait for the pane's command to end and return its exit status, or 128 and the signal's number."""
        wait_until(lambda: self.ask("pane_dead") == "1", "the command to end", timeout, self.screen)

        def status() -> str:
            os.kill(int(self.ask("pid")), signal.SIGCHLD)  # tmux 3.3 now and then leaves a dead child unwaited for
            return self.ask("pane_dead_signal") or self.ask("pane_dead_status")

        wait_until(status, "the command's status", timeout, self.screen)
        killed_by = self.ask("pane_dead_signal")
        return 128 + int(killed_by) if killed_by else int(self.ask("pane_dead_status"))

    def _tmux(self, *arguments: str) -> str:
        command = [self._tmux_path, "-S", str(self._socket), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def _as_words(command: Sequence[str]) -> list[str]:
    """Tmux hands a single word to a shell; two or more it runs as they are."""
    return list(command) if len(command) > 1 else ["env", *command]


def _squeezed(text: str) -> str:
    return "".join(text.split())


class PtyTerminal:
    """A command on a PTY that the test itself holds, as the leader of a session of its own.

    `received` are all bytes that came, `screen()` is what a terminal would show. Nothing is read but inside of the
    `wait` functions and `read()`: leave it unread and it is a slow terminal. With `answering` the
    emulator's replies to queries go back to the program, as a real terminal's would.
    """

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        *,
        columns: int = 100,
        rows: int = 30,
        answering: bool = False,
        stderr: int | None = None,
    ) -> None:
        self.master, slave = os.openpty()
        self.received = bytearray()
        self.replies = bytearray()
        self.emulator = Emulator(columns, rows)
        self._answering = answering
        self.emulator.on_reply(self._reply)
        self._set_size(columns, rows)
        os.set_blocking(self.master, False)
        try:
            self.process = subprocess.Popen(
                list(command),
                cwd=directory,
                env=dict(environment),
                stdin=slave,
                stdout=slave,
                stderr=slave if stderr is None else stderr,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            )
            self.tty = os.ttyname(slave)
        finally:
            os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """Close the terminal's window: the session on it is hung up."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def write(self, data: bytes | str, timeout: float = 20) -> None:
        """Type `data`; where the terminal's queue is full it is read meanwhile, so that neither side waits for ever."""
        rest = memoryview(data.encode() if isinstance(data, str) else data)
        end = time.monotonic() + timeout
        while rest:
            try:
                rest = rest[os.write(self.master, rest) :]
            except BlockingIOError:
                if time.monotonic() > end:
                    raise WaitedInVainError(f"{len(rest)} bytes could not be typed in {timeout} s") from None
                self.read(GLANCE)

    def read(self, timeout: float = 0) -> bytes:
        """Read what is there, waiting up to `timeout` seconds for the first byte; empty: nothing came, or the end."""
        if self.master < 0 or not select.select([self.master], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self.master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # EIO: the last process on the terminal is gone (Linux)
                raise
            return b""
        self.received += data
        self.emulator.feed(data)
        return data

    def screen(self) -> str:
        """Return the text on the screen."""
        return str(self.emulator.text())

    def wait_until(self, condition: Callable[[], object], what: str, timeout: float = 20) -> None:
        """Read until `condition()` is true."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                raise WaitedInVainError(f"waited {timeout} s for {what}; the screen shows:\n{self.screen()}")
            if not self.read(GLANCE) and self.process.poll() is not None:
                time.sleep(GLANCE)

    def wait_for(self, text: str, timeout: float = 20) -> str:
        """Read until `text` is on the screen and return the screen."""
        self.wait_until(lambda: text in self.screen(), repr(text), timeout)
        return self.screen()

    def wait_for_bytes(self, data: bytes, timeout: float = 20) -> None:
        """Read until `data` has come."""
        self.wait_until(lambda: data in self.received, repr(data), timeout)

    def exit_status(self, timeout: float = 20) -> int:
        """Read until the command ends, and then what is left; return its status, or 128 and the signal's number."""
        self.wait_until(lambda: self.process.poll() is not None, "the command to end", timeout)
        while self.read(0):
            pass
        status = self.process.returncode
        return status if status >= 0 else 128 - status

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size; its foreground group gets SIGWINCH."""
        self.emulator.resize(columns, rows)
        self._set_size(columns, rows)

    def settings(self) -> list[object]:
        """Return the terminal's settings, as termios.tcgetattr has them, to compare before and after."""
        return list(termios.tcgetattr(self.master))

    def foreground_group(self) -> int:
        """Return the process group that the terminal's keys go to."""
        return os.tcgetpgrp(self.master)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command itself."""
        self.process.send_signal(number)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 8 * columns, 16 * rows))

    def _reply(self, data: bytes) -> None:
        self.replies += data
        if self._answering:
            self.write(data)
