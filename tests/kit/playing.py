"""A stage and a tape for tests of the player: time passes only while somebody waits, and the recording is a list."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from pyghostty import Terminal

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import Entry
from claude_sessions.playback.keyframes import Keyframe
from claude_sessions.playback.stage import AS_BEFORE, LeaveError


def at(second: float, direction: str = "output", data: bytes = b"x") -> Entry:
    """Return an entry of that second of a recording."""
    whole, micro = divmod(round(second * 1_000_000), 1_000_000)
    stamp = f"2026-02-07T{12 + whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{micro:06d}Z"
    return Entry(stamp, "id", direction, data, len(data))


def start(columns: int = 40, rows: int = 6) -> Entry:
    """Return the first entry of a recording of that size."""
    return at(0, "start", b'{"columns":%d,"rows":%d}' % (columns, rows))


class ListTape:
    """A recording without keyframes."""

    def __init__(self, entries: Sequence[Entry | BadLine]) -> None:
        times = [entry.time_ns for entry in entries if isinstance(entry, Entry)]
        self.started_ns = times[0]
        self.length_s = (max(times) - times[0]) / NANOSECONDS
        self.opened = 0
        self._list = entries

    def entries(self, since: Keyframe | None) -> Iterator[Entry | BadLine]:
        assert since is None
        self.opened += 1
        return iter(self._list)

    def wind(self, until_ns: int) -> Iterator[float]:
        del until_ns
        return iter(())

    def keyframe_before(self, time_ns: int) -> Keyframe | None:
        del time_ns
        return None


class PlayedStage:
    """A terminal of its own, on which keys are pressed at given seconds; each write takes `cost` seconds.

    Who waits for a key that never comes leaves.
    """

    is_terminal = True

    def __init__(self, size: tuple[int, int] = (40, 6), keys: dict[float, str] | None = None, cost: float = 0) -> None:
        self.resumed = self.resized = self.typing = False
        self.keys: deque[str] = deque()
        self.terminal = Terminal(*size)
        self.now = 1000.0
        self.shown: list[tuple[float, bytes]] = []
        self.seen: list[tuple[float, list[str]]] = []
        """What was on the screen when a wait began, and when."""
        self.then: dict[float, Callable[[], None]] = {}
        """What else happens, and when."""
        self._pressed = dict(keys or {})
        self._size = size
        self._cost = cost

    def size(self) -> tuple[int, int]:
        return self._size

    def resize(self, columns: int, rows: int) -> None:
        self._size = (columns, rows)
        self.terminal.resize(columns, rows)
        self.resized = True

    def clock(self) -> float:
        return self.now

    def write(self, data: bytes) -> None:
        if data:
            self.shown.append((round(self.now - 1000, 6), data))
            self.terminal.feed(data)
        self.now += self._cost

    def wait_until(self, due: float) -> None:
        self.seen.append((round(self.now - 1000, 6), self.screen()))
        if self.keys:
            return
        happens = sorted({*self._pressed, *self.then})
        if happens and 1000 + happens[0] <= due:
            when = happens[0]
            self.now = max(self.now, 1000 + when)
            self.keys += KEY_NAMES.get(self._pressed.get(when, ""), self._pressed.pop(when, ""))
            self.then.pop(when, lambda: None)()
        elif due == float("inf"):
            raise LeaveError
        else:
            self.now = max(self.now, due)

    def poll(self) -> None:
        pass

    def begin_anew(self) -> None:
        leaving = b"\x1b[?1049l" if self.terminal.mode(1049) else b""
        self.write(leaving + AS_BEFORE + b"\x1b[?1049h\x1b[?7h\x1b[?6l\x1b[?25h\x1b[H\x1b[2J")

    def screen(self) -> list[str]:
        lines = [line.rstrip() for line in self.terminal.text().split("\n")]
        return (lines + [""] * self._size[1])[: self._size[1]]

    def when(self, text: str) -> float:
        """Return when `text` was on the screen for the first time."""
        return next(when for when, lines in self.seen if any(text in line for line in lines))


KEY_NAMES = {
    name: [name]
    for name in (
        *("left", "right", "shift-left", "shift-right", "up", "down", "home", "end"),
        *("enter", "backspace", "escape", "ctrl-u", "ctrl-c"),
    )
}
