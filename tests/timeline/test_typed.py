"""What was typed, as text."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.log.entry import Entry
from claude_sessions.timeline.typed import typed


def texts(*pieces: bytes) -> list[str]:
    stamps = (f"2026-02-07T12:00:{second:02d}.000000Z" for second in range(60))
    entries = [Entry(stamp, "", "input", piece, len(piece)) for stamp, piece in zip(stamps, pieces, strict=False)]
    return [line.text for line in typed(entries)]


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        (b"fix it\rand this", ["fix it", "and this"]),
        ("日本語 é\r".encode(), ["日本語 é"]),
        (b"helo\x7flo\r", ["hello"]),
        (b"\x7f\x7fa\r", ["a"]),
        (b"\x1b[<64;10;10M\x1b[<0;3;4m\x1b[M !!a\x1b[I\x1b[Ob\r", ["ab"]),
        (b"\x1b[200~pasted\ntext\x1b[201~ more\r", ["pasted", "text more"]),
        (b"a\x1b[A\x1b[1;5C\x1bOP\x1bb\x03\x0fb\r", ["ab"]),
        (b"\x1b[?62;22c\x1b]11;rgb:0000/0000/0000\x1b\\\x1bP>|tmux 3.3a\x1b\\\x1b[?2031;1$yx\r", ["x"]),
        (b"one\x1b\rtwo\x1b[13;2uthree\r", ["one", "two", "three"]),
        (b"\x1b[97u\x1b[65;2u\x1b[98;1:3u\x1b[99;5u\x1b[27;2;68~\x1b[57441;2u\x1b[127u\r", ["aA"]),
        (b"\x1b[1114112u\x1b[99999999999u\x1b[;;u\x1b[55296ux\r", ["x"]),
        (b"\r\r  \r", []),
    ],
)
def test_text_remains(keys: bytes, lines: list[str]) -> None:
    """Without reports, brackets of a paste, the terminal's answers and keys that write nothing."""
    assert texts(keys) == lines
    assert texts(*(bytes([key]) for key in keys[:50]), keys[50:]) == lines


def test_a_line_has_the_time_of_its_end() -> None:
    """The offset is that of Enter."""
    entries = [
        Entry(f"2026-02-07T12:00:0{second}.500000Z", "", "input", key, 1)
        for second, key in enumerate((b"a", b"b", b"\r"))
    ]
    (line,) = typed(entries)
    assert (line.text, line.offset_s) == ("ab", 2.0)


def test_only_input_counts() -> None:
    """What was shown is not typed."""
    entries = [Entry("2026-02-07T12:00:00Z", "", name, b"x\r", 2) for name in ("output", "error", "marker", "input")]
    assert len(list(typed(entries))) == 1


def test_a_sequence_without_an_end_is_given_up() -> None:
    """It holds back what follows for a while, and takes no memory beyond that."""
    assert texts(b"a\x1b]52;", b"y" * 5000, b"\rb\r")[-1] == "b"


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_no_cut_matters_and_nothing_but_text_remains(keys: bytes, cuts: list[int]) -> None:
    """However the keys are cut into entries; no control character comes through."""
    places = sorted({0, len(keys), *(min(cut, len(keys)) for cut in cuts)})
    assert texts(*(keys[start:end] for start, end in itertools.pairwise(places))) == texts(keys)
    assert all(" " <= char != "\x7f" and not "\x80" <= char <= "\x9f" for line in texts(keys) for char in line)
