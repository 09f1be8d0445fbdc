"""Claude Code's live registry: which of its sessions run right now, and whether one waits for a person.

Interactive Claude Code keeps `sessions/<pid>.json` in its configuration folder while it runs, rewrites it in place
when its status changes and on `/clear` (another session id, the same pid), and removes it when it ends. The files
are foreign: fields come and go between versions, a read may meet a half-written one, and a crash leaves one behind.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.base.paths import open_for_reading

MAX_SIZE = 64 * 1024
"""A registry file has about 600 bytes; more than this is not read."""

LONGEST_SLUG = 200

_Pid = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]

_SessionId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z_-]{1,64}\Z")]
"""A UUID as far as anybody has seen. It is printed, and part of a path."""

_Milliseconds = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800_000)]
"""Since the epoch, up to the year 9999."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class LiveSession(msgspec.Struct, frozen=True, rename="camel"):
    """One running Claude Code, as its own registry file says. A file with a number out of range is not believed."""

    pid: _Pid
    session_id: _SessionId
    cwd: str = ""
    started_at: _Milliseconds = 0
    proc_start: str | int | None = None
    """Linux: the process's start in clock ticks since boot, as in /proc/PID/stat. Tells a reused pid apart."""
    version: str = ""
    kind: str = ""
    name: str | None = None
    status: str | None = None
    """`idle`, `busy`, `waiting`, or a word that a later version brings."""
    waiting_for: str | None = None
    """What it waits for, such as `permission prompt`."""
    updated_at: _Milliseconds = 0

    @property
    def waiting(self) -> bool:
        """Whether it waits for a person."""
        return self.status == "waiting"


_decode = msgspec.json.Decoder(LiveSession).decode


def config_folders(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return where Claude Code may keep its files: `CLAUDE_CONFIG_DIR` (a comma separates several), else the defaults."""
    named = [part.strip() for part in environment.get("CLAUDE_CONFIG_DIR", "").split(",") if part.strip()]
    return tuple(Path(part).expanduser() for part in named or ("~/.claude", "~/.config/claude"))


def registry_path(config_folder: Path, pid: int) -> Path:
    """Return the registry file of the Claude Code with this pid."""
    return config_folder / "sessions" / f"{pid}.json"


def read(path: Path) -> LiveSession | None:
    """Return what a registry file says now; None where it is missing, half-written, or nothing of the kind.

    Costs four system calls: cheap enough to be asked every second.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _read(path.name, folder)
    finally:
        os.close(folder)


def running_sessions(environment: Mapping[str, str] = os.environ) -> list[LiveSession]:
    """Return every Claude Code of this user that is registered and alive, the one started last first."""
    found = {session.pid: session for folder in config_folders(environment) for session in registered(folder)}
    return sorted((session for session in found.values() if is_alive(session)), key=_age)


def is_alive(session: LiveSession) -> bool:
    """Tell whether the process that wrote the file still runs; a process that merely got its number does not count."""
    try:
        os.kill(session.pid, 0)
    except (ProcessLookupError, PermissionError, OverflowError):
        return False  # somebody else's process is not the one that wrote into our folder
    if session.proc_start is None:
        return True
    start = _process_start(session.pid)
    return start is None or start == str(session.proc_start)


def transcript_path(config_folder: Path, cwd: str, session_id: str) -> Path:
    """Return where Claude Code keeps the transcript of a session that was started in `cwd`."""
    return config_folder / "projects" / project_slug(cwd) / f"{session_id}.jsonl"


def project_slug(cwd: str) -> str:
    """Return the name of a project's folder: every UTF-16 unit that is no ASCII letter or digit becomes a dash.

    A long one is cut and told apart by a hash of the whole (the 32-bit one of Java's strings, in base 36).

    >>> project_slug("/home/ann/my.app")
    '-home-ann-my-app'
    """
    slug = re.sub(r"[^A-Za-z0-9]", lambda match: "--" if match[0] > "\uffff" else "-", cwd)
    if len(slug) <= LONGEST_SLUG:
        return slug
    return f"{slug[:LONGEST_SLUG]}-{_base36(abs(_java_hash(cwd)))}"


def registered(config_folder: Path, wanted: Callable[[int], bool] | None = None) -> Iterator[LiveSession]:
    """Yield what the registry files of a configuration folder say, whether their processes live or not.

    Where `wanted` is given, only files are opened that are named after a pid for which it is true.
    """
    try:
        folder = os.open(config_folder / "sessions", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        for name in os.listdir(folder):
            number, _, kind = name.partition(".")
            if kind == "json" and number.isdecimal() and (wanted is None or wanted(int(number))):
                session = _read(name, folder)
                if session is not None:
                    yield session
    finally:
        os.close(folder)


def _read(name: str, folder: int) -> LiveSession | None:
    """Read one file, never through a link; what does not say the pid of its own name is not believed."""
    try:
        fd = open_for_reading(name, folder)
    except OSError:
        return None
    try:
        text = os.read(fd, MAX_SIZE + 1)
    except OSError:
        return None
    finally:
        os.close(fd)
    if len(text) > MAX_SIZE:
        return None
    try:
        session = _decode(text)
    except UNDECODABLE:
        return None
    return session if name == f"{session.pid}.json" else None


def _process_start(pid: int) -> str | None:
    """Return field 22 of /proc/PID/stat; None on systems without it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()  # the name before it may hold blanks and parentheses
        return fields[19].decode()
    except (OSError, IndexError):
        return None


def _java_hash(text: str) -> int:
    value = 0
    units = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(units[::2], units[1::2], strict=True):
        value = (value * 31 + low + (high << 8)) & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits


def _age(session: LiveSession) -> tuple[float, int]:
    return -session.started_at, session.pid
