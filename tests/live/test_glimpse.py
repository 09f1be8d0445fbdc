"""What people see of a line who watch many sessions."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.live.glimpse import Glimpse, Glimpses
from claude_sessions.transcript.files import describe
from tests.kit.following import lines_of
from tests.kit.spoken import Fields, assistant, calls, chained, encoded, gives, lasted, progress, says, system, user


def glimpses(path: Path, lines: list[Fields]) -> list[Glimpse]:
    """Return what the lines of a transcript tell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(chained(lines)))
    found = Glimpses()
    return [glimpse for line in lines_of(path) for glimpse in found.of(describe(path), line)]


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        ([user("fix it\nplease"), says("On it.\nReally.")], ["❯ fix it…", "● On it.…"]),
        ([calls("Read", {"file_path": "/a/b.py"}), gives("1\n2")], ["● Read(b.py)", "  └ Read: 1…"]),
        ([calls("Bash", {"command": "false"}), gives("no", error=True)], ["● Bash(false)", "  ✗ Bash: no"]),
        ([calls("Bash"), progress("bash_progress", fullOutput="x"), gives("")], ["● Bash(…)", "  └ Bash: (no output)"]),
        ([calls("Bash"), gives("a"), gives("again")], ["● Bash(…)", "  └ Bash: a", "again"]),
        ([gives("of a call before")], ["of a call before"]),
        (
            [lasted(61_000), system("compact_boundary")],
            ["✱ Crunched for 1m 1s", "(the conversation was compacted here)"],
        ),
        ([{"type": "mode"}, user("meta", isMeta=True), assistant()], []),
        ([user("go", isSidechain=True), says("going", isSidechain=True)], ["↳ ❯ go", "↳ ● going"]),
    ],
)
def test_each_thing_is_one_line(tmp_path: Path, lines: list[Fields], texts: list[str]) -> None:
    """Prompts, answers, calls and their results show their first line; what is not for people shows nothing."""
    found = glimpses(tmp_path / "a.jsonl", lines)
    assert [glimpse.text for glimpse in found] == texts


def test_prompts_and_failures_are_told_apart(tmp_path: Path) -> None:
    """What a person said, and a tool that failed, can be shown otherwise than the rest; an agent's orders are no prompt."""
    lines = [user("do it"), calls("Bash"), gives("no", error=True), user("order", isSidechain=True)]
    found = glimpses(tmp_path / "a.jsonl", lines)
    assert [(glimpse.prompt, glimpse.error) for glimpse in found] == [
        ("do it", False),
        ("", False),
        ("", True),
        ("", False),
    ]


def test_a_question_and_its_answer(tmp_path: Path) -> None:
    """What Claude asks is shown, and what the person chose."""
    asked = {"questions": [{"question": "Which\nway?", "header": "Way", "options": [{"label": "left"}]}]}
    answered = gives("User has answered", toolUseResult={"answers": {"Which\nway?": "left"}})
    found = glimpses(tmp_path / "a.jsonl", [calls("AskUserQuestion", asked), answered])
    assert [glimpse.text for glimpse in found] == ["● Question: Which…", "  └ ✓ left"]


def test_a_subagents_file_is_marked(tmp_path: Path) -> None:
    """What stands in a subagent's transcript is shown as a subagent's."""
    path = tmp_path / "-p" / "s" / "subagents" / "agent-1.jsonl"
    assert [glimpse.text for glimpse in glimpses(path, [says("done", isSidechain=True)])] == ["↳ ● done"]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["content", "type", "id"]), inner),
    max_leaves=9,
)


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system", "progress", "x"]), json), max_size=5))
def test_whatever_a_line_holds_nothing_raises(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, object]]
) -> None:
    """Foreign lines tell something or nothing, never on two lines."""
    path = tmp_path_factory.mktemp("foreign") / "a.jsonl"
    odd = [{"type": kind, "message": value, "data": value, "toolUseResult": value} for kind, value in lines]
    for glimpse in glimpses(path, odd):
        assert "\n" not in glimpse.text
