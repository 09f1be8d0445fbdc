"""Text of unknown origin made safe to print."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.screen.printable import printable

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
