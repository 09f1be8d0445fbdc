"""What the document promises is what the server does: schemathesis asks everything that it describes, in every way it can think of."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from claude_sessions.log.events import LinkInfo
from tests.conftest import require
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.recordings import LogWriter
from tests.server.test_serve import serving

_EXAMPLES = "10"
_UNSAID = "positive_data_acceptance"
"""Not checked: that a text is a date, a regular expression or a time zone, no schema can say."""


def test_no_finding(own_home: Path, claude_folder: ClaudeFolder, tmp_path: Path) -> None:
    """No answer has a status or a form that the document does not have, none is 500, and nothing wrong is taken."""
    program = shutil.which("schemathesis", path=sysconfig.get_path("scripts")) or shutil.which("schemathesis")
    require(program, "schemathesis is not installed")
    assert program
    session = claude_folder.session()
    for number in range(3):
        log = LogWriter(own_home / ".claude-sessions").start(title=f"number {number}")
        log.add("link", LinkInfo(session.stem)).add("output", b"a line\r\n").add("marker", b"here").exit()
    with serving("--port", "0", "--log-level", "error") as server:
        token = (own_home / ".claude-sessions" / "server" / "token").read_text().strip()
        url = f"http://127.0.0.1:{server.port}"
        done = subprocess.run(
            [
                *(program, "run", f"{url}/openapi.json", "--url", url, "-H", f"Authorization: Bearer {token}"),
                *("--exclude-path-regex", "/(events|stream)$", "--request-timeout", "20", "--seed", "1", "--no-color"),
                *("--exclude-checks", _UNSAID, "--max-examples", _EXAMPLES),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            check=False,
            timeout=150,
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
        assert server.end()[2] == ""
