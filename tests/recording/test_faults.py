"""Whatever goes wrong in recording, the session goes on; with --strict it ends."""

import os
import re
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_sessions.log.events import GapInfo
from tests.conftest import require
from tests.kit.recorder import Recorder, python

NOISY = r"""
import os, sys
for n in range(60):
    os.write(1, b"%03d" % n + os.urandom(40_000).hex().encode() + b"\n")
os.write(1, b"finished\n")
sys.exit(5)
"""


def limited(command: list[str], size: int) -> list[str]:
    """Return the command run with RLIMIT_FSIZE: files grow no further, the disk is full for this process alone."""
    script = (
        f"import os, resource, signal, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    return python(script, *command)


def test_a_log_that_cannot_grow_does_not_stop_the_session(recorder: Recorder) -> None:
    """Output is whole, the exit code is the child's, the sentence at the end says how much is missing and why."""
    done = recorder.run_plain(limited(recorder.command(python(NOISY)), 200_000))
    assert (done.returncode, done.stdout[-9:], len(done.stdout)) == (5, b"finished\n", 60 * 80_004 + 9)
    told = re.search(rb"(\d+) bytes of it are missing \(File too large\)", done.stderr)
    assert told
    assert done.stderr.count(b"\n") == 1
    text = recorder.logs[0].read_bytes()
    assert len(text) <= 200_000 + 1
    lines = text.split(b"\n")[:-1]
    assert b'"direction":"start"' in lines[0]
    assert int(told[1]) > 4_000_000


def test_strict_ends_the_session_that_cannot_be_recorded(recorder: Recorder) -> None:
    """With --strict a log that cannot grow ends the child: exit 2, one sentence, nothing shown that is not in the log."""
    child = python(NOISY + "\n")
    with recorder.terminal_for(limited(recorder.command(child, "--strict"), 200_000)) as terminal:
        before = terminal.settings()
        assert terminal.exit_status() == 2
        assert terminal.settings() == before
        assert b"--strict" in terminal.received
        shown = bytes(terminal.received).partition(b"claude-sessions:")[0]
        assert b"finished" not in shown
    lines = recorder.logs[0].read_bytes().split(b"\n")
    assert len(shown) <= sum(len(line) for line in lines)


def test_strict_shows_what_is_recorded(recorder: Recorder) -> None:
    """While the log works --strict changes nothing: bytes, exit code and log are the same."""
    with recorder.terminal(["sh", "-c", "seq 1000; exit 4"], "--strict", "--quiet") as terminal:
        assert terminal.exit_status() == 4
        assert recorder.data("output") == bytes(terminal.received)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    require(os.geteuid() == 0, "mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "none", str(place)], capture_output=True, check=False
    )
    require(mounted.returncode == 0, "file systems cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_space_that_comes_back_is_used(recorder: Recorder, small_disk: Path) -> None:
    """On a full disk the session goes on; once there is room the log goes on too, and no byte of it is missing."""
    os.mkfifo(recorder.folder / "gate")
    recorder.home = small_disk / "sessions"
    recorder.environment["CLAUDE_SESSIONS_HOME"] = str(recorder.home)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 900_000)
    child = ["sh", "-c", "head -c 600000 /dev/zero; echo; echo all of it; cat gate; exit 3"]
    with recorder.terminal(child, "--quiet") as terminal:
        terminal.wait_for_bytes(b"all of it")
        ballast.unlink()
        (recorder.folder / "gate").write_bytes(b"")
        assert terminal.exit_status() == 3
        assert recorder.data("output") == bytes(terminal.received)
    assert recorder.kinds()[-2:] == ["exit", "seal"]
    assert not recorder.infos("gap", GapInfo)


def test_a_disk_that_stays_full_is_told(recorder: Recorder, small_disk: Path) -> None:
    """A full tmpfs: the screen is whole, the exit code the child's, the sentence names the reason; the log reads back."""
    recorder.home = small_disk / "sessions"
    recorder.environment["CLAUDE_SESSIONS_HOME"] = str(recorder.home)
    done = recorder.run(python(NOISY))
    assert (done.returncode, done.stdout[-9:]) == (5, b"finished\n")
    assert b"No space left on device" in done.stderr
    lines = recorder.logs[0].read_bytes().split(b"\n")
    assert b'"direction":"start"' in lines[0]


def test_a_home_that_cannot_be_made_is_told_before_and_after(recorder: Recorder) -> None:
    """Where no log can be made claude runs unrecorded: one sentence before, one after, its own exit code."""
    recorder.environment["CLAUDE_SESSIONS_HOME"] = "/proc/nowhere/sessions"
    done = recorder.run(["sh", "-c", "echo output; exit 9"])
    assert (done.returncode, done.stdout) == (9, b"output\n")
    before, after = done.stderr.decode().splitlines()
    assert "nothing will be recorded" in before
    assert "was not recorded" in after
    assert recorder.run(["sh", "-c", "exit 9"], "--quiet").stderr == b""
    strict = recorder.run(["echo", "output"], "--strict")
    assert (strict.returncode, strict.stdout, strict.stderr.count(b"\n")) == (2, b"", 1)


def make_group_writable(home: Path) -> None:
    home.mkdir()
    home.chmod(0o770)


def make_link(home: Path) -> None:
    target = home.with_name("target")
    target.mkdir(mode=0o700)
    home.symlink_to(target)


def make_file(home: Path) -> None:
    home.write_text("")


def make_link_inside(home: Path) -> None:
    home.mkdir(mode=0o700)
    make_link(home / "logs")


def make_foreign(home: Path) -> None:
    require(os.geteuid() == 0, "giving a folder to somebody else needs root")
    home.mkdir(mode=0o700)
    os.chown(home, 12345, 12345)


@pytest.mark.parametrize("make", [make_group_writable, make_link, make_file, make_link_inside, make_foreign])
def test_an_insecure_home_is_refused(recorder: Recorder, make: Callable[[Path], None]) -> None:
    """A folder that others could write or have put there: exit 2 with the reason, before the child runs."""
    make(recorder.home)
    done = recorder.run(["touch", "ran"])
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert str(recorder.home).encode() in done.stderr or b"logs" in done.stderr
    assert not (recorder.folder / "ran").exists()


def test_segments_of_a_real_session_follow_each_other(recorder: Recorder) -> None:
    """With a small segment_size a session fills several files, which read as one."""
    recorder.configure("segment_size = 20000\n")
    done = recorder.run(python(NOISY), "--quiet")
    assert len(recorder.logs) > 3
    assert recorder.data("output") == done.stdout
    assert [entry.direction for entry in recorder.entries()].count("seal") == 1


def test_a_wrong_configuration_is_named(recorder: Recorder) -> None:
    """An unknown key or a wrong type: exit 2, the file and the key in one sentence, nothing has run."""
    for text, word in (("strict = 3\n", b"strict"), ("no_such_key = 1\n", b"no_such_key"), ("[[[", b"config.toml")):
        recorder.configure(text)
        done = recorder.run(["touch", "ran"])
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
        assert word in done.stderr
        assert not (recorder.folder / "ran").exists()


def test_the_limit_is_a_limit() -> None:
    """The wrapper of these tests restricts files alone, and only in the process it starts."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
