"""Text of unknown origin made safe to print."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.screen.printable import printable, printable_text

REORDERING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(st.characters()))
def test_nothing_that_acts_gets_through(text: str) -> None:
    """No control character, no mark that reorders, no line break, no half of a pair: for any text."""
    shown = printable(text)
    assert not [character for character in shown if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")]
    assert not REORDERING & set(shown)
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, né 日本 👩‍💻", "plain text, né 日本 👩‍💻"),
        ("a\x1b]52;c;aGk=\x07b", "a^[]52;c;aGk=^Gb"),
        ("two\nlines\tand\r\nmore", "two lines and  more"),
        ("\x7f\x9b31m\u202e", "^?<U+9B>31m<U+202E>"),
        ("half \ud83d", "half <U+D83D>"),
        ("", ""),
    ],
)
def test_what_is_left_out_can_be_seen(text: str, shown: str) -> None:
    """Blanks stay blanks, joined emoji stay whole, and the rest is written out as `cat -v` would."""
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_nothing_that_acts_gets_through_a_text_of_several_lines(text: str) -> None:
    """Line feeds and tabs stay, nothing else that acts; what is safe already stays as it is."""
    shown = printable_text(text)
    acting = [character for character in shown if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")]
    assert set(acting) <= {"\n", "\t"}
    assert not REORDERING & set(shown)
    assert printable_text(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\tb\r\nc\rd", "a\n\tb\nc d"),
        ("\x1b[1;31mred\x1b[0m \x9b32mgreen", "red green"),
        ("\x1b]0;title\x07x\x1b]8;;http://x\x1b\\y\x1b]8;;\x1b\\", "xy"),
        ("\x1b(0qqq\x1b(B\x1b7\x1b8\x1bM", "qqq"),
        ("end\x1b", "end^["),
        ("torn\x1b[", "torn^[["),
        ("\x1b]0;no end\nnext", "^[]0;no end\nnext"),
        ("\x07é\u202e日本", "^Gé<U+202E>日本"),
    ],
)
def test_sequences_are_left_out_of_texts(text: str, shown: str) -> None:
    """Colours, titles, hyperlinks and character sets go as a whole; what is none of them is written out."""
    assert printable_text(text) == shown


@pytest.mark.parametrize("text", ["a\U000e0041b", "a\u3164b", "a\u115fb", "\U0001f3f3\U000e0067\U000e007f"])
def test_text_that_nobody_sees_is_shown(text: str) -> None:
    """Tags and fillers smuggle words past a person."""
    for shown in (printable(text), printable_text(text)):
        assert not set(shown) & set("\U000e0041\u3164\u115f\U000e0067")
        assert "<U+" in shown


def test_tags_that_make_a_flag_stay() -> None:
    """The flag of Scotland is one picture."""
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    assert printable(f"x {flag} y") == f"x {flag} y"
