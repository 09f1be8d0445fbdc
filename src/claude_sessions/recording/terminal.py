"""The person's terminal: opened anew, made raw, given back as it was.

Front and host both use this: a process of another session may read, write and set a terminal that is not its own.
Imports nothing heavy: this runs before claude starts.
"""

import errno
import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Callable
from typing import Any, TypeVar

Attributes = list[Any]  # what termios.tcgetattr returns
WindowSize = bytes
"""`struct winsize` as the kernel has it: rows, columns, and the size in pixels."""

T = TypeVar("T")

_IFLAG, _OFLAG, _CFLAG, _LFLAG, _CC = 0, 1, 2, 3, 6

TYPED_AHEAD = 32 * 1024
"""The most that is taken over at once of what was typed before we came: a PTY takes that much without blocking."""

_ECHO_S = 0.1
"""How long its echo may take (it takes a tenth of a millisecond)."""

DEFAULT_WINDOW_SIZE = struct.pack("HHHH", 24, 80, 0, 0)


class Terminal:
    """A terminal under a descriptor of our own.

    O_NONBLOCK belongs to the open file description. The one that the shell handed us is the shell's, so the terminal
    is opened anew and only ours is set not to block. Where that is impossible (after `su`), `shared` is true, the
    descriptor stays blocking and is written to in small pieces.
    """

    def __init__(self, fd: int, *, shared: bool) -> None:
        self.fd = fd
        self.shared = shared
        self.saved = termios.tcgetattr(fd)
        self.neighbours_write = False
        """Whether others write to it while it is raw (`… | cat`): newlines then stay CR LF."""

    def window_size(self) -> WindowSize:
        """Return the present size; the default one where the terminal does not tell."""
        try:
            return get_window_size(self.fd)
        except OSError:
            return DEFAULT_WINDOW_SIZE

    def make_raw(self, give_up: Callable[[], bool] = bool) -> None:
        """Pass every byte on as it is; what was typed ahead stays. OSError where the terminal is gone.

        From the background this stops us (SIGTTOU), as it would stop claude itself; `give_up` is asked after each stop.
        """
        raw = raw_attributes(self.saved)
        if self.neighbours_write:
            raw[_OFLAG] = self.saved[_OFLAG]
        set_attributes(self.fd, raw, give_up)

    def take_typed_ahead(self) -> bytes:
        """Return what was typed before we came, without waiting; call it once the terminal is raw."""
        typed = b""
        while len(typed) < TYPED_AHEAD and select.select([self.fd], [], [], 0)[0]:
            try:
                block = os.read(self.fd, TYPED_AHEAD - len(typed))
            except OSError:
                break
            if not block:
                break
            typed += block
        return typed

    def restore(self) -> None:
        """Set the attributes that the terminal had when we came; nothing where it is gone."""
        try:
            set_attributes(self.fd, self.saved)
        except OSError:
            return


def open_terminal(fd: int) -> Terminal:
    """Open the terminal behind `fd` anew, where the system lets us."""
    for name in _names_of(fd):
        try:
            opened = os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        return Terminal(opened, shared=False)
    return Terminal(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3), shared=True)


def _names_of(fd: int) -> list[str]:
    """Return names under which the terminal of `fd` can be opened, best first.

    On Linux `/dev/tty` also opens where the device's own permissions forbid it (after `su`); it is the same
    terminal exactly where `tcgetpgrp` works. kqueue on macOS refuses `/dev/tty` but takes the device.
    """
    names = []
    try:
        names.append(os.ttyname(fd))
    except OSError:
        pass
    try:
        os.tcgetpgrp(fd)
    except OSError:
        return names
    return ["/dev/tty", *names] if os.uname().sysname == "Linux" else [*names, "/dev/tty"]


def get_window_size(fd: int) -> WindowSize:
    """Return the `struct winsize` of a terminal; OSError where it has none."""
    return fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8)


def set_window_size(fd: int, size: WindowSize) -> None:
    """Set the `struct winsize`; the kernel tells the foreground group if it is another one."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, size)


def columns_and_rows(size: WindowSize) -> tuple[int, int]:
    """Return (columns, rows) of a window size."""
    rows, columns, _, _ = struct.unpack("HHHH", size)
    return columns, rows


def get_attributes(fd: int) -> Attributes:
    """`termios.tcgetattr`, tried again where a signal interrupts it (Python does not)."""
    attributes = _again(lambda: termios.tcgetattr(fd))
    assert attributes is not None, "only who may give up gets none"
    return attributes


def set_attributes(fd: int, attributes: Attributes, give_up: Callable[[], bool] = bool) -> None:
    """Set attributes once output is drained, keeping what was typed ahead; tried again after a signal."""
    _again(lambda: termios.tcsetattr(fd, termios.TCSADRAIN, attributes), give_up)


def _again(call: Callable[[], T], give_up: Callable[[], bool] = bool) -> T | None:
    while True:
        try:
            return call()
        except termios.error as error:
            if error.args[0] != errno.EINTR:
                raise OSError(*error.args) from None
            if give_up():
                return None


def raw_attributes(attributes: Attributes) -> Attributes:
    """Return a copy of `attributes` in which every byte passes as it is (cfmakeraw(3))."""
    raw = list(attributes)
    raw[_IFLAG] &= ~(
        termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP
        | termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON
    )  # fmt: skip
    raw[_OFLAG] &= ~termios.OPOST
    raw[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    raw[_CFLAG] = raw[_CFLAG] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
    raw[_CC] = list(raw[_CC])
    raw[_CC][termios.VMIN], raw[_CC][termios.VTIME] = 1, 0
    return raw


def with_output_processing(attributes: Attributes, *, on: bool) -> Attributes:
    """Return a copy with OPOST (newlines become CR LF) switched on or off."""
    copy = list(attributes)
    copy[_OFLAG] = copy[_OFLAG] | termios.OPOST if on else copy[_OFLAG] & ~termios.OPOST
    return copy


def type_in_advance(master: int, slave: int, attributes: Attributes, typed: bytes) -> None:
    """Put into a PTY what the person typed before it was there, without the echo that the person has seen already.

    The kernel takes input in later, under the settings of that moment. So every byte is echoed as it is, and
    when its echo has come back it has been taken in. Lines stay lines where `attributes` are canonical.
    """
    plain = raw_attributes(attributes)
    plain[_LFLAG] |= termios.ECHO | attributes[_LFLAG] & termios.ICANON
    if attributes[_LFLAG] & termios.ICANON:  # VMIN and VTIME have the places of VEOF and VEOL on some systems
        plain[_CC] = [b"\0"] * len(plain[_CC])
    set_attributes(slave, plain)
    os.write(master, typed)
    deadline = time.monotonic() + _ECHO_S
    missing = len(typed)
    while missing > 0 and select.select([master], [], [], max(0, deadline - time.monotonic()))[0]:
        missing -= len(os.read(master, missing))


def reads_a_password(attributes: Attributes) -> bool:
    """Tell whether what is typed now is a secret: a line at a time, and not echoed.

    Full-screen programs such as Claude Code switch the echo off too, but are never in canonical mode.
    """
    return bool(attributes[_LFLAG] & (termios.ICANON | termios.ECHO) == termios.ICANON)
