"""What several commands print: text for people, and the JSON forms (claude-sessions(1), "JSON")."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from claude_sessions.base.clock import NANOSECONDS
from claude_sessions.base.durations import format_length
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.screen.printable import printable

if TYPE_CHECKING:
    from claude_sessions.sessions import Session
    from claude_sessions.store.recording import Recording

PROGRAM = "claude-sessions"

JSON_VERSION = 1


@contextlib.contextmanager
def open_recording(text: str) -> "Iterator[Recording]":
    """Open the recording that a person means by `text`; NotFoundError or AmbiguousError where it is not one."""
    from claude_sessions.sessions import SessionManager

    with SessionManager().open(text) as recording:
        yield recording


def complain(sentence: object) -> None:
    """Print a sentence for people on stderr."""
    print(f"{PROGRAM}: {printable(str(sentence))}", file=sys.stderr)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on one line, its version first. In ASCII: safe on any terminal, readable in any locale."""
    print(json.dumps({"version": JSON_VERSION, **value}))


def json_around(value: dict[str, Any], name: str) -> tuple[str, str]:
    """Return what is printed before and after the elements of the array `name`, the last of a value that is too long for memory."""
    begin, end = json.dumps({"version": JSON_VERSION, **value})[:-2], "]}\n"
    assert begin.endswith(f'"{name}": [')
    return begin, end


def colours(stream: TextIO) -> bool:
    """Tell whether to print in colour: on a terminal that can, unless NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def moment(ns: int, now_ns: int) -> str:
    """Return a time as people read lists: `Feb 07 18:15` this year, `2025-02-07` before; in the local time zone."""
    try:
        then, now = time.localtime(ns // NANOSECONDS), time.localtime(now_ns // NANOSECONDS)
        return time.strftime("%b %d %H:%M" if then.tm_year == now.tm_year else "%Y-%m-%d", then)
    except (OverflowError, ValueError, OSError):
        return "?"  # a log may claim any year


def exact_moment(ns: int) -> str:
    """Return a time in nanoseconds since the epoch as `2026-02-07 18:15:32 CET`, in the local time zone."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(ns // NANOSECONDS))
    except (OverflowError, ValueError, OSError):
        return "?"


def exact_moment_of(timestamp: str) -> str:
    """Return a timestamp of the log for people; as it stands where it is none."""
    try:
        return exact_moment(parse_timestamp(timestamp))
    except ValueError:
        return timestamp or "?"


def duration(ns: int) -> str:
    """Return a length of time in its two largest units: `7s`, `4m 12s`, `1h 02m`, `2d 03h`."""
    return format_length(ns)


def byte_size(size: int) -> str:
    """Return a number of bytes with three digits or fewer: `812 B`, `9.3 kB`, `120 MB`."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 9.95 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def short_path(path: str) -> str:
    """Return a path for people: `~` stands for the home directory."""
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path == home or path.startswith(home + "/") else path


def state_text(session: "Session", *, brief: bool = False) -> str:
    """Return the state in a few words: `waiting for you (permission prompt)`, `idle, paused`, `exited 0`, `SIGKILL`.

    `brief` leaves out what it waits for.
    """
    from claude_sessions.sessions import State

    text: str = session.state
    if session.state is State.WAITING:
        text = "waiting for you" + (f" ({session.waiting_for})" if session.waiting_for and not brief else "")
    elif session.summary and session.summary.exit and not session.running:
        code, signal = session.summary.exit.code, session.summary.exit.signal
        text = f"exited {code or 0}" if signal is None else _signal_name(signal)
    text += ", paused" if session.paused else ""
    return text if session.recorded else f"{text} (not recorded)"


def _signal_name(number: int) -> str:
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
