"""What is shown of a tool's result."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript.blocks import results
from claude_sessions.transcript.blocks.formatter import truncate_result
from claude_sessions.transcript.blocks.results import last_line, shown_result, whole_result

LINES = st.lists(st.text(max_size=12) | st.sampled_from(["\\", "\\\\", "\\n", '"', "é", "🚀", "\t"]), max_size=9)


def raw(value: Any, *, ascii_only: bool = True) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode(errors="replace")


@given(LINES, st.booleans(), st.integers(0, 3))
def test_the_short_way_gives_the_same_as_the_long_one(lines: list[str], ascii_only: bool, parts: int) -> None:
    """Cutting an undecoded text gives what decoding it and cutting it gives, however it is escaped."""
    text = "\n".join(lines).encode(errors="replace").decode()
    content: Any = text if not parts else [{"type": "text", "text": text}] * parts + [{"type": "image"}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "LONG", 0)
        assert shown_result(raw(content, ascii_only=ascii_only)) == truncate_result("\n".join([text] * (parts or 1)))


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("", "(no output)"),
        (None, "(no output)"),
        ([], "(no output)"),
        (7, "(no output)"),
        ({"text": "x"}, "(no output)"),
        ("1\n2\n3\n4\n5", "1\n2\n3\n4\n5"),
        ("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\n…"),
        ("1\n2\n3\n4\n5\n", "1\n2\n3\n4\n…"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}], "a\nb"),
        ([{"type": "tool_reference", "text": "no"}, "loose", {"type": "text", "text": 5}], "(no output)"),
    ],
)
def test_five_lines_are_shown(content: Any, shown: str) -> None:
    """A longer result shows four and an ellipsis; of blocks the texts count; nothing is no output."""
    assert shown_result(raw(content)) == shown
    assert truncate_result(whole_result(raw(content))) == shown


def test_a_line_break_may_be_written_as_a_number() -> None:
    r"""`\\u000a` breaks a line too, and `\\\\n` does not."""
    assert shown_result(b'"' + b"x" * 5000 + rb'\u000a1\u000a2\u000a3\u000a4\u000a5"').endswith("\n1\n2\n3\n…")
    text = "\\n" * 3000
    assert shown_result(raw(text)) == text


@pytest.mark.parametrize("filler", ["x", "é", "🚀", "\\", "\x01"])
def test_a_text_without_end_is_cut(filler: str) -> None:
    """Of a text of one line so much is shown that nobody misses the rest, and no character is cut in two."""
    for ascii_only in (True, False):
        shown = shown_result(raw(filler * 300_000, ascii_only=ascii_only))
        assert set(shown) == {filler, "…"}
        assert results.LONGEST // 12 - 2 <= len(shown) <= results.LONGEST


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("", "running…"),
        ("  \n\n", "running…"),
        ("one\ntwo\n \n", "two"),
        ("x" * 76, "x" * 76),
        ("x" * 77, "x" * 75 + "…"),
        ("a\n" * 5000 + "last\n\n", "last"),
        ("first" + "\n " * 5000, "first"),
        ("\\n" * 4000 + "\nend\\", "end\\"),
        ("z" * 9000, "z" * 75 + "…"),
    ],
)
def test_the_last_line_of_a_running_command(output: str, line: str) -> None:
    """It is the last that is not blank, in 76 characters at most."""
    assert last_line(raw(output)) == line


@pytest.mark.parametrize("output", [b"null", b"5", b"[]", b'"torn'])
def test_an_output_that_is_no_text_is_running(output: bytes) -> None:
    """Whatever stands in its place."""
    assert last_line(output) == "running…"
