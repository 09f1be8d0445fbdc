"""One session while it runs: the trio nursery that pumps, and who reacts to what (design, section 3)."""

import contextlib
import os
import signal
from collections.abc import Callable

import trio
from ptyprocess import PtyProcess

from claude_sessions.log import entry as kinds
from claude_sessions.log.events import ExitInfo, GapInfo, encode_info
from claude_sessions.recording import leash as words
from claude_sessions.recording.foreground import ForegroundWatch
from claude_sessions.recording.front import FORWARDED, write_within
from claude_sessions.recording.journal import Journal
from claude_sessions.recording.keyboard import Keyboard
from claude_sessions.recording.lane import Lane, has_hung_up
from claude_sessions.recording.leash import Leash, UndoMemory
from claude_sessions.recording.plan import HostPlan
from claude_sessions.recording.pump import Pump
from claude_sessions.recording.services import Services
from claude_sessions.recording.spawn import Spawned
from claude_sessions.recording.terminal import (
    columns_and_rows,
    get_attributes,
    get_window_size,
    reads_a_password,
    set_attributes,
    set_window_size,
    with_output_processing,
)
from claude_sessions.recording.writer import RecordingError, Writer

QUIET_S = 0.1
"""After the child's end, this long without a byte is the end of its output too."""
DRAIN_S = 1.0
"""How long a background process that goes on writing is listened to."""
HANGUP_S = 2.0
"""How long a child that has lost its terminal may still write, before its PTY hangs up as the terminal did."""
TERMINAL_S = 0.25
"""How long the terminal may take to accept the few bytes that set its modes."""

_WANTS_KEYBOARD = (signal.SIGTTIN, signal.SIGTTOU)


class Recorder:
    """The child, the lanes between it and the person, and what front and kernel say about them."""

    def __init__(self, plan: HostPlan, child: Spawned, leash: Leash, undo: UndoMemory, writer: Writer) -> None:
        self._plan = plan
        self._child = child
        self._terminal = plan.terminal
        self._pty = PtyProcess(child.pid, child.master) if child.master is not None else None
        self._leash = leash
        self._undo = undo
        self._has_keyboard = plan.child.foreground
        self._suspended = False
        self._hung_up = False
        self._ended: ExitInfo | None = None
        self._draining = trio.CancelScope()
        self._journal = Journal(
            writer,
            plan.clock,
            record_input=plan.record_input,
            at_once=plan.strict,
            modes_changed=lambda: undo.write(self._journal.modes.undo()),
        )
        self._services = Services(plan, self._journal, writer)
        self._pump = Pump(self._journal.flush, writer.breathe)
        self._outputs: list[Lane] = []
        self._screen: Lane | None = None
        self._keys: Lane | None = None
        self._keyboard: Keyboard | None = None
        self._make_terminal_lanes()
        self._make_piped_lanes()

    async def run(self) -> ExitInfo:
        """Record until the child has ended and what it wrote is delivered; return how it ended."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._listen_to_front)
            nursery.start_soon(self._forward_signals)
            async with trio.open_nursery() as while_it_runs:
                while_it_runs.start_soon(self._pump.run)
                self._services.start(while_it_runs)
                if self._keyboard is not None and self._keys is not None:
                    while_it_runs.start_soon(self._keyboard.release_held, self._keys)
                self._ended = await self._child_ends()
                if self._child.slave is not None:
                    os.close(self._child.slave)  # from here on the terminal ends with its last reader
                while_it_runs.cancel_scope.cancel()
            if self._keys is not None:
                self._keys.enabled = False  # what is typed from here on is the shell's
            with self._draining:
                await self._pump.drain(self._outputs, QUIET_S, DRAIN_S)
            nursery.cancel_scope.cancel()
        self._journal.event(kinds.EXIT, encode_info(self._ended))
        self._let_go()
        return self._ended

    def typed_ahead(self, data: bytes) -> None:
        """Record what was typed before the child started; a terminal that does not echo was asking for a password."""
        if data and self._terminal is not None:
            self._journal.input(data, hidden=reads_a_password(self._terminal.saved))

    def abandon(self) -> None:
        """Give the terminal back after a failure, and keep what was gathered until then."""
        self._restore_modes()
        with contextlib.suppress(RecordingError):
            self._journal.flush()

    def end_log(self, reason: str) -> None:
        """Keep what was gathered, and say why the log ends here although the session goes on."""
        with contextlib.suppress(Exception):  # the fault may be anywhere
            self._journal.flush()
            self._journal.event(kinds.GAP, encode_info(GapInfo(reason=reason)))

    # --- lanes

    def _make_terminal_lanes(self) -> None:
        master, terminal = self._child.master, self._terminal
        if master is None or terminal is None:
            return
        self._screen = Lane(master, terminal.fd, self._journal.output, sink_lost=self._hang_up)
        self._screen.sink_blocks = terminal.shared
        self._keyboard = Keyboard(
            master, ((self._plan.pause_key, self._toggle_pause), (self._plan.mark_key, self._journal.mark))
        )
        self._keys = Lane(terminal.fd, master, self._typed, ended=self._hang_up)
        self._keys.source_is_terminal = True
        in_foreground = ForegroundWatch(os.getppid())
        self._keys.may_read = lambda: in_foreground() or has_hung_up(terminal.fd)  # nobody else reads a hang-up for us
        self._keys.filtered = self._keyboard
        self._keys.enabled = self._has_keyboard
        self._add(self._keys)
        self._add(self._screen, output=True)

    def _make_piped_lanes(self) -> None:
        """A lane for each of 0, 1 and 2 that is no terminal; its descriptors close with it.

        The other side must see the end of what it reads, and the child the broken pipe of what it writes.
        """
        stdin, stdout, stderr = self._plan.streams
        for source, sink, record, output in (
            (stdin, self._child.stdin, self._piped_input, False),
            (self._child.stdout, stdout, self._journal.piped_output, True),
            (self._child.stderr, stderr, self._journal.error, True),
        ):
            if source is not None and sink is not None:
                lane = Lane(source, sink, record, ended=self._closer(source, sink))
                lane.sink_lost = lane.close
                lane.sink_blocks = True
                self._add(lane, output=output)

    def _closer(self, *descriptors: int) -> Callable[[], None]:
        def close() -> None:
            self._pump.forget(*descriptors)
            for fd in descriptors:
                os.close(fd)

        return close

    def _add(self, lane: Lane, *, output: bool = False) -> None:
        lane.record_first = self._plan.strict
        self._pump.lanes.append(lane)
        if output:
            self._outputs.append(lane)

    def _typed(self, data: bytes) -> None:
        assert self._keyboard is not None, "who types has one"
        for piece in self._keyboard.between_presses(data):
            self._journal.input(piece, hidden=self._keyboard.hides_input)

    def _piped_input(self, data: bytes) -> None:
        self._journal.input(data, hidden=False)

    def _toggle_pause(self) -> None:
        if not self._journal.pause("key"):
            self._journal.unpause("key")

    def _let_go(self) -> None:
        """Close everything through which somebody might still wait for us."""
        self._restore_modes()
        if self._terminal is not None:
            os.close(self._terminal.fd)  # a terminal is gone only when nobody holds it any more
        for lane in self._pump.lanes:
            if lane not in (self._screen, self._keys):
                lane.close()
        self._pump.close()

    # --- the child

    async def _child_ends(self) -> ExitInfo:
        """Wait for the child, and for each of its stops on the way."""
        with trio.open_signal_receiver(signal.SIGCHLD) as changes:
            while True:
                pid, status = os.waitpid(self._child.pid, os.WNOHANG | os.WUNTRACED)  # noqa: ASYNC222 - WNOHANG: it asks, it does not wait
                if pid == 0:
                    await anext(changes)
                elif os.WIFSTOPPED(status):
                    self._stopped(os.WSTOPSIG(status))
                elif os.WIFSIGNALED(status):
                    return ExitInfo(signal=os.WTERMSIG(status))
                else:
                    return ExitInfo(code=os.WEXITSTATUS(status))

    def _stopped(self, number: int) -> None:
        if number in _WANTS_KEYBOARD and not self._has_keyboard and self._terminal is not None:
            self._leash.send(words.TAKE)
            return
        self._suspended = True
        self._pump.move_all()
        if self._keys is not None:
            self._keys.enabled = False
        self._journal.event(kinds.SUSPEND)
        self._restore_modes()
        self._leash.send(words.STOPPED)

    def _resume(self) -> None:
        """Front is back in the foreground."""
        self._plan.clock.anchor_again()
        self._resize()
        if self._suspended:
            self._suspended = False
            self._journal.event(kinds.RESUME)
            self._write_to_terminal(self._journal.modes.redo())
            self._undo.write(self._journal.modes.undo())
        if self._keys is not None:
            self._keys.enabled = self._has_keyboard
        self._signal_group(signal.SIGCONT)
        self._pump.wake()

    def _give_keyboard(self) -> None:
        """The terminal is raw now: make the child the foreground, as it asked for."""
        if self._child.master is None or self._keys is None:
            return
        self._has_keyboard = True
        with contextlib.suppress(OSError):
            if not self._plan.child.elsewhere[1]:  # else the person's terminal goes on doing that, for our neighbours
                set_attributes(self._child.master, with_output_processing(get_attributes(self._child.master), on=True))
            os.tcsetpgrp(self._child.master, self._child.pid)
        self._resume()

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)

    def _forward(self, number: signal.Signals) -> None:
        """Pass a signal on that was meant for claude; where that has ended already, do not wait any longer."""
        if self._ended is not None:
            self._draining.cancel()
        elif number == signal.SIGHUP:
            self._hang_up_child()
        elif self._has_keyboard and number != signal.SIGTSTP:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, number)
        else:  # the terminal's own Ctrl-C or Ctrl-Z, which the kernel sends to a whole group
            self._signal_group(number)
        if self._suspended:  # front was continued, or it could not have told us
            self._signal_group(signal.SIGCONT)

    async def _forward_signals(self) -> None:
        with trio.open_signal_receiver(*FORWARDED) as signals:
            async for number in signals:
                self._forward(signal.Signals(number))

    # --- front

    async def _listen_to_front(self) -> None:
        while True:
            await trio.lowlevel.wait_readable(self._leash.read_fd)
            messages = self._leash.receive()
            if messages is None:
                self._lost_front()
                return
            for word, rest in messages:
                if word == words.RESIZED:
                    self._resize()
                elif word == words.CONTINUED:
                    self._resume()
                elif word == words.TAKEN:
                    self._give_keyboard()
                elif word == words.SIGNAL:
                    self._forward(signal.Signals(int(rest)))

    def _lost_front(self) -> None:
        """Front was killed: put the terminal right in its place, and let it go."""
        self._restore_modes()
        if self._terminal is not None:
            self._terminal.restore()
            self._hang_up()
        else:
            self._hang_up_child()

    # --- the terminal

    def _resize(self) -> None:
        if self._terminal is None or self._child.master is None:
            return
        with contextlib.suppress(OSError):  # gone, and with it its size
            size = get_window_size(self._terminal.fd)
            if size != get_window_size(self._child.master):
                set_window_size(self._child.master, size)
                self._journal.event(kinds.RESIZE, b"%dx%d" % columns_and_rows(size))

    def _restore_modes(self) -> None:
        """Switch off what the child has left on; what a slow terminal has not taken yet, front writes."""
        self._undo.write(self._write_to_terminal(self._journal.modes.undo()))

    def _write_to_terminal(self, data: bytes) -> bytes:
        if self._terminal is None or self._screen is None or self._screen.sink is None:
            return b""
        return write_within(self._terminal.fd, data, TERMINAL_S)

    def _hang_up(self) -> None:
        """The terminal is gone: the child sees what it would have seen without us."""
        if self._hung_up or self._terminal is None:
            return
        self._hung_up = True
        if self._screen is not None:
            self._screen.lose_sink()
        if self._keys is not None:
            self._keys.close()
        self._hang_up_child()
        self._pump.wake()
        self._nursery.start_soon(self._hang_up_pty)

    def _hang_up_child(self) -> None:
        self._signal_group(signal.SIGHUP)
        self._signal_group(signal.SIGCONT)

    async def _hang_up_pty(self) -> None:
        """Close the PTY under a child that has ignored the signal, as its terminal has been closed."""
        await trio.sleep(HANGUP_S)
        if self._screen is not None and self._pty is not None:
            self._screen.close()
            self._pump.forget(self._pty.fd)
            self._pty.fileobj.close()
