"""`client`: what `watch` prints, told by a server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from tests.kit.serving import Serving
from tests.kit.spoken import Fields, calls, chained, encoded, gives, says, user, write

ONE = "11111111-aaaa-4aaa-8aaa-000000000001"
BEFORE = "Feb 07    shop          Mend ^[[31mit             "


def line(text: str) -> Fields:
    return user(text, timestamp="2026-02-07T12:00:00.000Z", cwd="/home/ann/shop", sessionId=ONE)


def append(path: Path, *lines: Fields) -> None:
    with path.open("ab") as file:
        file.write(encoded(chained(lines, "v")))


@pytest.fixture
def session(own_home: Path) -> Path:
    """A session with a title and three prompts."""
    lines = [{"type": "ai-title", "aiTitle": "Mend \x1b[31mit"}, line("one"), line("two\nmore"), line("three")]
    return write(own_home / ".claude", chained(lines), ONE)


@pytest.fixture
def server(session: Path, tmp_path: Path) -> Iterator[Serving]:
    """A server that knows it."""
    with Serving(os.environ, tmp_path, "--log-level", "error") as serving:
        yield serving


@contextmanager
def following(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        [sys.executable, "-m", "claude_sessions", "client", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: "subprocess.Popen[str]", count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def test_the_same_lines_as_watch(session: Path, server: Serving) -> None:
    """The last N, then what happens, with titles, nothing of it an escape; also behind a restart; Ctrl-C ends it."""
    with following("-n", "2") as client:
        assert lines(client, 2) == [f"{BEFORE}❯ two…", f"{BEFORE}❯ three"]
        append(session, says("On it."), calls("Bash", {"command": "ls"}), gives("\x1b[31mred", error=True))
        assert [text[len(BEFORE) :] for text in lines(client, 3)] == ["● On it.", "● Bash(ls)", "  ✗ Bash: ^[[31mred"]
        server.stop(signal.SIGKILL)
        append(session, says("Meanwhile."))
        server.start()
        assert [text[len(BEFORE) :] for text in lines(client, 1)] == ["● Meanwhile."]
        client.send_signal(signal.SIGINT)
        out, complaints = client.communicate(timeout=20)
        assert (client.returncode, out) == (130, "")
        assert [each.split(":")[1].split(";")[0].strip() for each in complaints.splitlines()] == [
            "the server is gone",
            "the server is back",
        ]


def test_json_of_what_is_chosen(session: Path, server: Serving) -> None:
    """`--json` prints the server's messages in ASCII; filters pass only what is asked for; an address may be named."""
    arguments = ("--json", "-n", "2", "--project", "shop", "--type", "user", "--session", ONE[:8])
    with following(server.url.replace("http", "ws"), *arguments) as client:
        first, second = map(json.loads, lines(client, 2))
        assert (first["type"], first["file"]) == ("log_entry", str(session))
        assert [each["data"]["message"]["content"] for each in (first, second)] == ["two\nmore", "three"]
        append(session, says("no"), user("caf\u00e9", cwd="/home/ann/shop"))
        (text,) = lines(client, 1)
        assert text.isascii()
        assert json.loads(text)["data"]["message"]["content"] == "caf\u00e9"


def test_who_waits_for_the_person(session: Path, server: Serving) -> None:
    """A session that begins to wait is a line of its own."""
    registry = session.parents[2] / "sessions" / f"{os.getpid()}.json"
    registry.parent.mkdir()
    with following("-n", "1") as client:
        assert lines(client, 1)[0].endswith("❯ three")
        waiting = {"pid": os.getpid(), "sessionId": ONE, "cwd": "/home/ann/shop", "status": "waiting"}
        registry.write_text(json.dumps(waiting | {"waitingFor": "permission prompt"}))
        assert lines(client, 1)[0].endswith(
            "shop          Mend ^[[31mit             ! waiting for you (permission prompt)"
        )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "claude-sessions serve starts one"),
        (("http://127.0.0.1:9",), "no server answers at http://127.0.0.1:9"),
        (("nowhere",), "nowhere is no address"),
        (("/nowhere", "--token-file", "/nowhere"), "/nowhere cannot be read"),
    ],
)
def test_no_server(
    own_home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    """A server that is not there is one sentence, and exit code 2."""
    assert run(["client", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
