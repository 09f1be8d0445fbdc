"""Reading what script(1) wrote."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.base.errors import ForeignFileError, UsageError
from claude_sessions.formats.importing import Imported
from claude_sessions.log.events import StartInfo, decode_info
from tests.kit.exports import entries_of, events_of

Take = Callable[..., Imported]

FIRST = b'Script started on 2026-02-07 12:00:00+01:00 [COMMAND="vi a b" TERM="xterm" TTY="/dev/pts/1" COLUMNS="100" LINES="30"]\n'
LAST = b'\nScript done on 2026-02-07 12:00:09+01:00 [COMMAND_EXIT_CODE="3"]\n'


@pytest.fixture
def files(tmp_path: Path) -> Callable[[bytes, str], tuple[Path, Path]]:
    """A function that writes the two files: the bytes between first and last line, and the times."""

    def write(data: bytes, times: str) -> tuple[Path, Path]:
        typescript, timing = tmp_path / "typescript", tmp_path / "timing"
        typescript.write_bytes(FIRST + data + LAST)
        timing.write_text(times)
        return typescript, timing

    return write


Files = Callable[[bytes, str], tuple[Path, Path]]


def test_the_classic_times_are_read(home: Path, take: Take, files: Files) -> None:
    """Each line has the delay and the number of bytes; the first line of the typescript says what was run where."""
    entries = entries_of(home, take(*files(b"ab\xffc", "0.5 2\n1.25 2\n")).session_id)
    assert entries[0].timestamp == "2026-02-07T11:00:00.000000Z"
    start = decode_info(entries[0], StartInfo)
    assert start
    assert (start.command, start.arguments, start.term) == ("vi", ("a", "b"), "xterm")
    assert (start.columns, start.rows, start.origin) == (100, 30, "typescript file typescript")
    assert events_of(entries)[:2] == [(500_000, "output", b"ab"), (1_750_000, "output", b"\xffc")]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("vi a b", "vi a b"),
        ("ls | wc -l", "sh -c 'ls | wc -l'"),
        ("echo $HOME; sleep 1", "sh -c 'echo $HOME; sleep 1'"),
        ("claude -p 'a; b'", "claude -p 'a; b'"),
        ("it's", "sh -c 'it'\"'\"'s'"),
    ],
)
def test_a_line_for_the_shell_stays_one(home: Path, take: Take, files: Files, line: str, shown: str) -> None:
    """What only a shell understands is not taken apart: shown again, it means the same."""
    typescript, timing = files(b"", "")
    typescript.write_bytes(FIRST.replace(b"vi a b", line.encode()) + LAST)
    start = decode_info(entries_of(home, take(typescript, timing).session_id)[0], StartInfo)
    assert start
    assert shlex.join([start.command, *start.arguments]) == shown


def test_times_of_several_streams_are_read(home: Path, take: Take, files: Files) -> None:
    """Input in the same file, window changes and the exit code are recognised; other signals and headers pass."""
    times = (
        "H 0.000000 START_TIME 2026-02-07 12:00:00+01:00\nH 0.000000 OUTPUT_LOG io\nH 0.000000 INPUT_LOG io\n"
        "O 0.5 2\nI 0.5 1\nS 1.0 SIGWINCH ROWS=20 COLS=90\nS 0.1 SIGTERM\nO 0.1 1\nH 0.000000 DURATION 2.2\n"
        "H 0.000000 EXIT_CODE 3\n"
    )
    events = events_of(entries_of(home, take(*files(b"abyc", times)).session_id))
    assert events == [
        (500_000, "output", b"ab"),
        (1_000_000, "input", b"y"),
        (2_000_000, "resize", b"90x20"),
        (2_200_000, "output", b"c"),
        (2_200_000, "exit", b'{"code":3}'),
    ]


def test_input_in_a_file_of_its_own_is_left_out(home: Path, take: Take, files: Files) -> None:
    """Only the file with the output is read, and what was typed stands elsewhere."""
    times = "H 0.0 OUTPUT_LOG out\nH 0.0 INPUT_LOG in\nI 1.0 3\nO 1.0 2\n"
    events = events_of(entries_of(home, take(*files(b"ab", times)).session_id))
    assert events[0] == (2_000_000, "output", b"ab")


@pytest.mark.parametrize(
    "arguments", [["-T"], ["-T", "timing", "-B"], ["-m", "advanced", "-T"]], ids=["classic", "both", "advanced"]
)
def test_what_script_writes_is_read(
    home: Path, tmp_path: Path, take: Take, needs: Callable[[str], None], arguments: list[str]
) -> None:
    """The output of a session that the real script(1) recorded is there, byte by byte."""
    needs("script")
    words = [*arguments, "typescript"] if "-B" in arguments else [*arguments, "timing", "typescript"]
    command = ["script", "-q", "-c", "printf 'h\\303\\251\\033[m'; read x; echo got $x", *words]
    subprocess.run(command, cwd=tmp_path, input=b"abc\n", capture_output=True, check=True)
    events = events_of(entries_of(home, take(tmp_path / "typescript", tmp_path / "timing").session_id))
    shown = b"".join(data for _, direction, data in events if direction == "output")
    assert b"h\xc3\xa9\x1b[m" in shown
    assert b"got abc\r\n" in shown
    assert b"Script" not in shown


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ("0.5\n", "timing, line 1"),
        ("0.5 2\nx 2\n", "timing, line 2"),
        ("0.5 -2\n", "timing, line 1"),
        ("1e99 2\n", "timing, line 1"),
        ("99999999999 2\n", "line 1.*no time"),
        ("0.5 400\n", "line 1.*more than .*typescript holds"),
        ("S 0 SIGWINCH ROWS=0 COLS=5\n", "line 1.*window"),
        ("O " + "9" * 5000 + " 1\n", "timing, line 1"),
        ("0" * 70_000, "timing, line 1.*long"),
    ],
)
def test_broken_times_are_named_with_their_place(take: Take, files: Files, times: str, reason: str) -> None:
    """The file with the times is the one that is named, with the line."""
    with pytest.raises(ForeignFileError, match=reason):
        take(*files(b"abcd", times))


def test_a_typescript_needs_its_times(take: Take, files: Files) -> None:
    """Without the second file the sentence says which option is missing."""
    typescript, _ = files(b"", "")
    with pytest.raises(UsageError, match="--timing"):
        take(typescript)


def test_times_of_something_else_are_refused(take: Take, files: Files, tmp_path: Path) -> None:
    """What does not begin like a typescript is none."""
    other = tmp_path / "other"
    other.write_bytes(b"hello\n")
    with pytest.raises(ForeignFileError, match="does not begin"):
        take(other, files(b"", "")[1])
