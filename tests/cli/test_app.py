"""The command line as a whole."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from claude_sessions.cli import app
from claude_sessions.cli.app import run, split_arguments
from claude_sessions.version import __version__
from tests.kit.recordings import LogWriter

PROGRAM = [sys.executable, "-m", "claude_sessions"]
COMMANDS = (
    "start",
    "resume",
    "list",
    "recent",
    "watch",
    "show",
    "replay",
    "logs",
    "transcript",
    "search",
    "usage",
    "prices",
    "tools",
    "files",
    "stats",
    "mark",
    "pause",
    "unpause",
    "export",
    "import",
    "scrub",
    "archive",
    "serve",
    "client",
    "token",
    "demo",
    "alias",
)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints name and number."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"claude-sessions {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The main help lists all commands, in an order in which what belongs together stands together."""
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:")[2]
    assert tuple(re.findall(r"^  (\w+) ", listed, re.MULTILINE)) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """The help of each command ends with what a person might type."""
    assert run([name, "--help"]) == 0
    _, _, examples = capsys.readouterr().out.partition("Example")
    assert "claude-sessions " in examples


@pytest.mark.parametrize("arguments", [["nonsense"], ["list", "--nonsense"], ["list", "-n", "few"], ["show"], []])
def test_what_cannot_be_meant_is_exit_2(arguments: list[str]) -> None:
    """Usage errors have one exit code."""
    assert run(arguments) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence", "next_step"),
    [
        (["list", "-n", "few"], "-n needs a whole number, not 'few'", "try: claude-sessions list --help"),
        (["list", "-n", "0"], "-n needs a number of 1 or more, not '0'", "try: claude-sessions list --help"),
        (["replay", "x", "--speed=abc"], "--speed needs a number, not 'abc'", "try: claude-sessions replay --help"),
        (["list", "--jsno"], "list has no option --jsno; did you mean --json?", "try: claude-sessions list --help"),
        (["show"], "show needs the ID of a session, or last for the newest", "try: claude-sessions show --help"),
        (["show", "a", "b"], "show has no use for 'b'", "try: claude-sessions show --help"),
        (["start", "--title"], "option '--title' requires an argument", "try: claude-sessions start --help"),
        (["--nonsense"], "claude-sessions has no option --nonsense", "try: claude-sessions --help"),
        (["nonsense"], "no such command 'nonsense'", "try: claude-sessions --help"),
        (["archive", "list", "x"], "archive list has no use for 'x'", "try: claude-sessions archive list --help"),
    ],
)
def test_wrong_usage_is_a_sentence_and_a_next_step(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str, next_step: str
) -> None:
    """No validator speaks to a person: what is wrong, and where it is explained."""
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"claude-sessions: {sentence}\n{next_step}\n"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--model opus", "--model opus"),
        ("--resume", "--resume"),
        ("--continue", "--continue"),
        ("-p hi", "-p hi"),
        ("--title x --model=opus -- -c", "--model=opus -c"),
    ],
)
def test_arguments_meant_for_claude(capsys: pytest.CaptureFixture[str], given: str, meant: str) -> None:
    """Whoever forgets the dashes is shown the line as it has to be."""
    assert run(["start", *given.split()]) == 2
    hint = f"\narguments for claude go after --: claude-sessions start -- {meant}\n"
    assert hint in capsys.readouterr().err


def test_no_summary_of_a_command_is_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In the main help each command has a whole sentence, on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    for arguments in ([], ["archive"]):
        assert run([*arguments, "--help"]) == 0
        lines = capsys.readouterr().out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
        assert lines
        assert [line for line in lines if not re.fullmatch(r"  (\w+) +\S.{,58}\.", line) or "..." in line] == []


def test_errors_are_one_sentence(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a user can cause ends in a sentence and the exit code of its kind, never in a traceback."""
    assert run(["show", "last"]) == 1
    assert capsys.readouterr().err == (
        "claude-sessions: nothing has been recorded yet, and there are no transcripts; "
        "claude-sessions start records a session\n"
    )
    (own_home / ".claude-sessions").mkdir()
    (own_home / ".claude-sessions").chmod(0o777)
    assert run(["list"]) == 2
    assert "chmod go-w" in capsys.readouterr().err


def test_everything_after_the_first_dashes_is_claudes() -> None:
    """Only for start and resume; other commands have no claude to pass anything to."""
    assert split_arguments(["resume", "last", "--", "-p"]) == (["resume", "last"], ["-p"])
    assert split_arguments(["start", "dir", "--", "-p", "--", "x"]) == (["start", "dir"], ["-p", "--", "x"])
    assert split_arguments(["start", "dir"]) == (["start", "dir"], [])
    assert split_arguments(["show", "--", "-x"]) == (["show", "--", "-x"], [])


def test_ends_quietly_when_its_reader_goes_away(own_home: Path) -> None:
    """`claude-sessions list --json | head -c1` is no reason for a message."""
    for _ in range(300):
        LogWriter(own_home / ".claude-sessions").start(title="x" * 500).exit()
    with subprocess.Popen([*PROGRAM, "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.read(1)
        program.stdout.close()
        assert program.stderr.read() == b""
    assert program.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a full disk to test with")
def test_a_full_disk_behind_stdout_is_told(own_home: Path) -> None:
    """The sentence names the reason, and nothing else is said."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*PROGRAM, "alias"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "claude-sessions: No space left on device\n")


def test_closed_descriptors_are_no_trouble() -> None:
    """A daemon may close all three before it runs us."""
    done = subprocess.run(
        ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *PROGRAM, "list"], stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_locale_without_the_characters(own_home: Path) -> None:
    """A title that the locale cannot spell is shown as well as it goes."""
    LogWriter(own_home / ".claude-sessions").start(title="日本").exit()
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*PROGRAM, "list"], capture_output=True, env=environment, check=True)
    assert b"??" in done.stdout


def test_completes_ids(own_home: Path) -> None:
    """Where an id is wanted, the shell offers those there are, newest first, and `last`."""
    old = LogWriter(own_home / ".claude-sessions", now=10**18).start(title="parser \x1b[31m").exit()
    new = LogWriter(own_home / ".claude-sessions").start().exit()
    environment = {
        **os.environ,
        "_CLAUDE_SESSIONS_COMPLETE": "complete_zsh",
        "_TYPER_COMPLETE_ARGS": "claude-sessions show ",
    }
    script = "import sys; sys.argv[0] = 'claude-sessions'; from claude_sessions.__main__ import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, check=False, text=True)
    assert "last" in done.stdout
    assert done.stdout.index(new.session_id) < done.stdout.index(old.session_id)
    assert "parser" in done.stdout
    assert "\x1b" not in done.stdout


def test_help_and_version_load_nothing_heavy() -> None:
    """What a person waits for at every help page is imported when a command needs it."""
    script = (
        "import sys; from claude_sessions.cli.app import run; run(['--help']); "
        "print([name for name in ('trio', 'msgspec', 'rich', 'avt', 're2', 'ptyprocess') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_registered_command_exists() -> None:
    """The table of commands names functions that are there."""
    group = typer.main.get_command(app.build_app())
    assert isinstance(group, typer.core.TyperGroup)
    assert set(group.commands) == set(COMMANDS)
