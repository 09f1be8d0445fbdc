"""The host: leads the PTY's session, runs the pump, writes the log; outlives front (design, section 3)."""

import os
import signal

from claude_sessions.base.errors import ExitCode
from claude_sessions.recording import leash as words
from claude_sessions.recording.leash import Leash, UndoMemory
from claude_sessions.recording.plan import HostPlan, forget_log
from claude_sessions.recording.relay import Relay
from claude_sessions.recording.spawn import STANDARD, TerminalPlan, spawn
from claude_sessions.recording.terminal import with_output_processing

_OURS_TO_IGNORE = (signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP, signal.SIGHUP)


def run_host(plan: HostPlan, leash: Leash, undo: UndoMemory) -> int:
    """Spawn the child, record it until it ends, tell front; return the host's own exit status.

    The child comes first: everything heavy is imported while it starts.
    """
    signal.set_wakeup_fd(-1)
    terminal = _terminal_plan(plan)
    try:
        child = spawn(plan.child, terminal)
    except OSError as error:
        forget_log(plan)
        status = ExitCode.NO_COMMAND if isinstance(error, FileNotFoundError) else ExitCode.NOT_EXECUTABLE
        leash.send(
            words.DONE, f"{int(status)} {plan.child.program} cannot be run: {error.strerror}".encode(errors="replace")
        )
        return 0
    for number in _OURS_TO_IGNORE:
        signal.signal(number, signal.SIG_IGN)
    _close_inherited()

    try:
        from claude_sessions.recording.session import record

        record(plan, child, leash, undo, typed_ahead=terminal.typed_ahead if terminal is not None else b"")
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in recording, the person's session goes on
        relayed = Relay(plan, child, leash).run()
        said = f"{relayed} the recorder failed ({error!r}); the session went on, but what followed is not recorded"
        leash.send(words.DONE, said.encode(errors="replace"))
    return 0


def _terminal_plan(plan: HostPlan) -> TerminalPlan | None:
    """The PTY looks as the person's terminal does, and gets what was typed ahead.

    While the terminal stays as it is (no keyboard yet) it turns newlines into CR LF itself: the PTY must not do so too.
    """
    if plan.terminal is None:
        return None
    attributes, typed_ahead = plan.terminal.saved, b""
    if plan.child.foreground:
        typed_ahead = plan.terminal.take_typed_ahead()
    else:
        attributes = with_output_processing(attributes, on=False)
    return TerminalPlan(attributes, plan.terminal.window_size(), typed_ahead)


def _close_inherited() -> None:
    """Let go of descriptors that are the child's business: whoever waits for their end must not wait for us.

    Ours are all close-on-exec; 0, 1 and 2 become /dev/null.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for number in STANDARD:
        os.dup2(null, number, inheritable=False)
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    for name in os.listdir(folder):
        fd = int(name)
        try:
            if fd not in STANDARD and os.get_inheritable(fd):
                os.close(fd)
        except OSError:
            continue  # the descriptor of the listing itself
