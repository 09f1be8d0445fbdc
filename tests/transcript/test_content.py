"""Messages and their content blocks, also where they are not what they should be."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript.content import ContentBlock, decode_message, text_of
from claude_sessions.transcript.envelope import decode_any


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def test_a_message_has_its_blocks() -> None:
    """Texts are decoded, what goes into a tool and comes out of it stays as it is."""
    message = decode_message(
        raw(
            {
                "role": "assistant",
                "id": "msg_1",
                "model": "m",
                "content": [
                    {"type": "text", "text": "Hello"},
                    {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}},
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x", "is_error": True},
                    {"type": "brand_new", "data": [1]},
                ],
                "usage": {"input_tokens": 1},
            }
        )
    )
    assert (message.role, message.id, message.model) == ("assistant", "msg_1", "m")
    text, use, result, new = message.blocks
    assert text.text == "Hello"
    assert (use.name, use.id, decode_any(use.input)) == ("Bash", "toolu_1", {"command": "ls"})
    assert (result.tool_use_id, text_of(result.content), result.is_error) == ("toolu_1", "x", True)
    assert new.type == "brand_new"
    assert decode_any(message.usage) == {"input_tokens": 1}


def test_a_text_is_one_block() -> None:
    """The short form of content reads like the long one; an empty text is no block."""
    assert decode_message(raw({"role": "user", "content": "hi"})).blocks == [ContentBlock("text", "hi")]
    assert decode_message(raw({"role": "user", "content": ""})).blocks == []


@pytest.mark.parametrize(
    ("value", "blocks"),
    [
        ("said", [ContentBlock("text", "said")]),
        (None, []),
        (5, []),
        ([1], []),
        ({"content": 7}, []),
        ({"content": [{"type": "text", "text": 5}]}, [ContentBlock("text")]),
        ({"role": 9, "content": "hi"}, [ContentBlock("text", "hi")]),
    ],
)
def test_a_message_of_another_shape_is_taken_as_far_as_it_goes(value: Any, blocks: list[ContentBlock]) -> None:
    """Nothing raises."""
    assert decode_message(raw(value)).blocks == blocks


def test_the_good_blocks_among_bad_ones_are_kept() -> None:
    """One block of a wrong kind does not cost the others; a bare text is a text."""
    content = [{"type": "text", "text": "a"}, "loose", 5, {"type": "text", "text": "b"}]
    blocks = decode_message(raw({"content": content})).blocks
    assert [block.text for block in blocks if block.text] == ["a", "loose", "b"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}], "a\nb"),
        (["a", {"text": 5}, None], "a"),
        (None, ""),
        ({"text": "a"}, ""),
    ],
)
def test_the_text_of_a_result(value: Any, text: str) -> None:
    """A text, or the texts of a list."""
    assert text_of(raw(value)) == text


@given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_value_is_some_message(value: Any) -> None:
    """Whatever JSON stands in the place of a message."""
    for each in (value, {"content": value}, {"content": [value]}, {"content": [{"type": "text", "content": value}]}):
        for block in decode_message(raw(each)).blocks:
            assert isinstance(text_of(block.content), str)
