"""Patterns that people type."""

import time

import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.search.pattern import compile_lines, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "span"),
    [
        ("b+", "abbc", (1, 3)),
        ("^c", "abc", None),
        ("日本|é", "x 日本", (2, 4)),
        ("", "abc", (0, 0)),
        ("(?i)ABC", "xabc", (1, 4)),
    ],
)
def test_finds_the_first_match(pattern: str, text: str, span: tuple[int, int] | None) -> None:
    """The span is counted in characters."""
    assert compile_pattern(pattern).search(text) == span


def test_finds_every_match() -> None:
    """Empty ones too; a line begins where one begins, whatever was found before it."""
    assert list(compile_pattern("é*").every("aéé")) == [(0, 0), (1, 3), (3, 3)]
    assert list(compile_lines("^a").every("aa\nab")) == [(0, 1), (3, 4)]


def test_case_and_fixed_texts() -> None:
    """-i and -F of the command line."""
    assert compile_pattern("ABC").search("abc") is None
    assert compile_pattern("ABC", ignore_case=True).search("abc") == (0, 3)
    assert compile_pattern("a(b", fixed=True).search("xa(b") == (1, 4)
    assert compile_pattern("A(B", fixed=True, ignore_case=True).search("xa(b") == (1, 4)
    assert compile_pattern("a.c", fixed=True).search("abc") is None


@pytest.mark.parametrize("pattern", ["(a", "a(?=b)", "[z-a]", r"\1", "*", "\udcff", "a" * 10 + "{1000}{1000}"])
def test_a_bad_pattern_is_named_with_the_reason(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    """RE2's reason is in the sentence, and RE2 itself writes nothing anywhere."""
    with pytest.raises(UsageError, match=r"is not a pattern: ."):
        compile_pattern(pattern)
    assert capfd.readouterr() == ("", "")


def test_a_hostile_pattern_takes_no_time() -> None:
    """What takes the standard library's `re` a quarter of a minute is over at once."""
    started = time.process_time()
    assert compile_pattern("(a+)+$").search("a" * 5000 + "b") is None
    assert time.process_time() - started < 5
