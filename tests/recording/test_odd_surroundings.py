"""Terminals, pipes and folders as they should not be: what plain claude survives, a recorded one survives too."""

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from claude_sessions.base.config import load_config
from claude_sessions.base.errors import InsecureHomeError
from claude_sessions.log.decode import decode_line
from tests.kit.recorder import Recorder, Shell, children_of, is_gone, python
from tests.kit.terminal import wait_until

LEAVES_MODES_ON = "import os; os.write(1, b'\\x1b[?1049h\\x1b[?1003h' + b'x' * 30_000); raise SystemExit(3)"


def test_a_slow_terminal_gets_its_modes_back(recorder: Recorder) -> None:
    """What a terminal does not take at once is written later: it is not left on the alternate screen."""
    with recorder.terminal(python(LEAVES_MODES_ON), "--quiet") as terminal:
        begun = terminal.process.pid
        wait_until(lambda: is_gone(begun) or len(recorder.logs) == 1, "the session to begin")
        assert terminal.exit_status() == 3
    assert bytes(terminal.received).endswith(b"\x1b[?1049l")
    assert b"\x1b[?1003l" in terminal.received


def test_a_start_in_the_background_runs_as_a_plain_program_does(recorder: Recorder) -> None:
    """A child that does not want the keyboard needs no foreground."""
    with Shell(recorder) as shell:
        shell.ask("set +m; set -m")
        shell.begin(shlex.join(recorder.command(["sh", "-c", "echo from-behind > there"], "--quiet")) + " & wait")
        wait_until((recorder.folder / "there").exists, "the child to have run", screen=shell.terminal.screen)
        shell.wait_for_prompt()
        assert shell.status() == 0


def test_a_full_disk_behind_stdout_is_the_childs_trouble(recorder: Recorder) -> None:
    """The recorder goes on: the child's exit code is the command's."""
    with open("/dev/full", "wb") as full:
        done = recorder.run(["sh", "-c", "trap '' PIPE; echo hi; exit 7"], stdout=full)
    assert done.returncode == 7
    assert b"failed" not in done.stderr


def test_front_killed_without_a_terminal_takes_the_child_along(recorder: Recorder) -> None:
    """Under cron there is no terminal that could hang up: the child is told all the same."""
    front = subprocess.Popen(
        recorder.command(["sh", "-c", "echo $$ > pid; exec sleep 1000"]),
        cwd=recorder.folder,
        env=recorder.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pid_file = recorder.folder / "pid"
    wait_until(lambda: pid_file.exists() and pid_file.read_text().strip(), "the child to run")
    wait_until(lambda: recorder.logs and recorder.kinds(), "the log to begin")
    host = children_of(front.pid)[0]
    front.kill()
    front.wait()
    wait_until(lambda: is_gone(int(pid_file.read_text())), "the child to end")
    wait_until(lambda: is_gone(host), "the host to end")


def test_escapes_that_went_to_a_file_leave_the_terminal_alone(recorder: Recorder) -> None:
    """Modes that a program set in a file are not undone on the terminal."""
    with Shell(recorder) as shell:
        line = shlex.join(recorder.command(python("print('\\x1b[?1049h\\x1b[?1000h')"), "--quiet"))
        assert shell.ask(f"{line} > out") == ""
        assert b"\x1b[?1049l" not in shell.terminal.received
    assert b"\x1b[?1049h" in (recorder.folder / "out").read_bytes()


def test_one_file_for_stdout_and_stderr_keeps_their_order(recorder: Recorder) -> None:
    """`2>&1 | cat`: what is written to both in turn arrives in turn."""
    script = "import os\nfor n in range(300): os.write(1, b'o%d\\n' % n); os.write(2, b'e%d\\n' % n)"
    done = recorder.run(python(script), "--quiet", stderr=subprocess.STDOUT)
    assert done.stdout.split() == [b"%c%d" % (kind, n) for n in range(300) for kind in b"oe"]


def test_a_child_may_let_go_of_its_terminal_and_take_it_again(recorder: Recorder) -> None:
    """Its own descriptors closed, /dev/tty opened later: it is seen and heard again."""
    script = "exec </dev/null >/dev/null 2>&1; sleep 0.3; exec </dev/tty >/dev/tty 2>&1; echo again; read x; exit $x"
    with recorder.terminal(["sh", "-c", script], "--quiet") as terminal:
        terminal.wait_for_bytes(b"again")
        terminal.write("5\r")
        assert terminal.exit_status() == 5


def test_a_script_without_a_first_line_runs_as_in_a_shell(recorder: Recorder) -> None:
    """What exec refuses as no format is given to sh."""
    program = recorder.folder / "program"
    program.write_text('echo "plain $1"; exit 4\n')
    program.chmod(0o755)
    done = recorder.run([str(program), "script"])
    assert (done.returncode, done.stdout) == (4, b"plain script\n")


def test_a_directory_that_was_removed_is_no_obstacle(recorder: Recorder) -> None:
    """A program runs where its directory is gone; it is only not named in the log."""
    gone = recorder.folder / "gone"
    gone.mkdir()
    command = shlex.join(recorder.command(["/bin/sh", "-c", "exit 6"], "--quiet"))
    done = recorder.run_plain(["sh", "-c", f"cd gone; rmdir ../gone; PYTHONSAFEPATH=1 {command}"])
    assert done.returncode == 6


def test_times_rise_over_segments(recorder: Recorder) -> None:
    """The first line of a segment is no younger than what follows it."""
    recorder.configure("segment_size = 20000\n")
    assert recorder.run(["seq", "1", "60000"], "--quiet", stdout=subprocess.DEVNULL).returncode == 0
    with recorder.terminal(["seq", "1", "60000"], "--quiet") as terminal:
        assert terminal.exit_status() == 0
    newest = max(recorder.logs, key=lambda path: path.stat().st_mtime).name[:36]
    logs = [path for path in recorder.logs if path.name.startswith(newest)]
    assert len(logs) > 1
    times = [decode_line(line).timestamp for path in logs for line in path.read_bytes().splitlines()]
    assert times == sorted(times)


def test_settings_that_others_may_write_are_refused(tmp_path: Path) -> None:
    """They name a program to run: who can write them could run anything."""
    (tmp_path / "config.toml").write_text('command = "true"\n')
    (tmp_path / "config.toml").chmod(0o666)
    tmp_path.chmod(0o700)
    with pytest.raises(InsecureHomeError, match=r"config\.toml"):
        load_config(tmp_path, {})


def test_folders_are_private_whatever_the_umask(recorder: Recorder) -> None:
    """Also those above the home that had to be made."""
    recorder.environment["CLAUDE_SESSIONS_HOME"] = str(recorder.folder / "a" / "b" / "home")
    for umask in ("000", "777"):
        command = shlex.join(recorder.command(["true"], "--quiet"))
        assert recorder.run_plain(["sh", "-c", f"umask {umask}; {command}"]).returncode == 0
        for folder in ("a", "a/b", "a/b/home", "a/b/home/logs"):
            assert (recorder.folder / folder).stat().st_mode & 0o777 == 0o700
        subprocess.run(["rm", "-rf", "a"], cwd=recorder.folder, check=True)


def test_no_fork_no_trace(recorder: Recorder) -> None:
    """Where no process can be started: one sentence, the terminal as it was, no empty log."""
    program = recorder.folder / "unlucky.py"
    program.write_text(
        "import errno, os, sys\n"
        "def fork(): raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))\n"
        "os.fork = fork\n"
        "from claude_sessions.__main__ import main\nsys.exit(main())\n"
    )
    with recorder.terminal_for([sys.executable, str(program), "start", "--command", "true"]) as terminal:
        assert terminal.exit_status() == 2
        assert b"no process can be started" in terminal.received
        assert not recorder.logs


@pytest.mark.parametrize("module", ["claude_sessions.cli.app", "typer", "claude_sessions.cli.list"])
def test_a_key_between_the_imports_leaves_no_traceback(recorder: Recorder, module: str) -> None:
    """Ctrl-C before a command begins ends it as it would end any program."""
    program = recorder.folder / "early.py"
    program.write_text(
        "import os, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(name, *_):\n"
        "        if name == sys.argv[1]: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder)\n"
        "from claude_sessions.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = recorder.run_plain([sys.executable, str(program), module])
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")
