"""Finding the configured key, and nothing else, in what a person types."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import ConfigError
from claude_sessions.recording.keys import KEY, KeyMatcher, Press

_PIECES = st.one_of(
    st.sampled_from([b"\x1c", b"\x1b[92;5u", b"\x1b[92;69u", b"\x1b[92;133:1u", b"\x1b[92;197:3u", b"\x1b[27;5;92~"]),
    st.sampled_from(
        [b"\x1b[200~", b"\x1b[201~", b"\x1b[20", b"\x1b", b"\x1b[", b"\x1b[M", b"\x1bO", b"\x1b]0;", b"\x07", b"\x1b\\"]
    ),
    st.sampled_from(
        [b"a", b"\r", b"\x1b[A", b"\x1b[<0;5;5M", b"\x1b[I", b"\x1b[[A", b"\xc3\xa9", b"\x1b[97;5u", b"\x1b[1;5"]
    ),
    st.binary(max_size=6),
)
STREAMS = st.lists(_PIECES, max_size=25).map(b"".join)


def typed(matcher: KeyMatcher, *chunks: bytes) -> list[bytes | Press]:
    """Return what the chunks become, what is held at the end included, neighbouring bytes joined."""
    pieces = [piece for chunk in chunks for piece in matcher.feed(chunk)]
    joined: list[bytes | Press] = []
    for piece in [*pieces, matcher.flush()]:
        last = joined[-1] if joined else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            joined[-1] = last + piece
        elif piece != b"":
            joined.append(piece)
    return joined


@given(STREAMS, st.lists(st.integers(0, 200), max_size=30))
def test_any_chunking_gives_the_same_keys(stream: bytes, cuts: list[int]) -> None:
    """Where the input is cut makes no difference to what is passed on and where the key was pressed."""
    places = [0, *sorted(cuts), len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(places)]
    assert typed(KeyMatcher("ctrl-\\"), *chunks) == typed(KeyMatcher("ctrl-\\"), stream)


@given(STREAMS)
def test_only_the_key_is_taken_out(stream: bytes) -> None:
    """Input without the key in any form passes unchanged."""
    typed_elsewhere = stream.replace(b"\x1d", b"")
    pieces = typed(KeyMatcher("ctrl-]"), typed_elsewhere)
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == typed_elsewhere


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ctrl-\\", b"\x1c"),
        ("ctrl-]", b"\x1d"),
        ("ctrl-^", b"\x1e"),
        ("ctrl-_", b"\x1f"),
        ("ctrl-@", b"\x00"),
        ("ctrl-space", b"\x00"),
        ("Ctrl-A", b"\x01"),
        ("ctrl-y", b"\x19"),
        ("ctrl-\\", b"\x1b[92;5u"),
        ("ctrl-\\", b"\x1b[92;5:1u"),
        ("ctrl-\\", b"\x1b[92;69u"),
        ("ctrl-\\", b"\x1b[92;133u"),
        ("ctrl-\\", b"\x1b[92;197:1u"),
        ("ctrl-\\", b"\x1b[92:124;5;28u"),
        ("ctrl-]", b"\x1b[1098::93;5u"),
        ("ctrl-\\", b"\x1b[27;5;92~"),
        ("ctrl-^", b"\x1b[54:94;6u"),
        ("ctrl-^", b"\x1b[54;6u"),
        ("ctrl-^", b"\x1b[27;6;94~"),
        ("ctrl-_", b"\x1b[45;6u"),
        ("ctrl-space", b"\x1b[32;5u"),
        ("ctrl-a", b"\x1b[97;5u"),
    ],
)
def test_every_form_of_a_key_is_found(name: str, data: bytes) -> None:
    """Whatever the program has told the terminal about keys, a press is a press, inside a chunk too."""
    assert KeyMatcher(name).feed(b"ab" + data + b"c") == [b"ab", KEY, b"c"]


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[92;1u",
        b"\x1b[92;7u",
        b"\x1b[92;6u",
        b"\x1b[92u",
        b"\x1b[93;5u",
        b"\x1b[27;5;93~",
        b"\x1b\x1c",
        b"\x1b[M\x1c\x1c\x1c",
        b"\x1b[200~\x1c\x1b[92;5u\x1b[201~",
        b"\x1b[<0;92;5M",
    ],
)
def test_what_only_looks_like_the_key_passes(data: bytes) -> None:
    """Other modifiers, other keys, mouse reports and pastes reach the program unchanged."""
    assert typed(KeyMatcher("ctrl-\\"), data) == [data]


def test_release_and_repeat_disappear() -> None:
    """The program, which never saw the press, sees neither its repeats nor its release."""
    data = b"\x1b[92;5:1u\x1b[92;5:2u\x1b[92;5:3ux"
    assert KeyMatcher("ctrl-\\").feed(data) == [KEY, b"x"]


def test_a_lone_escape_is_held_until_flushed() -> None:
    """The Escape key waits for a moment, and the next key is then a key of its own."""
    matcher = KeyMatcher("ctrl-\\")
    assert matcher.feed(b"\x1b") == []
    assert matcher.holding
    assert matcher.flush() == b"\x1b"
    assert not matcher.holding
    assert matcher.feed(b"\x1c") == [KEY]


def test_what_cannot_become_the_key_is_not_held() -> None:
    """The beginning of a mouse report goes on at once."""
    matcher = KeyMatcher("ctrl-\\")
    assert matcher.feed(b"\x1b[<0;1") == [b"\x1b[<0;1"]
    assert not matcher.holding


def test_a_flush_inside_the_mark_of_a_paste_does_not_lose_it() -> None:
    """A paste whose first bytes came late is a paste all the same."""
    matcher = KeyMatcher("ctrl-\\")
    matcher.feed(b"\x1b[20")
    assert matcher.flush() == b"\x1b[20"
    assert typed(matcher, b"0~\x1c\x1b[2", b"01~", b"\x1c") == [b"0~\x1c\x1b[201~", KEY]


def test_the_end_of_an_answer_is_no_key() -> None:
    """BEL ends what a terminal answers; typed, it is Ctrl-G."""
    assert typed(KeyMatcher("ctrl-g"), b"\x1b]11;rgb:00/00/00\x07", b"\x07") == [b"\x1b]11;rgb:00/00/00\x07", KEY]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ctrl",
        "ctrl-",
        "ctrl-m",
        "ctrl-i",
        "ctrl-c",
        "ctrl-d",
        "Ctrl-Z",
        "ctrl-h",
        "ctrl-j",
        "enter",
        "escape",
        "ctrl-[",
        "ctrl-ä",
        "alt-a",
        "ctrl-1",
        "f1",
        "ctrl-ab",
    ],
)
def test_a_wrong_name_is_a_configuration_error(name: str) -> None:
    """A name that is no control key, or is Tab, Enter or Escape, is refused with what is possible."""
    with pytest.raises(ConfigError, match="possible are ctrl-a"):
        KeyMatcher(name)
