"""What of a hostile recording reaches the terminal: only what the allow-list names."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyghostty import Terminal

from claude_sessions.screen.sanitizer import _NOT_ALLOWED, _SUSPECT, Sanitizer

HOSTILE = [
    b"\x1b[c", b"\x1b[>c", b"\x1b[=c", b"\x1b[0c", b"\x1bZ", b"\x1b[5n", b"\x1b[6n", b"\x1b[?6n", b"\x1b[?996n", b"\x1b[x",
    b"\x1b[?2026$p", b"\x1b[4$p", b"\x1b[>0q", b"\x1b[?u", b"\x1b[>1u", b"\x1b[<u", b"\x1b[=1;1u", b"\x1b[>4;2m", b"\x1b[>4n", b"\x1b[?4m",
    b"\x1b]52;c;aGk=\x07", b"\x1b]52;c;?\x1b\\", b"\x1b]0;title\x07", b"\x1b]2;title\x1b\\", b"\x1b]4;1;?\x07", b"\x1b]10;?\x07",
    b"\x1b]11;?\x1b\\", b"\x1b]12;?\x07", b"\x1b]104\x07", b"\x1b]7;file:///\x07", b"\x1b]9;note\x07", b"\x1b]133;A\x07", b"\x1b]7501;x\x07",
    b"\x1b]1337;File=:aGk=\x07", b"\x1b]777;notify;a;b\x07", b"\x1b]99;;x\x1b\\", b"\x1b]21;fg=?\x1b\\",
    b"\x1b[?1000h", b"\x1b[?1002h", b"\x1b[?1003h", b"\x1b[?1006h", b"\x1b[?1004h", b"\x1b[?2004h", b"\x1b[?2031h", b"\x1b[?1h", b"\x1b[?9h",
    b"\x1b[?1016h", b"\x1b[?2048h", b"\x1b[?3h", b"\x1b[?12h", b"\x1b[20h", b"\x1b[2h", b"\x1b[?1049$p", b"\x1b[?1s", b"\x1b[?1r",
    b"\x1b=", b"\x1b>", b"\x1b[18t", b"\x1b[21t", b"\x1b[8;50;100t", b"\x1b[22;0t", b"\x1b[i", b"\x1b[5i", b"\x1b[?5i", b"\x1b[1q", b"\x1b[3g",
    b"\x1bP$qm\x1b\\", b"\x1bP+q544e\x1b\\", b"\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\", b"\x1bP1$r0m\x1b\\", b"\x1bPq#0\x1b\\",
    b"\x1b_Ga=q;\x1b\\", b"\x1b^secret\x1b\\", b"\x1bXsecret\x1b\\", b"\x1bktitle\x1b\\",
    b"\x9b6n", b"\x9d52;c;aGk=\x07", b"\x90$qm\x9c", b"\xc2\x9b6n", b"\xc2\x9d0;x\x07", b"\xc2\x9f", b"\x85", b"\x80",
    b"\x05", b"\x07", b"\x00", b"\x11", b"\x13", b"\x7f", b"\x1a", b"\x18", b"\x1b[3J", b"\x1b[?3J", b"\x1bH", b"\x1b#8", b"\x1b%@", b"\x1b G",
    b"\x1b(K", b"\x1bN", b"\x1bO", b"\x1bn", b"\x1b|", b"\x1b[1;1;1;1;1T", b"\x1b[1000b", b"\x1b[?1;1;0S", b"\x1b[1 @", b"\x1b[2;3s",
    b"\x1b[999999C", b"\x1b[1;999999H", b'\x1b[61"p', b"\x1b[1*y", b"\x1b[1;2;3$r", b"\x1b[>0t", b"\x1b[>c\x1b", b"\x1b[?", b"\x1b]", b"\x1b]8",
]  # fmt: skip

HARMLESS = [
    b"text", "Füße ❯ 漢字 👩‍👩‍👧".encode(), b"\r\n\t\b\v\f", b"\x0e\x0f\x1b(0\x1b(B\x1b)0", b"\x1b[m", b"\x1b[1;38;5;9m", b"\x1b[38:2::1:2:3m",
    b"\x1b[38;2;255;255;255;48;2;255;255;255;58;2;1;2;3m",
    b"\x1b[H", b"\x1b[12;80H", b"\x1b[5A", b"\x1b[B", b"\x1b[19G", b"\x1b[3d", b"\x1b[3;4f", b"\x1b7\x1b8", b"\x1b[s\x1b[u", b"\x1b[J", b"\x1b[2J",
    b"\x1b[1J", b"\x1b[K", b"\x1b[2K", b"\x1b[?J", b"\x1b[?1K", b"\x1b[3X", b"\x1b[2;20r", b"\x1b[r", b"\x1b[3S", b"\x1b[T", b"\x1bD", b"\x1bM",
    b"\x1bE", b"\x1b[4@", b"\x1b[4P", b"\x1b[2L", b"\x1b[2M", b"\x1b[4h", b"\x1b[4l", b"\x1b[80b", b"\x1b[2I", b"\x1b[Z",
    b"\x1b[?25l", b"\x1b[?25h", b"\x1b[2 q", b"\x1b[ q", b"\x1b[?1049h", b"\x1b[?47l", b"\x1b[?1047h", b"\x1b[?1048h", b"\x1b[?2026h",
    b"\x1b[?2026l", b"\x1b[?7l", b"\x1b[?6h", b"\x1b[?5h", b"\x1b[!p",
]  # fmt: skip

_PIECES = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(HARMLESS),
    st.sampled_from(
        [
            b"\x1b",
            b"[",
            b"?",
            b"]",
            b"8;;",
            b"http://a",
            b"\x1b\\",
            b"\xe2",
            b"\x9d",
            b"\xaf",
            b"\xf0\x9f",
            b"1049",
            b"h",
            b"J",
        ]
    ),
    st.sampled_from(
        [
            b"\x1b[" + b"1;" * 200,
            b"\x1b]8;;http://a" + b"a" * 3000,
            b"\x1b]0;" + b"x" * 3000,
            b"\x1b]8;id=1;https://a.b/c\x1b\\",
        ]
    ),
    st.binary(max_size=6),
)
STREAMS = st.lists(_PIECES, max_size=25).map(b"".join)


def sanitized(*chunks: bytes) -> bytes:
    sanitizer = Sanitizer()
    return b"".join(map(sanitizer.feed, chunks))


@pytest.mark.parametrize("sequence", HOSTILE)
def test_hostile_sequences_leave_no_escape(sequence: bytes) -> None:
    """Nothing of a sequence that is not on the list gets through, least of all its ESC."""
    shown = sanitized(b"a" + sequence + b"\x1b[mb")
    assert not set(shown.replace(b"\x1b[m", b"")) & {*range(0x20), 0x7F}
    assert shown.startswith(b"a")
    assert shown.endswith(b"\x1b[mb")


@pytest.mark.parametrize("sequence", HARMLESS)
def test_what_makes_the_picture_passes_unchanged(sequence: bytes) -> None:
    """Every sequence on the list comes out as it went in."""
    assert sanitized(b"a" + sequence + b"b") == b"a" + sequence + b"b"


@given(STREAMS, st.lists(st.integers(0, 4000), max_size=20))
def test_any_chunking_gives_the_same_output(stream: bytes, cuts: list[int]) -> None:
    """Where the recording was cut makes no difference to what is shown."""
    places = [0, *sorted(cuts), len(stream)]
    assert sanitized(*(stream[a:b] for a, b in pairwise(places))) == sanitized(stream)


@given(STREAMS.filter(lambda stream: len(stream) < 500))
def test_one_byte_at_a_time_gives_the_same_output(stream: bytes) -> None:
    """A sequence split at every byte is treated as when it is whole."""
    assert sanitized(*(stream[i : i + 1] for i in range(len(stream)))) == sanitized(stream)


@given(STREAMS)
def test_output_is_clean_and_stays_as_it_is(stream: bytes) -> None:
    """The output is UTF-8 without C1, DEL or BEL, and passing it through again changes nothing."""
    shown = sanitized(stream)
    assert not any(0x7F <= ord(character) <= 0x9F or character == "\a" for character in shown.decode())
    assert sanitized(shown) == shown


@given(STREAMS)
def test_the_quick_look_misses_nothing(stream: bytes) -> None:
    """Wherever a sequence is not allowed, the fast search that comes first has found something."""
    complete = stream + b"\x1b[m"
    assert _SUSPECT.search(complete) or not _NOT_ALLOWED.search(complete)


@pytest.mark.parametrize("beginning", [b"\x1b[", b"\x1b]8;;http://", b"\x1b]0;", b"\x1bP", b"\x1b_", b"\x1b("])
def test_an_endless_sequence_is_not_kept(beginning: bytes) -> None:
    """What never ends costs no memory."""
    sanitizer = Sanitizer()
    sanitizer.feed(beginning)
    for _ in range(1000):
        sanitizer.feed(b"1" * 1000)
    assert sum(len(held) for held in (sanitizer._character, sanitizer._sequence)) < 5000


def test_several_modes_keep_those_allowed() -> None:
    """A forbidden mode does not come through beside an allowed one."""
    assert sanitized(b"\x1b[?25;1000;2004;7l\x1b[?1000;1006h") == b"\x1b[?25;7l"


def test_a_full_reset_clears_the_screen_only() -> None:
    """RIS would erase the viewer's scrollback, title and tabs."""
    assert sanitized(b"\x1bc") == b"\x1b[?1049l\x1b[!p\x1b[m\x1b[H\x1b[2J"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        (b"\x1b]8;;https://a.example/x?y=1\x07", b"\x1b]8;;https://a.example/x?y=1\x1b\\"),
        (b"\x1b]8;id=a-1;http://a.example\x1b\\", b"\x1b]8;id=a-1;http://a.example\x1b\\"),
        (b"\x1b]8;x=y:id=q:z=w;http://a.example\x1b\\", b"\x1b]8;id=q;http://a.example\x1b\\"),
        (b"\x1b]8;;\x1b\\", b"\x1b]8;;\x1b\\"),
        (b"\x1b]8;;file:///etc/passwd\x07", b"\x1b]8;;\x1b\\"),
        (b"\x1b]8;;javascript:x\x07", b"\x1b]8;;\x1b\\"),
        (b"\x1b]8;;https://a\x01b\x07", b"\x1b]8;;\x1b\\"),
        ("\x1b]8;;https://ä\x07".encode(), b"\x1b]8;;\x1b\\"),
        (b"\x1b]8;;https://a\x18", b""),
        (b"\x1b]8;;https://" + b"a" * 2300 + b"\x07", b""),
        (b"\x1b]8;id=" + b"a" * 65 + b";http://a\x07", b"\x1b]8;;http://a\x1b\\"),
    ],
)
def test_links_lead_to_the_web_or_nowhere(link: bytes, shown: bytes) -> None:
    """A link to http or https is written anew; any other kind becomes plain text."""
    assert sanitized(link) == shown


def test_invalid_text_becomes_replacement_characters() -> None:
    """What is no UTF-8 is shown as a terminal would show it, also when a character is never finished."""
    assert sanitized(b"a\xff\xe2\x9d", b"b\xe2\x9d", b"\xafc") == "a\ufffd\ufffdb❯c".encode()


def test_a_terminal_never_answers_what_was_sanitized() -> None:
    """10,000 mixed-up recordings, fixed seed: an emulator that reports them meets no reply and no unknown sequence."""
    dice = random.Random(20260207)
    heard: list[object] = []
    terminal = Terminal(80, 24)
    terminal.on_reply(heard.append)
    terminal.on_unknown_sequence(heard.append)
    pieces = HOSTILE + HARMLESS + [b"\x1b", b"[", b";", b"]", b"\x1b\\", b"\x07", b"c", b"6n", b"\x9d"]
    for _ in range(10_000):
        stream = b"".join(dice.choices(pieces, k=dice.randrange(1, 12))) + dice.randbytes(dice.randrange(4))
        cut = dice.randrange(len(stream))
        terminal.feed(sanitized(stream[:cut], stream[cut:]) + b"\x1b\\")
        assert heard == [], stream
