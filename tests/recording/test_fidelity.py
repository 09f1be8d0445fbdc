"""Bytes pass both ways unchanged, and the log holds exactly what passed."""

import os

import pytest

from tests.kit.recorder import Recorder, python

EVERY_BYTE = bytes(range(256))

ECHO_RAW = """
import os, sys, tty
tty.setraw(0)
os.write(1, b"ready")
left = int(sys.argv[1])
while left:
    data = os.read(0, left)
    left -= len(data)
    os.write(1, data)
"""


def test_every_byte_value_passes_both_ways(recorder: Recorder) -> None:
    """What is typed reaches a raw child as it is, what that writes reaches the terminal as it is, and the log has both."""
    typed = EVERY_BYTE * 8 + EVERY_BYTE[::-1]
    with recorder.terminal(python(ECHO_RAW, str(len(typed))), "--quiet") as terminal:
        terminal.wait_for_bytes(b"ready")
        terminal.write(typed)
        assert terminal.exit_status() == 0
        assert bytes(terminal.received) == b"ready" + typed
    assert recorder.data("output") == b"ready" + typed
    assert recorder.data("input") == typed


def test_a_burst_just_before_the_end_is_not_lost(recorder: Recorder) -> None:
    """A child that writes 300 kB and exits at once has all of it shown and recorded, 20 times out of 20."""
    size = 300_000
    for _ in range(20):
        with recorder.terminal(["head", "-c", str(size), "/dev/zero"], "--quiet") as terminal:
            assert terminal.exit_status() == 0
            assert terminal.received.count(b"\0") == size
    assert recorder.data("output").count(b"\0") == 20 * size


def test_sequences_split_over_many_writes_arrive_whole(recorder: Recorder) -> None:
    """Characters of several bytes and escape sequences written byte by byte are what they were."""
    text = "naïve ❯ 日本語 👩‍👩‍👧 \x1b[1;31mred\x1b[0m \x1b]0;title\x07 end".encode()
    script = "import os, sys\nfor byte in bytes.fromhex(sys.argv[1]): os.write(1, bytes([byte]))"
    with recorder.terminal(python(script, text.hex()), "--quiet") as terminal:
        terminal.exit_status()
        assert bytes(terminal.received) == text
    assert recorder.data("output") == text


def test_the_log_says_when_each_entry_was_and_never_goes_back(recorder: Recorder) -> None:
    """Timestamps rise, sizes are those of the data, and every line carries the session's id."""
    recorder.run(["seq", "1000"])
    entries = recorder.entries()
    times = [entry.time_ns for entry in entries]
    assert times == sorted(times)
    assert {entry.session_id for entry in entries} == {recorder.session_id}
    assert entries[0].direction == "start"
    assert [entry.direction for entry in entries][-2:] == ["exit", "seal"]


@pytest.mark.parametrize("lines", [[b"x" * 4000], [b"a" * 80] * 50], ids=["one line", "many lines"])
def test_what_was_typed_ahead_is_kept_and_echoed_once(recorder: Recorder, lines: list[bytes]) -> None:
    """Four thousand characters typed before the start reach the child, and the screen shows them once, as without us."""
    gate = recorder.folder / "gate"
    os.mkfifo(gate)
    script = "import sys\nfor n in range(int(sys.argv[1])): print(len(sys.stdin.readline()), end=' ')\nprint('done')"
    command = recorder.command(python(script, str(len(lines))), "--quiet")
    typed = b"".join(line + b"\n" for line in lines)
    with recorder.terminal_for(["sh", "-c", f'cat {gate}; exec "$@"', "sh", *command]) as terminal:
        terminal.write(typed)
        terminal.wait_until(lambda: terminal.received.count(b"\n") == len(lines), "the terminal's own echo")
        gate.write_bytes(b"")
        assert terminal.exit_status() == 0
        expected = b" ".join(b"%d" % (len(line) + 1) for line in lines) + b" done"
        assert terminal.received.endswith(expected + b"\r\n")
        assert terminal.received.count(lines[0][:40]) == typed.count(lines[0][:40])
    assert recorder.data("input") == typed
