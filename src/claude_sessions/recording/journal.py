"""What is kept of a session: the bytes as they pass, and the events between them."""

from collections.abc import Callable

from claude_sessions.base.clock import NANOSECONDS, SessionClock, TimestampFormatter
from claude_sessions.log import entry as kinds
from claude_sessions.log.events import HiddenInfo, PauseInfo, SuspendInfo, encode_info
from claude_sessions.recording.writer import Writer
from claude_sessions.screen.modes import ModeTracker

LONGEST_RUN = 64 * 1024
"""Bytes of one direction that become one entry, where they pass within one turn of the pump."""

_A_SLEEP_NS = 2 * NANOSECONDS


class Journal:
    """Turns what happens in a session into entries; knows about pauses, passwords and a machine that slept.

    Bytes of one direction are gathered into one entry until another direction has its turn, or `flush` is called: an
    entry costs more than the bytes in it. `modes_changed` is called when the child has left other terminal modes on
    than before.
    """

    def __init__(
        self,
        writer: Writer,
        clock: SessionClock,
        *,
        record_input: bool,
        at_once: bool,
        modes_changed: Callable[[], None],
    ) -> None:
        self.modes = ModeTracker()
        self._longest_run = 1 if at_once else LONGEST_RUN
        self._run: list[bytes] = []
        self._run_size = 0
        self._run_began = 0
        self._run_direction = ""
        self._run_on_screen = False
        self._writer = writer
        self._clock = clock
        self._record_input = record_input
        self._modes_changed = modes_changed
        self._generation = 0
        self._paused_at: str | None = None
        self._not_kept = 0
        self._marks = 0

    @property
    def paused(self) -> bool:
        """Whether nothing is kept at present."""
        return self._paused_at is not None

    def output(self, data: bytes) -> None:
        """The child's terminal output, as it was delivered."""
        self._bytes(kinds.OUTPUT, data, on_screen=True)

    def piped_output(self, data: bytes) -> None:
        """The child's standard output where that is no terminal."""
        self._bytes(kinds.OUTPUT, data)

    def error(self, data: bytes) -> None:
        """The child's standard error where that is no terminal."""
        self._bytes(kinds.ERROR, data)

    def input(self, data: bytes, *, hidden: bool) -> None:
        """What was typed, or came through the pipe; of a password (`hidden`) only the length is kept."""
        if not self._record_input:
            return
        if hidden and not self.paused:
            self.event(kinds.HIDDEN, encode_info(HiddenInfo(len(data))))
        else:
            self._bytes(kinds.INPUT, data)

    def flush(self) -> None:
        """Send what was gathered on its way to the log, and tell of modes that have changed."""
        self._end_run()
        if self.modes.generation != self._generation:
            self._generation = self.modes.generation
            self._modes_changed()
        self._writer.flush()

    def event(self, direction: str, data: bytes = b"") -> None:
        """Something that is no terminal bytes; kept also during a pause, and written at once: readers wait for it."""
        self._end_run()
        self._note_sleep()
        self._writer.append(direction, data)
        self._writer.flush()

    def mark(self, label: str = "") -> str:
        """Put a marker here, also during a pause, and return its label: without one it is numbered."""
        if not label:
            self._marks += 1
            label = f"mark-{self._marks}"
        self.event(kinds.MARKER, label.encode())
        return label

    def pause(self, by: str) -> bool:
        """Keep nothing from here on; return whether that is new."""
        if self.paused:
            return False
        self._end_run()
        self._paused_at = TimestampFormatter()(self._clock.now())
        self._not_kept = 0
        self.event(kinds.PAUSE, encode_info(PauseInfo(by)))
        return True

    def unpause(self, by: str) -> bool:
        """Keep everything again; return whether that is new."""
        if self._paused_at is None:
            return False
        self._end_run()
        info = PauseInfo(by, self._paused_at, self._not_kept)
        self._paused_at = None
        self.event(kinds.UNPAUSE, encode_info(info))
        return True

    def _bytes(self, direction: str, data: bytes, *, on_screen: bool = False) -> None:
        if direction != self._run_direction or on_screen != self._run_on_screen:
            self._end_run()
            self._run_direction = direction
            self._run_on_screen = on_screen
        if not self._run:
            self._note_sleep()
            self._run_began = self._clock.now()
        self._run.append(data)
        self._run_size += len(data)
        if self._run_size >= self._longest_run:
            self._end_run()

    def _end_run(self) -> None:
        """Make an entry of what was gathered; during a pause only its size is noted."""
        if not self._run:
            return
        data = self._run[0] if len(self._run) == 1 else b"".join(self._run)
        self._run.clear()
        self._run_size = 0
        if self._run_on_screen:
            self.modes.feed(data)
        if self._paused_at is None:
            self._writer.append(self._run_direction, data, self._run_began)
        else:
            self._not_kept += len(data)

    def _note_sleep(self) -> None:
        """Where the machine has slept since the last entry, say from when to when: replay does not wait for the night."""
        slept = self._clock.slept()
        if slept >= _A_SLEEP_NS:
            info = encode_info(SuspendInfo("sleep"))
            self._writer.append(kinds.SUSPEND, info, self._clock.now() - slept)
            self._writer.append(kinds.RESUME, info)
