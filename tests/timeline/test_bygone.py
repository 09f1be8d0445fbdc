"""Lines that have scrolled off, known again."""

from claude_sessions.timeline.bygone import MEMORY, Bygone, find_rewrapped

KNOWN = ["● the quick brown fox jumps", "  over the lazy dog", "  it is", "> prompt"]


def rewrapped(*wanted: str | None) -> list[int]:
    return list(find_rewrapped(wanted, KNOWN))


def test_text_is_known_wherever_its_lines_begin_and_end() -> None:
    """Also a short rest, right behind the text that it belongs to."""
    assert rewrapped("● the quick", "  brown fox jumps over the lazy", "  dog", "  it is") == [0, 1, 2, 3]


def test_a_few_characters_are_no_text() -> None:
    """Somewhere in the middle they may be anything; a whole line that was there is known however short."""
    assert rewrapped("dog") == []
    assert rewrapped("it") == []
    assert rewrapped("> prompt") == [0]
    assert rewrapped("the quick brown cat") == []


def test_what_is_settled_is_passed_over() -> None:
    """And what follows it has to be sure by itself."""
    assert rewrapped("● the quick brown fox", None, "jumps") == [0]


def test_forgets_the_oldest() -> None:
    """Memory is bounded; what is left is known."""
    lines = Bygone()
    lines.extend(f"line {number}" for number in range(MEMORY + 10))
    assert len(lines.texts()) == MEMORY
    assert not lines.knows_some_of(["line 1", "line 2", "line 3"])
    assert lines.knows_some_of(["line 11", "line 12", "line 13", "new"])
    assert not lines.knows_some_of(["line 11", "line 12", "new"])
    assert len(lines.latest()) < MEMORY


def test_what_is_back_on_the_screen_has_not_gone() -> None:
    """The latest lines are taken back, and no others."""
    lines = Bygone()
    lines.extend(["one", "two", "two", "three"])
    lines.take_back(["two", "three"])
    assert lines.texts() == ["one", "two"]
    lines.take_back(["other", "two"])
    assert lines.texts() == ["one"]
    assert not lines.knows_some_of(["two"])
