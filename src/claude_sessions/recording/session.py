"""A session from its child's first byte to the last line of its log: what the host does once the child runs."""

import contextlib
import gc
import getpass
import os
import signal
import socket
import time

import trio

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.log.events import StartInfo
from claude_sessions.recording import leash as words
from claude_sessions.recording.leash import Leash, UndoMemory
from claude_sessions.recording.log_file import LogFile
from claude_sessions.recording.plan import HostPlan
from claude_sessions.recording.recorder import Recorder
from claude_sessions.recording.spawn import Spawned
from claude_sessions.recording.terminal import DEFAULT_WINDOW_SIZE, columns_and_rows
from claude_sessions.recording.threaded_writer import ThreadedWriter
from claude_sessions.recording.writer import NoWriter, RecordingError, StrictWriter, Writer
from claude_sessions.store.leftovers import remove_stale
from claude_sessions.version import __version__

CLOSE_S = 2.0
"""How long the person waits for a slow disk at the end; then the host goes on alone."""
LAST_S = 60.0
"""How long the host then still writes and syncs."""
END_S = 2.0
"""How long a child that is told to end (`--strict`) may take."""
_FAILED = 2


def record(plan: HostPlan, child: Spawned, leash: Leash, undo: UndoMemory, *, typed_ahead: bytes) -> None:
    """Record the child until it ends, close the log, and tell front the exit status and what to say.

    `typed_ahead` is what the child's terminal was given before it started. A fault of ours ends the log, not the
    session: it is raised, and the caller goes on without a log (with `--strict` it ends the session too).
    """
    gc.freeze()  # what was imported is never garbage: collections stay too short to be felt in a key
    try:
        writer = _open_writer(plan)
        recorder = Recorder(plan, child, leash, undo, writer)
        recorder.typed_ahead(typed_ahead)
    except RecordingError as error:
        _end_child(child.pid)
        leash.send(words.DONE, _sentence(_FAILED, f"the session was ended, as --strict asks: {error}"))
        return
    status, trouble, fault = _FAILED, "", None
    try:
        status = trio.run(recorder.run).status
    except* RecordingError as errors:
        trouble = f"the session was ended, as --strict asks: {_first(errors)}"
    except* Exception as errors:  # noqa: BLE001 - a fault of ours
        fault = _first(errors)
        trouble = f"the session was ended, as --strict asks: the recorder failed ({fault!r})"
    if fault is not None and not plan.strict:
        recorder.end_log(repr(fault))
        writer.close(CLOSE_S)
        raise fault
    if trouble:
        recorder.abandon()
        _end_child(child.pid)
    in_time = writer.close(CLOSE_S)
    leash.send(words.DONE, _sentence(status, trouble or _conclusion(plan, writer, in_time=in_time)))
    leash.close()  # the person goes on; what follows nobody waits for
    writer.release(LAST_S)
    if plan.home is not None:
        with contextlib.suppress(OSError, ClaudeSessionsError):  # what an import that was killed left does no harm
            remove_stale(plan.home.folder("logs"))


def _open_writer(plan: HostPlan) -> Writer:
    if plan.home is None:
        return NoWriter()
    started_ns = plan.clock.now()
    start = _start_info(plan)
    log = LogFile(
        plan.log_fd,
        start,
        plan.session_id,
        create_segment=plan.home.create_segment,
        size=plan.config["segment_size"],
        started_ns=started_ns,
    )
    return StrictWriter(log, plan.clock) if plan.strict else ThreadedWriter(log, plan.clock)


def _start_info(plan: HostPlan) -> StartInfo:
    size = plan.terminal.window_size() if plan.terminal is not None else DEFAULT_WINDOW_SIZE
    columns, rows = columns_and_rows(size)
    return StartInfo(
        command=_text(plan.child.program),
        arguments=tuple(_text(argument) for argument in plan.child.argv[1:]),
        directory=_text(plan.working_directory),
        columns=columns or 80,
        rows=rows or 24,
        term=_text(os.environ.get("TERM", "")),
        host=socket.gethostname(),
        user=_user(),
        version=__version__,
        title=_text(plan.title),
        pid=os.getpid(),
        input=plan.record_input,
    )


def _text(value: str) -> str:
    """Return what JSON can hold: file names and arguments may be any bytes."""
    return value.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _conclusion(plan: HostPlan, writer: Writer, *, in_time: bool) -> str:
    if plan.home is None:
        return f"this session was not recorded: {plan.unrecorded}"
    text = f"recorded session {plan.session_id}; claude-sessions replay {plan.session_id[:8]} shows it"
    loss = writer.loss()
    if loss is not None:
        text += f"; {loss.bytes} bytes of it are missing ({loss.reason})"
    elif not in_time:
        text += "; the disk is slow, the end of the log is still being written"
    return text


def _sentence(status: int, text: str) -> bytes:
    return f"{status} {text}".encode(errors="replace")


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _end_child(pid: int) -> None:
    """End what runs in the PTY: a hang-up first, as when a terminal closes, then for good."""
    for number in (signal.SIGHUP, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
            os.killpg(pid, signal.SIGCONT)
        deadline = time.monotonic() + END_S
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    time.sleep(0.01)
                    continue
            return
