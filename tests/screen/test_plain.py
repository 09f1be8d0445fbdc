"""The short way for plain text."""

import avt
import pytest

from claude_sessions.screen.plain import is_usual, split_plain

LINES = [f"line {n} é".encode() for n in range(500)]
TEXT = b"".join(line + b"\r\n" for line in LINES)


def test_the_parts_are_the_whole() -> None:
    """Head and tail are as they were, the middle is in lines; both ends fill a screen of that size."""
    plain = split_plain(TEXT + b"rest", 24)
    assert plain is not None
    middle = "".join(f"{line}\r\n" for line in plain.lines).encode()
    assert plain.head + middle + plain.tail == TEXT + b"rest"
    assert plain.head.count(b"\r\n") == 24
    assert plain.head.endswith(b"\r\n")
    assert plain.tail.count(b"\r\n") >= 24


@pytest.mark.parametrize("odd", [b"\x1b[m", b"\t", b"\r", b"\n", b"\n\r", b"\x07", b"\x7f", b"\x00", b"\xc2\x9b2J"])
def test_what_is_not_plain_goes_the_long_way(odd: bytes) -> None:
    """One control character is enough, also one of the 8-bit kind."""
    assert split_plain(TEXT[:4000] + odd + TEXT[4000:], 24) is None


def test_a_short_text_goes_the_long_way() -> None:
    """The detour would not pay."""
    assert split_plain(TEXT, 400) is None
    assert split_plain(b"", 1) is None


@pytest.mark.parametrize(
    ("state", "usual"),
    [
        ("text\x1b[31m\x1b[?25l\x1b7", True),
        ("\x1b[2;4r", False),
        ("\x1b[4h", False),
        ("\x1b[20h", False),
        ("\x1b[?6h", False),
        ("\x1b[?7l", False),
        ("\x1b(0", False),
        ("\x0e", False),
    ],
)
def test_the_state_of_the_screen_counts(state: str, usual: bool) -> None:
    """With margins, modes or line drawing text does not simply scroll."""
    screen = avt.Vt(20, 6)
    screen.feed_str(state)
    assert is_usual(screen.dump()) is usual
