"""The one family of exceptions, and the exit codes that go with them (design, section 10).

Every message is one sentence for a person: what happened, where, and what to do next. The command
line prints it after ``claude-sessions: `` and exits with ``exit_code``; nothing a user can cause ends in a traceback.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command answers when it is not Claude's own exit code."""

    OK = 0
    NOT_FOUND = 1
    TROUBLE = 2
    NESTED = 3
    NOT_EXECUTABLE = 126
    NO_COMMAND = 127


class ClaudeSessionsError(Exception):
    """Base of everything raised on purpose. `str()` is the sentence for people."""

    exit_code: ExitCode = ExitCode.TROUBLE


class UsageError(ClaudeSessionsError):
    """Arguments that cannot be meant: a directory that is not there, a time that cannot be read."""


class ConfigError(ClaudeSessionsError):
    """A setting that cannot be used, named with the file or variable that holds it."""


class InsecureHomeError(ClaudeSessionsError):
    """A folder that others could write or have replaced: refused before anything is recorded."""


class UnwritableHomeError(ClaudeSessionsError):
    """A folder in which no log can be made. `start` then runs claude unrecorded and says so."""


class NotFoundError(ClaudeSessionsError):
    """No session answers to that name."""

    exit_code = ExitCode.NOT_FOUND


class MadeAnewError(NotFoundError):
    """The recording of that name has been scrubbed: another one took its place, and the sentence says which."""


class AmbiguousError(ClaudeSessionsError):
    """Several sessions answer to that name."""


class NestedError(ClaudeSessionsError):
    """A recording inside a recording of the same user into the same home."""

    exit_code = ExitCode.NESTED


class CommandNotFoundError(ClaudeSessionsError):
    """The program to record is not there."""

    exit_code = ExitCode.NO_COMMAND


class MalformedEntryError(ClaudeSessionsError):
    """A line of a log that is no entry."""


class UnreachableError(ClaudeSessionsError):
    """A running session whose control socket does not answer."""


class ForeignFileError(ClaudeSessionsError):
    """A file to import that is not what it claims to be, or claims what cannot be."""
