"""Long lines on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.cli.fold import fold
from claude_sessions.cli.table import display_width


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("❯ one two three", "❯ one two\n  three"),
        ("● one two\n  three four five", "● one two\n  three\n  four\n  five"),
        ("  - one two three", "  - one\n    two\n    three"),
        ("● 日本 日本 日本", "● 日本\n  日本\n  日本"),
        ("● " + "x" * 30, "●\n  " + "x" * 30),
        ("● a\n  ```\n  one two three four\n  ```\n  one two three", None),
        ("● ```\n  one two three four\n  ```\n  one two three", None),
        ("● | a | b | c | d |", "● | a | b | c | d |"),
        ("", ""),
    ],
)
def test_lines_are_broken_between_words(text: str, folded: str | None) -> None:
    """What is broken off stands below the words; code, tables and single words stay whole."""
    if folded is None:
        folded = text.removesuffix("three") + "\n  three"
        folded = folded.replace("two \n", "two\n")
    elif folded.startswith("●\n"):
        folded = text
    assert fold(text, 10) == folded


@given(st.text(st.sampled_from("ab -●❯|`日\n"), max_size=60), st.integers(-3, 30))
def test_nothing_is_lost(text: str, width: int) -> None:
    """All words are there in their order, and a wider line has but one word."""
    folded = fold(text, width)
    assert folded.split() == text.split()
    assert fold(text, 1000) == text
    if not set("`|") & set(text):
        assert all(display_width(line) <= width or len(line.strip(" -●❯").split()) <= 1 for line in folded.split("\n"))
