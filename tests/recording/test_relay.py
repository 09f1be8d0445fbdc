"""A fault of the recorder itself: the log ends, the person's session does not."""

import signal
import sys
from pathlib import Path

import pytest

from claude_sessions.log.entry import GAP, INPUT
from tests.kit.recorder import Recorder, python

FAULTS = {
    "while it records": "from claude_sessions.recording.journal import Journal\n"
    "def fault(self, data, *, hidden):\n    raise RuntimeError('a fault of ours')\n"
    "Journal.input = fault\n",
    "before it records": "import sys\nsys.modules['claude_sessions.recording.session'] = None\n",
}
"""Code that makes the fault: at the first key, and a module that an upgrade has broken meanwhile."""

CHILD = """
import os, signal, sys
signal.signal(signal.SIGWINCH, lambda *_: os.write(1, b"columns %d\\n" % os.get_terminal_size().columns))
print("begun", flush=True)
for line in sys.stdin:
    print("heard", line.strip(), flush=True)
    if line.strip() == "end":
        sys.exit(7)
"""


@pytest.mark.parametrize("fault", list(FAULTS))
def test_the_session_goes_on(recorder: Recorder, fault: str, tmp_path: Path) -> None:
    """Keys, output, window size and exit code are the child's until its end; the last line says what happened."""
    program = tmp_path / "faulty.py"
    program.write_text(FAULTS[fault] + "from claude_sessions.__main__ import main\nimport sys\nsys.exit(main())\n")
    command = recorder.command(python(CHILD))
    at = command.index("start")
    with recorder.terminal_for([sys.executable, str(program), *command[at:]]) as terminal:
        terminal.wait_for_bytes(b"begun")
        terminal.write("one\n")
        terminal.wait_for_bytes(b"heard one")
        terminal.resize(90, 30)
        terminal.wait_for_bytes(b"columns 90")
        terminal.write("end\n")
        assert terminal.exit_status() == 7
        assert b"the recorder failed" in terminal.received
    kinds = [entry.direction for entry in recorder.entries()] if fault == "while it records" else [GAP]
    assert GAP in kinds
    assert INPUT not in kinds


def test_a_signal_still_reaches_the_child(recorder: Recorder, tmp_path: Path) -> None:
    """SIGTERM to the command ends the child also when nothing is recorded any more."""
    program = tmp_path / "faulty.py"
    program.write_text(FAULTS["before it records"] + "from claude_sessions.__main__ import main\nsys.exit(main())\n")
    command = recorder.command(["sh", "-c", "echo begun; exec sleep 1000"])
    at = command.index("start")
    with recorder.terminal_for([sys.executable, str(program), *command[at:]]) as terminal:
        terminal.wait_for_bytes(b"begun")
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_status() == 128 + signal.SIGTERM
