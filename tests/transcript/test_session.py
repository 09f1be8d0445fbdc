"""Whole sessions in memory, and their export."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from claude_sessions import transcript
from claude_sessions.base.errors import NotFoundError, UsageError
from claude_sessions.transcript import (
    export_session_to_sdk_format,
    get_recent_sessions,
    parse_jsonl_file,
    read_entries,
    read_session,
    sdk_messages,
)
from claude_sessions.transcript.reading import open_source
from tests.kit.spoken import SESSION, assistant, calls, chained, gives, lasted, says, user, write, write_agent

NOON = "2026-02-07T12:00:00.000Z"


def response(number: int, block: dict[str, Any], output: int = 5) -> dict[str, Any]:
    """Return a line of a response of the API with this block."""
    line = assistant(block, request=f"req_{number}")
    line["message"] |= {"id": f"msg_{number}", "model": "claude-opus-5", "usage": {"output_tokens": output}}
    return line


LINES = chained(
    [
        user("fix it", timestamp=NOON),
        response(1, {"type": "text", "text": "I look."}, 1),
        response(1, calls("Bash", name="toolu_1")["message"]["content"][0], 90),
        gives("one", "toolu_1"),
        response(1, calls("Read", name="toolu_2")["message"]["content"][0], 40),
        gives("two", "toolu_2"),
        response(2, {"type": "text", "text": "Done."}),
        lasted(1000) | {"timestamp": "2026-02-07T12:01:00.000Z"},
        user("a note", isMeta=True),
        user("a task", isSidechain=True),
    ]
)


@pytest.fixture
def config(own_home: Path) -> Path:
    """Claude Code's configuration folder."""
    return own_home / ".claude"


def test_a_transcript_becomes_a_session(config: Path) -> None:
    """Entries, times, messages by who speaks, and the conversation are at hand."""
    path = write(config, LINES)
    with path.open("ab") as file:
        file.write(b'{"type":"torn')
    session = parse_jsonl_file("~/" + str(path.relative_to(config.parent)))
    assert session.session_id == SESSION
    assert len(session.entries) == len(LINES)
    assert str(session.start_time) == "2026-02-07 12:00:00+00:00"
    assert str(session.end_time) == "2026-02-07 12:01:00+00:00"
    assert (len(session.user_messages), len(session.assistant_messages), len(session.system_messages)) == (5, 4, 1)
    assert session.title == "fix it"
    assert [fault.reason for fault in session.faults] == ["cut off in the middle"]
    said = [
        f"{entry.message.role}: {entry.message.text}" for entry in session.get_conversation_thread() if entry.message
    ]
    assert said == ["user: fix it", "assistant: I look.", *["assistant: ", "user: "] * 2, "assistant: Done."]


def test_an_empty_file_is_an_empty_session(config: Path) -> None:
    """There is nothing in it, and nothing fails."""
    session = parse_jsonl_file(write(config, []))
    assert (session.entries, session.start_time, session.end_time, session.branches) == ([], None, None, ())
    assert session.get_conversation_thread() == []
    assert session.title == SESSION
    assert export_session_to_sdk_format(session) == []


def test_what_is_not_there_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    """A missing file, and what is no file, raise the family's errors."""
    with pytest.raises(NotFoundError, match="there is no such file"):
        parse_jsonl_file(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="is no file"):
        read_session(tmp_path)


def test_a_subagents_own_transcript_is_a_conversation(config: Path) -> None:
    """In a subagent's file everything is a sidechain, and all of it was said."""
    path = write_agent(write(config, LINES), chained([user("task"), says("done")]))
    session = parse_jsonl_file(path)
    assert [entry.type for entry in session.get_conversation_thread()] == ["user", "assistant"]
    assert session.session_id == SESSION


def test_branches_of_a_session(config: Path) -> None:
    """A prompt that was asked anew leaves two conversations; the later one is the default."""
    lines = chained([user("one"), says("hello"), user("two")])
    path = write(config, [*lines, user("three", uuid="x", parentUuid="u1")])
    session = parse_jsonl_file(path)
    texts = [
        [entry.message.text for entry in session.get_conversation_thread(branch) if entry.message]
        for branch in (1, 2, None)
    ]
    assert texts == [["one", "hello", "two"], ["one", "hello", "three"], ["one", "hello", "three"]]


def test_read_session_gives_every_object(config: Path) -> None:
    """The session player's function returns plain dictionaries in the order of the file."""
    assert read_session(str(write(config, LINES))) == LINES


def test_the_newest_sessions_come_first(config: Path) -> None:
    """As many as asked for, by when they were written last; subagents are no sessions."""
    for number in range(4):
        path = write(config, LINES, session_id=f"session-{number}")
        os.utime(path, (1000 + number, 1000 + number))
        write_agent(path, LINES, f"{number}" * 17)
    assert [each.session_id for each in get_recent_sessions(limit=3)] == ["session-3", "session-2", "session-1"]
    assert len(get_recent_sessions()) == 4
    assert get_recent_sessions(0) == []


def test_tools_can_be_counted_as_the_example_does(config: Path) -> None:
    """Going through all blocks and looking for a name counts the calls of tools."""
    write(config, LINES)
    counts: dict[str, int] = {}
    for session in get_recent_sessions(limit=100):
        for entry in session.entries:
            if entry.message and isinstance(entry.message.content, list):
                for block in entry.message.content:
                    if hasattr(block, "name"):
                        counts[block.name] = counts.get(block.name, 0) + 1
    assert counts == {"Bash": 1, "Read": 1}


def test_the_export_has_one_message_for_a_response(config: Path) -> None:
    """The lines of a response are one message in its place, with the usage that counts most; results follow it."""
    messages = export_session_to_sdk_format(parse_jsonl_file(write(config, LINES)))
    kinds = [(each["type"], each["role"], [block["type"] for block in each["content"]]) for each in messages]
    assert kinds == [
        ("user", "user", ["text"]),
        ("assistant", "assistant", ["text", "tool_use", "tool_use"]),
        ("user", "user", ["tool_result"]),
        ("user", "user", ["tool_result"]),
        ("assistant", "assistant", ["text"]),
    ]
    assert messages[1]["id"] == "msg_1"
    assert messages[1]["model"] == "claude-opus-5"
    assert messages[1]["usage"] == {"output_tokens": 90}
    assert messages[0] == {
        "type": "user",
        "role": "user",
        "content": [{"type": "text", "text": "fix it"}],
        "id": None,
        "model": None,
        "usage": None,
    }
    assert json.loads(json.dumps(messages)) == messages


def test_the_export_of_lines_is_the_same(config: Path) -> None:
    """Exported line by line or as a whole session: the messages are the same."""
    path = write(config, LINES)
    with open_source(path) as source:
        streamed = list(sdk_messages(read_entries(source)))
    assert streamed == export_session_to_sdk_format(parse_jsonl_file(path))
    with open_source(path) as source:
        assert len(list(sdk_messages(read_entries(source), sidechains=True))) == len(streamed) + 1


@pytest.mark.parametrize(
    "message", [None, 7, "text", {}, {"role": 1, "content": 2, "usage": []}, {"content": [1, None]}]
)
def test_odd_messages_are_exported_as_far_as_they_go(config: Path, message: Any) -> None:
    """A message of another form than it should have raises nothing."""
    path = write(config, [{"type": "user", "uuid": "u", "message": message}])
    for each in export_session_to_sdk_format(parse_jsonl_file(path)):
        assert isinstance(each["content"], list)
        assert each["role"] == "user"


def test_every_public_name_is_there() -> None:
    """What the package offers can be imported from it, explains itself, and is listed."""
    for name in transcript.__all__:
        assert getattr(transcript, name).__doc__, name
    assert set(transcript.__all__) <= set(dir(transcript))
    absent = "nothing"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(transcript, absent)
