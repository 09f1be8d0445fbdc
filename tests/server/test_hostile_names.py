"""Files and folders may be called anything: that ends no server and no command, and what is listed can be opened."""

import os
from pathlib import Path

import pytest
import trio

from claude_sessions.cli.app import run
from tests.kit.claude_folder import ClaudeFolder, line
from tests.kit.served import Served, run_served

GOOD = "11111111-2222-3333-4444-555555555555"
NAMES = [b"\xff\xfe", b"a<b>'\"&", b"new\nline\x1b[31m", b"\xe2\x80\xaegnp", b"-rf", b"x" * 200]
FOLDERS = [b"-home-ann-shop", b"-home-\xff"]


@pytest.fixture
def odd(claude_folder: ClaudeFolder) -> ClaudeFolder:
    """Sessions with odd names, in a project's folder and in one whose name is odd, beside a usual one."""
    session = claude_folder.session(session_id=GOOD, lines=0)
    claude_folder.grow(session, line(GOOD, "/home/ann/shop", 0, message={"role": "user", "content": "fix \u202egnp.x"}))
    for folder in FOLDERS:
        path = os.path.join(os.fsencode(claude_folder.projects), folder)
        os.makedirs(path, exist_ok=True)
        for name in NAMES:
            with open(os.path.join(path, name + b".jsonl"), "wb") as file:
                file.write(line("", "", 1) + response(GOOD))
    return claude_folder


def response(session_id: str) -> bytes:
    """Return the line of a response that used something, which tells no directory."""
    message = {"id": "m", "role": "assistant", "model": "claude-sonnet-4-5", "content": [], "stop_reason": "end_turn"}
    used = {"usage": {"input_tokens": 3, "output_tokens": 4}}
    return line(session_id, "", 2, type="assistant", requestId="r", message=message | used)


def test_the_server_lives_and_lists_what_can_be_opened(tmp_path: Path, odd: ClaudeFolder) -> None:
    """It begins, goes on when such files grow, and each session that it lists answers."""

    async def story(server: Served) -> None:
        odd.grow(odd.projects / "-home-ann-shop" / os.fsdecode(NAMES[0] + b".jsonl"))
        await trio.sleep(0.8)  # the list reads them half a second later
        ids = [one["id"] for one in (await server.get("/api/claude-sessions/all")).json]
        assert ids == [GOOD]
        assert (await server.get("/api/claude-sessions/all")).json[0]["title"] == "fix gnp.x"
        assert [one["session_id"] for one in (await server.get("/sessions")).json["sessions"]] == [GOOD]
        for target in (f"/sessions/{GOOD}/events", f"/api/transcripts/{GOOD}", "/api/search?q=fix"):
            assert (await server.get(target)).status == 200
        for by in ("project", "session", "daily", "blocks"):
            assert (await server.get(f"/api/usage?by={by}")).status == 200
        assert (await server.get("/health")).status == 200

    run_served(tmp_path, story)


@pytest.mark.parametrize(
    "command", ["usage project", "usage session", "stats", "recent", "tools", "files", "search what"]
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_command_ends_at_an_odd_name(
    own_home: Path, odd: ClaudeFolder, capfd: pytest.CaptureFixture[str], command: str, form: list[str]
) -> None:
    """Each command that goes over all transcripts does its work, and nothing raw of a name reaches a terminal."""
    assert run([*command.split(), *form]) == 0
    said = capfd.readouterr()
    assert "\x1b" not in said.out + said.err
