"""How a session begins and ends: exit statuses, refusals, and what the child inherits."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.log.events import ExitInfo, StartInfo
from tests.kit.recorder import Recorder, python
from tests.kit.terminal import wait_until

TELL_STATE = """
import os, sys
for line in open("/proc/self/status"):
    if line.startswith(("SigBlk", "SigIgn", "SigCgt")):
        print(line.strip())
print(sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd)))
"""


# --- exit status


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_the_exit_code_is_the_childs(recorder: Recorder, code: int) -> None:
    """The command ends with the child's exit code, and the log says it."""
    with recorder.terminal(["sh", "-c", f"exit {code}"]) as terminal:
        assert terminal.exit_status() == code
    assert recorder.exit() == ExitInfo(code=code)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE, signal.SIGXFSZ])
def test_a_signal_becomes_128_and_its_number(recorder: Recorder, number: signal.Signals) -> None:
    """A child killed by a signal ends the command with 128 and the signal's number; the log names the signal."""
    with recorder.terminal(["sh", "-c", f"ulimit -c 0; kill -{int(number)} $$"]) as terminal:
        assert terminal.exit_status() == 128 + number
    assert recorder.exit() == ExitInfo(signal=int(number))


def test_the_end_is_told_in_one_line_on_stderr(recorder: Recorder) -> None:
    """After the session one line on stderr names it and says how to see it again; `--quiet` leaves it out."""
    done = recorder.run(["echo", "hello"])
    assert done.stdout == b"hello\n"
    assert done.stderr.decode() == (
        f"claude-sessions: recorded session {recorder.session_id};"
        f" claude-sessions replay {recorder.session_id[:8]} shows it\n"
    )
    assert recorder.run(["echo", "hello"], "--quiet").stderr == b""


# --- what is refused before anything runs


def test_a_missing_claude_is_explained(recorder: Recorder) -> None:
    """Without claude on PATH: exit 127, one sentence with the line that installs it and the hint at the demo."""
    recorder.environment["PATH"] = str(recorder.folder)
    done = recorder.run_plain([sys.executable, "-m", "claude_sessions", "start"])
    assert done.returncode == 127
    assert b"npm install -g @anthropic-ai/claude-code" in done.stderr
    assert b"claude-sessions demo" in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert not recorder.logs


def test_a_program_that_may_not_be_executed_gives_126(recorder: Recorder) -> None:
    """As a shell would say it: found, but not executable."""
    program = recorder.folder / "program"
    program.write_text("#!/bin/sh\n")
    done = recorder.run([str(program)])
    assert (done.returncode, done.stderr.count(b"\n")) == (126, 1)
    assert str(program).encode() in done.stderr
    assert not recorder.logs


@pytest.mark.parametrize(
    ("text", "code"),
    [("#!/nowhere/interpreter\n", 127), ("\0\0 no program\n", 126)],
    ids=["no interpreter", "no program"],
)
def test_a_program_that_cannot_be_run_is_told_by_exec(recorder: Recorder, text: str, code: int) -> None:
    """What only exec finds out gives 127 or 126 and one sentence; no recording of nothing is left."""
    program = recorder.folder / "program"
    program.write_text(text)
    program.chmod(0o755)
    done = recorder.run([str(program)])
    assert (done.returncode, done.stderr.count(b"\n")) == (code, 1)
    assert str(program).encode() in done.stderr
    assert not recorder.logs


def test_a_terminal_is_given_back_where_the_program_cannot_be_run(recorder: Recorder) -> None:
    """Raw mode was set already when exec fails: the settings are as before."""
    program = recorder.folder / "program"
    program.write_text("#!/nowhere/interpreter\n")
    program.chmod(0o755)
    with recorder.terminal([str(program)]) as terminal:
        before = terminal.settings()
        assert terminal.exit_status() == 127
        assert terminal.settings() == before
        assert b"\r\n" in terminal.received


def test_a_missing_directory_is_refused(recorder: Recorder) -> None:
    """A DIR that is not there: exit 2, and its name is in the sentence."""
    done = recorder.run(["true"], "no-such-place")
    assert done.returncode == 2
    assert b"no-such-place" in done.stderr
    assert not recorder.logs


@pytest.mark.parametrize("command", ["", "'unfinished"])
def test_a_command_that_is_none_is_refused(recorder: Recorder, command: str) -> None:
    """An empty command, or one with an open quote, is an error of usage."""
    done = recorder.run_plain([sys.executable, "-m", "claude_sessions", "start", "--command", command])
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


def test_a_recording_inside_a_recording_is_refused(recorder: Recorder) -> None:
    """The same user, the same home, the session still running: exit 3 and one sentence that names it."""
    done = recorder.run(recorder.command(["echo", "inside"]), "--quiet")
    assert done.returncode == 3
    assert recorder.session_id.encode() in done.stderr
    assert b"--nested" in done.stderr
    assert b"inside" not in done.stdout


def test_a_recording_inside_a_recording_is_made_where_asked_for(recorder: Recorder) -> None:
    """With --nested both are recorded; into another home it needs no flag."""
    done = recorder.run(recorder.command(["echo", "inside"], "--nested"), "--quiet")
    assert (done.returncode, done.stdout) == (0, b"inside\n")
    assert len(recorder.logs) == 2
    elsewhere = ["env", f"CLAUDE_SESSIONS_HOME={recorder.folder / 'other'}", *recorder.command(["echo", "inside"])]
    assert recorder.run(elsewhere, "--quiet").stdout == b"inside\n"


def test_the_id_of_a_session_that_has_ended_is_no_hindrance(recorder: Recorder) -> None:
    """A stale CLAUDE_SESSIONS_ID (a shell that outlived its session) does not stop a new recording."""
    recorder.run(["true"])
    for stale in (recorder.session_id, "00000000-0000-4000-8000-000000000000", "../../x", "nonsense"):
        recorder.environment["CLAUDE_SESSIONS_ID"] = stale
        assert recorder.run(["true"]).returncode == 0
    assert len(recorder.logs) == 5


# --- what the child gets


def test_one_variable_is_added(recorder: Recorder) -> None:
    """The child's environment is ours and CLAUDE_SESSIONS_ID, whose value is the recording's id."""
    recorder.environment["ODD"] = "a\nb=c"
    plain = set(recorder.run_plain(["env", "-0"]).stdout.split(b"\0"))
    recorded = set(recorder.run(["env", "-0"]).stdout.split(b"\0"))
    assert recorded - plain == {f"CLAUDE_SESSIONS_ID={recorder.session_id}".encode()}
    assert plain - recorded == set()


def test_pwd_follows_the_directory(recorder: Recorder) -> None:
    """In another DIR the child starts there, and PWD says so as `cd` would have."""
    inner = recorder.folder / "inner"
    inner.mkdir()
    recorder.environment["PWD"] = str(recorder.folder)
    done = recorder.run(["sh", "-c", 'pwd -P; printf "%s\\n" "$PWD"'], "inner")
    assert done.stdout.decode().splitlines() == [str(inner)] * 2
    assert recorder.infos("start", StartInfo)[0].directory == str(inner)


def test_arguments_after_the_dashes_belong_to_the_child(recorder: Recorder) -> None:
    """Everything after the first -- arrives as it is: options, empty words, another --."""
    words = ["-p", "", "--strict", "--", "two words", "~*$HOME"]
    done = recorder.run_plain([*recorder.command(python("import sys; print(sys.argv[1:])")), "--", *words])
    assert done.stdout.decode().strip() == str(words)
    assert list(recorder.infos("start", StartInfo)[0].arguments[-len(words) :]) == words


@pytest.mark.usefixtures("needs_proc")
@pytest.mark.parametrize("where", ["pipes", "terminal"])
def test_descriptors_and_signals_are_those_of_a_plain_run(recorder: Recorder, where: str) -> None:
    """No descriptor of ours is left open in the child, no signal blocked, ignored or caught that was not before."""
    if where == "pipes":
        plain = recorder.run_plain(python(TELL_STATE)).stdout
        recorded = recorder.run(python(TELL_STATE)).stdout
    else:
        with recorder.terminal_for(python(TELL_STATE)) as terminal:
            terminal.exit_status()
            plain = bytes(terminal.received)
        with recorder.terminal(python(TELL_STATE), "--quiet") as terminal:
            terminal.exit_status()
            recorded = bytes(terminal.received)
    assert b"SigIgn" in plain
    assert recorded == plain


@pytest.mark.usefixtures("needs_proc")
def test_a_native_child_has_sigpipe_and_sigxfsz_at_their_defaults(recorder: Recorder) -> None:
    """Python ignores both and would pass that on; a program that is not Python shows it."""
    mask = next(line for line in recorder.run(["cat", "/proc/self/status"]).stdout.splitlines() if b"SigIgn" in line)
    assert int(mask.split()[1], 16) & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1) == 0
    plain = next(
        line for line in recorder.run_plain(["cat", "/proc/self/status"]).stdout.splitlines() if b"SigIgn" in line
    )
    assert mask == plain


@pytest.mark.usefixtures("needs_proc")
def test_a_hangup_that_is_ignored_stays_ignored(recorder: Recorder) -> None:
    """Under nohup the child ignores SIGHUP as it would without us."""
    done = recorder.run_plain(["nohup", *recorder.command(["grep", "SigIgn", "/proc/self/status"])])
    assert int(done.stdout.split()[1], 16) & 1 << signal.SIGHUP - 1


def test_a_descriptor_that_the_caller_left_open_passes_through(recorder: Recorder) -> None:
    """A pipe that the caller opened under another number reaches the child, and its other end sees the end as soon as the child is gone."""
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        recorder.command(python("import os, sys; os.write(int(sys.argv[1]), b'through')", str(write_end))),
        env=recorder.environment,
        cwd=recorder.folder,
        pass_fds=[write_end],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end, "rb") as file:
        assert file.read() == b"through"
    assert process.wait(20) == 0


def test_the_child_is_its_terminals_foreground(recorder: Recorder) -> None:
    """The child leads a process group of its own, the terminal's foreground one, in a session that it does not lead."""
    script = (
        "import os\n"
        "print(os.getpgrp() == os.getpid(), os.tcgetpgrp(0) == os.getpid(), os.getsid(0) == os.getppid(), os.ttyname(1) != '')"
    )
    with recorder.terminal(python(script)) as terminal:
        terminal.exit_status()
        assert b"True True True True" in terminal.received


def test_no_queries_are_sent_to_the_terminal(recorder: Recorder) -> None:
    """The recorder itself writes nothing at all while it records: not at the start, not at the end."""
    with recorder.terminal(["true"], "--quiet") as terminal:
        terminal.exit_status()
        assert terminal.received == b""


def test_closed_standard_descriptors_stay_harmless(recorder: Recorder) -> None:
    """Started with 0, 1 and 2 closed, the session runs and is recorded; no file of ours gets their numbers."""
    shell = 'exec 0<&- 1>&- 2>&-; exec "$@"'
    child = ["sh", "-c", "echo to nobody; exit 5"]
    assert recorder.run_plain(["sh", "-c", shell, "sh", *recorder.command(child)]).returncode == 5
    assert recorder.exit() == ExitInfo(code=5)


def test_the_log_is_for_its_owner_alone(recorder: Recorder) -> None:
    """Folders have mode 0700, a finished log 0400, whatever the umask."""
    recorder.run_plain(["sh", "-c", 'umask 0; exec "$@"', "sh", *recorder.command(["true"])])
    modes = {path: path.stat().st_mode & 0o777 for path in (recorder.home, recorder.home / "logs", *recorder.logs)}
    assert list(modes.values()) == [0o700, 0o700, 0o400]
    assert (recorder.home / ".gitignore").read_text() == "*\n"


@pytest.fixture
def claude_on_path(recorder: Recorder) -> Callable[[str], Path]:
    """A function that puts a `claude` of the test's own in front of PATH."""

    def put(script: str) -> Path:
        folder = recorder.folder / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "claude"
        program.write_text(script)
        program.chmod(0o755)
        recorder.environment["PATH"] = f"{folder}{os.pathsep}{recorder.environment['PATH']}"
        return program

    return put


HELP = "#!/bin/sh\n[ \"$1\" = --help ] && echo asked >>asked && printf '%s\\n' '--session-id <uuid>' 'Commands:' '  mcp  x'\necho \"$@\"\n"


def test_claude_is_given_the_recordings_id(recorder: Recorder, claude_on_path: Callable[[str], Path]) -> None:
    """Where the flag exists and the arguments leave room, claude's own session has the recording's id; asked once."""
    claude_on_path(HELP)
    start = [sys.executable, "-m", "claude_sessions", "start"]
    done = recorder.run_plain([*start, "--", "-p", "hi"])
    assert done.stdout.decode() == f"--session-id {recorder.session_id} -p hi\n"
    for arguments in (["--resume"], ["--continue"], ["-c"], ["mcp", "list"], ["--session-id=x"]):
        assert recorder.run_plain([*start, "--", *arguments]).stdout.decode() == " ".join(arguments) + "\n"
    assert (recorder.folder / "asked").read_text() == "asked\n"


def test_a_claude_without_that_flag_gets_nothing_added(
    recorder: Recorder, claude_on_path: Callable[[str], Path]
) -> None:
    """An old claude, or a wrapper that knows no --help, is run with the person's arguments alone."""
    claude_on_path('#!/bin/sh\necho "$@"\n')
    done = recorder.run_plain([sys.executable, "-m", "claude_sessions", "start", "--", "-p", "hi"])
    assert done.stdout == b"-p hi\n"


def test_an_alias_inside_of_a_session_runs_the_program_as_it_is(recorder: Recorder) -> None:
    """With --skip-nested a nested start becomes the program: same output, same exit code, no second recording."""
    inner = recorder.command(["sh", "-c", "echo inner $CLAUDE_SESSIONS_ID; exit 5"], "--skip-nested")
    with recorder.terminal(inner) as terminal:
        assert terminal.exit_status() == 5
    assert f"inner {recorder.session_id}".encode() in recorder.data("output")


def test_the_end_of_a_session_sweeps_up(recorder: Recorder) -> None:
    """What an import that was killed left among the logs is removed when nobody waits any more."""
    recorder.run(["true"])
    left = recorder.logs[0].parent / ".import-dead-1"
    left.write_bytes(b"half")
    recorder.run(["true"])
    wait_until(lambda: not left.exists(), "the sweep")
    assert len(recorder.logs) == 2
