"""What goes from the screen and comes back is one line."""

import pytest

from claude_sessions.timeline.item import Item
from claude_sessions.timeline.recurring import REST_NS, Recurring

NOW = 1_000_000_000


def gone(*texts: str, height: int = 20) -> tuple[Recurring, list[Item]]:
    """Return what remembers lines that have just left, and the lines."""
    recurring = Recurring()
    items = [Item(text, 0) for text in texts]
    for item in items:
        item.shown = False
        recurring.note([item], height + 1, NOW)
    return recurring, items


def is_back(recurring: Recurring, text: str, height: int) -> bool:
    """Tell whether a line is known that stands there now."""
    item = recurring.find(text, height, NOW)
    return item is not None and item.reported == text


def test_the_foot_is_known_by_its_height() -> None:
    """A hint in the last line is the one that was there; the same words elsewhere are text."""
    recurring, _ = gone("? for shortcuts", height=0)
    assert is_back(recurring, "? for shortcuts", 0)
    assert not is_back(recurring, "? for shortcuts", 1)
    assert not is_back(gone("some text", height=12)[0], "some text", 12)


def test_a_rule_is_known_anywhere() -> None:
    """A line that is drawn across the screen says nothing; one of hyphens may be part of a text."""
    assert is_back(gone("─" * 40)[0], "─" * 40, 3)
    assert not is_back(gone("-" * 40)[0], "-" * 40, 3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("✻ Thinking… (1s · ↓ 7 tokens)", "✢ Thinking… (2s · ↑ 1.2k tokens · thinking)"),
        ("● Running a command…", "  Running a command…"),
        ("  Running a command…", "● Running a command…"),
    ],
)
def test_a_line_is_known_in_another_form(before: str, after: str) -> None:
    """With another count, with its bullet or without, for a while; and only once."""
    recurring, (item,) = gone(before)
    assert recurring.find(after, 20, NOW + REST_NS) is item
    assert recurring.find(after, 20, NOW) is None
    assert gone(before)[0].find(after, 20, NOW + REST_NS + 1) is None


@pytest.mark.parametrize("after", ["✻ Waiting… (1s)", "  text", "● other", "    text", "text", "○ text\u2026"])
def test_another_line_is_not_taken_for_it(after: str) -> None:
    """Another word, or equal text that is merely indented."""
    assert gone("✻ Thinking… (1s)", "  text")[0].find(after, 20, NOW) is None


def test_a_line_that_is_on_the_screen_does_not_come_back() -> None:
    """The other one is another line."""
    recurring, (item,) = gone("● Running")
    item.shown = True
    assert recurring.find("  Running", 20, NOW) is None


def test_a_spinner_is_held_until_it_is_over() -> None:
    """Another one, or a minute, ends it; all else is gone at once."""
    recurring, items = gone("✻ Thinking… (1s)", "text")
    assert list(recurring.keep(items, [], NOW)) == items[1:]
    assert recurring.spinners
    assert list(recurring.keep([], [], NOW + REST_NS - 1)) == []
    assert list(recurring.keep([], [], NOW + REST_NS)) == items[:1]
    assert not recurring.spinners

    recurring, items = gone("✻ Thinking… (1s)", "✻ Reading… (1s)")
    assert list(recurring.keep(items, [], NOW)) == items[:1]
    assert recurring.release() == items[1:]


def test_a_spinner_that_goes_on_elsewhere_is_that_one() -> None:
    """It is not reported in two states."""
    recurring, items = gone("✻ Thinking… (1s)")
    assert list(recurring.keep(items, [Item("✢ Thinking… (2s)", 0)], NOW)) == []
    assert items[0].reported
    assert not recurring.spinners


def test_memory_is_bounded() -> None:
    """The oldest is forgotten."""
    recurring, _ = gone(*(f"● line {number}" for number in range(1000)), height=0)
    assert not is_back(recurring, "● line 1", 0)
    assert is_back(recurring, "● line 999", 0)
    assert recurring.find("  line 1", 20, NOW) is None
    assert recurring.find("  line 999", 20, NOW) is not None


def test_hints_at_the_right_edge_are_known_in_a_window_of_another_width() -> None:
    """How many blanks put them there says nothing; in other lines blanks are text."""
    assert is_back(gone("? for shortcuts · high" + " " * 40 + "· low", height=0)[0], "? for shortcuts · high  · low", 0)
    assert not is_back(gone("name     value", height=0)[0], "name  value", 0)


def test_a_rule_is_known_at_another_width_right_after_the_window_has_changed_its_own() -> None:
    """At other times a shorter rule is another one."""
    recurring, _ = gone("─" * 40)
    assert recurring.find("─" * 60, 3, NOW, rewrapped=True)
    assert recurring.find("─" * 60, 3, NOW) is None
    assert recurring.find("┌─" + "─" * 60, 3, NOW, rewrapped=True) is None
