"""Entries whose output is drawn anew: the screen is looked at after each burst, and what differs is written by ourselves.

None of the original's bytes is passed on, so nothing can hide in them: neither in titles and links nor in what was
overwritten before anybody saw it.
"""

from collections.abc import Callable, Iterator

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.log.entry import OUTPUT, RESIZE, SHOWN, START, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.screen.canvas import Canvas, Picture
from claude_sessions.screen.painter import Painter
from claude_sessions.timeline.lines import BURST_BYTES, BURST_NS, PAUSE_NS, Newlines

_FRAME_END = b"\x1b[?2026l"
_CELLS_AT_ONCE = 1_000_000
"""Each line feed may make a row scroll off: so many cells are kept before they are taken away."""

Timed = tuple[int, Entry]


class Scene:
    """A canvas on which entries are drawn; `seen` is handed the picture after every burst."""

    def __init__(self, seen: Callable[[Picture], None]) -> None:
        self._canvas = Canvas(before_switch=self._look)
        self._seen = seen
        self._newlines = Newlines()
        self._burst: list[bytes] = []
        self._size = 0
        self._began = 0
        self._now = 0

    @property
    def now(self) -> int:
        """When the last burst happened, in nanoseconds since the epoch."""
        return self._now

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the canvas, which keeps hostile sizes out."""
        return self._canvas.size

    def is_due(self, time_ns: int) -> bool:
        """Tell whether the burst so far is over when something happens at that time."""
        if not self._size:
            return False
        return time_ns - self._now >= PAUSE_NS or time_ns - self._began >= BURST_NS or self._size >= BURST_BYTES

    def add(self, time_ns: int, entry: Entry) -> None:
        """Take output."""
        if not self._size:
            self._began = time_ns
        self._burst.append(self._newlines.as_on_terminal(entry.direction, entry.data))
        self._size += entry.size
        self._now = time_ns

    def end_burst(self, time_ns: int | None = None) -> None:
        """Draw what is pending and look at it.

        Where more follows at once (`time_ns`) the beginning of a frame that is not complete waits for its end.
        """
        data = b"".join(self._burst)
        self._burst.clear()
        self._size = 0
        if time_ns is not None and time_ns - self._now < PAUSE_NS and len(data) < 4 * BURST_BYTES:
            end = data.rfind(_FRAME_END) + len(_FRAME_END)
            if len(_FRAME_END) <= end < len(data):
                self._burst = [data[end:]]
                self._size = len(data) - end
                self._began = self._now
                data = data[:end]
        piece = _CELLS_AT_ONCE // self._canvas.size[0]
        for start in range(0, len(data), piece):
            self._canvas.feed(data[start : start + piece])
            self._look()

    def resize(self, size: tuple[int, int]) -> None:
        """Give the canvas another size."""
        self._canvas.resize(*size)

    def look(self) -> None:
        """Look once more, also where nothing was drawn."""
        self._look()

    def _look(self) -> None:
        self._seen(self._canvas.picture())


def redraw(entries: Iterator[Timed], mask: Callable[[Picture], Picture]) -> Iterator[Timed]:
    """Yield the entries with their output drawn anew from what `mask` leaves of each picture.

    A recording has one start then; a later segment's becomes a resize where it says another size.
    """
    return _Redrawing(mask).run(entries)


class _Redrawing:
    def __init__(self, mask: Callable[[Picture], Picture]) -> None:
        self._mask = mask
        self._scene = Scene(self._paint)
        self._painter = Painter(*self._scene.size)
        self._painted: list[bytes] = []
        self._timestamp = TimestampFormatter()
        self._session_id = ""
        self._started = False

    def run(self, entries: Iterator[Timed]) -> Iterator[Timed]:
        for time_ns, entry in entries:
            self._session_id = entry.session_id
            if self._scene.is_due(time_ns):
                self._scene.end_burst(time_ns)
                yield from self._take(self._scene.now)
            if entry.direction in SHOWN:
                self._scene.add(time_ns, entry)
                continue
            self._scene.end_burst()
            yield from self._take(self._scene.now)
            yield from self._pass_on(time_ns, entry)
        self._scene.end_burst()
        yield from self._take(self._scene.now)

    def _pass_on(self, time_ns: int, entry: Entry) -> Iterator[Timed]:
        size = _size_of(entry)
        if entry.direction == START and self._started:
            if size is None or size == self._scene.size:
                return
            data = b"%dx%d" % size
            entry = Entry(entry.timestamp, entry.session_id, RESIZE, data, len(data))
        yield time_ns, entry
        if size is not None:
            self._scene.resize(size)
            if self._started:
                self._painted.append(self._painter.resize(*self._scene.size))
                self._scene.look()
                yield from self._take(time_ns)
            else:
                self._painter = Painter(*self._scene.size)
        self._started = self._started or entry.direction == START

    def _paint(self, picture: Picture) -> None:
        self._painted.append(self._painter.paint(self._mask(picture)))

    def _take(self, time_ns: int) -> Iterator[Timed]:
        data = b"".join(self._painted)
        self._painted.clear()
        if data:
            yield time_ns, Entry(self._timestamp(time_ns), self._session_id, OUTPUT, data, len(data))


def _size_of(entry: Entry) -> tuple[int, int] | None:
    """Return the size that an entry gives the window, if it does."""
    if entry.direction == RESIZE:
        return decode_resize(entry)
    if entry.direction == START and (start := decode_info(entry, StartInfo)):
        return start.columns, start.rows
    return None


def watch(entries: Iterator[Timed], seen: Callable[[Picture, int], None]) -> Iterator[Timed]:
    """Draw all entries and hand out each picture with its time; what is no output is yielded."""
    scene = Scene(lambda picture: seen(picture, scene.now))
    for time_ns, entry in entries:
        if scene.is_due(time_ns):
            scene.end_burst(time_ns)
        if entry.direction in SHOWN:
            scene.add(time_ns, entry)
            continue
        scene.end_burst()
        if (size := _size_of(entry)) is not None:
            scene.resize(size)
            scene.look()
        yield time_ns, entry
    scene.end_burst()
