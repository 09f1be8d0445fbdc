"""From the command line to a running child: everything that is decided before claude starts.

The child shall run within a few milliseconds, so nothing heavy is imported here: typer, trio and msgspec come later, in
the host, while claude is already starting (design, section 3).
"""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from claude_sessions.base.clock import SessionClock
from claude_sessions.base.config import Config, load_config
from claude_sessions.base.errors import (
    ClaudeSessionsError,
    CommandNotFoundError,
    ExitCode,
    NestedError,
    UnwritableHomeError,
    UsageError,
)
from claude_sessions.base.paths import open_for_reading
from claude_sessions.recording.claude_arguments import PROGRAM_NAME, with_session_id
from claude_sessions.recording.front import Front, SignalCatcher, say
from claude_sessions.recording.leash import Leash, UndoMemory, leash_pair
from claude_sessions.recording.spawn import STANDARD, ChildPlan
from claude_sessions.recording.terminal import Terminal, open_terminal
from claude_sessions.store.ends import is_being_written
from claude_sessions.store.home import Home

if TYPE_CHECKING:
    from claude_sessions.recording.keys import KeyMatcher

ID_VARIABLE = "CLAUDE_SESSIONS_ID"
"""The one variable that is added to the child's environment."""


class StartOptions(NamedTuple):
    """What a person asked `start` for; None where a setting decides."""

    directory: str | None = None
    title: str = ""
    input: bool | None = None
    strict: bool | None = None
    nested: bool = False
    quiet: bool | None = None
    command: str | None = None
    arguments: tuple[str, ...] = ()
    session_id: str = ""
    """A UUID for the recording; a new one where it is empty."""
    home: Path | None = None
    """The home folder; None for the one that `CLAUDE_SESSIONS_HOME` or the default names."""


class HostPlan(NamedTuple):
    """What the host is handed when it is forked."""

    session_id: str
    title: str
    home: Home | None
    """None where nothing can be recorded."""
    log_fd: int
    clock: SessionClock
    child: ChildPlan
    terminal: Terminal | None
    streams: tuple[int | None, int | None, int | None]
    """The person's own 0, 1 and 2, where they are no terminal and are pumped."""
    config: Config
    working_directory: str
    """Where the child starts, without links: as claude itself will see it."""
    pause_key: "KeyMatcher | None"
    record_input: bool
    strict: bool
    unrecorded: str
    """Why nothing is recorded; empty where it is."""


def start(options: StartOptions) -> int:
    """Run and record a session in the foreground; return the exit status.

    Raises the errors of the family for what is wrong before the child runs: UsageError, CommandNotFoundError,
    NestedError, InsecureHomeError, ConfigError.
    """
    occupy_standard_descriptors()
    config = load_config(options.home)
    directory = _open_directory(options.directory)
    program, argv = _command(options, config)
    if not options.nested:
        _refuse_nested(options.home)
    strict = config["strict"] if options.strict is None else options.strict
    pause_key = _pause_key(config["pause_key"])
    session_id = options.session_id or new_session_id()
    home, log_fd, unrecorded = _open_log(options.home, session_id, strict=strict)
    if home is not None:
        argv = (argv[0], *with_session_id(home, program, argv[1:], session_id))
    terminal, foreground = _find_terminal()
    elsewhere = tuple(not (terminal is not None and os.isatty(fd)) for fd in STANDARD)
    pipes = tuple(away and not _is_null(fd) for fd, away in zip(STANDARD, elsewhere, strict=True))
    child = ChildPlan(
        program, argv, _environment(session_id, options.directory), directory, elsewhere, pipes, foreground
    )  # fmt: skip
    plan = HostPlan(
        session_id=session_id,
        title=options.title,
        home=home,
        log_fd=log_fd,
        clock=SessionClock(),
        child=child,
        terminal=terminal,
        streams=tuple(_duplicate(fd) if piped else None for fd, piped in zip(STANDARD, pipes, strict=True)),
        config=config,
        working_directory=os.path.realpath(options.directory or "."),
        pause_key=pause_key,
        record_input=config["input"] if options.input is None else options.input,
        strict=strict,
        unrecorded=unrecorded,
    )
    quiet = config["quiet"] if options.quiet is None else options.quiet
    if unrecorded and not quiet:
        say(f"nothing will be recorded: {unrecorded}")
    return _run(plan, quiet=quiet)


def _run(plan: HostPlan, *, quiet: bool) -> int:
    catcher = SignalCatcher()
    front_leash, host_leash = leash_pair()
    undo = UndoMemory()
    if plan.child.foreground and plan.terminal is not None:
        plan.terminal.make_raw()
    host_pid = os.fork()
    if host_pid == 0:
        front_leash.close()
        _become_host(plan, host_leash, undo)
    host_leash.close()
    _let_go(plan)
    front = Front(plan.terminal, catcher, front_leash, host_pid, undo, raw=plan.child.foreground)
    outcome = front.run()
    if outcome.sentence and not quiet:
        say(outcome.sentence)
    return outcome.status


def _become_host(plan: HostPlan, leash: Leash, undo: UndoMemory) -> None:
    status = 1
    try:
        from claude_sessions.recording.host import run_host

        status = run_host(plan, leash, undo)
    finally:
        os._exit(status)


def _let_go(plan: HostPlan) -> None:
    """Close in front what the host now holds: who reads our pipes must see the end when claude closes its own."""
    os.close(plan.child.directory)
    if plan.home is not None:
        plan.home.close()
        os.close(plan.log_fd)
    null = os.open(os.devnull, os.O_RDWR)
    for number, stream in zip(STANDARD, plan.streams, strict=True):
        if stream is not None:
            os.close(stream)
            if number != STANDARD[2]:
                os.dup2(null, number)
    os.close(null)


def _pause_key(name: str) -> "KeyMatcher | None":
    if not name:
        return None
    from claude_sessions.recording.keys import KeyMatcher

    return KeyMatcher(name)


def _open_directory(path: str | None) -> int:
    try:
        return os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path or os.curdir} cannot be the directory to start in: {error.strerror}") from None


def _command(options: StartOptions, config: Config) -> tuple[str, tuple[str, ...]]:
    """Return the program's path and its argv; the command is split as a shell would, but no shell runs it."""
    text = options.command if options.command is not None else config["command"]
    words = [text] if text.isalnum() else _split(text)
    if not words:
        raise UsageError("the command to run is empty; give --command or correct `command` in the configuration")
    return _find_program(words[0]), (*words, *options.arguments)


def _split(text: str) -> list[str]:
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"the command {text!r} cannot be split into words: {error}") from None


def _find_program(name: str) -> str:
    candidates = [name] if "/" in name else [os.path.join(folder, name) for folder in os.get_exec_path()]
    forbidden = ""
    for candidate in candidates:
        path = os.path.abspath(candidate)
        if os.path.isfile(path):
            if os.access(path, os.X_OK):
                return path
            forbidden = path
    if forbidden:
        error = CommandNotFoundError(f"{forbidden} may not be executed; run: chmod +x {forbidden}")
        error.exit_code = ExitCode.NOT_EXECUTABLE
        raise error
    hint = (
        "install Claude Code with: npm install -g @anthropic-ai/claude-code (or try: claude-sessions demo)"
        if name == PROGRAM_NAME
        else "check --command, or `command` in the configuration"
    )
    raise CommandNotFoundError(f"{name} is not to be found on PATH; {hint}")


def _refuse_nested(home: Path | None) -> None:
    outer = os.environ.get(ID_VARIABLE)
    if not outer:
        return
    if is_running(outer, home):
        raise NestedError(
            f"this terminal is being recorded already, as session {outer}; to record inside it all the same, add --nested"
        )


def is_running(session_id: str, home: Path | None) -> bool:
    """Tell whether a session of this home is being recorded right now."""
    try:
        with Home.open(home) as opened:
            logs = opened.folder("logs")
            segments = [name for name in os.listdir(logs) if name.startswith(f"{session_id}.")]
            if not segments:
                return False
            fd = open_for_reading(max(segments, key=lambda name: (len(name), name)), logs)
            try:
                return is_being_written(fd)
            finally:
                os.close(fd)
    except (ClaudeSessionsError, OSError):
        return False


def _open_log(path: Path | None, session_id: str, *, strict: bool) -> tuple[Home | None, int, str]:
    """Return the open home, the log's descriptor and '', or why nothing can be recorded (with --strict: raise)."""
    try:
        home = Home.open(path, create=True)
        return home, home.create_segment(f"{session_id}.jsonl"), ""
    except UnwritableHomeError as error:
        if strict:
            raise
        return None, -1, str(error)


def _find_terminal() -> tuple[Terminal | None, bool]:
    """Return the person's terminal, and whether the child has the keyboard from the start.

    In a pipeline it has not: another member (`| less`) may be the one that reads it. The child is then given the
    keyboard when it asks for it, as sudo does.
    """
    ours = [fd for fd in STANDARD if os.isatty(fd)]
    if ours:
        return open_terminal(ours[0]), os.isatty(0) and os.isatty(1)
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None, False
    return Terminal(fd, shared=False), False


def occupy_standard_descriptors() -> None:
    """Open /dev/null under those of 0, 1 and 2 that are closed, so that no file of ours gets their number."""
    fd = os.open(os.devnull, os.O_RDWR)
    while fd in STANDARD:
        os.set_inheritable(fd, True)
        fd = os.open(os.devnull, os.O_RDWR)
    os.close(fd)


def _is_null(fd: int) -> bool:
    found = os.fstat(fd)
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == os.stat(os.devnull).st_rdev


def _duplicate(fd: int) -> int:
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)


def _environment(session_id: str, directory: str | None) -> dict[bytes, bytes]:
    environment = dict(os.environb)
    environment[ID_VARIABLE.encode()] = session_id.encode()
    if directory is not None and b"PWD" in environment:
        environment[b"PWD"] = os.path.abspath(os.fsencode(directory))  # as `cd` would have set it
    return environment


def new_session_id() -> str:
    """Return a random UUID (version 4) as text; `uuid` itself takes 4 ms to import."""
    number = bytearray(os.urandom(16))
    number[6] = number[6] & 0x0F | 0x40
    number[8] = number[8] & 0x3F | 0x80
    digits = number.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


