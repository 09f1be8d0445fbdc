"""The real Claude Code on both renderers: what our emulator shows of a recording is what tmux shows."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from claude_sessions.log.entry import SHOWN, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.screen.emulator import Emulator
from claude_sessions.sessions import SessionManager
from claude_sessions.timeline.lines import lines
from tests.kit.real_claude import RealClaude
from tests.kit.terminal import TmuxTerminal, wait_until

START = ("claude-sessions", "start", "--", *RealClaude.DEFAULT_MODE)
RAINBOW = "\U0001f3f3\ufe0f\u200d\U0001f308"
ANSWER = "Grüße, здравствуй"


def entries_of(home: Path) -> list[Entry]:
    with SessionManager(home).open("last") as recording:
        return [entry for entry in recording.entries() if isinstance(entry, Entry)]


def shown_by_us(home: Path) -> list[str]:
    """Return the lines on the screen at the end of the recording, as far as it goes."""
    emulator = Emulator()
    for entry in entries_of(home):
        if entry.direction in SHOWN:
            emulator.feed(entry.data)
        elif entry.direction == "start" and (start := decode_info(entry, StartInfo)):
            emulator.resize(start.columns, start.rows)
        elif entry.direction == "resize" and (size := decode_resize(entry)):
            emulator.resize(*size)
        emulator.look()
    return normal("\n".join(emulator.look().lines))


def normal(screen: str) -> list[str]:
    """Leave out blanks at the ends, and the one that tmux 3.3 shows behind a flag that it takes to be narrow."""
    return [line.rstrip() for line in screen.replace("\xa0", " ").replace(f"{RAINBOW} ", RAINBOW).rstrip().split("\n")]


def test_our_screen_is_that_of_tmux(
    real_claude: Callable[[str], RealClaude], tmux: Callable[..., TmuxTerminal]
) -> None:
    """With many scripts, emoji of several code points, the menu of commands, in windows of any size; and no text comes twice."""
    claude = real_claude("unicode")
    terminal = tmux([*START], claude.project, claude.environment)
    home = claude.home / ".claude-sessions"

    def check(what: str) -> None:
        wait_until(
            lambda: shown_by_us(home) == normal(terminal.screen()),
            f"the same screen {what}",
            screen=lambda: "\n".join([*shown_by_us(home), "=== tmux:", *normal(terminal.screen())]),
        )

    terminal.wait_for("basket")
    check("at the start")
    terminal.type("/")
    terminal.wait_for("/add-dir")
    check("with the menu")
    terminal.press("BSpace")
    terminal.wait_gone("/add-dir")
    terminal.enter("Schreib etwas, 日本語 und \U0001f469\u200d\U0001f680!")
    terminal.wait_for("ZEICHEN-完")
    check("after the answer")
    for columns, rows in ((60, 20), (120, 40), (81, 25)):
        terminal.resize(columns, rows)
        check(f"of {columns}x{rows}")
    terminal.enter("/exit")
    assert terminal.exit_status() == 0
    found = Counter(line.text for line in lines(entries_of(home)))
    assert sum(count for text, count in found.items() if ANSWER in text) == 1
    assert found["  Done: ZEICHEN-完."] == 1
