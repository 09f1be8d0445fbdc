"""Every way out leaves the child told, the terminal usable and the log readable."""

import os
import signal

import pytest

from claude_sessions.log.events import ExitInfo
from tests.kit.recorder import Recorder, Shell, children_of, end, is_gone, state_of
from tests.kit.terminal import wait_until

pytestmark = pytest.mark.usefixtures("needs_proc")

MODES_ON = rb"\x1b[?1049h\x1b[?1002;1003;1006h\x1b[?2004h\x1b[?1004h\x1b[>1u\x1b[?25l"
MODES_OFF = (b"\x1b[?1049l", b"2004", b"1003", b"\x1b[?25h", b"\x1b[<1u")

FULL_SCREEN = (
    r"""
import os, signal, sys, tty
for name in sys.argv[1:]:
    number = getattr(signal, name)
    signal.signal(number, lambda *_, n=number: (os.write(1, b"[caught %d]" % n), os._exit(n)))
tty.setraw(0)
os.write(1, b"MODES[ready %d %d]" % (os.getpid(), os.getppid()))
while True:
    key = os.read(0, 1)
    if not key:
        sys.exit(77)
    os.write(1, b"<" + key + b">")
"""
).replace("MODES", MODES_ON.decode())

HARDY = r"""
import os, signal, sys, time, tty
signal.signal(signal.SIGHUP, signal.SIG_IGN)
tty.setraw(0)
os.write(1, b"[ready %d %d]" % (os.getpid(), os.getppid()))
try:
    while key := os.read(0, 1):
        pass
    seen = "end"
except OSError as error:
    seen = error.strerror
open("seen", "w").write(seen)
"""


def pids(shell: Shell) -> tuple[int, int, int]:
    """Wait until the child has the terminal; return the pids of front, host and child."""
    shell.terminal.wait_for_bytes(b"]")
    shell.terminal.wait_until(lambda: b"[ready " in shell.terminal.received, "the child")
    child, host = (int(word) for word in shell.terminal.received.rpartition(b"[ready ")[2].partition(b"]")[0].split())
    (front,) = [pid for pid in children_of(shell.terminal.process.pid) if host in children_of(pid)]
    return front, host, child


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"])
def test_signals_to_front_reach_the_child(recorder: Recorder, name: str) -> None:
    """What the shell, a supervisor or `kill` sends to the command it knows is handled by the child, and once."""
    number = getattr(signal, name)
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(recorder.command(recorder.script(FULL_SCREEN, name), "--quiet"))
        front, _, _ = pids(shell)
        os.kill(front, number)
        shell.terminal.wait_for_bytes(b"[caught %d]" % number)
        assert shell.status() == number
        assert shell.settings() == before
        assert shell.terminal.received.count(b"[caught") == 1
    assert recorder.exit() == ExitInfo(code=number)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_child_that_does_not_handle_the_signal_dies_of_it(recorder: Recorder, name: str) -> None:
    """128 and the number, modes undone, settings restored, the log closed."""
    number = getattr(signal, name)
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(recorder.command(recorder.script(FULL_SCREEN), "--quiet"))
        front, _, _ = pids(shell)
        os.kill(front, number)
        assert shell.status() == 128 + number
        assert shell.settings() == before
        assert_modes_undone(shell)
    assert recorder.exit() == ExitInfo(signal=number)
    assert recorder.kinds()[-1] == "seal"


def test_front_killed(recorder: Recorder) -> None:
    """After kill -9 of front the terminal is usable, the child hears SIGHUP, and the log is closed by the host."""
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(recorder.command(recorder.script(FULL_SCREEN, "SIGHUP")))
        front, host, _ = pids(shell)
        os.kill(front, signal.SIGKILL)
        wait_until(lambda: is_gone(host), "the host to end")
        assert shell.status() == 137
        assert shell.ask("echo whole words") == "whole words"
        assert shell.settings() == before
        assert_modes_undone(shell)
    assert recorder.exit() == ExitInfo(code=int(signal.SIGHUP))
    assert recorder.kinds()[-1] == "seal"


def test_host_killed(recorder: Recorder) -> None:
    """After kill -9 of the host front puts the terminal right and says what happened; what was written reads back."""
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(recorder.command(recorder.script(FULL_SCREEN)))
        _, host, child = pids(shell)
        shell.terminal.write("k")
        shell.terminal.wait_for_bytes(b"<k>")
        wait_until(lambda: recorder.data("output").endswith(b"<k>"), "the log")
        os.kill(host, signal.SIGKILL)
        assert shell.status() == 128 + signal.SIGKILL
        assert shell.settings() == before
        assert_modes_undone(shell)
        wait_until(lambda: is_gone(child), "the child to hear of it")
        assert b"claude-sessions: " in shell.terminal.received
    assert recorder.kinds()[0] == "start"
    assert "exit" not in recorder.kinds()
    assert recorder.data("input") == b"k"


def test_the_terminal_closed(recorder: Recorder) -> None:
    """Closing the window is SIGHUP for the child, as it is without us; the log says how it ended."""
    with Shell(recorder) as shell:
        shell.begin(recorder.command(recorder.script(FULL_SCREEN)))
        front, host, child = pids(shell)
        shell.terminal.close()
        wait_until(lambda: all(map(is_gone, (front, host, child))), "all of them to end")
    assert recorder.exit() == ExitInfo(signal=int(signal.SIGHUP))
    assert recorder.kinds()[-1] == "seal"


def test_the_terminal_closed_under_a_child_that_ignores_it(recorder: Recorder) -> None:
    """A child that ignores SIGHUP meets the end of its terminal a little later, as it would without us."""
    with Shell(recorder) as shell:
        shell.begin(recorder.command(recorder.script(HARDY)))
        front, host, child = pids(shell)
        shell.terminal.close()
        try:
            wait_until(lambda: all(map(is_gone, (front, host, child))), "all of them to end")
        finally:
            end(child)
    assert (recorder.folder / "seen").read_text() in ("end", "Input/output error")
    assert recorder.exit() == ExitInfo(code=0)


def test_front_stopped_from_outside(recorder: Recorder) -> None:
    """`kill -STOP` on front cannot be caught: all keys go to the shell, whole; after `fg` they are the child's."""
    with Shell(recorder) as shell:
        shell.begin(recorder.command(recorder.script(FULL_SCREEN), "--quiet"))
        front, _, _ = pids(shell)
        os.kill(front, signal.SIGSTOP)
        shell.terminal.wait_for_bytes(b"Stopped")
        for number in range(20):
            assert shell.ask(f"echo every-letter-of-line-{number}") == f"every-letter-of-line-{number}"
        shell.begin("fg")
        shell.terminal.wait_until(lambda: state_of(front) != "T", "front to go on")
        shell.terminal.wait_until(lambda: shell.terminal.foreground_group() == front, "front to have the terminal")
        shell.terminal.write("k")
        shell.terminal.wait_for_bytes(b"<k>")
        os.kill(front, signal.SIGTERM)
        assert shell.status() == 143


def test_child_killed(recorder: Recorder) -> None:
    """A child killed with -9 leaves its modes on: they are undone and the shell's settings are back."""
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(recorder.command(recorder.script(FULL_SCREEN), "--quiet"))
        _, _, child = pids(shell)
        os.kill(child, signal.SIGKILL)
        assert shell.status() == 137
        assert shell.settings() == before
        assert_modes_undone(shell)


def test_a_child_of_the_child_survives_as_without_us(recorder: Recorder) -> None:
    """What the child left running in the background (nohup) is not ended by us."""
    with Shell(recorder) as shell:
        shell.begin(recorder.command(["sh", "-c", "nohup sleep 1000 >left 2>&1 & echo $! >pid; exit 0"], "--quiet"))
        recorder.wait_for_kind("seal")
        assert shell.status() == 0
        pid = int((recorder.folder / "pid").read_text())
        assert not is_gone(pid)
        end(pid)


def test_ctrl_c_reaches_a_canonical_child_once(recorder: Recorder) -> None:
    """Ctrl-C typed at a child that leaves its terminal as it is: SIGINT by the PTY, `^C` echoed, exit as plain."""
    script = (
        "import os, signal, time\ncaught = []\nsignal.signal(2, lambda *_: caught.append(1))\nos.write(1, b'[ready]')\n"
    )
    script += "os.read(0, 100) or 1\nprint('caught', len(caught))"
    with Shell(recorder) as shell:
        shell.begin(recorder.command(recorder.script(script), "--quiet"))
        shell.terminal.wait_for_bytes(b"[ready]")
        shell.terminal.write("\x03")
        shell.terminal.wait_for_bytes(b"^C")
        shell.terminal.write("\r")
        shell.terminal.wait_for_bytes(b"caught 1\r\n")


def assert_modes_undone(shell: Shell) -> None:
    """The child's modes were set once and are off again."""
    after = shell.terminal.received.rpartition(b"[ready ")[2]
    for sequence in MODES_OFF:
        assert sequence in after, sequence
