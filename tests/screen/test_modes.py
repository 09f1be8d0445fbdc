"""What the mode tracker knows about a stream, whatever way it is cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.screen.modes import ModeTracker

MODES = (
    1,
    5,
    6,
    7,
    9,
    25,
    47,
    1000,
    1001,
    1002,
    1003,
    1004,
    1005,
    1006,
    1015,
    1016,
    1047,
    1049,
    2004,
    2026,
    2031,
    2048,
)

_PIECES = st.one_of(
    st.sampled_from(
        [b"\x1bc", b"\x1b[!p", b"\x1b=", b"\x1b>", b"\x1b[2 q", b"\x1b[ q", b"\x1b[0 q", b"\x1b[>4;2m", b"\x1b[>4m"]
    ),
    st.sampled_from(
        [b"\x1b[>4n", b"\x1b[>m", b"\x1b[<u", b"\x1b[<2u", b"\x1b[>u", b"\x1b[=5;2u", b"\x1b[=1u", b"\x1b[?u"]
    ),
    st.sampled_from(
        [b"text ", b"? q", b"\x1b[31m", b"\x1b[", b"\x1b", b"\xff\x00", b"\x1b[?2026$p", b"\x1b[?" + b"1;" * 40 + b"h"]
    ),
    st.builds(lambda mode, final: b"\x1b[?%d%s" % (mode, final), st.sampled_from(MODES), st.sampled_from([b"h", b"l"])),
    st.builds(lambda one, two: b"\x1b[?%d;%dh" % (one, two), st.sampled_from(MODES), st.sampled_from(MODES)),
    st.builds(lambda flags: b"\x1b[>%du" % flags, st.integers(0, 31)),
    st.binary(max_size=8),
    st.just(b"x" * 600),
)
STREAMS = st.lists(_PIECES, max_size=30).map(b"".join)


def tracked(*chunks: bytes) -> ModeTracker:
    tracker = ModeTracker()
    for chunk in chunks:
        tracker.feed(chunk)
    return tracker


@given(STREAMS, st.lists(st.integers(0, 2000), max_size=20))
def test_any_chunking_gives_the_same_modes(stream: bytes, cuts: list[int]) -> None:
    """Where the stream is cut makes no difference to what is on."""
    places = [0, *sorted(cuts), len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(places)]
    whole, pieces = tracked(stream), tracked(*chunks)
    assert (pieces.undo(), pieces.redo(), pieces.alternate_screen) == (
        whole.undo(),
        whole.redo(),
        whole.alternate_screen,
    )


@given(STREAMS)
def test_one_byte_at_a_time_gives_the_same_modes(stream: bytes) -> None:
    """A sequence split at every byte is recognised."""
    assert tracked(*(stream[i : i + 1] for i in range(len(stream)))).undo() == tracked(stream).undo()


@given(STREAMS)
def test_after_undo_nothing_is_on(stream: bytes) -> None:
    """A terminal that obeys the undo string is left with nothing on."""
    tracker = tracked(stream)
    tracker.feed(tracker.undo())
    assert tracker.undo() == b""


@given(STREAMS)
def test_redo_sets_what_undo_turned_off(stream: bytes) -> None:
    """Undo and then redo give the same modes, but for a frame that was being drawn."""
    tracker = tracked(stream, b"\x1b[?2026l")
    undo, redo = tracker.undo(), tracker.redo()
    tracker.feed(undo + redo)
    assert (tracker.undo(), tracker.redo()) == (undo, redo)


@given(STREAMS, STREAMS)
def test_generation_rises_when_undo_changes(before: bytes, after: bytes) -> None:
    """Whoever looks at the generation alone never misses another undo string."""
    tracker = tracked(before)
    generation, undo = tracker.generation, tracker.undo()
    tracker.feed(after)
    assert tracker.generation > generation or tracker.undo() == undo


@pytest.mark.parametrize(
    ("stream", "undo"),
    [
        (b"", b""),
        (b"\x1b[31mred", b""),
        (b"\x1b[?1049h", b"\x1b[?1049l"),
        (b"\x1b[?47h", b"\x1b[?47l"),
        (b"\x1b[?1047h\x1b[?1049l", b""),
        (b"\x1b[?1000;1006h", b"\x1b[?1000;1006l"),
        (b"\x1b[?25l", b"\x1b[?25h"),
        (b"\x1b[?25;2004l", b"\x1b[?25h"),
        (b"\x1b[?7l", b"\x1b[?7h"),
        (b"\x1b[?2026h", b"\x1b[?2026l"),
        (b"\x1b=", b"\x1b>"),
        (b"\x1b[?66h", b"\x1b>"),
        (b"\x1b[>1u", b"\x1b[<1u"),
        (b"\x1b[>1u\x1b[>3u\x1b[<u", b"\x1b[<1u"),
        (b"\x1b[>1u\x1b[<9u", b""),
        (b"\x1b[=5u", b"\x1b[=0;1u"),
        (b"\x1b[=5u\x1b[=5;3u", b""),
        (b"\x1b[>4;2m", b"\x1b[>4m"),
        (b"\x1b[>4;2m\x1b[>4;0m", b""),
        (b"\x1b[>4;2m\x1b[>4n", b""),
        (b"\x1b[>1;2m", b""),
        (b"\x1b[4 q", b"\x1b[0 q"),
        (b"\x1b[4 q\x1b[ q", b""),
        (b"\x1b[?25l\x1b[?7l\x1b[?1l\x1b=\x1b[?1h\x1b[!p", b""),
        (b"\x1b[?1049h\x1b[?1003h\x1b[>1u\x1bc", b""),
        (b"\x1b[?1003h\x1b[!p", b"\x1b[?1003l"),
        (b"\x1b[?2026$p\x1b[?u\x1b[?1049$p", b""),
    ],
)
def test_undo_is_exactly_what_is_on(stream: bytes, undo: bytes) -> None:
    """Undo turns off what the stream left on, and nothing else."""
    assert tracked(stream).undo() == undo


def test_keys_and_mouse_go_before_the_alternate_screen() -> None:
    """The alternate screen keeps keyboard flags of its own: they are taken back before it is left, the main screen's after."""
    tracker = tracked(b"\x1b[>1u\x1b[?1049h\x1b[>5u\x1b[>7u\x1b[?1003;2004h\x1b[?25l")
    assert tracker.undo() == b"\x1b[<2u\x1b[?1003;2004l\x1b[?1049l\x1b[<1u\x1b[?25h"
    assert tracker.redo() == b"\x1b[>1u\x1b[?1049h\x1b[>5u\x1b[>7u\x1b[?2004;1003h\x1b[?25l"


def test_a_frame_that_ends_as_it_began_is_no_change() -> None:
    """A cursor that is hidden and shown again in every frame costs nobody a new undo string."""
    tracker = tracked(b"\x1b[?1049h")
    generation = tracker.generation
    tracker.feed(b"\x1b[?2026h\x1b[?25l" + b"\x1b[1;1Hx" * 200 + b"\x1b[?25h\x1b[?2026l")
    assert tracker.generation == generation


def test_a_hostile_stream_does_not_grow_the_tracker() -> None:
    """Endless pushes and an endless parameter keep undo and redo short."""
    tracker = tracked(
        b"\x1b[>1u" * 100_000
        + b"\x1b[>"
        + b"9" * 60
        + b"u"
        + b"\x1b[>4;"
        + b"9" * 60
        + b"m"
        + b"\x1b[?"
        + b"1" * 100_000
    )
    assert len(tracker.undo()) < 50
    assert len(tracker.redo()) < 2000
