"""Which program `start` runs, and where: found before anything is started, so that what is wrong can be said."""

import os

from claude_sessions.base.config import Config
from claude_sessions.base.errors import CommandNotFoundError, ExitCode, UsageError
from claude_sessions.recording.claude_arguments import PROGRAM_NAME

_TO_ENTER = getattr(os, "O_PATH", os.O_RDONLY)
"""A directory that may be entered, but not read, will do."""


def open_directory(path: str | None) -> int:
    """Return a descriptor of the directory to start in, which is this one where there is no `path`; else UsageError."""
    try:
        return os.open(path or os.curdir, _TO_ENTER | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path or os.curdir} cannot be the directory to start in: {error.strerror}") from None


def find_command(command: str | None, config: Config) -> tuple[str, list[str]]:
    """Return the program's path and its words; the command is split as a shell would, but no shell runs it.

    Raises UsageError where there are no words, CommandNotFoundError where the program is missing or no program.
    """
    text = command if command is not None else config["command"]
    words = [text] if text.isalnum() else _split(text)
    if not words:
        raise UsageError("the command to run is empty; give --command or correct `command` in the configuration")
    return _find_program(words[0]), words


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
        try:
            path = os.path.abspath(candidate)
        except OSError:
            continue  # relative to a directory that was removed
        if os.path.isfile(path):
            if os.access(path, os.X_OK):
                return path
            forbidden = path
    if forbidden:
        error = CommandNotFoundError(f"{forbidden} may not be executed; run: chmod +x {forbidden}")
        error.exit_code = ExitCode.NOT_EXECUTABLE
        raise error
    if "/" in name and os.path.exists(name):
        error = CommandNotFoundError(f"{name} is no program; check --command, or `command` in the configuration")
        error.exit_code = ExitCode.NOT_EXECUTABLE
        raise error
    hint = (
        "install Claude Code with: npm install -g @anthropic-ai/claude-code (or try: claude-sessions demo)"
        if name == PROGRAM_NAME
        else "check --command, or `command` in the configuration"
    )
    raise CommandNotFoundError(f"{name} is not to be found on PATH; {hint}")
