"""`logs`."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.cli import demo_program
from claude_sessions.cli.app import run
from tests.kit.recordings import LogWriter
from tests.kit.terminal import PtyTerminal

HOSTILE = "\x1b]0;owned\x07\x1b[31mred\u202e text\x9b5m\r\n"


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    """A recording with some text on the main screen and some that was drawn over."""
    log = LogWriter(own_home / ".claude-sessions").start(title="parser")
    log.add("output", b"\x1b[1mClaude\x1b[8GCode\x1b[m\r\n").add("input", b"\x1b[Ifix it\r")
    log.add("output", b"* Thinking (1s)").add("output", b"\r\x1b[K+ Thinking (2s)")
    return log.add("output", b"\r\x1b[Ktests failed: 3\r\n").exit()


Capture = pytest.CaptureFixture[str]


def logs(*arguments: str) -> int:
    return run(["logs", *arguments])


def test_prints_the_lines_that_were_seen(log: LogWriter, capsys: Capture) -> None:
    """Each once, as text, in order."""
    assert logs(log.session_id) == 0
    assert capsys.readouterr() == ("Claude Code\n+ Thinking (2s)\ntests failed: 3\n", "")


def test_times_are_those_of_replay(log: LogWriter, capsys: Capture) -> None:
    """-t puts before each line when it was complete, from the start, and goes by it; so does --grep."""
    assert logs("parser", "-t") == 0
    assert capsys.readouterr().out == "0:01.0  Claude Code\n0:04.0  + Thinking (2s)\n0:05.0  tests failed: 3\n"
    assert logs("parser", "--grep", "[CT]") == 0
    assert capsys.readouterr().out == "0:01.0  Claude Code\n0:04.0  + Thinking (2s)\n"


def test_lines_that_wait_for_their_time_come_all(log: LogWriter, capsys: Capture) -> None:
    """What is printed below a line that stays in sight, and what scrolls by for long, is in order and complete."""
    log.next_segment().add("output", b"\x1b[?1049h\x1b[Hheadline")
    for number in range(40):
        log.add("output", b"\x1b[2;%dr\x1b[9;1H\r\nrow %d" % (9, number))
    log.add("output", b"\x1b[r\x1b[?1049l").add("output", b"".join(b"line %d\r\n" % n for n in range(99)))
    log.add("output", b"end").exit()
    assert logs("last", "-t") == 0
    printed = capsys.readouterr().out.splitlines()
    texts = [line.partition("  ")[2] for line in printed]
    rows = [f"row {n}" for n in range(40)]
    assert texts[3:] == ["headline", *rows, *(f"line {n}" for n in range(99)), "end"]


DEMO = """\
❯ The test for add fails. Fix it.
● I'll look at the project first.
● Bash(ls; cat calc.py)
  ⎿ calc.py  test_calc.py
  ⎿ def add(a, b):
  ⎿     return a - b
● add subtracts: the sign is wrong.
● Update(calc.py)
  -     return a - b
  +     return a + b
● Bash(python3 -m unittest)
  ⎿ Ran 1 test in 0.001s
  ⎿ OK
● Fixed. The one failing test passes now.
"""


@pytest.mark.parametrize("rows", [24, 12, 8])
def test_the_demo_comes_out_as_it_was_on_the_screen(
    own_home: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Every line of its conversation once and in order, and none that was not there, in a window of any height."""
    log = LogWriter(own_home / ".claude-sessions").start(rows=rows)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", str(rows))
    monkeypatch.setattr(demo_program, "_write", lambda text: log.add("output", text.encode(), after=0))
    monkeypatch.setattr(demo_program, "_pause", lambda seconds: setattr(log, "now", log.now + int(seconds * 1e9)))
    demo_program.main()
    assert logs("last") == 0
    printed = capsys.readouterr().out.splitlines()
    around = ["claude-sessions demo", "─" * 80, "this session was scripted; the recording is real"]
    spinner = [line for line in printed if line.endswith("… (3s · esc to interrupt)")]
    assert [line for line in printed if line not in spinner + around] == DEMO.splitlines()
    assert len(spinner) == 3
    assert sorted(line for line in printed if line in around) == sorted(around)


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--grep", "tests? failed"], "0:05.0  tests failed: 3\n"),
        (["--grep", "claude code", "-i"], "0:01.0  Claude Code\n"),
        (["--grep", "(2s)", "-F"], "0:04.0  + Thinking (2s)\n"),
        (["--grep", "FIX", "-i", "--input"], "0:02.0  fix it\n"),
        (["--grep", "claude code"], ""),
        (["--grep", "1s"], ""),
    ],
)
def test_grep(log: LogWriter, capsys: Capture, arguments: list[str], printed: str) -> None:
    """Matching lines with their time; exit code 0 where there is one and 1 where there is none."""
    assert logs("last", *arguments) == (0 if printed else 1)
    assert capsys.readouterr() == (printed, "")


@pytest.fixture
def poem(own_home: Path) -> LogWriter:
    """A recording of twelve lines, one a second from second 1 on, with a marker at second 6."""
    log = LogWriter(own_home / ".claude-sessions").start(title="poem")
    for number in range(1, 13):
        if number == 7:
            log.add("marker", b"middle", after=0)
        log.add("output", b"%d bottles\r\n" % number if number != 5 else b"no rhyme\r\n")
    return log.exit()


def numbers(printed: str) -> list[str]:
    return [line if line == "--" else line.split()[1] for line in printed.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--grep", "bottles", "-v"], ["no"]),
        (["--grep", "^[48]", "-A", "1"], ["4", "no", "--", "8", "9"]),
        (["--grep", "^[48]", "-B", "2"], ["2", "3", "4", "--", "6", "7", "8"]),
        (["--grep", "^[35]", "-C", "1"], ["2", "3", "4"]),
        (["--grep", "^[35]", "-C", "1", "-A", "0"], ["2", "3"]),
        (["--grep", "^[468]", "-A", "0"], ["4", "--", "6", "--", "8"]),
        (["--grep", "^[467]", "-C", "0"], ["4", "--", "6", "7"]),
        (["--grep", "^[36] ", "-C", "1"], ["2", "3", "4", "no", "6", "7"]),
        (["--grep", "rhyme", "-v", "-C", "1", "--since", "4s", "--until", "5s"], ["4", "no"]),
        (["--grep", "b", "--since", "0:03", "--until", "0:06.0"], ["3", "4", "6"]),
        (["--grep", "b", "--since", "@middle"], ["6", "7", "8", "9", "10", "11", "12"]),
        (["--grep", "b", "--until", "2026-02-07T12:00:02.5Z"], ["1"]),
        (["--grep", "b", "--since", "2026-02-07T12:00:12Z", "-i"], ["11", "12"]),
        (["--since", "11s", "-t"], ["11", "12"]),
    ],
)
def test_grep_selects_as_grep_does(poem: LogWriter, capsys: Capture, arguments: list[str], printed: list[str]) -> None:
    """-v, lines around each match with a line between groups, and a stretch of the recording."""
    assert logs("last", *arguments) == 0
    assert numbers(capsys.readouterr().out) == printed


def test_lines_around_a_match_are_marked(poem: LogWriter, capsys: Capture) -> None:
    """With a dash, as grep marks them."""
    assert logs("poem", "--grep", "rhyme", "-C", "1") == 0
    assert capsys.readouterr().out == "0:04.0- 4 bottles\n0:05.0  no rhyme\n0:06.0- 6 bottles\n"


def test_a_stretch_without_a_pattern(poem: LogWriter, capsys: Capture) -> None:
    """--since and --until are for all lines, in the order of the screen or by time."""
    for arguments in (["--since", "11s"], ["--since", "11s", "--until", "1h"]):
        assert logs("poem", *arguments) == 0
        assert capsys.readouterr().out == "11 bottles\n12 bottles\n"
    assert logs("poem", "--since", "2s", "--until", "3s", "-t") == 0
    assert capsys.readouterr().out == "0:02.0  2 bottles\n0:03.0  3 bottles\n"


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["--since", "1h"], "--since 1h"),
        (["--until", "0"], "--until 0"),
        (["--since", "21:35"], "--since 21:35"),
        (["--since", "1.2s", "--until", "1.3s", "-t"], "--since 1.2s --until 1.3s"),
    ],
)
def test_a_stretch_without_a_line(poem: LogWriter, capsys: Capture, arguments: list[str], asked: str) -> None:
    """It says so, and how long the session is; the exit code is that of what is not found."""
    assert logs("poem", *arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"no line was on the screen with {asked}; the session is 0:13.0 long" in err
    assert ("a time of day needs its date" in err) == (asked == "--since 21:35")


def test_counting(poem: LogWriter, capsys: Capture) -> None:
    """-c prints how many lines there are; the exit code is that of --grep."""
    assert logs("poem", "-c") == 0
    assert capsys.readouterr().out == "12\n"
    assert logs("poem", "-c", "--until", "0:03") == 0
    assert capsys.readouterr().out == "3\n"
    assert logs("poem", "-c", "--grep", "bottles") == 0
    assert capsys.readouterr().out == "11\n"
    assert logs("poem", "-c", "--grep", "wine") == 1
    assert capsys.readouterr().out == "0\n"
    assert logs("poem", "-c", "-v", "--grep", "bottles", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"version": 1, "session_id": poem.session_id, "count": 1}


def test_matches_as_json(poem: LogWriter, capsys: Capture) -> None:
    """Each line with its time, from the start too, and where it matches; what is around one says so."""
    assert logs("poem", "--json", "--grep", "rh.me", "-B", "1") == 0
    found = json.loads(capsys.readouterr().out)
    before, match = found.pop("lines")
    assert found == {"version": 1, "session_id": poem.session_id}
    assert match == {
        "time": "2026-02-07T12:00:06.000000Z",
        "offset": 5.0,
        "text": "no rhyme",
        "wanted": True,
        "match": {"start": 3, "end": 8},
    }
    assert (before["text"], before["wanted"], before["match"]) == ("4 bottles", False, None)
    assert logs("poem", "--json", "--grep", "wine") == 1
    assert json.loads(capsys.readouterr().out)["lines"] == []


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (["-t"], ["Claude Code", "+ Thinking (2s)", "tests failed: 3"]),
        (["--until", "4s"], ["Claude Code", "+ Thinking (2s)"]),
        (["--input"], ["fix it"]),
    ],
)
def test_lines_as_json(log: LogWriter, capsys: Capture, arguments: list[str], texts: list[str]) -> None:
    """With an option that is about lines --json prints them, in the same order, as it does with --grep."""
    assert logs("last", "--json", *arguments) == 0
    found = json.loads(capsys.readouterr().out)
    lines = found.pop("lines")
    assert found == {"version": 1, "session_id": log.session_id}
    assert [line["text"] for line in lines] == texts
    assert all((line["wanted"], line["match"]) == (True, None) for line in lines)


def test_no_lines_as_json(poem: LogWriter, capsys: Capture) -> None:
    """The object is there whatever is in it; the exit code tells."""
    assert logs("poem", "--json", "--since", "1h") == 1
    assert json.loads(capsys.readouterr().out) == {"version": 1, "session_id": poem.session_id, "lines": []}
    assert logs("poem", "--json", "-c") == 0
    assert json.loads(capsys.readouterr().out)["count"] == 12


def test_what_is_printed_in_bulk_is_as_safe(own_home: Path, capsys: Capture) -> None:
    """Lines with and without what is not plain, of one moment and of several."""
    log = LogWriter(own_home / ".claude-sessions").start()
    log.add("output", "plain\r\n\u4e2d\u6587 \u202e text\r\nmore\r\n".encode()).add("output", b"later").exit()
    assert logs("last", "-t") == 0
    shown = ["0:01.0  plain", "0:01.0  \u4e2d\u6587 <U+202E> text", "0:01.0  more", "0:02.0  later"]
    assert capsys.readouterr().out.splitlines() == shown


def test_the_cache_changes_nothing(own_home: Path, capsys: Capture) -> None:
    """What is printed from it is the same, warnings too."""
    log = LogWriter(own_home / ".claude-sessions").start()
    for part in range(20):
        log.add("output", b"".join(b"line %d of part %d\r\n" % (n, part) for n in range(2500)))
    log.raw(b"torn\n").exit()
    for arguments in ([], ["-t"], ["--grep", "7 of part 1[2-5]$"], ["--grep", "x"], ["-c", "--grep", "1[^x]*7 of"]):
        (own_home / ".claude-sessions" / "cache" / f"{log.session_id}.lines").unlink(missing_ok=True)
        first = logs("last", *arguments), capsys.readouterr()
        assert (own_home / ".claude-sessions" / "cache" / f"{log.session_id}.lines").exists()
        assert (logs("last", *arguments), capsys.readouterr()) == first
        assert "line " in first[1].err


def test_input_shows_what_was_typed(log: LogWriter, capsys: Capture) -> None:
    """And nothing that was shown."""
    assert logs("last", "--input") == 0
    assert capsys.readouterr().out == "fix it\n"


def test_raw_is_the_output_byte_by_byte(log: LogWriter, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Of the output alone."""
    junk = bytes(range(256)) * 100
    log.next_segment().add("output", junk).add("error", b"not this").add("input", b"nor this")
    assert logs("last", "--raw") == 0
    sys.stdout.flush()
    out = capfdbinary.readouterr().out
    assert out.endswith(b"tests failed: 3\r\n" + junk)
    assert out.startswith(b"\x1b[1mClaude")


def test_json_is_the_log(log: LogWriter, capfd: Capture) -> None:
    """The lines of all segments as they stand in the files, without the bad ones."""
    log.next_segment().raw(b"torn\n").exit()
    assert logs("last", "--json") == 0
    sys.stdout.flush()
    out, err = capfd.readouterr()
    whole = "".join(path.read_text() for path in sorted(log.logs.iterdir(), key=lambda path: len(path.name)))
    assert out == whole.replace("torn\n", "")
    assert all(json.loads(line)["session_id"] == log.session_id for line in out.splitlines())
    assert "line 2" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["last", "--grep", "(a"], "missing )"),
        (["last", "--raw", "--json"], "--json is not for bytes"),
        (["last", "--raw", "--grep", "x"], "--grep is not for bytes"),
        (["last", "--raw", "-c"], "-c is not for bytes"),
        (["last", "--colour"], "--colour"),
        (["last", "-i"], "add --grep PATTERN"),
        (["last", "-F", "--input"], "add --grep PATTERN"),
        (["last", "-v"], "-v says how --grep looks"),
        (["last", "-C", "0"], "-C says how --grep looks"),
        (["last", "-A", "-1", "--grep", "x"], "-A"),
        (["last", "-c", "-C", "1", "--grep", "x"], "instead of the lines; leave out -C, or -c"),
        (["last", "-c", "-t", "--grep", "x"], "leave out -t, or -c"),
        (["last", "-c", "--follow", "--grep", "x"], "leave out --follow, or -c"),
        (["last", "--json", "--follow", "--grep", "x"], "leave out --follow"),
        (["last", "--json", "--follow", "-t"], "leave out --follow"),
        (["last", "--raw", "--since", "1s"], "--since is not for bytes"),
        (["last", "--since", "soon"], "'soon' is no time"),
        (["last", "--since", "2026-13-01"], "is no date"),
        (["last", "--since", "2s", "--until", "1s"], "--until is before --since"),
    ],
)
def test_what_cannot_be_meant(log: LogWriter, capsys: Capture, arguments: list[str], sentence: str) -> None:
    """Exit code 2 and a sentence, never 1, which means not found."""
    assert logs(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err


def test_a_session_that_is_not_there(log: LogWriter, capsys: Capture) -> None:
    """It is not found."""
    assert logs("nothing") == 1
    assert "claude-sessions list" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["-t"], ["--grep", "x"], ["--input"], ["--raw"], ["--json"], ["--follow"]])
@pytest.mark.parametrize("content", [b"", b"torn\n"])
def test_a_log_without_any_entry(own_home: Path, capsys: Capture, arguments: list[str], content: bytes) -> None:
    """It says so: nothing was printed because nothing is there."""
    log = LogWriter(own_home / ".claude-sessions").raw(content)
    assert logs(log.session_id, *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].endswith(f"{log.path} cannot be read: it holds no entry")


def test_a_session_whose_input_is_not_recorded(own_home: Path, capsys: Capture) -> None:
    """--input says why there is none; what a person sees is not concerned."""
    log = LogWriter(own_home / ".claude-sessions").start(input=False).add("output", b"shown").exit()
    assert logs(log.session_id, "--input") == 0
    assert capsys.readouterr() == ("", "claude-sessions: what was typed is not recorded in this session\n")
    assert logs(log.session_id) == 0
    assert capsys.readouterr() == ("shown\n", "")


def test_bad_lines_are_named_and_then_counted(log: LogWriter, capsys: Capture) -> None:
    """Five sentences at most and one with the number of the others; the rest is printed."""
    log.raw(b"torn\n" * 9).add("output", b"after")
    assert logs("last") == 0
    out, err = capsys.readouterr()
    assert out.endswith("after\n")
    assert len(err.splitlines()) == 6
    assert "line 8 " in err.splitlines()[0]
    assert "4 more bad lines" in err.splitlines()[-1]


@pytest.mark.parametrize("arguments", [[], ["-t"], ["--grep", "red"], ["--input"]])
def test_nothing_hostile_is_printed(own_home: Path, capsys: Capture, arguments: list[str]) -> None:
    """Whatever the log holds, no control character and no mark that reorders text reaches the terminal."""
    log = LogWriter(own_home / ".claude-sessions").start()
    log.add("output", HOSTILE.encode()).add("input", HOSTILE.encode()).raw(HOSTILE.encode()).exit()
    assert logs("last", *arguments) == 0
    out, err = capsys.readouterr()
    assert "red" in out
    assert not set("\x1b\x07\x9b\r\u202e") & set(out + err)


def test_a_terminal_gets_no_raw_bytes(log: LogWriter, pty_terminal: Callable[..., PtyTerminal]) -> None:
    """They would drive it; the sentence says what to do."""
    command = [sys.executable, "-m", "claude_sessions", "logs", "last", "--raw"]
    terminal = pty_terminal(command, Path.cwd(), os.environ)
    terminal.wait_for("claude-sessions replay")
    assert "Claude Code" not in terminal.screen()
    assert terminal.exit_status() == 2


def test_a_match_is_highlighted_on_a_terminal_only(log: LogWriter, pty_terminal: Callable[..., PtyTerminal]) -> None:
    """Unless NO_COLOR is set."""
    command = [sys.executable, "-m", "claude_sessions", "logs", "last", "--grep", "Code"]
    for variables, shown in (({}, b"\x1b[1;31mCode\x1b[m"), ({"NO_COLOR": "1"}, b"Claude Code")):
        terminal = pty_terminal(command, Path.cwd(), {**os.environ, "TERM": "xterm", **variables})
        terminal.wait_for("Claude Code")
        assert shown in terminal.received


def test_a_reader_that_goes_away_ends_it_quietly(log: LogWriter) -> None:
    """`| head` leaves no traceback behind."""
    log.next_segment().add("output", b"line\r\n" * 200_000)
    for option in ("--raw", "--json", "-t"):
        command = [sys.executable, "-m", "claude_sessions", "logs", "last", option]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""


def test_follow_goes_on_until_the_session_ends(log: LogWriter) -> None:
    """Lines come while it runs, also those that stay on the screen, and the command ends with it."""
    log.next_segment()
    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "claude_sessions", "logs", "last", "--follow"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        log.add("output", b"first\r\n" + b"\r\n" * 30)
        while "first" not in process.stdout.readline():
            assert process.poll() is None
        log.add("output", b"second")
        assert process.stdout.readline() == "second\n"
        log.exit()
    out, _ = process.communicate()
    watchdog.cancel()
    assert out == ""
    assert process.returncode == 0


@pytest.mark.parametrize(("option", "wanted"), [("--raw", b"\x1b[1mClaude"), ("--json", b'{"timestamp"')])
def test_follow_gives_bytes_too(log: LogWriter, option: str, wanted: bytes) -> None:
    """--raw and --json of a session that runs."""
    done = subprocess.run(
        [sys.executable, "-m", "claude_sessions", "logs", "last", option, "--follow"],
        capture_output=True,
        check=True,
        env=dict(os.environ),
    )
    assert done.stdout.startswith(wanted)
    plain = subprocess.run(
        [sys.executable, "-m", "claude_sessions", "logs", "last", option], capture_output=True, check=True
    )
    assert done.stdout == plain.stdout
