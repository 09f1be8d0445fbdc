"""Which entries a subscriber wants."""

import pytest

from claude_sessions.live.entries import About
from claude_sessions.live.filters import Filter
from claude_sessions.live.hub import Message

ABOUT = About("aaaa1111-x", "assistant", frozenset({"Bash"}), "/home/ann/shop/lib", "-home-ann-shop", "/x.jsonl", 0)
NOWHERE = About("aaaa1111-x", "ai-title", frozenset(), "", "-home-ann-shop", "/x.jsonl", 0)


def wanted(given: Filter, about: object = ABOUT) -> bool:
    test = given.wanted()
    return test is None or test(Message(b"", about=about))


def test_without_a_filter_everything_is_wanted() -> None:
    """An empty filter costs nothing at all."""
    assert Filter().wanted() is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Filter(sessions=("aaaa1111-x",)), True),
        (Filter(sessions=("aaaa",)), True),
        (Filter(sessions=("aaa",)), False),
        (Filter(sessions=("bbbb", "aaaa1")), True),
        (Filter(sessions=()), False),
        (Filter(types=("user", "assistant")), True),
        (Filter(types=("user",)), False),
        (Filter(tools=("Bash",)), True),
        (Filter(tools=("Read",)), False),
        (Filter(projects=("/home/ann/shop",)), True),
        (Filter(projects=("shop",)), True),
        (Filter(projects=("/home/ann/sho",)), False),
        (Filter(projects=("/home/bob", "/home/ann")), True),
        (Filter(types=("assistant",), tools=("Read",)), False),
    ],
)
def test_every_test_must_be_met_by_one_of_its_values(given: Filter, expected: bool) -> None:
    """Sessions by id or beginning, projects by directory or name, types and tools by name."""
    assert wanted(given) is expected


def test_a_line_that_does_not_say_where_it_was_written() -> None:
    """Then the project's folder tells, which is named after its directory."""
    assert wanted(Filter(projects=("/home/ann/shop",)), NOWHERE)
    assert not wanted(Filter(projects=("/home/bob",)), NOWHERE)


def test_what_is_no_entry_is_not_wanted() -> None:
    """A message about something else passes no filter."""
    assert not wanted(Filter(types=("user",)), None)
