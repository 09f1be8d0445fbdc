"""What keys mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.playback.keys import HELP, KEYS, Command, KeyReader


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"q", ["q"]),
        (b"\x1b[D\x1b[C\x1bOA\x1b[1;2B", ["left", "right", "up", "down"]),
        (b"\x1b[1;2D\x1b[1;2C\x1b[1;5C", ["shift-left", "shift-right", "right"]),
        (b"\x1b[H\x1b[F\x1bOH\x1bOF\x1b[1~\x1b[4~\x1b[7~\x1b[8~", ["home", "end"] * 4),
        (b"\x15", ["ctrl-u"]),
        (b"\r\x7f\x08", ["enter", "backspace", "backspace"]),
        ("é日".encode(), ["é", "日"]),
        (b"\x1b[<0;3;4M\x1b[I\x1b[15~\x1bx\x01", []),
        (b"\x1b[Mabc]", ["]"]),
    ],
)
def test_keys_are_told_by_what_they_send(typed: bytes, keys: list[str]) -> None:
    """Arrows, Home and End in all forms, characters of any language; mouse reports and other keys are none."""
    assert KeyReader().feed(typed) == keys


@given(
    st.lists(st.sampled_from([b"[", b"]", b"\x1b[A", b"\x1bOD", "日".encode(), b"\x1b[1;5C"]), max_size=8), st.data()
)
def test_a_key_may_come_in_pieces(keys: list[bytes], data: st.DataObject) -> None:
    """The end of an arrow is never taken for a bracket, wherever it is cut."""
    typed = b"".join(keys)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(typed)), max_size=4)))
    reader = KeyReader()
    found = [key for begin, end in zip([0, *cuts], [*cuts, None], strict=True) for key in reader.feed(typed[begin:end])]
    assert found == KeyReader().feed(typed)


def test_escape_is_a_key_once_nothing_follows() -> None:
    """Arrow keys begin with the same byte, so it has to wait."""
    reader = KeyReader()
    assert reader.feed(b"\x1b") == []
    assert reader.waiting
    assert reader.flush() == ["escape"]
    assert not reader.waiting


@pytest.mark.parametrize("key", [b"\x03", b"\x04", b"abc\x03"])
def test_control_c_leaves_whatever_else_there_is(key: bytes) -> None:
    """Also while a line is being typed."""
    reader = KeyReader()
    reader.feed(key)
    assert reader.leaving


def test_the_help_names_every_key() -> None:
    """A command that can be given is found by pressing `?`."""
    named = " ".join(keys for keys, _ in HELP)
    for key, command in KEYS.items():
        shown = {" ": "space", "Q": "q", "shift-right": ">", "shift-left": "<"}.get(key, key)
        assert command is Command.TENTH or shown in named.split()
