"""What is kept of a session: the bytes as they pass, and the events between them."""

from collections.abc import Callable

from claude_sessions.base.clock import NANOSECONDS, SessionClock, TimestampFormatter
from claude_sessions.log import entry as kinds
from claude_sessions.log.events import HiddenInfo, PauseInfo, SuspendInfo, encode_info
from claude_sessions.recording.writer import Writer
from claude_sessions.screen.modes import ModeTracker

_A_SLEEP_NS = 2 * NANOSECONDS


class Journal:
    """Turns what happens in a session into entries; knows about pauses, passwords and a machine that slept.

    `modes_changed` is called when the child has left other terminal modes on than before.
    """

    def __init__(self, writer: Writer, clock: SessionClock, *, record_input: bool, modes_changed: Callable[[], None]) -> None:
        self.modes = ModeTracker()
        self._writer = writer
        self._clock = clock
        self._record_input = record_input
        self._modes_changed = modes_changed
        self._generation = 0
        self._paused_at: str | None = None
        self._not_kept = 0

    @property
    def paused(self) -> bool:
        """Whether nothing is kept at present."""
        return self._paused_at is not None

    def output(self, data: bytes) -> None:
        """The child's terminal output, as it was delivered."""
        self.modes.feed(data)
        if self.modes.generation != self._generation:
            self._generation = self.modes.generation
            self._modes_changed()
        self._bytes(kinds.OUTPUT, data)

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
        if hidden:
            self.event(kinds.HIDDEN, encode_info(HiddenInfo(len(data))))
        else:
            self._bytes(kinds.INPUT, data)

    def event(self, direction: str, data: bytes = b"") -> None:
        """Something that is no terminal bytes; kept also during a pause, and written at once: readers wait for it."""
        self._note_sleep()
        self._writer.append(direction, data)
        self._writer.flush()

    def pause(self, by: str) -> bool:
        """Keep nothing from here on; return whether that is new."""
        if self.paused:
            return False
        self._paused_at = TimestampFormatter()(self._clock.now())
        self._not_kept = 0
        self.event(kinds.PAUSE, encode_info(PauseInfo(by)))
        return True

    def unpause(self, by: str) -> bool:
        """Keep everything again; return whether that is new."""
        if self._paused_at is None:
            return False
        info = PauseInfo(by, self._paused_at, self._not_kept)
        self._paused_at = None
        self.event(kinds.UNPAUSE, encode_info(info))
        return True

    def _bytes(self, direction: str, data: bytes) -> None:
        if self._paused_at is not None:
            self._not_kept += len(data)
            return
        self._note_sleep()
        self._writer.append(direction, data)

    def _note_sleep(self) -> None:
        """Where the machine has slept since the last entry, say from when to when: replay does not wait for the night."""
        slept = self._clock.slept()
        if slept >= _A_SLEEP_NS:
            info = encode_info(SuspendInfo("sleep"))
            self._writer.append(kinds.SUSPEND, info, self._clock.now() - slept)
            self._writer.append(kinds.RESUME, info)
