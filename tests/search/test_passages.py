"""What can be found in a transcript."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.search.passages import Passage, PassageReader, key_of, text_at
from claude_sessions.search.texts import Kind
from claude_sessions.transcript.reading import open_source
from tests.kit.spoken import assistant, calls, encoded, gives, progress, says, system, thinks, user

NOON = 1_770_465_600_000


def read(folder: Path, *lines: dict[str, Any] | bytes) -> list[Passage]:
    """Write the lines and read their passages."""
    path = folder / "session.jsonl"
    path.write_bytes(b"".join(line if isinstance(line, bytes) else encoded([line]) for line in lines))
    with open_source(path) as source:
        return list(PassageReader(source).passages())


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        (user("fix it"), Kind.PROMPT, "fix it"),
        (user([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]), Kind.PROMPT, "a\nb"),
        (user("<command-name>/model</command-name> <command-message>model</command-message> <command-args>opus</command-args>"),
         Kind.PROMPT, "/model    opus"),
        (user("<bash-input>ls -l</bash-input>"), Kind.PROMPT, "ls -l"),
        (user("<local-command-stdout>\x1b[1mSet model\x1b[22m</local-command-stdout>"), Kind.RESULT, "Set model"),
        (user("note", isMeta=True), Kind.NOTE, "note"),
        (user("do this", isSidechain=True), Kind.NOTE, "do this"),
        (user("so far", isCompactSummary=True), Kind.SUMMARY, "so far"),
        (says("done"), Kind.ANSWER, "done"),
        (thinks("hm"), Kind.THINKING, "hm"),
        (calls("Edit", {"file_path": "a.py", "edits": [{"new_string": "x"}], "n": 3}), Kind.TOOL, "a.py\nx"),
        (gives("out"), Kind.RESULT, "out"),
        (gives([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]), Kind.RESULT, "a\n\nb"),
        (system("local_command", content="<local-command-stdout>hi</local-command-stdout>"), Kind.RESULT, "hi"),
        (system("away_summary", content="you were away"), Kind.NOTE, "you were away"),
        ({"type": "attachment", "attachment": {"type": "queued_command", "prompt": "and then"}}, Kind.PROMPT, "and then"),
        ({"type": "queue-operation", "operation": "enqueue", "content": "later"}, Kind.PROMPT, "later"),
        ({"type": "summary", "summary": "Fixing"}, Kind.SUMMARY, "Fixing"),
        ({"type": "ai-title", "aiTitle": "A title"}, Kind.TITLE, "A title"),
        ({"type": "custom-title", "customTitle": "Mine"}, Kind.TITLE, "Mine"),
    ],
)  # fmt: skip
def test_texts_are_found(tmp_path: Path, line: dict[str, Any], kind: Kind, text: str) -> None:
    """Whoever said it, in whatever form it stands there."""
    (passage,) = read(tmp_path, line)
    assert (passage.kind, passage.text) == (kind, text)


@pytest.mark.parametrize(
    "line",
    [
        progress("bash_progress", output="out", fullOutput="out"),
        {"type": "last-prompt", "lastPrompt": "fix it"},
        {"type": "attachment", "attachment": {"type": "task_reminder", "content": "x"}},
        {"type": "file-history-snapshot", "snapshot": {"a": "b"}},
        {"type": "queue-operation", "operation": "dequeue", "content": "x"},
        {"type": "of next year", "text": "x"},
        user(" \n"),
        assistant({"type": "redacted_thinking", "data": "abc"}),
        assistant(),
        {"type": "user"},
    ],
)
def test_what_repeats_or_says_nothing_is_left_out(tmp_path: Path, line: dict[str, Any]) -> None:
    """Progress comes again as a result, the last prompt was a prompt."""
    assert read(tmp_path, line) == []


def test_a_passage_has_a_place_and_a_time(tmp_path: Path) -> None:
    """A line without a time has that of the one before; the text can be read again at its place."""
    lines = [
        user("one", timestamp="2026-02-07T12:00:00.250Z", uuid="a"),
        {"type": "ai-title", "aiTitle": "two"},
        says("three", timestamp="2026-02-07T12:00:01Z", uuid="b"),
    ]
    passages = read(tmp_path, *lines)
    assert [(one.text, one.time_ms - NOON, one.key) for one in passages] == [
        ("one", 250, key_of("a")),
        ("two", 250, key_of("two")),
        ("three", 1000, key_of("b")),
    ]
    for passage in passages:
        with open_source(tmp_path / "session.jsonl", passage.offset) as source:
            assert text_at(source, passage.offset) == passage.text


def test_a_queued_prompt_is_found_once(tmp_path: Path) -> None:
    """Where it became a line of the conversation, that is it; one that was taken back is found where it was queued."""
    queued = {"type": "queue-operation", "operation": "enqueue"}
    passages = read(
        tmp_path, {**queued, "content": "sent"}, {**queued, "content": "taken back"}, user("sent", uuid="a")
    )
    assert [(one.text, one.key) for one in passages] == [("sent", key_of("a")), ("taken back", key_of("taken back"))]


def test_a_title_that_is_written_again_is_found_once(tmp_path: Path) -> None:
    """And another one is another one."""
    titles = [{"type": "ai-title", "aiTitle": title} for title in ("a", "a", "b", "a")]
    assert [one.text for one in read(tmp_path, *titles)] == ["a", "b"]


def test_marks_that_never_end_take_no_time(tmp_path: Path) -> None:
    """What begins again and again and does not end is no more than its text; what ends is left out."""
    (passage,) = read(tmp_path, user("<command-message>" * 200_000 + "zebra"))
    assert passage.text == "zebra"
    (passage,) = read(tmp_path, user("<command-message>a</command-message>b<command-message>\nc</command-message>d"))
    assert passage.text == "bd"


def test_damage_costs_one_line(tmp_path: Path) -> None:
    """Two objects on a line are two passages; what is none, or has wrong types in it, hides nothing else."""
    glued = encoded([user("one")]).strip() + encoded([user("two")])
    odd = json.dumps(
        {
            "type": "user",
            "cwd": 3,
            "message": {"role": "user", "content": [{"type": "text", "text": "three", "input": 3}]},
        }
    )
    nothing = b'{"type":"assistant","message":{"content":[{"type":"tool_use","input":["deep"]}]}}\n'
    passages = read(
        tmp_path, glued, b"\0\0\n[]\n", odd.encode() + b"\n", nothing, b'{"type":"user","message"', b"\n", user("four")
    )
    assert [one.text for one in passages] == ["one", "two", "three", "deep", "four"]
    with open_source(tmp_path / "session.jsonl", passages[1].offset) as source:
        assert text_at(source, passages[1].offset) == "two"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "input", "message"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["user", "assistant", "system", "attachment", "queue-operation", "summary", "ai-title"]),
    JSON,
    JSON,
    JSON,
)
def test_any_value_in_any_place_is_no_trouble(
    tmp_path_factory: pytest.TempPathFactory, kind: str, message: Any, content: Any, other: Any
) -> None:
    """The line after it is found all the same."""
    line = {
        "type": kind,
        "message": message,
        "content": content,
        "attachment": other,
        "summary": other,
        "timestamp": other,
        "uuid": other,
    }
    assert read(tmp_path_factory.getbasetemp(), line, user("after"))[-1].text == "after"
