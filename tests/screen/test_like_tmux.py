"""What our emulator shows, and what is drawn from a keyframe, beside what tmux shows of the same bytes.

tmux is a terminal that many people look at Claude Code through, and its `capture-pane` says what is on it.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from claude_sessions.screen.cells import Pane
from claude_sessions.screen.keyframe import keyframe
from claude_sessions.screen.modes import ModeTracker
from tests.kit.terminal import wait_until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

COLUMNS, ROWS = 40, 10

Piece = bytes | tuple[int, int]
"""Output, or another size of the window."""

STREAMS: dict[str, list[Piece]] = {
    "plain": [b"one\r\ntwo\r\n\r\nfour"],
    "scrolled": [b"".join(b"line %d\r\n" % number for number in range(50))],
    "wrapped": [b"x" * 95 + b"\r\nend"],
    "wrap pending": [b"x" * 40 + b"\x1b[31m\r\nnext" + b"\x1b[5;40Hyz"],
    "wrap pending, then a move": [b"x" * 40 + b"\x1b[Cz", b"\x1b[3;1H" + b"y" * 40 + b"\x08z"],
    "no wrap": [b"\x1b[?7l" + b"0123456789" * 5 + b"\r\n\x1b[?7hafter"],
    "wide": ["日本語テキスト".encode(), "\r\n\x1b[3;40H語wraps".encode()],
    "half of a wide one": ["日本語\x1b[1;4Hx\x1b[2;1H한국어\x1b[2;2H\x1b[Xy".encode()],
    "combining": ["e\u0301a\u0308 n\u0303o \u0e01\u0e34 x".encode()],
    "emoji": ["🚀 rocket \u2705 done".encode()],
    "right to left": ["עברית and العربية end".encode()],
    "box drawing": ["┌──┬──┐\r\n│  │  │\r\n└──┴──┘".encode(), b"\r\n\x1b(0lqk\r\nx x\r\nmqj\x1b(B text"],
    "scroll region": [b"\x1b[3;6rtop\x1b[6;1H" + b"".join(b"\r\nrow %d" % number for number in range(9)) + b"\x1b[r"],
    "scroll region upwards": [b"a\r\nb\r\nc\r\nd\r\ne\x1b[2;4r\x1b[2;1H\x1bM\x1bMnew\x1b[r\x1b[9;1Hend"],
    "scrolled by command": [b"a\r\nb\r\nc\r\nd\r\ne\x1b[2S", b"\x1b[1T\x1b[Hz"],
    "origin mode": [b"\x1b[3;6r\x1b[?6h\x1b[1;1Hin\x1b[9;9Hlow\x1b[?6l\x1b[r\x1b[10;1Hout"],
    "inserted and deleted lines": [b"a\r\nb\r\nc\r\nd\r\ne\x1b[2;1H\x1b[2Lnew\x1b[5;1H\x1b[1M"],
    "inserted and deleted characters": [b"abcdefgh\x1b[1;3H\x1b[2@\x1b[1;7H\x1b[2P", b"\r\n0123456789\x1b[3D\x1b[3X"],
    "insert mode": [b"abc\r\x1b[4hXY\x1b[4lZ"],
    "erased": [
        b"".join(b"%d" % (number % 10) * 40 for number in range(8))
        + b"\x1b[3;20H\x1b[K\x1b[5;20H\x1b[1K\x1b[7;5H\x1b[J"
    ],
    "erased above": [b"".join(b"%d" % (number % 10) * 40 for number in range(8)) + b"\x1b[4;10H\x1b[1J"],
    "alternate screen": [b"main\r\n\x1b[?1049h\x1b[Hinside\x1b[5;5Hdeep"],
    "back on the main screen": [b"main\r\n\x1b[?1049h\x1b[Hinside\x1b[?1049lafter"],
    "alternate screen 47": [b"main line\x1b[?47h\x1b[2;3Hinside"],
    "back from 47": [b"main line\x1b[?47h\x1b[2;3Hinside\x1b[?47l!"],
    "alternate screen 1047": [b"main line\x1b[?1047h\x1b[2;3Hinside"],
    "back from 1047": [b"main line\x1b[?1047h\x1b[2;3Hinside\x1b[?1047l!"],
    "tabs": [b"a\tb\tc\r\n\x1b[3g\x1b[5G\x1bH\x1b[20G\x1bH\r\tx\ty\x1b[Zz"],
    "cursor saved": [b"\x1b[3;3H\x1b7\x1b[31mred\x1b[8;8H\x1b8back"],
    "cursor beyond": [b"\x1b[99;99Hx\x1b[99A\x1b[99Dy\x1b[99Bz"],
    "repeated": [b"ab\x1b[5bc"],
    "reset": [b"text\x1b[?6h\x1b[4h\x1bcnew"],
    "soft reset": [b"text\x1b[4h\x1b[3;5r\x1b[!pab\x08\x08cd"],
    "index and next line": [b"abc\x1bDdef\x1bEghi"],
    "back over the margin": [b"\x1b[5;1Ha\x08\x08\x08b\x1b[3;3H\x1b[20D*"],
    "odd sequences": [
        b"a\x1b]0;title\x07b\x1bP1$rq\x1b\\c\x1b_x\x1b\\d\x1b[>4;1me\x1b[?2026hf\x1b[?2026lg\x1b[1;2;3;4$zh"
    ],
    "controls inside of a sequence": [b"abc\x1b[2\x08C|\x1b[\x0b2Dx"],
    "invalid UTF-8": [b"a\xffb\xc3(c\xe2\x82d"],
    "drawn by Claude Code": [
        "\x1b[?2026h\x1b[2K\x1b[G● Bash(ls)\r\n  ⎿  \x1b[2mcalc.py\x1b[22m\r\n\r\n"
        "╭──────╮\r\n│ >    │\r\n╰──────╯\x1b[?2026l".encode(),
        "\x1b[?2026h\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K\x1b[G✻ Thinking…\r\n\r\n╭──────╮\r\n│ >    │\r\n╰──────╯\x1b[?2026l".encode(),
    ],
    "alternate screen resized": [b"\x1b[?1049h\x1b[2J\x1b[Htop\x1b[5;1Hmiddle\x1b[3;3H", (50, 8), b"after"],
    "grown": [b"short\r\nlines\r\n", (60, 12), b"after"],
    "wrapped anew": [b"x" * 60 + b"\r\nnext\r\n", (80, 10), b"after"],
}

TMUX_ALONE = {
    "wrap pending, then a move": (
        "a backspace at the right margin takes tmux onto it, others before it",
        2,
        "y" * 38 + "zy",
    ),
    "half of a wide one": ("tmux leaves the first half of a character whose second was erased", 1, " y국어"),
    "box drawing": ("tmux hands out line drawing as the letters that stand for it", 3, "┌─┐"),
    "soft reset": ("tmux does not know it", 0, "cdxt"),
    "invalid UTF-8": ("tmux drops it, others show that something is missing", 0, "a\ufffdb\ufffd(c\ufffdd"),
}
"""Where tmux stands alone: why, in which row first, and what we show there."""


class Shown(NamedTuple):
    """What is on a screen."""

    rows: list[str]
    cursor: tuple[int, int]
    """Column and row, counted from 0; behind the last column is the last column."""
    alternate: bool


class Tmux:
    """A server of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    def run(self, *arguments: str) -> str:
        """Run one command of tmux and return what it prints."""
        command = ["tmux", "-u", "-S", str(self._folder / "s"), "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout

    def show(self, pieces: list[Piece], size: tuple[int, int] = (COLUMNS, ROWS)) -> Shown:
        """Return what a new window shows after all of that. The end of each piece is told by a title."""
        self._number += 1
        name = f"show{self._number}"
        script = ["stty raw -echo"]
        for number, piece in enumerate(pieces):
            if isinstance(piece, bytes):
                path = self._folder / f"{name}-{number}"
                path.write_bytes(piece + f"\x1b]2;{name}-{number}\x1b\\".encode())
                script.append(f"cat {path}")
            script.append("head -c 1 >/dev/null")
        columns, rows = map(str, size)
        self.run("new-session", "-d", "-s", name, "-x", columns, "-y", rows, "; ".join(script))
        for number, piece in enumerate(pieces):
            if isinstance(piece, bytes):
                self._wait_for_title(name, f"{name}-{number}")
            else:
                self.run("resize-window", "-t", name, "-x", str(piece[0]), "-y", str(piece[1]))
            if number + 1 < len(pieces):
                self.run("send-keys", "-t", name, "-l", "x")
        shown = self.run("capture-pane", "-p", "-t", name).split("\n")[:-1]
        column, row, width, alternate = self._ask(name, "cursor_x} #{cursor_y} #{pane_width} #{alternate_on").split()
        self.run("kill-session", "-t", name)
        return Shown([row.rstrip() for row in shown], (min(int(column), int(width) - 1), int(row)), alternate == "1")

    def _wait_for_title(self, name: str, title: str) -> None:
        wait_until(lambda: self._ask(name, "pane_title") == title, f"{title} to be drawn")

    def _ask(self, name: str, what: str) -> str:
        return self.run("display-message", "-p", "-t", name, f"#{{{what}}}").rstrip("\n")


@pytest.fixture(scope="module")
def tmux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tmux]:
    """A tmux that ends with the tests."""
    server = Tmux(tmp_path_factory.mktemp("t"))
    server.run("new-session", "-d", "-s", "first", "sleep 1000", ";", "set", "-g", "status", "off")
    yield server
    server.run("kill-server")


def drawn(pieces: list[Piece]) -> tuple[Pane, ModeTracker]:
    """Return our emulator after all of that, and the modes that are on."""
    pane, modes = Pane(COLUMNS, ROWS), ModeTracker()
    for piece in pieces:
        if isinstance(piece, bytes):
            pane.feed(piece)
            modes.feed(piece)
        else:
            pane.resize(*piece)
    return pane, modes


def shown_by(pane: Pane) -> Shown:
    """Return what our emulator shows."""
    rows = [re.sub("\x1b\\[[0-9;:]*[mGK]", "", row.decode()).rstrip() for row in pane.picture(pane.size).rows]
    column, row = pane.cursor
    return Shown(rows, (min(column, pane.size[0] - 1), row), pane.alternate)


@pytest.mark.parametrize("name", [name for name in STREAMS if name not in TMUX_ALONE])
def test_our_emulator_shows_what_tmux_shows(tmux: Tmux, name: str) -> None:
    """Text, cursor, and which of the two screens it is."""
    assert shown_by(drawn(STREAMS[name])[0]) == tmux.show(STREAMS[name])


@pytest.mark.parametrize("name", TMUX_ALONE)
def test_where_tmux_stands_alone(tmux: Tmux, name: str) -> None:
    """Up to there both show the same; there we show what other terminals do."""
    _, row, text = TMUX_ALONE[name]
    ours = shown_by(drawn(STREAMS[name])[0])
    assert ours.rows[:row] == tmux.show(STREAMS[name]).rows[:row]
    assert ours.rows[row] == text


@pytest.mark.parametrize("name", STREAMS)
def test_tmux_draws_a_keyframe_as_the_stream(tmux: Tmux, name: str) -> None:
    """Whatever led to a screen, a terminal of its size that never saw it shows the same."""
    pane, modes = drawn(STREAMS[name])
    assert tmux.show([keyframe(pane, modes)], pane.size) == shown_by(pane)


@pytest.mark.parametrize("name", STREAMS)
def test_tmux_draws_the_players_rows_as_the_stream(tmux: Tmux, name: str) -> None:
    """What the player shows after a jump is what was there."""
    pane, _ = drawn(STREAMS[name])
    picture = pane.picture(pane.size)
    rows = [b"\x1b[?7l", *(b"\x1b[%d;1H%b" % (number, row) for number, row in enumerate(picture.rows, 1))]
    column, row = picture.cursor
    data = b"".join([*rows, b"\x1b[%d;%dH" % (row + 1, column + 1)])
    assert tmux.show([data], pane.size)[:2] == shown_by(pane)[:2]
