"""Conversations as Markdown."""

import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.formats.markdown import conversations, markdown
from claude_sessions.transcript.blocks.classify import line_of
from claude_sessions.transcript.blocks.consumer import replay_session
from claude_sessions.transcript.blocks.events import ProcessingContext
from claude_sessions.transcript.blocks.replay import Shown, open_replay
from claude_sessions.transcript.blocks.settled import settled_blocks
from claude_sessions.transcript.files import describe
from tests.kit.spoken import calls, gives, progress, says, user, write

REORDERING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
TEXTS = st.text(st.characters(), max_size=30)


def shown(*lines: dict[str, Any], depth: int = 0) -> str:
    blocks = settled_blocks(ProcessingContext(thinking=True), map(line_of, lines))
    return "".join(markdown(Shown(depth, "", block) for block in blocks))


@given(st.lists(TEXTS, min_size=4, max_size=4))
def test_nothing_of_a_text_reaches_a_terminal_but_text(texts: list[str]) -> None:
    """Whatever stands in prompts, answers, labels and results: only line feeds, tabs and text come out."""
    lines = [user(texts[0]), says(texts[1]), calls(texts[2], {"command": texts[3]}), gives(texts[0])]
    lines += [calls("Bash", {"command": texts[1]}, "b"), progress("hook_progress", "b", hookName=texts[2])]
    text = shown(*lines)
    assert {each for each in text if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp")} <= {"\n", "\t"}
    assert not REORDERING & set(text)


def test_plain_text_is_as_the_session_player_has_it() -> None:
    """Nothing is changed in ordinary text, and a newline ends it."""
    lines = [user("tabs\tand\nlines"), says("é 日本 👩‍💻\n\n- x"), calls("Bash", {"command": "ls"}), gives("a\nb")]
    assert shown(*lines) == replay_session(lines) + "\n"


def test_colours_are_left_out() -> None:
    """What a command coloured is plain, and Windows' line ends are line ends."""
    assert shown(user("<local-command-stdout>\x1b[2mok\x1b[22m\r\nmore</local-command-stdout>")) == "ok\nmore\n"


def test_deeper_blocks_are_indented() -> None:
    """Four blanks a level; an empty line stays empty."""
    assert shown(says("a\n\nb"), depth=1) == "    ● a\n      \n      b\n"
    assert shown(user("<local-command-stdout>a\n\nb</local-command-stdout>"), depth=2) == "        a\n\n        b\n"


def test_several_conversations_are_told_apart(own_home: Path) -> None:
    """A line names each but the first."""
    first = write(own_home / ".claude", [user("one")], "11111111-aaaa-4aaa-8aaa-000000000001")
    second = write(own_home / ".claude", [user("two")], "22222222-aaaa-4aaa-8aaa-000000000002")
    with open_replay(describe(first)) as one, open_replay(describe(second)) as two:
        text = "".join(conversations([one, two]))
    assert text == "❯ one\n\n--- 22222222-aaaa-4aaa-8aaa-000000000002 ---\n\n❯ two\n"


@pytest.mark.parametrize("lines", [[], [user("x", isMeta=True)]])
def test_nothing_said_is_nothing_shown(lines: list[dict[str, Any]]) -> None:
    """Not even an empty line."""
    assert shown(*lines) == ""
