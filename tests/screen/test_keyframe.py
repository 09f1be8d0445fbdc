"""Keyframes: a screen as bytes that draw it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyghostty import Terminal

from claude_sessions.screen.emulator import Emulator
from claude_sessions.screen.keyframe import keyframe
from claude_sessions.screen.modes import ModeTracker

SIZE = (20, 6)
PIECES = (
    *("abc", "中" * 7, "e\u0301", "👩\u200d👩", "x" * 45, "\r\n", "\n", "\r", "\t", "\x0e", "\x0f", "\x07"),
    *("\x1b[31m", "\x1b[38;5;200m", "\x1b[48;2;1;2;3m", "\x1b[1;3;4;7;9m", "\x1b[m", "\x1b[3;5H", "\x1b[K", "\x1b[2J"),
    *(
        "\x1b[?1049h",
        "\x1b[?1049l",
        "\x1b[?47h",
        "\x1b[?47l",
        "\x1b[2;4r",
        "\x1b[r",
        "\x1b7",
        "\x1b8",
        "\x1bM",
        "\x1bH",
    ),
    *("\x1b(0", "\x1b(B", "\x1b[4h", "\x1b[4l", "\x1b[20h", "\x1b[?6h", "\x1b[?7l", "\x1b[?25l", "\x1b[?1h", "\x1b[3g"),
    *("\x1b[3", "\x1b]0;t", "\x1bP", "\x1b\\", "\x1b[?1000;1006h", "\x1b[>1u", "\x1b[2 q", "\x1b[?2004h"),
)
streams = st.lists(st.sampled_from([*(piece.encode() for piece in PIECES), b"\xf0\x9f\x98", b"\x80"]), max_size=30)


def state_of(emulator: Emulator) -> tuple[bool, bytes]:
    """Return everything that an emulator holds; a sequence that has begun may be held in two ways."""
    dump, held = emulator.dump()
    return emulator.alternate, dump.replace("\x9b", "\x1b[").encode() + held


@settings(max_examples=300, deadline=None)
@given(streams)
def test_a_keyframe_gives_a_new_terminal_the_same_state(pieces: list[bytes]) -> None:
    """Cells, colours, both screens, cursor, saved cursors, margins, tab stops, and what is in the middle of coming."""
    emulator, another = Emulator(*SIZE), Emulator(*SIZE)
    emulator.feed(b"".join(pieces))
    another.feed(keyframe(emulator))
    assert state_of(another) == state_of(emulator)


@settings(max_examples=300, deadline=None)
@given(streams)
def test_the_modes_of_keys_and_mouse_come_back_too(pieces: list[bytes]) -> None:
    """With the tracker's modes the screen is the same, and the same keys and mouse modes are on."""
    emulator, another = Emulator(*SIZE), Emulator(*SIZE)
    modes, others = ModeTracker(), ModeTracker()
    emulator.feed(b"".join(pieces))
    modes.feed(b"".join(pieces))
    drawn = keyframe(emulator, modes)
    another.feed(drawn)
    others.feed(drawn)
    assert state_of(another) == state_of(emulator)
    assert keys_of(others) == keys_of(modes)


def keys_of(modes: ModeTracker) -> list[bytes]:
    """Return what undoes the modes that only the tracker knows; the emulator has its own idea of the others."""
    undone = re.sub(rb"\x1b\[\?(?:7h|25h|1049l|1047l|47l)", b"", modes.undo())
    return sorted(re.findall(rb"1000|1006|2004|\x1b\[<[0-9]+u|\x1b\[0 q", undone))


@settings(max_examples=200, deadline=None)
@given(streams)
def test_a_keyframe_has_no_byte_that_is_a_control_of_eight_bits(pieces: list[bytes]) -> None:
    """Terminals that read UTF-8 print those as garbage."""
    emulator = Emulator(*SIZE)
    emulator.feed(b"".join(pieces))
    text = keyframe(emulator).decode(errors="ignore")
    assert not re.search("[\x80-\x9f]", text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*PIECES[:2], *PIECES[4:8], *PIECES[12:32]]), max_size=30))
def test_another_emulator_draws_the_same(pieces: list[str]) -> None:
    """Ghostty shows the same text and cursor for a keyframe, answers nothing, and knows all that is in it."""
    emulator = Emulator(*SIZE)
    emulator.feed("".join(pieces).encode())
    heard: list[object] = []
    other = Terminal(*SIZE)
    other.on_reply(heard.append)
    other.on_unknown_sequence(heard.append)
    other.feed(keyframe(emulator))
    assert heard == []
    rows = [row.text.replace("\xa0", " ").rstrip() for row in emulator._vt.view()]
    assert other.text().rstrip("\n").split("\n") == "\n".join(rows).rstrip("\n").split("\n")
    assert other.cursor == (min(emulator.cursor[0], SIZE[0] - 1), emulator.cursor[1])


@pytest.mark.parametrize("sequence", [b"b", b"`", b"W"])
def test_no_sequence_that_few_terminals_know(sequence: bytes) -> None:
    """Repeated characters, tab stops and colours are written in the way that all understand."""
    emulator = Emulator(*SIZE)
    emulator.feed(b"\x1b[3g\x1b[5G\x1bH\r\x1b[38;5;200maaaaaaaaaa\x1b[m\x1b[48;2;1;2;3mb")
    drawn = keyframe(emulator)
    assert not re.search(rb"\x1b\[[0-9;]*" + sequence, drawn)
    assert b"38;5;200" in drawn
    assert b":" not in drawn


def test_rows_end_where_their_text_does() -> None:
    """Blanks that fill a row are left out, on both screens; coloured ones and those of a wrapped line stay."""
    emulator = Emulator(10, 4)
    emulator.feed(b"one\r\n\x1b[44m  \x1b[m\r\n" + b"x" * 8 + b" " * 4 + b"y")
    assert keyframe(emulator) == b"one\r\n\x1b[0;44m  \x1b[0m\r\nxxxxxxxx    y\x1b[m\x1b[4;4H\x1b[0m"
    emulator.feed(b"\x1b[?1049h\x1b[2;3Htwo")
    _, _, alternate = keyframe(emulator).partition(b"\x1b[?1047h")
    assert alternate.startswith(b"\x1b[1;1H\r\n  two\r\n")
    assert b" \r" not in alternate
