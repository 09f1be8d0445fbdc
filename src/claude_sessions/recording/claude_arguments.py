"""Which arguments Claude Code gets beside the person's own: its session id, where there is room for it.

`claude --help` takes 100 to 300 ms, so what it says is kept in the cache folder under the program's path, time and size.
Imports nothing heavy: this runs before claude starts.
"""

import contextlib
import itertools
import os
import re
import subprocess

from claude_sessions.base.errors import ClaudeSessionsError
from claude_sessions.base.paths import create_private_file, open_for_reading
from claude_sessions.store.home import Home

PROGRAM_NAME = "claude"
_FLAG = "--session-id"
_HELP_TIMEOUT_S = 5.0
_CACHE_FILE = "claude-help"

_CHOOSES_A_SESSION = frozenset(
    {"-r", "--resume", "-c", "--continue", _FLAG, "--fork-session", "--from-pr", "--teleport", "--cloud", "--bg"}
    | {"--background", "--remote", "--desktop", "-h", "--help", "-v", "--version"}
)
_SUBCOMMANDS = re.compile(rb"^  ([a-z][a-z|-]+)(?: |$)", re.MULTILINE)


def with_session_id(home: Home, program: str, arguments: tuple[str, ...], session_id: str) -> tuple[str, ...]:
    """Return `arguments`, with `--session-id` in front where the program knows it and the arguments leave room.

    They leave none where they name a session or a subcommand themselves. Only a program called `claude` is asked:
    what another one does with `--help` is not ours to try out.
    """
    if os.path.basename(program) != PROGRAM_NAME or not arguments_leave_room(arguments, ()):
        return arguments
    answer = _ask_cached(home, program)
    if answer is None or not arguments_leave_room(arguments, answer):
        return arguments
    return (_FLAG, session_id, *arguments)


def arguments_leave_room(arguments: tuple[str, ...], subcommands: tuple[str, ...]) -> bool:
    """Tell whether a session id may be added: no option that chooses a session, no subcommand."""
    return not any(
        argument.partition("=")[0] in _CHOOSES_A_SESSION or argument in subcommands for argument in arguments
    )


def named_session(arguments: tuple[str, ...]) -> str | None:
    """Return the session that the arguments name with `--session-id` or `--resume`, if it is a UUID."""
    words = [word for argument in arguments for word in argument.split("=", 1)]
    for option, value in itertools.pairwise(words):
        if option in (_FLAG, "--resume", "-r") and re.fullmatch(
            r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value
        ):
            return value.lower()
    return None


def parse_help(text: bytes) -> tuple[str, ...] | None:
    """Return the subcommands that a `claude --help` text names, or None where it knows no `--session-id`."""
    if _FLAG.encode() not in text:
        return None
    _, _, commands = text.partition(b"\nCommands:")
    names = [name for line in _SUBCOMMANDS.findall(commands) for name in line.decode().split("|")]
    return tuple(names)


def _ask_cached(home: Home, program: str) -> tuple[str, ...] | None:
    """Return what `parse_help` said of the program, this time or an earlier one."""
    real = os.path.realpath(program)
    found = os.stat(real)
    key = f"{real}\t{found.st_mtime_ns}\t{found.st_size}\t".encode(errors="surrogateescape")
    for line in _remembered(home):
        if line.startswith(key):
            return _unpack(line[len(key) :])
    answer = _ask(program)
    with contextlib.suppress(OSError, ClaudeSessionsError):
        _remember(home, key + _pack(answer))
    return answer


def _ask(program: str) -> tuple[str, ...] | None:
    try:
        told = subprocess.run(
            [program, "--help"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_HELP_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_help(told.stdout)


def _pack(answer: tuple[str, ...] | None) -> bytes:
    return b"-\n" if answer is None else b"+" + ",".join(answer).encode() + b"\n"


def _unpack(text: bytes) -> tuple[str, ...] | None:
    return tuple(text[1:].decode().split(",")) if text.startswith(b"+") else None


def _remembered(home: Home) -> list[bytes]:
    try:
        fd = open_for_reading(_CACHE_FILE, home.folder("cache"))
    except (OSError, ClaudeSessionsError):
        return []
    with os.fdopen(fd, "rb") as file:
        return file.read(1 << 20).splitlines()


def _remember(home: Home, line: bytes) -> None:
    """Keep one answer: updates are rare, so the file holds the newest alone."""
    folder = home.folder("cache", create=True)
    temporary = f"{_CACHE_FILE}.{os.getpid()}"
    fd = create_private_file(temporary, folder)
    try:
        os.write(fd, line)
    finally:
        os.close(fd)
    os.rename(temporary, _CACHE_FILE, src_dir_fd=folder, dst_dir_fd=folder)
