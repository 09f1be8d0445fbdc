"""Long texts a piece at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.formats import pieces as module
from claude_sessions.formats.markdown import markdown
from claude_sessions.formats.pieces import pieces
from claude_sessions.transcript.blocks.classify import line_of
from claude_sessions.transcript.blocks.events import ProcessingContext
from claude_sessions.transcript.blocks.replay import Shown
from claude_sessions.transcript.blocks.settled import settled_blocks
from tests.kit.spoken import calls, gives


@given(st.text("ab\n", max_size=40), st.integers(1, 9))
def test_pieces_are_whole_lines(text: str, longest: int) -> None:
    """Put together they are the text; none is longer than it must be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LONGEST", longest)
        found = list(pieces(text))
    assert "\n".join(found) == text
    assert all(len(piece) <= longest or "\n" not in piece for piece in found)


def test_a_result_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed at once or line by line."""
    lines = [calls("Bash", {"command": "ls"}), gives("one\n\n\x1b[31mtwo\x1b[0m\r\nthree\n")]

    def shown() -> str:
        blocks = settled_blocks(ProcessingContext(full=True), map(line_of, lines))
        return "".join(markdown(Shown(1, "", block) for block in blocks))

    whole = shown()
    monkeypatch.setattr(module, "LONGEST", 2)
    assert shown() == whole == "    ● Bash(ls)\n      └ one\n        \n        two\n        three\n        \n"
