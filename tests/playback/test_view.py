"""The picture on a terminal: passed on as it is, cropped, or with something over it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_sessions.playback.view import View
from claude_sessions.playback.window import Window
from claude_sessions.screen.cells import Pane
from claude_sessions.screen.sanitizer import Sanitizer
from tests.kit.playing import PlayedStage

SIZE = (20, 6)
BAR = ("status", "")
PIECES = (
    *("abc", "日本", "e\u0301", "x" * 45, "\r\n", "\n", "\r", "\t", "\x0e", "\x0f"),
    *("\x1b[31m", "\x1b[48;2;1;2;3m", "\x1b[1;4;7m", "\x1b[m", "\x1b[3;5H", "\x1b[K", "\x1b[2J", "\x1b[A", "\x1b[5B"),
    *("\x1b[?1049h", "\x1b[?1049l", "\x1b[2;4r", "\x1b[r", "\x1b7", "\x1b8", "\x1bM", "\x1b(0", "\x1b(B"),
    *("\x1b[4h", "\x1b[4l", "\x1b[?6h", "\x1b[?6l", "\x1b[?7l", "\x1b[?7h", "\x1b[?25l", "\x1b[?25h"),
)
streams = st.lists(st.sampled_from(PIECES), max_size=25)


def plain(stage: PlayedStage, recorded: tuple[int, int] = SIZE) -> View:
    return View(stage, recorded)


def looks(stage: PlayedStage) -> tuple[list[str], tuple[int, int], bool, bool]:
    """Return what can be seen on a terminal: text, cursor, whether it is visible, which screen."""
    column, row = stage.terminal.cursor[:2]
    shown = stage.terminal.mode(25)
    return stage.screen(), (column, row), shown, stage.terminal.mode(1049) or stage.terminal.mode(1047)


def test_the_recordings_own_bytes_are_written() -> None:
    """As long as nothing stands over the picture."""
    stage = PlayedStage(SIZE)
    view = plain(stage)
    view.show(b"\x1b[31mred")
    view.flush()
    assert stage.shown == [(0, b"\x1b[31mred")]


@settings(max_examples=200, deadline=None)
@given(streams, streams, streams)
def test_what_stood_over_the_picture_leaves_nothing(before: list[str], during: list[str], after: list[str]) -> None:
    """Afterwards the terminal goes on exactly as one on which everything was drawn anew."""
    stage, anew = PlayedStage(SIZE), PlayedStage(SIZE)
    sanitizer, same = Sanitizer(), Sanitizer()
    view, other = View(stage, SIZE), View(anew, SIZE)
    view.show(sanitizer.feed("".join(before).encode()))
    view.overlay(BAR)
    view.flush()
    view.show(sanitizer.feed("".join(during).encode()))
    view.flush()
    assert stage.screen()[5] == " status"
    view.overlay(None)
    view.flush()
    other.turn_to(_drawn(same.feed("".join([*before, *during]).encode())), _window(SIZE))
    assert looks(stage) == looks(anew)
    for each, filtered in ((view, sanitizer), (other, same)):
        each.show(filtered.feed("".join(after).encode()))
        each.flush()
    assert looks(stage) == looks(anew)


def _drawn(data: bytes) -> Pane:
    pane = Pane(*SIZE)
    pane.feed(data)
    return pane


def _window(size: tuple[int, int]) -> Window:
    window = Window()
    window.resize(size)
    return window


@pytest.mark.parametrize("data", [b"one\r\ntwo", b"\x1b[?1049h\x1b[?25lalt\x1b[3;3H", b"\x1b[2;4r\x1b[?6h\x1b[2;2Hx"])
def test_a_bar_covers_the_last_row_only(data: bytes) -> None:
    """The rest, and the cursor, are those of the picture."""
    untouched, stage = PlayedStage(SIZE), PlayedStage(SIZE)
    for each, bar in ((untouched, None), (stage, BAR)):
        view = plain(each)
        view.show(data)
        view.overlay(bar)
        view.flush()
    assert stage.screen()[:5] == untouched.screen()[:5]
    assert stage.screen()[5] == " status"
    assert looks(stage)[1:3] == looks(untouched)[1:3]


def test_output_under_a_bar_does_not_carry_it_away() -> None:
    """Lines scroll behind it."""
    stage = PlayedStage(SIZE)
    view = plain(stage)
    view.overlay(BAR)
    view.flush()
    for number in range(20):
        view.show(b"line %d\r\n" % number)
        view.flush()
    assert stage.screen() == ["line 15", "line 16", "line 17", "line 18", "line 19", " status"]


def test_a_picture_that_was_wound_to_replaces_the_one_before() -> None:
    """With a bar over it or not, and on another screen."""
    stage = PlayedStage(SIZE)
    view = plain(stage)
    view.show(b"old " * 20)
    pane = Pane(*SIZE)
    pane.feed(b"main\x1b[?1049halt")
    view.overlay(BAR)
    view.turn_to(pane, _window(SIZE))
    assert stage.screen()[0] == "    alt"
    assert stage.screen()[5] == " status"
    view.overlay(None)
    view.show(b"\x1b[?1049l!")
    view.flush()
    assert stage.screen()[0] == "main!"


def test_a_terminal_that_is_too_small_follows_the_cursor() -> None:
    """And is left on the screen it was on."""
    stage = PlayedStage((10, 3))
    view = View(stage, (40, 10))
    view.turn_to(Pane(40, 10), _window((40, 10)))
    for number in range(9):
        view.show(b"this is line %d%s\r\n" % (number, b"." * 20))
        view.flush()
    assert stage.screen() == ["this is li", "this is li", ""]
    view.show(b"x" * 39)
    view.flush()
    assert stage.screen()[2] == "xxxxxxxxx"
    assert view.cropped


def test_a_recording_that_outgrows_the_terminal_is_cropped_from_there_on() -> None:
    """And shown whole again when it is smaller."""
    stage = PlayedStage((30, 5))
    view = View(stage, (30, 5))
    view.show(b"one")
    view.resize((60, 5))
    view.flush()
    assert view.cropped
    view.show(b"\x1b[1;50Hfar")
    view.flush()
    assert any("far" in line for line in stage.screen())
    view.resize((20, 5))
    view.show(b"\x1b[Hnear")
    view.flush()
    assert not view.cropped
    assert stage.screen()[0].startswith("near")


def test_once_drawn_over_the_persons_screen_is_not_written_to() -> None:
    """Whatever the recording does: its switches of the screen are drawn, not passed on."""
    stage = PlayedStage(SIZE)
    view = plain(stage)
    view.show(b"shown before")
    view.overlay(BAR)
    view.flush()
    view.overlay(None)
    for data in (b"\x1b[?1049halt", b"\x1b[?1049l", b"\r\nline" * 30, b"\x1b[?1049hagain"):
        view.show(data)
        view.flush()
        assert stage.terminal.mode(1049)
        assert any(word in "".join(stage.screen()) for word in ("alt", "shown before", "line", "again"))
    stage.terminal.feed(b"\x1b[?1049l")
    assert [line for line in stage.screen() if line] == ["shown before"]


def test_a_view_that_wound_leaves_the_last_picture_at_the_end() -> None:
    """That of the main screen, below what the person had on theirs; the one of a terminal that is too small is a part."""
    for size in (SIZE, (10, 4)):
        stage = PlayedStage(size)
        stage.terminal.feed(b"$ replay\r\n")
        view = plain(stage)
        view.turn_to(_drawn(b"one\r\ntwo\x1b[?1049halt"), _window(SIZE))
        assert stage.screen()[1] == "   alt"
        view.leave_behind()
        assert not stage.terminal.mode(1049)
        assert stage.screen()[:3] == ["$ replay", "one", "two"]


def test_what_was_only_passed_on_is_left_as_it_is() -> None:
    """There is nothing to draw again."""
    stage = PlayedStage(SIZE)
    view = plain(stage)
    view.show(b"one")
    view.leave_behind()
    assert [data for _, data in stage.shown] == [b"one"]


@pytest.mark.parametrize("size", [(20, 1), (1, 1), (3, 2), (0, 0)])
def test_no_terminal_is_too_small_to_go_on(size: tuple[int, int]) -> None:
    """Or too strange."""
    stage = PlayedStage((max(1, size[0]), max(1, size[1])))
    stage._size = size
    view = View(stage, SIZE)
    view.turn_to(Pane(*SIZE), _window(SIZE))
    view.show(b"text")
    view.overlay(BAR, [("a", "b")] * 12)
    view.flush()
    view.resize((30, 9))
    view.flush()
    view.overlay(None)
    view.flush()
