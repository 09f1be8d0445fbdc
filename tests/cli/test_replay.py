"""`claude-sessions replay` on real terminals and pipes."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.recordings import SECOND, LogWriter
from tests.kit.terminal import SHELL, PtyTerminal, TmuxTerminal

PROGRAM = (sys.executable, "-m", "claude_sessions")
TENTH = SECOND // 10

EVERYTHING_ON = (
    b"\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1003h\x1b[?2004h\x1b[>1u\x1b[2;5r\x1b[4h\x1b(0\x0e\x1b[31;7m\x1b[3 q\x1b[?7l\x1b[HPICTURE"
    b"\x1b]8;;http://a.example\x07"
)


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    return LogWriter(own_home / ".claude-sessions")


@pytest.fixture
def play(pty_terminal: Callable[..., PtyTerminal], tmp_path: Path) -> Callable[..., PtyTerminal]:
    """A function that runs `replay last` on a terminal."""
    return lambda *options, **more: pty_terminal([*PROGRAM, "replay", "last", *options], tmp_path, os.environ, **more)


def run(*options: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([*PROGRAM, "replay", *options], capture_output=True, timeout=30, check=False)


def test_without_a_terminal_the_sanitized_bytes_are_written(log: LogWriter) -> None:
    """`replay ID --no-wait > file` gives what a terminal would get, and nothing that belongs to a terminal."""
    log.start().add("output", b"a\x1b[31mb\x1b]0;title\x07").add("input", b"no").add("error", b"c\x1b[c").exit()
    done = run("last", "--no-wait")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"a\x1b[31mbc", b"")


def test_without_a_terminal_time_is_kept_too(log: LogWriter) -> None:
    """A hundred seconds at a thousand times the speed are played to their end."""
    log.start().add("output", b"a").add("output", b"b", after=100 * SECOND).exit()
    assert run("last", "--speed", "1000").stdout == b"ab"


def test_a_terminal_is_given_back_as_it_was(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """A recording that was cut off with everything switched on leaves nothing switched on."""
    log.start().add("output", b"before\r\n").add("output", EVERYTHING_ON)
    terminal = play("--no-wait")
    before = terminal.settings()
    assert terminal.exit_status() == 0
    assert_clean(terminal, before)
    assert b"\x1b[?1003h" not in terminal.received


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda terminal: terminal.write("q"), 0),
        (lambda terminal: terminal.write("\x03"), 0),
        (lambda terminal: terminal.signal(signal.SIGTERM), 128 + signal.SIGTERM),
        (lambda terminal: terminal.signal(signal.SIGHUP), 128 + signal.SIGHUP),
        (lambda terminal: terminal.signal(signal.SIGQUIT), 128 + signal.SIGQUIT),
    ],
    ids=["q", "ctrl-c", "SIGTERM", "SIGHUP", "SIGQUIT"],
)
def test_leaving_in_the_middle_gives_the_terminal_back(
    log: LogWriter, play: Callable[..., PtyTerminal], end: Callable[[PtyTerminal], None], status: int
) -> None:
    """However it ends, the alternate screen is left, the cursor is back and keys are echoed again."""
    log.start().add("output", EVERYTHING_ON, after=TENTH).add("output", b"late", after=3600 * SECOND).exit()
    terminal = play()
    before = terminal.settings()
    terminal.wait_for("PICTURE")
    assert terminal.emulator.mode(1049)
    assert terminal.settings() != before
    end(terminal)
    assert terminal.exit_status() == status
    assert_clean(terminal, before)
    assert b"late" not in terminal.received
    assert b"end of the recording" not in terminal.received


def assert_clean(terminal: PtyTerminal, settings: list[object]) -> None:
    assert terminal.settings() == settings
    for mode in (1049, 1000, 1003, 2004, 2026):
        assert not terminal.emulator.mode(mode)
    assert terminal.emulator.mode(25)
    assert terminal.emulator.mode(7)
    assert not terminal.emulator.mode(4, ansi=True)
    assert "PICTURE" not in terminal.screen()
    terminal.emulator.feed(b"\x1b[99;1H\r\nqqq")
    assert "qqq" in terminal.screen()
    row = terminal.emulator.text().splitlines().index("qqq")
    assert row == terminal.emulator.size[1] - 1, "the scroll region is reset"
    style = terminal.emulator.style(0, row)
    assert style["fg"] is None
    assert not style["inverse"]


def test_a_program_that_ended_leaves_the_prompt_where_it_was(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """After a complete recording one line is added to the screen as it was: what stands there is none of this terminal's doing."""
    log.start().add("output", b"one\r\ntwo\r\n", after=TENTH).exit()
    terminal = play("--speed", "10")
    assert terminal.exit_status() == 0
    assert terminal.screen().splitlines() == ["one", "two", "end of the recording"]
    assert terminal.emulator.cursor[:2] == (0, 3)


@pytest.mark.parametrize("last", [b"a", b"ab", b"x" * 99, b"x" * 100])
def test_the_end_is_said_on_a_line_of_its_own(log: LogWriter, play: Callable[..., PtyTerminal], last: bytes) -> None:
    """Wherever a program left the cursor, up to the very edge of the window."""
    log.start().add("output", last).exit()
    terminal = play("--no-wait")
    assert terminal.exit_status() == 0
    assert terminal.screen().splitlines() == [last.decode(), "end of the recording"]


@pytest.mark.parametrize(("term", "dim"), [("xterm", True), ("dumb", False)])
def test_the_end_is_dimmed_where_that_can_be(
    log: LogWriter, pty_terminal: Callable[..., PtyTerminal], tmp_path: Path, term: str, dim: bool
) -> None:
    """It is not part of the recording and looks like that, on a terminal that can."""
    log.start().exit()
    environment = {**os.environ, "TERM": term, "NO_COLOR": ""}
    terminal = pty_terminal([*PROGRAM, "replay", "last"], tmp_path, environment)
    assert terminal.exit_status() == 0
    assert (b"\x1b[2mend of the recording\x1b[0m" in terminal.received) is dim
    assert "end of the recording" in terminal.screen()


def test_bare_line_feeds_keep_their_column(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """A full-screen program's line feed only goes down; the terminal must not add a carriage return to it."""
    log.start().add("output", b"ab\ncd").exit()
    terminal = play("--no-wait")
    terminal.exit_status()
    assert terminal.screen().splitlines()[:2] == ["ab", "  cd"]


def test_a_small_terminal_shows_a_part_and_bad_lines_are_told_afterwards(
    log: LogWriter, play: Callable[..., PtyTerminal]
) -> None:
    """Around the cursor, on a screen of its own, with a word of why; nothing of it stays."""
    log.start(columns=200, rows=60).raw(b"broken\n").add("output", b"\x1b[50;150HPICTURE", after=TENTH)
    log.add("output", b"late", after=3600 * SECOND).exit()
    terminal = play()
    before = terminal.settings()
    terminal.wait_for("recorded at 200x60")
    terminal.wait_for("PICTURE")
    terminal.write("q")
    assert terminal.exit_status() == 0
    assert_clean(terminal, before)
    assert b"line 2" in terminal.received


def test_as_fast_as_possible_warns_afterwards(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """`--no-wait` waits for no reader either."""
    log.start(columns=200, rows=60).add("output", b"PICTURE\r\n").exit()
    terminal = play("--no-wait")
    assert terminal.exit_status() == 0
    assert terminal.received.index(b"PICTURE") < terminal.received.index(b"200x60")


def test_at_starts_in_the_middle(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """The state at that moment is there at once, and the rest follows in its time."""
    log.start().add("output", b"early\r\n").add("marker", b"here", after=60 * SECOND)
    log.add("output", b"late\r\n", after=TENTH).exit()
    for at in ("1:01", "@here"):
        terminal = play("--at", at)
        assert terminal.exit_status() == 0
        assert terminal.screen().splitlines()[:2] == ["early", "late"]
        assert run("last", "--at", at).stdout == b"late\r\n"
        assert run("last", "--at", at, "--no-wait").stdout == b"late\r\n"


@pytest.mark.parametrize("content", [b"", b"no entry\n", b'{"torn":'])
def test_a_log_without_an_entry_is_said_to_be_one(log: LogWriter, content: bytes) -> None:
    """Nothing is shown in silence: one sentence names the log, and the exit code is that of trouble."""
    log.raw(content)
    done = run(log.session_id)
    assert done.returncode == 2
    assert done.stderr.decode() == f"claude-sessions: {log.path} cannot be replayed: it holds no entry\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["last", "--at", "soon"], "MM:SS"),
        (["last", "--to", "1:75"], "SS to 59"),
        (["last", "--at", "@nowhere"], "no marker"),
        (["last", "--speed", "0"], "above zero"),
        (["last", "--speed", "nan"], "nan is no speed"),
        (["last", "--speed", "inf"], "inf is no speed"),
        (["last", "--at", "20m"], "the recording is only 0:01.0 long"),
        (["last", "--idle-limit", "-1"], "no limit"),
        (["last", "--from", "1", "--to", "1"], "--to is not after --from"),
        (["last", "--from", "0.5", "--at", "0.1"], "not between --from and --to"),
        (["last", "--at", "0.5", "--to", "0.5"], "not between --from and --to"),
        (["last", "--loop"], "--loop is for a terminal"),
        (["nobody"], "nobody"),
    ],
)
def test_what_cannot_be_meant_is_said(log: LogWriter, options: list[str], words: str) -> None:
    """One sentence on stderr, no traceback, nothing on stdout."""
    log.start().exit()
    done = run(*options)
    assert done.returncode in (1, 2)
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert done.stdout == b""


def test_a_running_session_is_played_as_far_as_it_is(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """Its last line may be half written: that is no fault to report."""
    log.start().add("output", b"so far").raw(b'{"timestamp":"2026')
    with log.path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        terminal = play("--no-wait")
        assert terminal.exit_status() == 0
    assert "so far" in terminal.screen()
    assert b"still running" in terminal.received
    assert b"end of the recording" not in terminal.received
    assert b"line 3" not in terminal.received
    assert b"line 3" in run("last", "--no-wait").stderr


def test_a_session_that_is_broken_off_leaves_a_fresh_line(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """The prompt does not land in the middle of a picture."""
    log.start().add("output", b"one\r\ntwo\r\nthree\x1b[1;2H")
    terminal = play("--no-wait")
    terminal.exit_status()
    assert terminal.screen().splitlines() == ["one", "end of the recording"]
    assert terminal.emulator.cursor[:2] == (0, 2)


def test_a_reader_that_goes_away_ends_it_quietly(log: LogWriter) -> None:
    """`replay --no-wait | head` complains of nothing."""
    log.start()
    for _ in range(50):
        log.add("output", b"x" * 60_000)
    reader, writer = os.pipe()
    with subprocess.Popen([*PROGRAM, "replay", "last", "--no-wait"], stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        os.read(reader, 10)
        os.close(reader)
        assert process.communicate(timeout=30)[1] == b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_leaving_with_a_bar_over_the_picture(
    log: LogWriter, play: Callable[..., PtyTerminal], number: signal.Signals
) -> None:
    """Paused, with the help on the screen: by whatever road, nothing of it is left."""
    log.start().add("output", b"\x1b[30;1Hlast row\x1b[HPICTURE", after=TENTH).add("output", b"x", after=3600 * SECOND)
    terminal = play()
    before = terminal.settings()
    terminal.wait_for("PICTURE")
    terminal.write(" ?")
    terminal.wait_for("5 seconds back")
    terminal.signal(number)
    assert terminal.exit_status() == 128 + number
    assert terminal.settings() == before
    assert "5 seconds" not in terminal.screen()
    assert "help" not in terminal.screen()
    assert terminal.emulator.mode(25)
    assert terminal.emulator.mode(7)


def test_searching_for_what_was_on_the_screen(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """`/` finds a line that a program drew with cursor moves, jumps to it, and pauses there."""
    log.start().add("output", b"welcome\r\n", after=TENTH)
    log.add("output", b"\x1b[4;1Hfound\x1b[7Git\r\n", after=1800 * SECOND).add(
        "output", b"x", after=1800 * SECOND
    ).exit()
    terminal = play()
    terminal.wait_for("welcome")
    terminal.write("/Found It\x7f\x7f\x7f")
    terminal.wait_for("/Found")
    terminal.write("\r")
    terminal.wait_for("not found: Found")
    terminal.write("/found it\r")
    terminal.wait_for("1 of 1: found it")
    terminal.wait_for("⏸ 30:00 / 1:00:0")
    terminal.write("q")
    assert terminal.exit_status() == 0


def test_the_window_may_change_at_any_time(log: LogWriter, tmux: Callable[..., TmuxTerminal], tmp_path: Path) -> None:
    """Smaller than the recording and back again."""
    log.start().add("output", b"\x1b[?1049h\x1b[2;2HUPPER\x1b[20;70HLOWER", after=TENTH)
    log.add("output", b"late", after=3600 * SECOND)
    terminal = tmux([*PROGRAM, "replay", "last"], tmp_path, dict(os.environ))
    terminal.wait_for("LOWER")
    terminal.resize(40, 10)
    terminal.wait_gone("UPPER")
    terminal.wait_for("LOWER")
    terminal.resize(100, 30)
    terminal.wait_for("UPPER")
    terminal.wait_for("LOWER")
    terminal.press("q")
    assert terminal.exit_status() == 0
    assert terminal.ask("alternate_on") == "0"


def test_from_to_and_loop(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """A stretch is played, once or for ever."""
    log.start()
    for word in (b"one", b"two", b"three", b"four"):
        log.add("output", word + b"\r\n", after=100 * SECOND)
    log.exit()
    assert run("last", "--from", "1:50", "--to", "310", "--no-wait").stdout == b"two\r\nthree\r\n"
    assert run("last", "--from", "150", "--to", "3:30", "--speed", "1000").stdout == b"two\r\n"
    terminal = play("--from", "150", "--to", "210", "--speed", "1000", "--loop")
    terminal.wait_for("two")
    count = len(terminal.received)
    terminal.wait_until(lambda: len(terminal.received) > 3 * count, "the loop")
    assert b"three" not in terminal.received
    terminal.write("q")
    assert terminal.exit_status() == 0
    for speed in (["--speed", "1000"], ["--no-wait"]):
        terminal = play("--from", "150", "--to", "210", *speed)
        assert terminal.exit_status() == 0
        assert terminal.screen().splitlines()[-1] == "stopped at 3:30.0 of 6:41.0"


def test_a_long_recording_is_entered_quickly_the_second_time(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """The pictures on the way are kept in a private file of the cache folder."""
    log.start()
    for number in range(80):
        log.add("output", b"\x1b[H%s\x1b[Krow %d" % (b"x" * 65_000, number))
    log.exit()
    cache = log.logs.parent / "cache" / f"{log.session_id}.keyframes"
    for _ in range(2):
        terminal = play("--at", "70")
        terminal.wait_for("row 69")
        terminal.write("q")
        assert terminal.exit_status() == 0
        assert cache.stat().st_mode & 0o777 == 0o600


def test_ctrl_z_gives_the_terminal_back_and_fg_draws_again(
    log: LogWriter, tmux: Callable[..., TmuxTerminal], tmp_path: Path
) -> None:
    """While it is stopped the shell has a clean terminal; afterwards the picture is there again."""
    log.start().add("output", b"\x1b[?1049h\x1b[H\x1b[2J\x1b[?25l\x1b[5;5HPICTURE", after=TENTH)
    log.add("output", b"late", after=3600 * SECOND)
    terminal = tmux(SHELL, tmp_path, dict(os.environ))
    terminal.wait_for("$ ")
    terminal.enter(" ".join([*PROGRAM, "replay", "last"]))
    terminal.wait_for("PICTURE")
    terminal.press("C-z")
    terminal.wait_for("Stopped")
    assert terminal.ask("alternate_on") == "0"
    assert terminal.ask("cursor_flag") == "1"
    terminal.enter("echo echoed")
    terminal.wait_for("\nechoed")
    terminal.enter("fg")
    terminal.wait_for("PICTURE")
    assert terminal.ask("alternate_on") == "1"
    assert terminal.ask("cursor_flag") == "0"
    terminal.press("q")
    terminal.wait_gone("PICTURE")
    terminal.wait_for_shell()
    terminal.enter("echo status $?")
    terminal.wait_for("status 0")


def test_brackets_jump_from_prompt_to_prompt(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """The prompt stands over the picture of its moment for a while, and nothing of it stays."""
    log.start().add("output", b"welcome\r\n", after=TENTH)
    log.add("input", b"one \x1b[2J\r", after=3600 * SECOND).add("output", b"first answer\r\n", after=60 * SECOND)
    log.add("input", b"two\r", after=3600 * SECOND).add("output", b"second answer\r\n", after=3600 * SECOND).exit()
    terminal = play()
    before = terminal.settings()
    terminal.wait_for("welcome")
    terminal.write("]")
    assert terminal.wait_for("1 of 2: ❯ one").splitlines()[0] == "welcome"
    terminal.write("]")
    assert terminal.wait_for("2 of 2: ❯ two").splitlines()[:2] == ["welcome", "first answer"]
    terminal.wait_until(lambda: "two" not in terminal.screen() and not terminal.emulator.mode(2026), "the picture")
    assert terminal.screen().split("\n\n")[0].splitlines() == ["welcome", "first answer"]
    terminal.write("\x1b[A\x1b[B]")
    terminal.write("[")
    terminal.wait_for("1 of 2: ❯ one")
    assert "first answer" not in terminal.screen()
    terminal.write("q")
    assert terminal.exit_status() == 0
    assert_clean(terminal, before)
    assert b"\x07" not in terminal.received
    assert "1 of 2" not in terminal.screen()


def test_a_jump_leaves_the_alternate_screen_right(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """Back to before a full-screen program began, its modes are gone; what was on the terminal is there afterwards."""
    log.start().add("output", b"shell\r\n", after=TENTH).add("input", b"claude\r").add(
        "input", b"fix it\r", after=SECOND * 5
    )
    log.add("output", EVERYTHING_ON, after=60 * SECOND).add("output", b"late", after=3600 * SECOND).exit()
    terminal = play("--at", "1:30")
    before = terminal.settings()
    terminal.wait_for("PICTURE")
    terminal.write("[")
    terminal.wait_for("2 of 2: ❯ fix it")
    assert terminal.screen().splitlines()[0] == "shell"
    assert not terminal.emulator.mode(1003)
    terminal.write("q")
    assert terminal.exit_status() == 0
    assert_clean(terminal, before)


def test_after_a_key_the_persons_screen_is_left_alone(
    log: LogWriter, tmux: Callable[..., TmuxTerminal], tmp_path: Path
) -> None:
    """Neither the picture nor the status line goes into the scrollback, by whatever keys it was drawn, nor by Ctrl-Z."""
    log.start(columns=100, rows=30)
    for number in range(20):
        log.add(
            "output", b"\x1b[H" + b"".join(b"row %d of %d\r\n" % (row, number) for row in range(28)), after=3 * SECOND
        )
    log.add("output", b"\x1b[?1049hPICTURE", after=3600 * SECOND).add("output", b"late", after=3600 * SECOND)
    terminal = tmux(SHELL, tmp_path, dict(os.environ))
    terminal.wait_for("$ ")
    terminal.enter("echo before")
    terminal.wait_for("\nbefore")
    for at in ("0:30", "50:00"):
        terminal.enter(" ".join([*PROGRAM, "replay", "last", "--at", at]))
        terminal.wait_for("row 27")
        terminal.press("Space", "?")
        terminal.wait_for("5 seconds back")
        terminal.press("Left", "9", "0", ".")
        terminal.wait_for("\u23f8")
        terminal.press("C-z")
        terminal.wait_for("Stopped")
        terminal.enter("fg")
        terminal.wait_for("row 27")
        terminal.press("q")
        terminal.wait_gone("row 27")
        terminal.wait_for_shell()
    terminal.enter("echo status $?")
    terminal.wait_for("status 0")
    everything = terminal.screen(history=True)
    assert "before" in everything
    assert not any(word in everything for word in ("row", "PICTURE", "help", "0:30 /", "end of"))
    assert len(everything.rstrip().splitlines()) < 20


def test_a_key_in_the_middle_keeps_what_was_there(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """What was played up to the first key stays above the prompt, which gets a line of its own."""
    log.start().add("output", b"one\r\ntwo", after=TENTH).add("output", b"\r\nlate", after=3600 * SECOND)
    terminal = play()
    before = terminal.settings()
    terminal.wait_for("two")
    terminal.write(" ")
    terminal.wait_for("? help")
    assert terminal.emulator.mode(1049)
    terminal.write("9")
    terminal.wait_for("54:")
    terminal.write("q")
    assert terminal.exit_status() == 0
    assert terminal.screen().splitlines() == ["one", "two"]
    assert terminal.emulator.cursor[:2] == (0, 2)
    assert_clean(terminal, before)


@pytest.mark.parametrize(("columns", "rows"), [(110, 35), (60, 15)])
def test_the_last_picture_stays_at_the_end(
    log: LogWriter, play: Callable[..., PtyTerminal], columns: int, rows: int
) -> None:
    """On a terminal that is too small, what was shown of it."""
    log.start(columns=100, rows=30).add("output", b"one" + b"." * 90 + b"\r\ntwo\r\n", after=TENTH).exit()
    terminal = play("--speed", "10", columns=columns, rows=rows)
    before = terminal.settings()
    assert terminal.exit_status() == 0
    lines = terminal.screen().splitlines()
    assert lines == [("one" + "." * 90)[:columns], "two", "end of the recording"]
    assert_clean(terminal, before)


def test_control_c_gives_up_what_is_typed(log: LogWriter, play: Callable[..., PtyTerminal]) -> None:
    """And not the player; the next one ends it."""
    log.start().add("output", b"welcome", after=TENTH).add("output", b"late", after=3600 * SECOND)
    terminal = play()
    terminal.wait_for("welcome")
    terminal.write("/some")
    terminal.wait_for("/some")
    terminal.write("\x03")
    terminal.wait_until(lambda: "/some" not in terminal.screen(), "the input to go")
    terminal.write("g1:75\r")
    terminal.wait_for("SS to 59")
    terminal.write("\x03")
    assert terminal.exit_status() == 0
