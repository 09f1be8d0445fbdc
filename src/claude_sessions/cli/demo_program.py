"""The scripted session that `demo` records: a small full-screen program, drawn as Claude Code draws.

Words are placed with cursor moves on the alternate screen, the spinner and the seconds tick, and the old lines scroll
off by being drawn anew: what makes a recording hard to search as bytes, and easy as lines.
"""

import shutil
import sys
import time

_TURN = (
    ("prompt", "The test for add fails. Fix it."),
    ("think", "Thinking"),
    ("say", "I'll look at the project first."),
    ("tool", "Bash(ls; cat calc.py)"),
    ("result", "calc.py  test_calc.py"),
    ("result", "def add(a, b):"),
    ("result", "    return a - b"),
    ("think", "Reading"),
    ("say", "add subtracts: the sign is wrong."),
    ("tool", "Update(calc.py)"),
    ("minus", "    return a - b"),
    ("plus", "    return a + b"),
    ("tool", "Bash(python3 -m unittest)"),
    ("think", "Running the tests"),
    ("result", "Ran 1 test in 0.001s"),
    ("result", "OK"),
    ("say", "Fixed. The one failing test passes now."),
)

_STYLES = {
    "prompt": ("❯ ", "1"),
    "say": ("● ", "0"),
    "tool": ("● ", "38;5;108"),
    "result": ("  ⎿ ", "2"),
    "minus": ("  - ", "38;5;167"),
    "plus": ("  + ", "38;5;71"),
}
_SPINNER = "·✢✳✶✻✽"


class Screen:
    """The visible end of the conversation, drawn anew at each change."""

    def __init__(self) -> None:
        size = shutil.get_terminal_size()
        self._rows = max(6, size.lines)
        self._columns = max(20, size.columns)
        self._lines: list[tuple[str, str]] = []

    def show(self, status: str = "") -> None:
        """Draw the whole screen in one piece."""
        room = self._rows - 4
        parts = [
            "\x1b[?2026h\x1b[?25l\x1b[H",
            _words("claude-sessions demo", "1;38;5;173", self._columns),
            "\x1b[K\r\n",
        ]
        shown = self._lines[-room:]
        for kind, text in shown:
            mark, style = _STYLES[kind]
            parts.append("\x1b[K" + _words(mark + text, style, self._columns) + "\r\n")
        parts.append("\x1b[K\r\n" * (room - len(shown)))
        parts += [
            "\x1b[2m",
            "─" * self._columns,
            "\x1b[22m\r\n",
            "\x1b[K",
            _words(status, "38;5;173", self._columns),
            "\x1b[?2026l",
        ]
        _write("".join(parts))

    def add(self, kind: str, text: str) -> None:
        """Add a line and show it; a prompt is typed letter by letter."""
        if kind != "prompt":
            self._lines.append((kind, text))
            self.show()
            _pause(0.3)
            return
        self._lines.append((kind, ""))
        for end in range(len(text) + 1):
            self._lines[-1] = (kind, text[:end])
            self.show()
            _pause(0.03)

    def think(self, what: str) -> None:
        """Let the spinner turn for a second."""
        for tick in range(12):
            self.show(f"{_SPINNER[tick % len(_SPINNER)]} {what}… ({tick // 4 + 1}s · esc to interrupt)")
            _pause(0.08)


def main() -> None:
    """Play the session."""
    screen = Screen()
    _write("\x1b[?1049h\x1b[2J")
    try:
        for kind, text in _TURN:
            if kind == "think":
                screen.think(text)
            else:
                screen.add(kind, text)
        screen.show("this session was scripted; the recording is real")
        _pause(1.2)
    finally:
        _write("\x1b[?25h\x1b[?1049l")


def _words(text: str, style: str, columns: int) -> str:
    """Return `text` with each word put into its column by a cursor move."""
    parts = [f"\x1b[{style}m"]
    column = 1
    for word in text[:columns].split(" "):
        if word:
            parts.append(f"\x1b[{column}G{word}")
        column += len(word) + 1
    return "".join(parts) + "\x1b[0m"


def _pause(seconds: float) -> None:
    time.sleep(seconds)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main()
