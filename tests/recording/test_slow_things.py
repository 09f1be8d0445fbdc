"""Slow terminals, full queues and processes that hold on: nothing hangs, nothing grows."""

import hashlib
import os
from pathlib import Path

import pytest

from claude_sessions.log.events import ExitInfo
from tests.kit.recorder import Recorder, end, is_gone, parent_of, python, state_of
from tests.kit.terminal import wait_until

MEGABYTE = 1_000_000

WRITE_AND_COUNT = r"""
import os, sys
block, total = b"x" * 65536, int(sys.argv[1])
open("pid", "w").write(str(os.getpid()))
written = 0
while written < total:
    written += os.write(1, block[: total - written])
    with open("written.new", "w") as file:
        file.write(str(written))
    os.rename("written.new", "written")
"""


def pss_kilobytes(pid: int) -> int:
    """Return the memory that a process has for itself, in kB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


@pytest.mark.usefixtures("needs_proc")
def test_a_slow_terminal_slows_the_child(recorder: Recorder) -> None:
    """A child that writes 30 MB at a terminal that takes 2 MB is held up there, and the recorder's memory stays flat."""
    total = 30 * MEGABYTE
    with recorder.terminal(python(WRITE_AND_COUNT, str(total)), "--quiet") as terminal:
        written = recorder.folder / "written"
        terminal.wait_until(lambda: len(terminal.received) > MEGABYTE, "the first megabyte")
        child = int((recorder.folder / "pid").read_text())
        host = parent_of(child)
        memory = pss_kilobytes(host)
        terminal.wait_until(lambda: len(terminal.received) > 2 * MEGABYTE, "the second megabyte")
        looks = [-1]

        def held_up() -> bool:  # nobody reads: two equal looks, one after the other
            looks.append(int(written.read_text()))
            return looks[-1] == looks[-2] and state_of(child) == "S"

        wait_until(held_up, "the child to be held up")
        assert looks[-1] < len(terminal.received) + MEGABYTE
        assert pss_kilobytes(host) < memory + 4096
        del terminal.received[:]


def test_a_paste_into_a_child_that_does_not_read_hangs_nothing(recorder: Recorder) -> None:
    """With a megabyte on its way in, output still flows, and a signal still ends the child."""
    script = (
        "import os, tty\ntty.setraw(0)\nos.write(1, b'ready')\n"
        "open('gate', 'rb').read()\nos.write(1, b'x' * 1_000_000 + b'end')\nopen('gate', 'rb').read()\n"
    )
    os.mkfifo(recorder.folder / "gate")
    with recorder.terminal(python(script), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        paste = memoryview(b"p" * MEGABYTE)
        taken = 0
        while True:  # until neither the terminal's queue nor the recorder takes any more
            try:
                taken += os.write(terminal.master, paste[taken:])
            except BlockingIOError:
                if not terminal.read(0.2):
                    break
        assert taken < MEGABYTE
        (recorder.folder / "gate").write_bytes(b"")
        terminal.wait_for_bytes(b"xend")
        terminal.process.terminate()
        assert terminal.exit_status() == 143
    assert recorder.exit() == ExitInfo(signal=15)


def test_a_paste_reaches_a_child_that_reads_slowly_whole(recorder: Recorder) -> None:
    """A megabyte pasted into a raw child arrives byte for byte."""
    script = (
        "import hashlib, os, tty\ntty.setraw(0)\nos.write(1, b'ready')\nleft, digest = 1_000_000, hashlib.sha256()\n"
        "while left:\n    data = os.read(0, min(left, 1000)); left -= len(data); digest.update(data)\n"
        "os.write(1, digest.hexdigest().encode())"
    )
    paste = os.urandom(MEGABYTE)
    with recorder.terminal(python(script), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        terminal.write(paste)
        terminal.exit_status()
        assert terminal.received.endswith(hashlib.sha256(paste).hexdigest().encode())
    assert recorder.data("input") == paste


@pytest.mark.usefixtures("needs_proc")
@pytest.mark.parametrize("holder", ["sleep 1000", "yes"], ids=["that is silent", "that writes for ever"])
def test_a_background_process_on_the_terminal_does_not_keep_us(recorder: Recorder, holder: str) -> None:
    """When the child has ended the session ends, although something it started still holds the terminal."""
    child = ["sh", "-c", f"trap '' HUP; {holder} & echo $! >pid; echo done; exit 3"]
    with recorder.terminal(child, "--quiet") as terminal:
        try:
            assert terminal.exit_status(timeout=10) == 3
            assert b"done\r\n" in terminal.received
        finally:
            end(int((recorder.folder / "pid").read_text()))
    assert recorder.exit() == ExitInfo(code=3)
    assert recorder.kinds()[-1] == "seal"
    wait_until(lambda: is_gone(int((recorder.folder / "pid").read_text())), "the process of the test to end")
