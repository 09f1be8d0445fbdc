"""Which lines of a recording are wanted."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.search.pattern import compile_pattern
from claude_sessions.search.select import Selected, Selection, Wanted, page_search
from claude_sessions.timeline.lines import Line
from claude_sessions.timeline.pages import Page


def page(earliest: int, *lines: tuple[int, str]) -> Page:
    return Page(0, [(1, time) for time, _ in lines], "\n".join(text for _, text in lines).encode(), earliest)


def wanted(pattern: str, **fields: Any) -> Wanted:
    search = page_search(pattern, ignore_case=False, fixed=False)
    return Wanted(pattern=compile_pattern(pattern), in_page=search, **fields)


def flat(batches: Iterable[list[Selected]]) -> list[str]:
    return [each.line.text for batch in batches for each in batch]


def test_lines_wait_for_earlier_ones() -> None:
    """They come in the order of time, as soon as no earlier one can come."""
    pages = iter([page(3, (5, "e"), (2, "b"), (1, "a")), page(4, (3, "c")), page(9, (4, "d"), (4, "d too"))])
    found = Selection(wanted(".")).select(pages)
    assert [[each.line.text for each in batch] for batch in found] == [["a", "b"], ["c"], ["d", "d too", "e"]]


def test_the_place_of_a_match_is_told_in_characters() -> None:
    """Whatever their length in bytes."""
    ((only,),) = Selection(wanted("x+")).select([page(0, (1, "a"), (2, "日本 xx"))])
    assert (only.line, only.span) == (Line("日本 xx", 2, 2e-9), (3, 5))


@pytest.mark.parametrize("pattern", [r"\Ab", r"b\z", "(?i)B", "b(?-m)$"])
def test_patterns_that_mean_a_whole_text_are_looked_for_line_by_line(pattern: str) -> None:
    """Among others such a line would be overlooked."""
    assert page_search(pattern, ignore_case=False, fixed=False) is None
    assert flat(Selection(wanted(pattern)).select([page(0, (1, "a"), (2, "b"), (3, "c"))])) == ["b"]


def test_a_match_across_lines_is_none() -> None:
    """A line feed belongs to no line; but what such a match begins in may match by itself."""
    pages = [page(0, (1, "a"), (2, "b"), (3, "ab"), (4, "b"))]
    assert flat(Selection(wanted("a[^x]*b")).select(pages)) == ["ab"]
    assert flat(Selection(wanted("[^x]b$")).select(pages)) == ["ab"]


texts = st.lists(st.text("ab1 é_", min_size=1, max_size=5), min_size=1, max_size=30)
patterns = st.sampled_from(
    ["a", "^a", "b$", r"\bb", r"\Ba", "a*", "[^b]a", r"\D1", "é", "a.b", "(a|b)1", r"\s", "^$", "x"]
)


@given(texts, patterns, st.integers(1, 9), st.booleans())
def test_looking_at_pages_finds_what_looking_at_lines_finds(
    found: list[str], pattern: str, size: int, inverted: bool
) -> None:
    """Whatever the pattern, and wherever pages begin."""
    numbered = list(enumerate(found))
    pages = [page(at + size, *numbered[at : at + size]) for at in range(0, len(numbered), size)]
    compiled = compile_pattern(pattern)
    expected = [text for text in found if (compiled.search(text) is None) == inverted]
    assert flat(Selection(wanted(pattern, inverted=inverted)).select(pages)) == expected


neighbours = st.none() | st.integers(0, 3)


@given(
    found=texts,
    before=neighbours,
    after=neighbours,
    size=st.integers(1, 9),
    pattern=st.sampled_from(["1", "[1b]$", "a[^x]*b"]),
    inverted=st.booleans(),
)
def test_neighbours_are_those_that_grep_shows(
    *, found: list[str], before: int | None, after: int | None, size: int, pattern: str, inverted: bool
) -> None:
    """Each line once, in order, and a gap wherever some were left out, also where none is to be shown; on any pages."""
    selection = Selection(wanted(pattern, before=before, after=after, inverted=inverted))
    pages = [page(at + size, *list(enumerate(found))[at : at + size]) for at in range(0, len(found), size)]
    shown = [each for batch in selection.select(pages) for each in batch]
    compiled = compile_pattern(pattern)
    hits = [at for at, text in enumerate(found) if (compiled.search(text) is None) == inverted]
    near = [at for at in range(len(found)) if any(hit - (before or 0) <= at <= hit + (after or 0) for hit in hits)]
    assert [each.line.time_ns for each in shown] == near
    assert [each.wanted for each in shown] == [at in hits for at in near]
    if before is not None or after is not None:
        gaps = [at > 0 and near[at - 1] != number - 1 for at, number in enumerate(near)]
        assert [each.follows_gap for each in shown] == gaps


def test_neighbours_come_in_the_order_of_the_screen() -> None:
    """A line that was seen late and left early is no neighbour of what was seen then."""
    pages = [page(1, (1, "a"), (9, "status"), (2, "b")), page(9, (3, "c"), (9, "d"))]
    assert flat(Selection(wanted("c", before=1, after=1)).select(pages)) == ["b", "c", "d"]
    assert flat(Selection(wanted("[bs]")).select(pages)) == ["b", "status"]


@pytest.mark.parametrize(
    ("pattern", "fixed"), [("ab", False), ("a.", True), ("\u00e9", False), ("", False), ("a\nb", True)]
)
def test_a_text_is_found_where_a_pattern_would_be(pattern: str, fixed: bool) -> None:
    """The quick way for it finds the same lines, and the same places in them."""
    compiled = compile_pattern(pattern, fixed=fixed)
    search = page_search(pattern, ignore_case=False, fixed=fixed)
    lines = ["x", "ab", "\u00e9ab ab", "a.", "a", "b\u00e9", "aab"]
    found = Selection(Wanted(pattern=compiled, in_page=search)).select([page(0, *enumerate(lines))])
    assert [(each.line.text, each.span) for batch in found for each in batch] == [
        (line, span) for line in lines if (span := compiled.search(line)) is not None
    ]
