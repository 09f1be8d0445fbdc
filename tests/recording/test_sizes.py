"""The child's terminal always has the size of the person's, in characters and in pixels."""

import fcntl
import struct
import termios

from claude_sessions.log.events import StartInfo
from tests.kit.recorder import Recorder, python

TELL_SIZES = """
import fcntl, os, signal, termios, tty, struct
seen = 0
def changed(*_):
    global seen
    seen += 1
def tell():
    rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, b"." * 8))
    os.write(1, b"[%d %d %d %d after %d]" % (columns, rows, width, height, seen))
signal.signal(signal.SIGWINCH, changed)
tty.setraw(0)
tell()
while os.read(0, 1) != b"q":
    tell()
"""


def test_the_child_sees_the_size_at_its_start(recorder: Recorder) -> None:
    """Columns, rows and pixels are those of the person's terminal before the child's first instruction."""
    with recorder.terminal(python(TELL_SIZES), columns=117, rows=41) as terminal:
        terminal.wait_for_bytes(b"[117 41 936 656 after 0]")
        terminal.write("q")
        assert terminal.exit_status() == 0
    info = recorder.infos("start", StartInfo)[0]
    assert (info.columns, info.rows, info.term) == (117, 41, "xterm-256color")


def test_each_change_reaches_the_child_once_and_the_log(recorder: Recorder) -> None:
    """A resized window gives the child the new size and one SIGWINCH, and the log a `resize` entry at its place."""
    with recorder.terminal(python(TELL_SIZES), columns=100, rows=30) as terminal:
        terminal.wait_for_bytes(b"[100 30 800 480 after 0]")
        for number, (columns, rows) in enumerate([(80, 24), (132, 50), (80, 24)], start=1):
            terminal.resize(columns, rows)
            recorder.wait_for_kind("resize", number)
            terminal.write("?")
            terminal.wait_for_bytes(b"[%d %d %d %d after %d]" % (columns, rows, 8 * columns, 16 * rows, number))
        terminal.write("q")
        assert terminal.exit_status() == 0
    assert [entry.data for entry in recorder.entries() if entry.direction == "resize"] == [
        b"80x24",
        b"132x50",
        b"80x24",
    ]


def test_a_change_of_the_pixels_alone_reaches_the_child(recorder: Recorder) -> None:
    """Another font size changes only the pixels: the child is told that too."""
    with recorder.terminal(python(TELL_SIZES), columns=100, rows=30) as terminal:
        terminal.wait_for_bytes(b"after 0]")
        fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 1000, 600))
        recorder.wait_for_kind("resize")
        terminal.write("?")
        terminal.wait_for_bytes(b"[100 30 1000 600 after 1]")
        terminal.write("q")
        terminal.exit_status()


def test_a_terminal_without_a_size_is_passed_on_as_it_is(recorder: Recorder) -> None:
    """Where the terminal says 0 by 0 (a serial line), the child sees that; the log has a size to replay with."""
    with recorder.terminal_for(
        ["sh", "-c", 'stty cols 0 rows 0; exec "$@"', "sh", *recorder.command(python(TELL_SIZES))]
    ) as terminal:
        terminal.wait_for_bytes(b"[0 0 800 480 after 0]")
        terminal.write("q")
        terminal.exit_status()
    info = recorder.infos("start", StartInfo)[0]
    assert (info.columns, info.rows) == (80, 24)
