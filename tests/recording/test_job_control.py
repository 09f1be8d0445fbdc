"""Ctrl-Z, `bg` and `fg`: the child stops itself as Claude Code does, and comes back."""

import os
import signal

import pytest

from tests.kit.recorder import Recorder, Shell

MODES = b"\x1b[?1049h\x1b[?1003;1006h\x1b[?2004h\x1b[>1u"
UNDONE = (b"\x1b[?1049l", b"\x1b[<1u")

LIKE_CLAUDE = r"""
import os, signal, sys, termios, tty
resumed = 0
def continued(*_):
    global resumed
    resumed += 1
signal.signal(signal.SIGCONT, continued)
before = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"\x1b[?1049h\x1b[?1003;1006h\x1b[?2004h\x1b[>1uready")
while (key := os.read(0, 1)) != b"q":
    if key == b"z":
        os.write(1, b"stopping")
        os.kill(0, signal.SIGTSTP)
        os.write(1, b"resumed %d" % resumed)
    else:
        os.write(1, b"<" + key + b">")
termios.tcsetattr(0, termios.TCSADRAIN, before)
os.write(1, b"\x1b[<1u\x1b[?2004l\x1b[?1003;1006l\x1b[?1049l")
sys.exit(9)
"""


@pytest.mark.parametrize("wrapper", [[], ["sh", "-c", '"$@"; exit $?', "sh"]], ids=["bare", "under sh -c"])
def test_a_child_that_stops_itself_gives_the_shell_its_prompt(recorder: Recorder, wrapper: list[str]) -> None:
    """Ctrl-Z stops everything up to the shell; `fg` brings the child back, as often as wanted; the end is as always."""
    with Shell(recorder) as shell:
        terminal = shell.terminal
        before = shell.settings()
        shell.begin([*wrapper, *recorder.command(recorder.script(LIKE_CLAUDE), "--quiet")])
        terminal.wait_for_bytes(b"ready")
        for number in (1, 2):
            terminal.write("z")
            terminal.wait_for_bytes(b"Stopped")
            for undone in UNDONE:
                assert terminal.received.count(undone) == number
            assert shell.settings() == before
            del terminal.received[:]
            shell.begin("fg")
            terminal.wait_for_bytes(b"resumed %d" % number)
            assert b"\x1b[?1049h" in terminal.received
            assert b"\x1b[>1u" in terminal.received
            terminal.write("k")
            terminal.wait_for_bytes(b"<k>")
            terminal.received[:0] = b"".join(UNDONE) * number
        terminal.write("q")
        assert shell.status() == 9
        assert shell.settings() == before
    kinds = [kind for kind in recorder.kinds() if kind not in ("output", "input")]
    assert kinds == ["start", "suspend", "resume", "suspend", "resume", "exit", "seal"]
    assert recorder.data("suspend") == recorder.data("resume") == b""


def test_what_was_written_before_the_stop_is_shown_before_the_prompt(recorder: Recorder) -> None:
    """Output just before the stop reaches the terminal, and the log, before the suspend."""
    with Shell(recorder) as shell:
        shell.begin(recorder.command(recorder.script(LIKE_CLAUDE), "--quiet"))
        shell.terminal.wait_for_bytes(b"ready")
        shell.terminal.write("z")
        shell.terminal.wait_for_bytes(b"Stopped")
        assert shell.terminal.received.index(b"stopping") < shell.terminal.received.index(b"Stopped")
        recorder.wait_for_kind("suspend")
        kinds = [entry.data[-8:] or entry.direction for entry in recorder.entries()]
        assert kinds[-2:] == [b"stopping", "suspend"]
        shell.begin("fg")
        shell.terminal.wait_for_bytes(b"resumed 1")
        shell.terminal.write("q")
        shell.status()


def test_in_the_background_it_waits_for_fg(recorder: Recorder) -> None:
    """`bg` leaves a full-screen child stopped as it would a plain one: it wants the terminal; keys stay the shell's."""
    with Shell(recorder) as shell:
        terminal = shell.terminal
        shell.begin(recorder.command(recorder.script(LIKE_CLAUDE), "--quiet"))
        terminal.wait_for_bytes(b"ready")
        terminal.write("z")
        terminal.wait_for_bytes(b"Stopped")
        shell.begin("bg")
        terminal.wait_until(lambda: "Stopped" in shell.ask("jobs"), "the job to be stopped again")
        assert shell.ask("echo whole-word") == "whole-word"
        shell.begin("fg")
        terminal.wait_for_bytes(b"resumed 1")
        terminal.write("k")
        terminal.wait_for_bytes(b"<k>")
        terminal.write("q")
        assert shell.status() == 9


def test_where_nobody_could_resume_it_goes_on_at_once(recorder: Recorder) -> None:
    """In an orphaned group (a bare tmux pane) the kernel discards the stop: the child is resumed and repaints."""
    with recorder.terminal(recorder.script(LIKE_CLAUDE), "--quiet") as terminal:
        before = terminal.settings()
        terminal.wait_for_bytes(b"ready")
        terminal.write("z")
        terminal.wait_for_bytes(b"resumed 1")
        terminal.write("k")
        terminal.wait_for_bytes(b"<k>")
        terminal.write("q")
        assert terminal.exit_status() == 9
        assert terminal.settings() == before
    assert recorder.kinds().count("suspend") == recorder.kinds().count("resume") == 1


def test_a_canonical_child_is_stopped_by_the_key(recorder: Recorder) -> None:
    """Ctrl-Z at a child that knows nothing of it is done by the PTY, as by any terminal."""
    with Shell(recorder) as shell:
        shell.begin(recorder.command(["sh", "-c", "echo begun; read line; echo got-$line; exit 3"], "--quiet"))
        shell.terminal.wait_for_bytes(b"begun\r\n")
        shell.terminal.write("\x1a")
        shell.terminal.wait_for_bytes(b"Stopped")
        shell.begin("fg")
        recorder.wait_for_kind("resume")
        shell.terminal.write("it\r")
        shell.terminal.wait_for_bytes(b"got-it")
        assert shell.status() == 3


def test_killing_a_stopped_session_ends_it(recorder: Recorder) -> None:
    """`kill %1` at a stopped job ends child and recorder, and the log is closed."""
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(recorder.command(recorder.script(LIKE_CLAUDE), "--quiet"))
        shell.terminal.wait_for_bytes(b"ready")
        shell.terminal.write("z")
        shell.terminal.wait_for_bytes(b"Stopped")
        shell.begin("kill %1")
        recorder.wait_for_kind("seal")
        assert shell.settings() == before
    assert recorder.exit() is not None


def test_stopped_from_outside_it_comes_back_too(recorder: Recorder) -> None:
    """`kill -STOP` on the child, as on any program: the shell gets its prompt, `fg` brings it back."""
    with Shell(recorder) as shell:
        shell.begin(
            recorder.command(recorder.script("import os\n" + "print('pid', os.getpid())\n" + LIKE_CLAUDE), "--quiet")
        )
        shell.terminal.wait_for_bytes(b"ready")
        pid = int(shell.terminal.received.rpartition(b"pid ")[2].split()[0])
        os.kill(pid, signal.SIGSTOP)
        shell.terminal.wait_for_bytes(b"Stopped")
        shell.begin("fg")
        recorder.wait_for_kind("resume")
        shell.terminal.write("k")
        shell.terminal.wait_for_bytes(b"<k>")
        shell.terminal.write("q")
        assert shell.status() == 9


def test_the_resize_while_stopped_is_told_after_fg(recorder: Recorder) -> None:
    """A window that changed its size during a stop: the child sees the new size when it is back."""
    child = recorder.script(LIKE_CLAUDE.replace('b"<" + key + b">"', "repr(tuple(os.get_terminal_size(0))).encode()"))
    with Shell(recorder, columns=100, rows=30) as shell:
        shell.begin(recorder.command(child, "--quiet"))
        shell.terminal.wait_for_bytes(b"ready")
        shell.terminal.write("z")
        shell.terminal.wait_for_bytes(b"Stopped")
        shell.terminal.resize(77, 22)
        shell.begin("fg")
        shell.terminal.wait_for_bytes(b"resumed 1")
        shell.terminal.write("k")
        shell.terminal.wait_for_bytes(b"(77, 22)")
        shell.terminal.write("q")
        shell.status()
    assert recorder.data("resize") == b"77x22"
