"""The recorder as a person runs it: `claude-sessions start` over a small child, and the log that it leaves.

recorder = Recorder(tmp_path)
recorder.run(python("print('hello')")).stdout          # with pipes, as a script would run it
terminal = recorder.terminal(["vi"])                    # on a PTY, as a person would
recorder.data("output")                                 # what the log has of it
"""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from claude_sessions.log.decode import decode_line
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import ExitInfo, decode_info
from tests.kit.terminal import SHELL, PtyTerminal, wait_until

Info = TypeVar("Info", bound=msgspec.Struct)


def python(script: str, *arguments: str) -> list[str]:
    """Return the command that runs a small Python script, started as fast as Python starts."""
    return [sys.executable, "-IS", "-c", script, *arguments]


class Recorder:
    """A home for recordings, a folder to work in, and an environment that inherits nothing of the tester's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve() / "work"
        self.folder.mkdir()
        self.home = folder.resolve() / "sessions"
        self.environment = {
            "HOME": str(folder.resolve()),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath, "/usr/local/bin"]),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PS1": "$ ",
            "CLAUDE_SESSIONS_HOME": str(self.home),
        }

    def configure(self, text: str) -> None:
        """Write the configuration file."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        (self.home / "config.toml").write_text(text)

    def script(self, text: str, *arguments: str) -> list[str]:
        """Return the command that runs a Python script from a file: a shell's echo of it shows nothing of the text."""
        path = self.folder / f"script-{len(list(self.folder.glob('script-*')))}.py"
        path.write_text(text)
        return [sys.executable, "-IS", path.name, *arguments]

    def command(self, child: Sequence[str], *options: str) -> list[str]:
        """Return the command line that records `child`."""
        return [sys.executable, "-m", "claude_sessions", "start", *options, "--command", shlex.join(child)]

    def run(self, child: Sequence[str], *options: str, **how: Any) -> subprocess.CompletedProcess[bytes]:
        """Record `child` without a terminal, by default with pipes on 0, 1 and 2."""
        return self.run_plain(self.command(child, *options), **how)

    def run_plain(self, command: Sequence[str], **how: Any) -> subprocess.CompletedProcess[bytes]:
        """Run any command in the same way, for comparison."""
        defaults: dict[str, Any] = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "start_new_session": True,
            "timeout": 30,
        }
        if "stdin" not in how:
            defaults["input"] = b""
        options: dict[str, Any] = {"cwd": self.folder, "env": self.environment, **defaults, **how}
        return subprocess.run(list(command), check=False, **options)

    def terminal(self, child: Sequence[str], *options: str, **how: Any) -> PtyTerminal:
        """Record `child` on a PTY; close it, or use it in a `with`."""
        return self.terminal_for(self.command(child, *options), **how)

    def terminal_for(self, command: Sequence[str], **how: Any) -> PtyTerminal:
        """Run any command on a PTY."""
        return PtyTerminal(command, self.folder, self.environment, **how)

    # --- what was recorded

    @property
    def logs(self) -> list[Path]:
        """Every segment of every recording, in order."""
        return sorted(
            (self.home / "logs").glob("*.jsonl"), key=lambda path: (path.name[:36], len(path.name), path.name)
        )

    @property
    def session_id(self) -> str:
        """The only recording's id."""
        ids = {path.name[:36] for path in self.logs}
        assert len(ids) == 1, f"not one recording but {len(ids)}"
        return ids.pop()

    def entries(self) -> list[Entry]:
        """Return every entry of the log; a line that is none is an error. A line still being written is left out."""
        lines = b"".join(path.read_bytes() for path in self.logs).split(b"\n")[:-1]
        return [decode_line(line) for line in lines]

    def kinds(self) -> list[str]:
        """Return the directions of all entries, in order."""
        return [entry.direction for entry in self.entries()]

    def data(self, direction: str) -> bytes:
        """Return what passed in one direction, joined."""
        return b"".join(entry.data for entry in self.entries() if entry.direction == direction)

    def infos(self, direction: str, kind: type[Info]) -> list[Info]:
        """Return what the entries of one direction say."""
        found = [decode_info(entry, kind) for entry in self.entries() if entry.direction == direction]
        assert None not in found
        return [info for info in found if info is not None]

    def exit(self) -> ExitInfo | None:
        """Return how the child ended; None where the log does not say."""
        found = self.infos("exit", ExitInfo)
        return found[-1] if found else None

    def wait_for_kind(self, direction: str, number: int = 1) -> None:
        """Wait until the log has so many entries of a direction."""
        wait_until(lambda: self.logs and self.kinds().count(direction) >= number, f"{number} {direction} in the log")


def parent_of(pid: int) -> int:
    """Return a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def children_of(pid: int) -> list[int]:
    """Return a process's children."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if parent_of(int(folder.name)) == pid:
                    found.append(int(folder.name))
            except OSError:
                continue  # ended meanwhile
    return sorted(found)


def state_of(pid: int) -> str:
    """Return the kernel's letter for what a process does (`R`, `S`, `T`, `Z`); empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended."""
    return state_of(pid) in ("", "Z", "X")


def end(pid: int) -> None:
    """End a process of the test, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class Shell:
    """An interactive bash with job control on a PTY; `recorder.terminal` is what runs in it."""

    def __init__(self, recorder: Recorder, **how: Any) -> None:
        self.terminal = recorder.terminal_for(SHELL, **how)
        self._asked = 0
        self.ask("bind 'set enable-bracketed-paste off'; PS1='$ '")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.terminal.__exit__(kind, error, traceback)

    def begin(self, command: Sequence[str] | str) -> None:
        """Type a command line and Enter."""
        line = command if isinstance(command, str) else shlex.join(command)
        self.terminal.write(line + "\r")

    def wait_for_prompt(self) -> None:
        """Wait until the shell has the terminal."""
        mine = self.terminal.process.pid
        self.terminal.wait_until(lambda: self.terminal.foreground_group() == mine, "the shell to have the terminal")

    def ask(self, line: str) -> str:
        """Run a command line and return what it printed."""
        self.wait_for_prompt()
        self._asked += 1
        begin, end = f"<<{self._asked}>>", f"<</{self._asked}>>"
        self.begin(f"(exit $?); x=$?; echo '<<'{self._asked}'>>'; (exit $x); {line}; echo '<</'{self._asked}'>>'")
        self.terminal.wait_for_bytes(f"{end}\r\n".encode())
        received = self.terminal.received.decode(errors="replace")
        return received.rpartition(begin)[2].rpartition(end)[0].strip()

    def settings(self) -> str:
        """Return what `stty -g` says."""
        return self.ask("stty -g")

    def status(self) -> int:
        """Return `$?`, as the command before left it."""
        return int(self.ask("echo $?"))
