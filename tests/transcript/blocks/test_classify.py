"""What a line does on the screen."""

from typing import Any

import pytest

from claude_sessions.transcript.blocks.classify import LineType, classify_line, line_of
from tests.kit.spoken import assistant, calls, gives, lasted, progress, says, system, thinks, user

CASES = [
    (user("hello"), LineType.USER_INPUT),
    (user([{"type": "text", "text": "hello"}]), LineType.USER_INPUT),
    (user(None), LineType.USER_INPUT),
    ({"type": "user"}, LineType.USER_INPUT),
    (gives("done"), LineType.TOOL_RESULT),
    (user("<local-command-stdout>x</local-command-stdout>"), LineType.LOCAL_COMMAND_OUTPUT),
    (says("hello"), LineType.ASSISTANT_TEXT),
    (calls("Bash"), LineType.TOOL_USE),
    (thinks(), LineType.THINKING),
    (assistant({"type": "redacted_thinking", "data": "x"}), LineType.INVISIBLE),
    (assistant({"type": "redacted_thinking"}, {"type": "text", "text": "x"}), LineType.ASSISTANT_TEXT),
    (assistant(), LineType.INVISIBLE),
    (lasted(1), LineType.TURN_DURATION),
    (system("compact_boundary"), LineType.COMPACT_BOUNDARY),
    (system("local_command"), LineType.INVISIBLE),
    (system("microcompact_boundary"), LineType.INVISIBLE),
    ({"type": "system"}, LineType.INVISIBLE),
    (progress("bash_progress"), LineType.BASH_PROGRESS),
    (progress("hook_progress"), LineType.HOOK_PROGRESS),
    (progress("agent_progress"), LineType.AGENT_PROGRESS),
    (progress("query_update"), LineType.QUERY_UPDATE),
    (progress("search_results"), LineType.SEARCH_RESULTS),
    (progress("search_results_received"), LineType.SEARCH_RESULTS),
    (progress("waiting_for_task"), LineType.WAITING_FOR_TASK),
    (progress("mcp_progress"), LineType.INVISIBLE),
    (user("note", isMeta=True), LineType.INVISIBLE),
    (user("to an agent", isSidechain=True), LineType.INVISIBLE),
    (says("by an agent", isSidechain=True), LineType.INVISIBLE),
    ({"type": "summary", "summary": "x"}, LineType.INVISIBLE),
    ({"type": "file-history-snapshot", "snapshot": {}}, LineType.INVISIBLE),
    ({"type": "queue-operation", "operation": "enqueue"}, LineType.INVISIBLE),
    ({"type": "pr-link", "prNumber": 1}, LineType.INVISIBLE),
    ({"type": "from-next-year"}, LineType.INVISIBLE),
    ({"type": "attachment", "attachment": {"type": "skill_listing", "content": "x"}}, LineType.INVISIBLE),
    ({"type": "attachment", "attachment": {"type": "queued_command", "prompt": "go on"}}, LineType.USER_INPUT),
    ({}, LineType.INVISIBLE),
    ({"type": ["user"]}, LineType.INVISIBLE),
]


@pytest.mark.parametrize(("line", "kind"), CASES)
def test_every_line_has_a_kind(line: dict[str, Any], kind: LineType) -> None:
    """The kind is that of the session player's table, for an object and for a line of a file."""
    assert classify_line(line) is kind
    assert classify_line(line_of(line)) is kind


def test_every_kind_is_some_lines() -> None:
    """The table above has each of the fifteen."""
    assert {kind for _, kind in CASES} == set(LineType)
    assert len(LineType) == 15


def test_what_json_cannot_say_is_mended() -> None:
    """An object with half a surrogate pair, odd keys or a loop in it becomes a line all the same."""
    assert line_of({"type": "user", "message": {"content": "half \ud83d"}}).entry.type == "user"
    odd: dict[Any, Any] = {"type": "user", 3: {1, 2}, "n": 2**70}
    assert line_of(odd).entry.type == "user"
    loop: dict[str, Any] = {"type": "user"}
    loop["self"] = loop
    assert classify_line(loop) is LineType.INVISIBLE
