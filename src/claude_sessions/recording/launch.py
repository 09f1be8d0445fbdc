"""From the command line to a running child: everything that is decided before claude starts.

The child shall run within a few milliseconds, so nothing heavy is imported here: typer, trio and msgspec come later, in
the host, while claude is already starting (design, section 3).
"""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from claude_sessions.base.clock import SessionClock
from claude_sessions.base.config import Config, load_config
from claude_sessions.base.errors import ClaudeSessionsError, ConfigError, NestedError, UnwritableHomeError
from claude_sessions.base.ids import new_session_id
from claude_sessions.recording.claude_arguments import with_session_id
from claude_sessions.recording.descriptors import (
    are_the_same,
    duplicate,
    find_terminal,
    is_null,
    occupy_standard_descriptors,
)
from claude_sessions.recording.front import Front, SignalCatcher, say
from claude_sessions.recording.leash import DONE, Leash, UndoMemory, leash_pair
from claude_sessions.recording.nesting import ID_VARIABLE, refuse_nested
from claude_sessions.recording.plan import HostPlan, forget_log
from claude_sessions.recording.program import find_command, open_directory
from claude_sessions.recording.spawn import STANDARD, ChildPlan, become
from claude_sessions.store.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Answer = TypeVar("Answer")

    from claude_sessions.recording.keys import KeyMatcher


class StartOptions(NamedTuple):
    """What a person asked `start` for; None where a setting decides."""

    directory: str | None = None
    title: str = ""
    input: bool | None = None
    strict: bool | None = None
    nested: bool = False
    skip_nested: bool = False
    """Where this terminal is being recorded already, run the program plainly instead of refusing."""
    quiet: bool | None = None
    command: str | None = None
    arguments: tuple[str, ...] = ()
    session_id: str = ""
    """A UUID for the recording; a new one where it is empty."""
    home: Path | None = None
    """The home folder; None for the one that `CLAUDE_SESSIONS_HOME` or the default names."""


def start(options: StartOptions) -> int:
    """Run and record a session in the foreground; return the exit status.

    Raises the errors of the family for what is wrong before the child runs: UsageError, CommandNotFoundError,
    NestedError, InsecureHomeError, ConfigError.
    """
    occupy_standard_descriptors()
    config = load_config(options.home)
    directory = open_directory(options.directory)
    program, words = find_command(options.command, config)
    if not options.nested:
        try:
            refuse_nested(options.home)
        except NestedError:
            if not options.skip_nested:
                raise
            become(program, (*words, *options.arguments), directory)
    strict = config["strict"] if options.strict is None else options.strict
    pause_key, mark_key = _keys(config)
    session_id = options.session_id or new_session_id()
    home, log_fd, unrecorded = _open_log(options.home, session_id, strict=strict)
    arguments = (*words[1:], *options.arguments)
    if home is not None:
        arguments = with_session_id(home, program, arguments, session_id)
    terminal, elsewhere, foreground = find_terminal()
    apart = _for_each_standard(lambda fd: elsewhere[fd] and not is_null(fd))
    merged = apart[1] and apart[2] and are_the_same(1, 2)
    pipes = (apart[0], apart[1], apart[2] and not merged)
    child = ChildPlan(
        program=program,
        argv=(words[0], *arguments),
        environment=_environment(session_id, options.directory),
        directory=directory,
        elsewhere=elsewhere,
        pipes=pipes,
        merged=merged,
        foreground=foreground,
    )
    plan = HostPlan(
        session_id=session_id,
        title=options.title,
        home=home,
        log_fd=log_fd,
        clock=SessionClock(),
        child=child,
        terminal=terminal,
        streams=_for_each_standard(lambda fd: duplicate(fd) if pipes[fd] else None),
        config=config,
        working_directory=_real_path(options.directory or os.curdir),
        pause_key=pause_key,
        mark_key=mark_key,
        record_input=config["input"] if options.input is None else options.input,
        strict=strict,
        unrecorded=unrecorded,
    )
    quiet = config["quiet"] if options.quiet is None else options.quiet
    if unrecorded and not quiet:
        say(f"nothing will be recorded: {unrecorded}")
    return _run(plan, quiet=quiet)


def _real_path(directory: str) -> str:
    try:
        return os.path.realpath(directory)
    except OSError:
        return directory  # the one that we stand in was removed


def _for_each_standard(ask: "Callable[[int], Answer]") -> "tuple[Answer, Answer, Answer]":
    stdin, stdout, stderr = STANDARD
    return ask(stdin), ask(stdout), ask(stderr)


def _run(plan: HostPlan, *, quiet: bool) -> int:
    catcher = SignalCatcher()
    front_leash, host_leash = leash_pair()
    undo = UndoMemory()
    if plan.child.foreground and plan.terminal is not None:
        with contextlib.suppress(OSError):  # gone already: the child will see that as without us
            plan.terminal.make_raw()
    try:
        host_pid = os.fork()
    except OSError as error:
        if plan.terminal is not None:
            plan.terminal.restore()
        catcher.close()
        forget_log(plan)
        raise ClaudeSessionsError(f"no process can be started: {error.strerror}") from None
    if host_pid == 0:
        front_leash.close()
        _become_host(plan, host_leash, undo)
    host_leash.close()
    _let_go(plan)
    front = Front(plan.terminal, catcher, front_leash, host_pid, undo, raw=plan.child.foreground)
    try:
        outcome = front.run()
    finally:
        catcher.close()
    if outcome.sentence and not quiet:
        say(outcome.sentence)
    return outcome.status


def _become_host(plan: HostPlan, leash: Leash, undo: UndoMemory) -> None:
    status = 1
    try:
        from claude_sessions.recording.host import run_host

        status = run_host(plan, leash, undo)
    except Exception as error:  # noqa: BLE001 - a fault of ours, told where it can be seen
        leash.send(DONE, f"1 the recorder failed, and the session with it: {error!r}".encode(errors="replace"))
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


def _keys(config: Config) -> "tuple[KeyMatcher | None, KeyMatcher | None]":
    """Return what finds the keys that pause and that mark; ConfigError where a setting names none, or both the same."""
    pause, mark = (_key(config.place(name), config[name]) for name in ("pause_key", "mark_key"))
    if pause is not None and config["pause_key"].lower() == config["mark_key"].lower():
        raise ConfigError("the settings pause_key and mark_key name the same key; choose another for one of them")
    return pause, mark


def _key(place: str, name: str) -> "KeyMatcher | None":
    if not name:
        return None
    from claude_sessions.recording.keys import KeyMatcher

    try:
        return KeyMatcher(name)
    except ConfigError as error:
        raise ConfigError(f"{place}: {error}") from None


def _open_log(path: Path | None, session_id: str, *, strict: bool) -> tuple[Home | None, int, str]:
    """Return the open home, the log's descriptor and '', or why nothing can be recorded (with --strict: raise)."""
    try:
        home = Home.open(path, create=True)
        return home, home.create_segment(f"{session_id}.jsonl"), ""
    except UnwritableHomeError as error:
        if strict:
            raise
        return None, -1, str(error)


def _environment(session_id: str, directory: str | None) -> dict[bytes, bytes]:
    environment = dict(os.environb)
    environment[ID_VARIABLE.encode()] = session_id.encode()
    if directory is not None and b"PWD" in environment:
        environment[b"PWD"] = os.path.abspath(os.fsencode(directory))  # as `cd` would have set it
    return environment
