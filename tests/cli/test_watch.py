"""`watch`: the past first, then what happens, until Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.cli.watch import ascii_json
from tests.kit.spoken import Fields, calls, chained, encoded, gives, says, user, write
from tests.kit.terminal import PtyTerminal

ONE, TWO = "11111111-aaaa-4aaa-8aaa-000000000001", "22222222-aaaa-4aaa-8aaa-000000000002"


def line(text: str, **more: object) -> Fields:
    return user(text, timestamp="2026-02-07T12:00:00.000Z", cwd="/home/ann/shop", sessionId=ONE, **more)


@pytest.fixture
def session(own_home: Path) -> Path:
    """A session with a title and three prompts."""
    lines = [{"type": "ai-title", "aiTitle": "Mend \x1b[31mit"}, line("one"), line("two\nmore"), line("three")]
    return write(own_home / ".claude", chained(lines), ONE)


class Watching:
    """A `watch` whose lines are read one by one."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self.process = process
        self.out = process.stdout

    def lines(self, count: int) -> list[str]:
        return [self.out.readline().rstrip("\n") for _ in range(count)]

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was printed after all that was read."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20), self.out.read()


@contextmanager
def watching(*arguments: str) -> Iterator[Watching]:
    command = [sys.executable, "-m", "claude_sessions", "watch", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=environment
    ) as process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def append(path: Path, *lines: Fields) -> None:
    with path.open("ab") as file:
        file.write(encoded(chained(lines, "v")))


def test_the_past_then_what_happens(session: Path) -> None:
    """The last N are shown, oldest first; then each thing as it comes, with day, project and title; Ctrl-C ends it."""
    with watching("-n", "2") as watch:
        before = "Feb 07    shop          Mend ^[[31mit             "
        assert watch.lines(2) == [f"{before}❯ two…", f"{before}❯ three"]
        append(session, says("On it."), calls("Bash", {"command": "ls"}), gives("\x1b[31mred", error=True))
        assert [text[len(before) :] for text in watch.lines(3)] == ["● On it.", "● Bash(ls)", "  ✗ Bash: ^[[31mred"]
        assert watch.stop() == (130, "")


def test_a_new_session_is_called_by_what_was_said_first(session: Path) -> None:
    """A session that begins is shown from its first line on; until it has a title its first prompt is its name."""
    with watching("-n", "1") as watch:
        watch.lines(1)
        other = write(session.parents[2], [user("hello there", sessionId=TWO)], TWO)
        assert watch.lines(1)[0].split("  ")[-1].strip() == "❯ hello there"
        append(other, {"type": "custom-title", "customTitle": "Greeting"}, says("Hi."))
        text = watch.lines(1)[0]
        assert "Greeting" in text
        assert text.endswith("● Hi.")


def test_json_is_the_log_streamings_message(session: Path) -> None:
    """`--json` prints every line of a transcript as one object, in ASCII, with its session, file and offset."""
    append(session, user("caf\u00e9 \x1b[31m \U0001f600"))
    with watching("--json", "-n", "2") as watch:
        first, second = map(json.loads, watch.lines(2))
        assert first["data"]["message"]["content"] == "three"
        assert second["data"]["message"]["content"] == "caf\u00e9 \x1b[31m \U0001f600"
        assert (first["type"], first["session_id"], first["file"]) == ("log_entry", ONE, str(session))
        offset = session.stat().st_size
        append(session, {"type": "mode", "mode": "x"})
        third = json.loads(watch.lines(1)[0])
        assert (third["data"]["type"], third["offset"]) == ("mode", offset)


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (("--session", ONE[:8]), ["● past", "● mine"]),
        (("--project", "shop"), ["● past", "● mine"]),
        (("--type", "assistant"), ["● past", "● mine", "● other"]),  # two files: in any order
        (("--tool", "Bash"), ["● Bash(…)", "  └ Bash: done"]),
        (("--tool", "Bash", "--session", TWO), ["● Bash(…)", "  └ Bash: done"]),
    ],
)
def test_filters(session: Path, arguments: tuple[str, ...], texts: list[str]) -> None:
    """Only the sessions, projects, types and tools that are asked for are shown, of the past and of what comes."""
    append(session, says("past"))
    elsewhere = [user("before", sessionId=TWO, cwd="/srv/app"), calls("Bash")]
    other = write(session.parents[2], elsewhere, TWO, "/srv/app")
    os.utime(other, (1, 1))
    with watching(*arguments, "-n", "1") as watch:
        found = watch.lines(1)
        append(session, says("mine"))
        append(other, says("other"), gives("done"))
        found += watch.lines(len(texts) - 1)
    assert [found[0][50:], *sorted(text[50:] for text in found[1:])] == texts


def test_a_session_that_waits_says_so(session: Path) -> None:
    """What Claude waits for is a line of its own, once, also where it waits already when watching begins."""
    registry = session.parents[2] / "sessions" / f"{os.getpid()}.json"
    registry.parent.mkdir()
    waiting = {"pid": os.getpid(), "sessionId": ONE, "cwd": "/home/ann/shop", "status": "waiting"}
    registry.write_text(json.dumps(waiting | {"waitingFor": "permission prompt"}))
    with watching("-n", "1") as watch:
        first, second = watch.lines(2)
        assert first.endswith("❯ three")
        assert second[10:] == "shop          Mend ^[[31mit             ! waiting for you (permission prompt)"
        registry.write_text(json.dumps(waiting | {"status": "busy"}))
        append(session, says("Thanks."))
        assert watch.lines(1)[0].endswith("● Thanks.")


def test_what_is_no_session_is_an_error(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A session that nothing answers to ends the command before anything is watched."""
    assert session.exists()
    assert run(["watch", "--session", "ffffffff"]) == 1
    assert "ffffffff" in capsys.readouterr().err


def test_it_ends_when_its_reader_does(session: Path) -> None:
    """`watch | head` ends quietly at the next line."""
    with watching("-n", "1") as watch:
        watch.lines(1)
        watch.out.close()
        append(session, says("anybody?"))
        assert watch.process.wait(20) == 141


@pytest.mark.parametrize(("columns", "shown"), [(120, "shop Mend"), (80, "shop"), (40, "")])
def test_a_narrow_terminal_shows_less(
    session: Path, pty_terminal: Callable[..., PtyTerminal], own_home: Path, columns: int, shown: str
) -> None:
    """Lines fit the terminal: titles are left out first, then projects; Ctrl-C leaves it."""
    append(session, says("x" * 300))
    environment = {"PATH": os.environ["PATH"], "HOME": str(own_home), "LANG": "C.UTF-8", "TERM": "xterm", "TZ": "UTC"}
    command = (sys.executable, "-m", "claude_sessions", "watch", "-n", "1")
    terminal = pty_terminal(command, own_home, environment, columns=columns, rows=10)
    terminal.wait_for("xxx…")
    line, *more = [line for line in terminal.screen().splitlines() if line.strip()]
    assert more == []
    assert len(line.rstrip()) == columns
    assert line.split("●")[0].split()[1:3] == shown.split()
    terminal.write(b"\x03")
    assert terminal.exit_status() == 130


def test_json_in_ascii() -> None:
    """Whatever is no printable ASCII is escaped; between values it is a blank."""
    assert ascii_json('{"a":1}') == '{"a":1}'
    assert ascii_json('{\t"a":"\u00e9\x7f\u200b\U0001f600"}') == '{ "a":"\\u00e9\\u007f\\u200b\\ud83d\\ude00"}'
