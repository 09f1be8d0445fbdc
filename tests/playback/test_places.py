"""The places that a person jumps to."""

from claude_sessions.playback.places import Place, Places, find_places
from tests.kit.playing import at


def test_they_are_looked_for_when_somebody_asks_and_only_once() -> None:
    """Reading a long recording for nothing would be a wait."""
    asked = []

    def find(_notice: object) -> list[Place]:
        asked.append("asked")
        return [Place(5, "b"), Place(2, "a")]

    places = Places(find)
    assert asked == []
    assert places.next(0) == (Place(2, "a"), "1 of 2")
    assert places.last(99) == (Place(5, "b"), "2 of 2")
    assert asked == ["asked"]


def test_one_just_passed_is_where_we_are() -> None:
    """Back means the one before it; a second later it means that one itself. Forward never stays."""
    places = Places(lambda _notice: [Place(2, "a"), Place(5, "b")])
    assert places.last(5.5) == (Place(2, "a"), "1 of 2")
    assert places.last(6.5) == (Place(5, "b"), "2 of 2")
    assert places.next(2) == (Place(5, "b"), "2 of 2")
    assert places.next(5) is None
    assert places.last(2.5) is None


def test_markers_and_prompts_are_places() -> None:
    """A prompt is what was typed up to Enter; a marker looks as `g` takes it."""
    entries = [
        at(0, "start", b"{}"),
        at(1, "marker", "há".encode()),
        at(2, "input", b"fix it\r"),
        at(3, "marker", b"\xff"),
    ]
    assert sorted(find_places(entries)) == [Place(1, "@há"), Place(2, "❯ fix it"), Place(3, "@\ufffd")]
