"""The line of text over a picture, looked at on a terminal emulator."""

import pytest

from claude_sessions.playback.caption import caption
from claude_sessions.screen.emulator import Emulator


def shown(text: str, before: bytes = b"", size: tuple[int, int] = (20, 5)) -> tuple[list[str], tuple[int, int]]:
    emulator = Emulator(*size)
    emulator.feed(before)
    emulator.feed(caption(text, size))
    return emulator.look().lines, emulator.cursor


def test_it_stands_on_the_last_row() -> None:
    """The rest of the picture and the cursor stay."""
    assert shown("fix it", b"one\r\ntwo") == (["one", "two", "", "", " fix it"], (3, 1))


@pytest.mark.parametrize(
    "before", [b"\x1b[2;3r\x1b[?6h", b"\x1b(0", b"\x0e\x1b)0", b"\x1b[4h", b"\x1b[3;2H\x1b[?6h"], ids=repr
)
def test_no_mode_of_the_picture_changes_it(before: bytes) -> None:
    """Neither a scroll region nor line drawing characters nor insert mode."""
    lines, _ = shown("lq fix", before)
    assert lines[-1] == " lq fix"


def test_escapes_are_text() -> None:
    """A prompt that holds a sequence shows it, and several lines are one."""
    assert shown("a\x1b[2J\nb")[0][-1] == " a^[[2J b"


@pytest.mark.parametrize(("text", "last"), [("x" * 18, " " + "x" * 18), ("x" * 19, " " + "x" * 17 + "…")])
def test_what_is_too_long_is_cut(text: str, last: str) -> None:
    """One column stays free, so that nothing wraps."""
    assert shown(text)[0][-1] == last


def test_wide_characters_count_twice() -> None:
    """They are never halved."""
    assert shown("日" * 30)[0][-1] == " " + "日" * 8 + "…"


def test_what_no_encoding_takes_is_shown_all_the_same() -> None:
    """Half of a surrogate pair is no reason to fail."""
    assert "D83D" in shown("a\ud83db")[0][-1]
