"""What is told of lines, and when it is their turn."""

from collections.abc import Iterable

import pytest

from claude_sessions.timeline.chain import Chain
from claude_sessions.timeline.item import Item


@pytest.fixture
def chain() -> Chain:
    return Chain()


def filled(chain: Chain, *texts: str) -> list[Item]:
    return [chain.insert(Item(text, at), chain.edge) for at, text in enumerate(texts)]


def told(chain: Chain, items: Iterable[Item]) -> list[str]:
    chain.complete(items)
    return [text for text, _ in chain.take()]


def test_a_line_waits_for_those_above_it(chain: Chain) -> None:
    """And comes right after them."""
    first, second, third = filled(chain, "a", "b", "c")
    assert told(chain, [third]) == []
    assert told(chain, [first]) == ["a"]
    assert told(chain, [second]) == ["b", "c"]


def test_what_comes_to_a_place_that_is_passed_waits_for_nothing(chain: Chain) -> None:
    """A line that is inserted where all above and below is told already."""
    first, second, third = filled(chain, "a", "b", "c")
    assert told(chain, [first, second]) == ["a", "b"]
    assert told(chain, [chain.insert(Item("new", 9), second)]) == ["new"]
    fourth = chain.insert(Item("d", 3), chain.edge)
    assert told(chain, [fourth]) == []
    assert told(chain, [third]) == ["c", "d"]


def test_a_line_that_moves_takes_along_what_waits_with_it(chain: Chain) -> None:
    """It is told in its new place."""
    first, second, third = filled(chain, "a", "b", "c")
    assert told(chain, [third]) == []
    chain.unlink(third)
    chain.insert(third, first)
    assert told(chain, []) == ["c"]
    assert told(chain, [second, first]) == ["a", "b"]


def test_nothing_is_lost_of_lines_that_are_forgotten(chain: Chain) -> None:
    """They do not wait any longer."""
    items = filled(chain, *"abcdef")
    assert told(chain, items[2:]) == []
    for item in items[2:]:
        item.shown = False
    chain.trim(3)
    assert told(chain, []) == ["c", "d", "e"]
    assert [*chain.held_since()] == [5]
    assert [text for text, _ in chain.take(all_held=True)] == ["f"]
    assert told(chain, items[:2]) == ["a", "b"]


def test_what_was_erased_above_a_line_that_scrolled_off_is_told_before_it(chain: Chain) -> None:
    """But for a spinner, which may go on elsewhere."""
    spinner, erased, shown, last = filled(chain, "* Waiting… (1s)", "erased", "shown", "last")
    spinner.shown = erased.shown = False
    chain.complete([last])
    chain.settle_above(last)
    chain.forget(last)
    assert told(chain, []) == ["erased", "last"]
    assert told(chain, [spinner, shown]) == ["* Waiting… (1s)", "shown"]
