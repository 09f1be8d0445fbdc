"""Where 0, 1 or 2 is no terminal: the same bytes, the same ends, the same answers as a plain run."""

import itertools
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from claude_sessions.log.events import ExitInfo
from tests.kit.recorder import Recorder, Shell, python

TELL_AND_COPY = r"""
import os, sys
answers = bytes(48 + os.isatty(fd) for fd in (0, 1, 2))
while not os.isatty(0) and (data := os.read(0, 65536)):
    os.write(1, data.upper())
os.write(2, b"error:\xff" + answers)
os.write(1, b"end")
sys.exit(4)
"""
STDIN, STDOUT, STDERR = ("", "<in", "</dev/null"), ("", ">out", "| cat >out"), ("", "2>err")


@pytest.mark.parametrize(("stdin", "stdout", "stderr"), list(itertools.product(STDIN, STDOUT, STDERR))[1:])
def test_redirections_on_a_terminal_work_as_without_us(
    recorder: Recorder, stdin: str, stdout: str, stderr: str
) -> None:
    """Whatever is redirected: files, screen, isatty answers and exit code are those of the plain command."""
    (recorder.folder / "in").write_bytes(bytes(range(256)) * 500)
    results = []
    for command in (python(TELL_AND_COPY), recorder.command(python(TELL_AND_COPY), "--quiet")):
        for name in ("out", "err"):
            (recorder.folder / name).write_bytes(b"")
        line = f'set -o pipefail; "$@" {stderr} {stdin} {stdout}'
        with recorder.terminal_for(["bash", "-c", line, "bash", *command]) as terminal:
            before = terminal.settings()
            status = terminal.exit_status()
            assert terminal.settings() == before
            files = [(recorder.folder / name).read_bytes() for name in ("out", "err")]
            results.append((status, files, sorted(bytes(terminal.received))))
    assert results[1] == results[0]
    assert results[0][0] == 4
    if stderr:
        assert recorder.data("error") == (recorder.folder / "err").read_bytes()
    if stdin == "<in":
        assert recorder.data("input") == (recorder.folder / "in").read_bytes()


def test_without_any_terminal_it_is_the_same(recorder: Recorder) -> None:
    """Under cron there is no terminal at all: pipes and files work, and /dev/tty is missing as it is without us."""
    typed = os.urandom(3_000_000)
    plain = recorder.run_plain(python(TELL_AND_COPY), input=typed)
    recorded = recorder.run(python(TELL_AND_COPY), "--quiet", input=typed)
    assert (recorded.stdout, recorded.stderr, recorded.returncode) == (plain.stdout, plain.stderr, plain.returncode)
    assert recorder.data("input") == typed
    assert recorder.data("output") == plain.stdout
    assert recorder.data("error") == plain.stderr
    no_tty = ["sh", "-c", "exec 3</dev/tty && echo yes"]
    assert recorder.run(no_tty, "--quiet").stdout == recorder.run_plain(no_tty).stdout == b""


def test_the_end_of_input_is_passed_on(recorder: Recorder) -> None:
    """A child that reads to the end of its input sees that end when the person's side is closed, not before."""
    process = subprocess.Popen(
        recorder.command(["cat"], "--quiet"), env=recorder.environment, cwd=recorder.folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"first")
    process.stdin.flush()
    assert process.stdout.read(5) == b"first"
    process.stdin.write(b"second")
    process.stdin.close()
    assert process.stdout.read() == b"second"
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_reader_that_leaves_ends_the_child_by_sigpipe(recorder: Recorder) -> None:
    """`| head -1` ends an endless writer as it does without us: 141, and the log says the signal."""
    script = '("$@"; echo $? >status) | head -1'
    done = recorder.run_plain(["sh", "-c", script, "sh", *recorder.command(["yes"], "--quiet")])
    assert done.stdout == b"y\n"
    assert (recorder.folder / "status").read_text() == "141\n"
    assert recorder.exit() == ExitInfo(signal=13)


def test_a_stdout_that_the_child_closes_ends_for_its_reader(recorder: Recorder) -> None:
    """The reader of the pipe sees the end when the child closes it, although the child goes on."""
    gate = recorder.folder / "gate"
    os.mkfifo(gate)
    process = subprocess.Popen(
        recorder.command(["sh", "-c", "echo all; exec >&-; cat gate >/dev/null; exit 6"], "--quiet"), env=recorder.environment,
        cwd=recorder.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.read() == b"all\n"
    process.stdout.close()
    assert process.poll() is None
    gate.write_bytes(b"")
    assert process.wait(20) == 6


def test_a_child_that_does_not_read_its_input_ends_all_the_same(recorder: Recorder) -> None:
    """More input than anybody takes keeps neither child nor recorder."""
    assert recorder.run(["sh", "-c", "exit 3"], input=b"x" * 5_000_000).returncode == 3


def test_what_goes_to_stderr_is_recorded_as_error(recorder: Recorder) -> None:
    """A separate stderr has a direction of its own, in order with the rest."""
    recorder.run(["sh", "-c", "echo out; echo err >&2"])
    assert (recorder.data("output"), recorder.data("error")) == (b"out\n", b"err\n")


def test_a_background_process_that_holds_the_pipe_does_not_keep_us(recorder: Recorder) -> None:
    """When claude has ended we end, although somebody else still has its standard output open."""
    gate = recorder.folder / "gate"
    os.mkfifo(gate)
    done = recorder.run(["sh", "-c", "(cat gate; echo late) & echo now; exit 2"], "--quiet")
    assert (done.returncode, done.stdout) == (2, b"now\n")
    with gate.open("wb"):
        pass


# --- pipelines on a terminal


def test_ctrl_c_ends_a_pipeline(recorder: Recorder) -> None:
    """Ctrl-C in `start … | cat` reaches the child, and the shell has its prompt and its settings again."""
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(shlex.join(recorder.command(["sh", "-c", "echo begun; exec sleep 1000"], "--quiet")) + " | cat")
        shell.terminal.wait_for_bytes(b"begun\r\n")
        shell.terminal.write("\x03")
        assert shell.status() == 130
        assert shell.settings() == before
    assert recorder.exit() == ExitInfo(signal=2)


def test_a_child_in_a_pipeline_gets_the_keyboard_when_it_asks(recorder: Recorder) -> None:
    """`start … | cat` with a child that reads the terminal: it is given the keys, and they come back afterwards."""
    child = recorder.script(
        "import os\n"
        "print('question', flush=True)\n"
        "print('got', os.read(0, 100), os.isatty(0), os.isatty(1), flush=True)\n"
    )
    with Shell(recorder) as shell:
        before = shell.settings()
        shell.begin(shlex.join(recorder.command(child, "--quiet")) + " | cat")
        shell.terminal.wait_for_bytes(b"question\r\n")
        shell.terminal.write("answer\r")
        shell.terminal.wait_for_bytes(b"got b'answer\\n' True False\r\n")
        assert shell.settings() == before
    assert recorder.data("input") in (b"answer\r", b"answer\n")  # typed just after or before the terminal is lent


def test_a_neighbour_that_reads_the_terminal_keeps_its_keys(recorder: Recorder) -> None:
    """In `start … | less` the keys are less's: the recorder reads none while its child does not ask."""
    neighbour = recorder.script(
        "import os, sys\n"
        "terminal = os.open('/dev/tty', os.O_RDWR)\n"
        "os.write(1, b'neighbour asks\\n')\n"
        "for n in range(20): os.write(1, b'line ' + os.read(terminal, 100))\n"
        "open('done', 'w').close()\n"
    )
    child = ["sh", "-c", "echo begun >&2; cat gate"]
    os.mkfifo(recorder.folder / "gate")
    with Shell(recorder) as shell:
        shell.begin(f"{shlex.join(recorder.command(child, '--quiet'))} | {shlex.join(neighbour)}")
        shell.terminal.wait_for_bytes(b"neighbour asks\r\n")
        shell.terminal.wait_for_bytes(b"begun\r\n")
        for number in range(20):
            shell.terminal.write(f"key-{number}\r")
            shell.terminal.wait_for_bytes(b"line key-%d\r\n" % number)
        Path(recorder.folder / "gate").write_bytes(b"")
        assert shell.status() == 0
    assert recorder.data("input") == b""
