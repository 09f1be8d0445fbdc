"""What is known of a conversation as a whole."""

from pathlib import Path
from typing import Any

from claude_sessions.log.entry import parse_timestamp
from claude_sessions.transcript.blocks.replay import open_replay
from claude_sessions.transcript.facts import Facts, facts_of
from claude_sessions.transcript.files import describe
from tests.kit.spoken import Fields, chained, says, system, user, write

FROM, TO = "2026-02-07T18:15:32.123Z", "2026-02-07T19:15:32.123Z"


def facts(home: Path, *lines: Fields) -> Facts:
    with open_replay(describe(write(home / ".claude", lines))) as replay:
        return facts_of(replay)


def answer(model: Any, **more: Any) -> Fields:
    line = says("yes", **more)
    line["message"]["model"] = model
    return line


def test_a_conversation_says_when_where_and_with_whom(own_home: Path) -> None:
    """Time and directory from its beginning, also of what was compacted; of other things the last word counts."""
    lines = chained(
        [
            user("<command-name>/init</command-name>", cwd="/a", timestamp=FROM, gitBranch="main", version="1.0.0"),
            user("do\nit", timestamp=TO),
            answer("claude-x"),
            system("compact_boundary"),
            answer("<synthetic>"),
            answer("claude-y", cwd="/b", gitBranch="topic", version="2.0.0", timestamp="later"),
            answer("claude-x"),
        ]
    )
    assert facts(own_home, *lines) == Facts(
        "do it", parse_timestamp(FROM), parse_timestamp(TO), "/a", "topic", ["claude-x", "claude-y"], "2.0.0"
    )


def test_titles_go_before_prompts(own_home: Path) -> None:
    """A person's own, a model's, and a summary that names one of the last lines."""
    lines = chained([user("do it"), says("done"), system("turn_duration")])
    summary = {"type": "summary", "summary": "Summed up", "leafUuid": "u1"}
    assert facts(own_home, *lines, summary).title == "Summed up"
    named = {"type": "ai-title", "aiTitle": "Named"}
    assert facts(own_home, *lines, summary, named).title == "Named"
    assert facts(own_home, {"type": "custom-title", "customTitle": "Mine"}, *lines, summary, named).title == "Mine"


def test_lines_of_odd_types_say_nothing(own_home: Path) -> None:
    """Whatever stands in the fields."""
    odd = [user("x", cwd=5, version=["1"], gitBranch="b"), answer(7), {"type": "assistant", "message": [1]}]
    assert facts(own_home, *chained(odd)) == Facts("x", git_branch="b")
    assert facts(own_home) == Facts()
