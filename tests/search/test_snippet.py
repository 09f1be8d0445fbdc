"""The stretch of a text that is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.search.snippet import WIDTH, mark, snippet
from claude_sessions.search.words import Query


def shown(text: str, query: str, width: int = 40) -> str:
    """Return the snippet with its matches in brackets."""
    return mark(snippet(text, Query(query).spans(text), width), str, lambda found: f"[{found}]")


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("fix the test", "test", "fix the [test]"),
        ("a\n\n  b\tc", "b", "a [b] c"),
        ("nothing of it", "else", "nothing of it"),
        ("x " * 60 + "found it here " + "y " * 60, "found", "…x x x x x [found] it here y y y y y y y…"),
    ],
)
def test_it_shows_where_the_words_are(text: str, query: str, expected: str) -> None:
    """On one line, cut at words, with marks of omission."""
    assert shown(text, query) == expected


def test_the_place_with_most_words_is_chosen() -> None:
    """Not the first one."""
    text = "parser alone. " + "filler " * 40 + "the parser fails here " + "filler " * 40
    assert "[parser] [fails]" in shown(text, "parser fails")


def test_one_long_word_is_cut() -> None:
    """A text without blanks is no reason to print all of it."""
    assert len(shown("x" * 10_000, "xx")) < 200


@given(st.text(alphabet="ab \n東京é", max_size=300), st.integers(10, 80))
def test_any_text_has_one(text: str, width: int) -> None:
    """It is a part of the text, not much longer than asked for, and its matches are words of the query."""
    found = snippet(text, Query("a 東京").spans(text), width)
    assert "\n" not in found.text
    assert len(found.text) <= width + WIDTH
    assert found.text.strip("…").strip() in " ".join(text.split())
    for begin, end in found.matches:
        assert found.text[begin:end].rstrip() in {"a", "東京"}
