"""Where a replay is shown: the person's terminal, borrowed and given back as it was, or a file or pipe."""

import errno
import os
import select
import signal
import termios
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Final, Protocol, Self

from claude_sessions.playback.keys import HELD_FOR, INTERRUPT, KEYS, Command, KeyReader
from claude_sessions.screen.modes import ModeTracker

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_TYPING: Final = frozenset({Command.SEARCH, Command.GO})

_PIECE: Final = 1024
"""Bytes written to a terminal in one go: it may be slow, and keys are looked at in between."""

_PATIENCE: Final = 5.0
"""Seconds that a stopped terminal (Ctrl-S, a line that hangs) may delay our end."""

_LONGEST_WAIT: Final = 3600.0
"""Seconds; a log may claim a pause of more than the system can wait."""

AS_BEFORE: Final = b"\x1b7\x1b[r\x1b8\x1b[4l\x0f\x1b(B\x1b)B\x1b[0m"
"""Resets what a picture may have left behind and no mode tracker knows: scroll region (which moves the cursor, hence
saved), insert mode, line drawing characters, colours."""

HOLD_PICTURE: Final = b"\x1b[?2026h"
SHOW_PICTURE: Final = b"\x1b[?2026l"
"""What is written between them is to be seen as one."""

_OUR_SCREEN: Final = b"\x1b[?1049h\x1b[H\x1b[2J"
"""The alternate one; the cursor's place on the main screen is kept for when it is left."""

_END_LINK: Final = b"\x1b]8;;\x1b\\"
_FRESH_LINE: Final = b"\r\n\x1b[J"


class LeaveError(Exception):
    """The person, or a signal, ends the replay."""

    def __init__(self, number: int | None = None) -> None:
        super().__init__()
        self.signal = number


class Stage(Protocol):
    """What the player needs of the place where it shows."""

    is_terminal: bool
    resumed: bool
    """Set when something else has been on the terminal; whoever sees that draws again and clears it."""
    resized: bool
    """Set when the terminal has another size; likewise."""
    keys: deque[str]
    """What was pressed and nobody has acted on yet."""
    typing: bool
    """Set while keys are text, and do not end the replay."""

    def write(self, data: bytes) -> None:
        """Show `data`, all of it."""

    def wait_until(self, due: float) -> None:
        """Return when `clock()` has reached `due`, or when there are keys, or `resumed` or `resized` was set."""

    def poll(self) -> None:
        """Look at keys and signals."""

    def begin_anew(self) -> None:
        """Undo all modes and go to an empty screen of our own. The next picture is to end with SHOW_PICTURE."""

    def size(self) -> tuple[int, int]:
        """Columns and rows; zeros where that means nothing."""

    def clock(self) -> float:
        """Seconds since some moment, not counting the time in which the replay was stopped."""


class PlainStage:
    """A file, a pipe or a device that is no terminal."""

    is_terminal = False
    resumed = resized = typing = False

    def __init__(self, fd: int) -> None:
        self.keys: deque[str] = deque()
        self._fd = fd

    def write(self, data: bytes) -> None:
        """Write all of `data`; BrokenPipeError when the reader went away."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:  # whoever shares the descriptor has set it so
                select.select([], [self._fd], [])

    def wait_until(self, due: float) -> None:
        """Sleep until then."""
        while (remaining := due - self.clock()) > 0:
            time.sleep(min(remaining, _LONGEST_WAIT))

    def poll(self) -> None:
        """There are no keys."""

    def begin_anew(self) -> None:
        """Nobody asks for it here."""

    def size(self) -> tuple[int, int]:
        """None."""
        return (0, 0)

    def clock(self) -> float:
        """The monotonic clock."""
        return time.monotonic()


class TerminalStage:
    """A terminal, from `with` on without echo and with every byte passing as it is; afterwards as it was.

    That holds for an exception, for `q`, Ctrl-C and the signals that end a program (LeaveError is raised in `write`
    or one of the waits), and while Ctrl-Z has stopped it. `keys` is the descriptor that keys are read from, or None.
    """

    is_terminal = True

    def __init__(self, fd: int, keys: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.resumed = False
        self.resized = False
        self.keys: deque[str] = deque()
        self.typing = False
        self.modes = ModeTracker()
        self.at_rest = False
        """Set when what was shown ended by itself: the cursor then stands where the next prompt belongs."""
        self._fd = fd
        self._keys = keys
        self._clock = clock
        self._stopped_for = 0.0
        self._reader = KeyReader()
        self._links = False
        self._written = False

    def __enter__(self) -> Self:
        self._saved = termios.tcgetattr(self._fd)
        self._wake, self._wake_end = os.pipe()
        for end in (self._wake, self._wake_end):
            os.set_blocking(end, False)
        self._old_wakeup = signal.set_wakeup_fd(self._wake_end, warn_on_full_buffer=False)
        handled = (*_ENDING, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
        self._old_handlers = {number: signal.signal(number, _noted) for number in handled}
        try:
            self._borrow()
        except BaseException:
            self._give_back()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()

    def size(self) -> tuple[int, int]:
        """Return the columns and rows that it has now."""
        with suppress(OSError):
            return os.get_terminal_size(self._fd)
        return (0, 0)

    def clock(self) -> float:
        """The monotonic clock less the time in which Ctrl-Z had stopped us."""
        return self._clock() - self._stopped_for

    def write(self, data: bytes) -> None:
        """Write all of `data`, looking at keys and signals in between."""
        self._links = self._links or b"\x1b]8;" in data
        done = 0
        while done < len(data):
            if self._look(None, writing=True):
                self._written = True
                with _gone_is_leaving(), suppress(BlockingIOError):
                    size = 0
                    size = os.write(self._fd, data[done : done + _PIECE])
                self.modes.feed(data[done : done + size])  # only what is out there has to be undone
                done += size

    def wait_until(self, due: float) -> None:
        """Wait until `clock()` is `due`; return early after a stop, another size, or a key."""
        while not (self.resumed or self.resized or self.keys) and (remaining := due - self.clock()) > 0:
            self._look(min(remaining, _LONGEST_WAIT), writing=False)

    def begin_anew(self) -> None:
        """Undo all modes and go to an empty screen of our own: leaving it brings back the person's as it was.

        The terminal is told to hold the picture from then on: nobody is to see an empty one.
        """
        self.write(self._undoing() + HOLD_PICTURE + _OUR_SCREEN)

    def poll(self) -> None:
        """Look at keys and signals, without waiting."""
        self._look(0, writing=False)

    def _look(self, timeout: float | None, *, writing: bool) -> bool:
        """Wait for a key, a signal, or room to write; note the first, act on the second and return whether there is room."""
        if self._reader.waiting:
            timeout = HELD_FOR if timeout is None else min(timeout, HELD_FOR)
        sources = [self._wake] if self._keys is None else [self._wake, self._keys]
        readable, writable, _ = select.select(sources, [self._fd] if writing else [], [], timeout)
        if self._wake in readable:
            self._heed(os.read(self._wake, 256))
        if self._keys in readable:
            with _gone_is_leaving():
                typed = os.read(self._keys, 1024)
            if not typed:
                raise LeaveError(signal.SIGHUP)
            self.keys += self._reader.feed(typed)
        elif self._reader.waiting and not writable:
            self.keys += self._reader.flush()
        if self._reader.leaving or (not self.typing and self._wants_to_leave()):
            raise LeaveError
        return bool(writable)

    def _wants_to_leave(self) -> bool:
        """Tell whether a key that was pressed says so, and is no text."""
        for key in self.keys:
            command = KEYS.get(key)
            if command is Command.QUIT:
                return True
            if command in _TYPING:
                return False
        return False

    def _heed(self, numbers: bytes) -> None:
        for number in numbers:
            if number == signal.SIGINT and self.typing:
                self.keys.append(INTERRUPT)
            elif number in _ENDING:
                raise LeaveError(number)
        self.resized = self.resized or signal.SIGWINCH in numbers
        if signal.SIGTSTP in numbers:
            self._stop()
        elif signal.SIGCONT in numbers:  # after a stop that cannot be caught
            self._come_back()

    def _stop(self) -> None:
        """Give the terminal back, stop as the shell expects, and go on when it says so."""
        began = self._clock()
        self._leave_picture()
        self._set(self._saved)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # returns after SIGCONT; at once where nobody could continue us
        signal.signal(signal.SIGTSTP, _noted)
        self._stopped_for += self._clock() - began
        self._come_back()
        with suppress(BlockingIOError):
            ended = [number for number in os.read(self._wake, 256) if number in _ENDING]
            if ended:
                raise LeaveError(ended[0])

    def _come_back(self) -> None:
        """Take the terminal again; the picture is to be drawn anew."""
        self._borrow()
        self._write_quietly(self.modes.redo())
        self.resumed = True

    def _borrow(self) -> None:
        raw = [*self._saved]
        raw[1] &= ~termios.OPOST  # what was recorded is what came out of a terminal: newlines are done
        raw[3] &= ~(termios.ICANON | termios.ECHO)
        raw[6] = [*raw[6]]
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        self._set(raw)

    def _give_back(self) -> None:
        """Undo everything, in an order in which a failure of one part does not prevent the next."""
        try:
            self._leave_picture()
        finally:
            self._set(self._saved)
            signal.set_wakeup_fd(self._old_wakeup)
            for number, handler in self._old_handlers.items():
                signal.signal(number, handler)
            os.close(self._wake)
            os.close(self._wake_end)

    def _leave_picture(self) -> None:
        if self._written:
            self._write_quietly(self._undoing())

    def _undoing(self) -> bytes:
        """Return what undoes everything that is on, and leaves a picture on the person's own screen by a fresh line."""
        fresh = self._written and not self.at_rest and not self.modes.alternate_screen
        return self.modes.undo() + AS_BEFORE + (_END_LINK if self._links else b"") + (_FRESH_LINE if fresh else b"")

    def _write_quietly(self, data: bytes) -> None:
        """Write what must be written, unless the terminal is gone or takes nothing any more."""
        with suppress(OSError):
            while data and select.select([], [self._fd], [], _PATIENCE)[1]:
                with suppress(BlockingIOError):
                    data = data[os.write(self._fd, data) :]

    def _set(self, attributes: list[Any]) -> None:
        while True:
            try:
                return termios.tcsetattr(self._fd, termios.TCSADRAIN, attributes)
            except termios.error as error:
                if error.args[0] != errno.EINTR:  # Python does not try again; anything else: the terminal is gone
                    return None


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the number of the signal is in the wake-up pipe."""


@contextmanager
def _gone_is_leaving() -> Iterator[None]:
    """A terminal that has gone away ends the replay like its hang-up."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EIO, errno.ENXIO, errno.ENOTTY, errno.EBADF):
            raise
        raise LeaveError(signal.SIGHUP) from None
