"""The line of text over a picture, looked at on a terminal emulator."""

import pytest

from claude_sessions.playback.caption import box, box_width, caption, ending
from claude_sessions.screen.emulator import Emulator


def shown(text: str, right: str = "", columns: int = 20) -> list[str]:
    emulator = Emulator(columns, 2)
    emulator.feed(caption(text, columns, right))
    return emulator.look().lines


def test_it_is_as_wide_as_the_terminal() -> None:
    """And no wider: nothing wraps."""
    assert shown("fix it") == [" fix it", ""]
    assert b"\x1b[0;7m" in caption("fix it", 20)


def test_another_text_stands_at_the_right_end() -> None:
    """Where there is room for both."""
    assert shown("fix it", "? help")[0] == " fix it      ? help"
    assert shown("fix it, please", "? help")[0] == " fix it, please"


def test_escapes_are_text() -> None:
    """A prompt that holds a sequence shows it, and several lines are one."""
    assert shown("a\x1b[2J\nb")[0] == " a^[[2J b"


@pytest.mark.parametrize(("text", "line"), [("x" * 19, " " + "x" * 19), ("x" * 20, " " + "x" * 18 + "…")])
def test_what_is_too_long_is_cut(text: str, line: str) -> None:
    """With an ellipsis."""
    assert shown(text) == [line, ""]


def test_the_end_of_a_text_can_be_kept() -> None:
    """Behind an ellipsis where something is left out; a wide character that does not fit as a whole goes."""
    assert [ending("abcdef", cells) for cells in (6, 5, 1)] == ["abcdef", "…cdef", "…"]
    assert ending("日本語", 5) == "…本語"
    assert ending("日本語", 4) == "…語"


def test_wide_characters_count_twice_and_marks_not_at_all() -> None:
    """Characters are never halved."""
    assert shown("日" * 30)[0] == " " + "日" * 9 + "…"
    assert shown("e\u0301" * 19)[0] == " " + "e\u0301" * 19


def test_what_no_encoding_takes_is_shown_all_the_same() -> None:
    """Half of a surrogate pair is no reason to fail."""
    assert "D83D" in shown("a\ud83db")[0]


def test_a_box_has_rows_of_one_width() -> None:
    """With a margin of a row above and below."""
    lines = [("a", "first"), ("long", "x")]
    emulator = Emulator(40, 6)
    emulator.feed(b"|\r\n".join(box(lines)))
    assert [line.find("|") for line in emulator.look().lines[:3]] == [box_width(lines)] * 3
    assert emulator.look().lines[1].startswith("  a      first")
