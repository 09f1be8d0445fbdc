"""What a line holds while it is edited: the keys of shells and of Claude Code, however they are sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.formats.line_editor import LineEditor

_HOME, _END, _LEFT, _RIGHT, _BACK = "\x01", "\x05", "\x1b[D", "\x1b[C", "\x7f"


def states(*typed: str) -> list[str]:
    editor = LineEditor()
    for text in typed:
        editor.type(text)
    return editor.take()


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (f"ecret{_HOME}s", "secret"),
        (f"sect{_LEFT}re{_END}!", "secret!"),
        (f"ac{_LEFT}{_LEFT}{_RIGHT}b", "abc"),
        (f"hunterQ9{_BACK}{_BACK}2!", "hunter2!"),
        (f"xabc{_HOME}\x04", "abc"),
        (f"xabc{_HOME}\x1b[3~", "abc"),
        ("one two\x17three", "one three"),
        ("one-two\x1b\x7fthree", "one-three"),
        ("one two\x1bb\x1bd2", "one 2"),
        ("one two\x1b[1;5D\x1b[1;5Df\x1bfg", "foneg two"),
        ("abc\x15x\x19", "xabc"),
        (f"abcd{_LEFT}{_LEFT}\x0b!\x19", "ab!cd"),
        ("ba\x14", "ab"),
        ("\x1b[200~pasted\x1b[201~", "pasted"),
        ("\x1b[97;1u\x1b[27;1;98~\x1b[99;1:3u", "ab"),
        ("b\x1b[97;5ua", "ab"),
        ("a\x1b[<0;3;4Mb\x1b[Ic\x1b]11;rgb:0/0/0\x07d\x1b[M !!e", "abcde"),
    ],
)
def test_what_keys_do(typed: str, line: str) -> None:
    """Moves, corrections, cuts, a paste, keys as keyboard protocols send them; mouse and answers of the terminal are none."""
    assert states(typed)[-1] == line
    assert states(*typed)[-1] == line


def test_what_was_taken_back_was_typed() -> None:
    """A line that was cut, or left by Enter or by Ctrl-C, is one of those that were there."""
    assert states("first\x15second\x03third\rlast") == ["first", "second", "third", "last"]
    assert states(" \x15") == []
    assert states("abc" + "\x7f" * 500 + "d") == ["abc", "d"]


def test_a_line_is_bounded() -> None:
    """What is pasted without end stays as short as it was, and so do the lines that were."""
    editor = LineEditor()
    editor.type("x" * 100_000)
    assert editor.is_empty
    for number in range(1000):
        editor.type(f"{number}\r")
    assert len(editor.take()) <= 101


@given(
    st.lists(
        st.text(alphabet=st.sampled_from("ab \x1b[1~5;DCHuM\x01\x05\x7f\x15\x19\x17\x0b\r]\x07\x14"), max_size=30),
        max_size=5,
    )
)
def test_anything_may_be_typed(pieces: list[str]) -> None:
    """However keys are cut into pieces, what comes out is the same."""
    assert states(*pieces) == states("".join(pieces)) == states(*"".join(pieces))
