"""What the real Claude Code writes, read by us: both versions, in print mode and in a terminal."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.cli.app import run
from claude_sessions.transcript import kinds
from claude_sessions.transcript.blocks.consumer import replay_session
from claude_sessions.transcript.content import decode_message
from claude_sessions.transcript.conversation import Conversation, arrange
from claude_sessions.transcript.files import Kind, main_files, scan
from claude_sessions.transcript.prompts import prompt_of
from claude_sessions.transcript.reading import open_source, read_entries
from claude_sessions.usage import responses
from tests.conftest import require
from tests.kit.real_transcripts import STORIES, Written, live_through


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Written]:
    """A function that gives what Claude of a version wrote in a story; it happens once."""
    written: dict[tuple[str, str], Written] = {}

    def of(version: str, name: str) -> Written:
        if (version, name) not in written:
            written[version, name] = live_through(STORIES[name], version, tmp_path_factory.mktemp("story"))
        return written[version, name]

    return of


@pytest.fixture(params=STORIES)
def written(request: pytest.FixtureRequest, claude_version: str, stories: Callable[[str, str], Written]) -> Written:
    """Each story as each version wrote it."""
    if STORIES[request.param].live:
        require(shutil.which("tmux"), "tmux is not installed")
    return stories(claude_version, request.param)


def entries_of(path: Path) -> list[dict[str, Any]]:
    """Return a transcript's lines as plain JSON, in the order of the file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def conversations_of(written: Written) -> list[Conversation]:
    """Return the sessions of a story, the earliest first."""
    found = []
    for file in reversed(main_files(scan(written.config))):
        with open_source(file.path) as source:
            found.append(arrange(read_entries(source)))
    return found


def said_by(conversation: Conversation, role: str) -> list[str]:
    """Return the texts of a role in the order of the conversation."""
    return [
        block.text
        for line in conversation.thread()
        if line.entry.type == role
        for block in decode_message(line.entry.message).blocks
        if block.type == "text"
    ]


def test_every_line_is_read_without_a_fault(written: Written) -> None:
    """Each line is one entry, at its place, with its bytes as they are; nothing is reported."""
    for file in scan(written.config):
        faults: list[object] = []
        with open_source(file.path) as source:
            lines = list(read_entries(source, faults.append))
        assert faults == []
        assert [bytes(line.raw) for line in lines] == file.path.read_bytes().splitlines()
        data = file.path.read_bytes()
        assert [data[line.offset : line.offset + len(line.raw)] for line in lines] == [line.raw for line in lines]


def test_every_type_has_a_name(written: Written) -> None:
    """No type of line, system subtype or attachment comes that we have no name for."""
    for file in scan(written.config):
        for entry in entries_of(file.path):
            assert kinds.is_known(entry["type"]), entry
            if entry["type"] == "system":
                assert entry["subtype"] in kinds.SYSTEM_SUBTYPES, entry
            if entry["type"] == "attachment":
                assert entry["attachment"]["type"] in kinds.ATTACHMENTS, entry


def test_the_envelope_is_what_the_line_says(written: Written) -> None:
    """Types, ids and times are those of the line, and a message's blocks are found."""
    for file in scan(written.config):
        with open_source(file.path) as source:
            lines = list(read_entries(source))
        for line, entry in zip(lines, entries_of(file.path), strict=True):
            envelope = line.entry
            assert (envelope.type, envelope.uuid, envelope.parent_uuid) == (
                entry["type"],
                entry.get("uuid"),
                entry.get("parentUuid"),
            )
            assert (envelope.timestamp, envelope.request_id) == (entry.get("timestamp", ""), entry.get("requestId"))
            assert envelope.is_sidechain is entry.get("isSidechain", False)
            if entry["type"] == "assistant":
                message = decode_message(envelope.message)
                assert message.id == entry["message"]["id"]
                assert [block.type for block in message.blocks] == [
                    block["type"] for block in entry["message"]["content"]
                ]


def test_the_files_are_told_apart(written: Written) -> None:
    """Sessions and subagents are found, each with its ids; a subagent belongs to its session."""
    files = scan(written.config)
    sessions = {file.session_id for file in files if file.kind is Kind.MAIN}
    agents = [file for file in files if file.kind is Kind.SUBAGENT]
    assert len(sessions) == written.story.sessions
    assert len(agents) == (1 if "Task" in written.story.tools else 0)
    for file in files:
        ids = {entry["sessionId"] for entry in entries_of(file.path) if "sessionId" in entry}
        assert ids == {file.session_id}
        assert file.session_id in sessions
        if file.kind is Kind.SUBAGENT:
            assert {entry["agentId"] for entry in entries_of(file.path) if "agentId" in entry} == {file.agent_id}


def test_prompts_are_what_was_typed(written: Written) -> None:
    """What a person typed is found, in order; notes, results, summaries and what the subagent was told are not taken for it."""
    prompts = [
        prompt.text
        for conversation in conversations_of(written)
        for line in conversation.thread()
        if (prompt := prompt_of(line)) and not prompt.command
    ]
    assert prompts == list(written.story.prompts)


def test_the_order_is_that_of_the_conversation(written: Written) -> None:
    """Each line stands after the one it follows, the prompt before its answer, and there is one branch."""
    said: list[str] = []
    for conversation in conversations_of(written):
        assert len(conversation.branches) == 1
        thread = conversation.thread()
        assert len(thread) == len(conversation.lines)
        place = {line.entry.uuid: at for at, line in enumerate(thread) if line.entry.uuid}
        assert all(place.get(line.entry.parent_uuid, -1) < at for at, line in enumerate(thread))
        prompts = [at for at, line in enumerate(thread) if (found := prompt_of(line)) and not found.command]
        answers = [at for at, line in enumerate(thread) if line.entry.type == "assistant"]
        assert prompts[0] < answers[0]
        said += said_by(conversation, "assistant")
    marks = iter(said)
    assert [word for word in written.story.answers if any(word in text for text in marks)] == list(
        written.story.answers
    )


def test_the_markdown_shows_prompt_answer_and_tool(written: Written) -> None:
    """Rendered, each session has its prompts, the model's words and its tool calls; a compaction clears what was before."""
    conversations = conversations_of(written)
    rendered = [replay_session(conversation.thread()) for conversation in conversations]
    whole = "\n".join(
        replay_session(line for line in conversation.thread() if line.entry.subtype != "compact_boundary")
        for conversation in conversations
    )
    for prompt in written.story.prompts:
        assert f"❯ {prompt}\n" in whole
    for answer in written.story.answers:
        assert answer in whole
    for tool in written.story.tools:
        assert f"● {tool}(" in whole
    assert "  └ " in whole
    if written.story.scenario == "compact":
        assert "EARLY-ANSWER" not in rendered[0]
        assert "LATER-ANSWER" in rendered[0]
    else:
        assert rendered == [whole]


def test_the_command_prints_text_alone(written: Written, capfd: pytest.CaptureFixture[str]) -> None:
    """`transcript` shows the session that was written last, with its subagent if asked, and no escape of a tool's output."""
    newest = main_files(scan(written.config))[0]
    assert run(["transcript", str(newest.path), "--full", "--subagents"]) == 0
    printed = capfd.readouterr()
    assert printed.err == ""
    assert written.story.answers[-1] in printed.out
    assert ("AGENT-ANSWER" in printed.out) is ("Task" in written.story.tools)
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", printed.out) is None


def test_each_response_is_counted_once(written: Written) -> None:
    """The tokens are those that the API said, response by response: all but those for titles and summaries, which no line has."""
    counted = {response.id: response for response, _ in responses(scan(written.config))}
    assert len(counted) == len(responses(scan(written.config)))
    for response in counted.values():
        usage = written.answer(response.id)["usage"]
        assert (response.input, response.read) == (usage["input_tokens"], usage["cache_read_input_tokens"])
        assert (response.write_5m, response.write_1h) == (
            usage["cache_creation"]["ephemeral_5m_input_tokens"],
            usage["cache_creation"]["ephemeral_1h_input_tokens"],
        )
        assert response.output == usage["output_tokens"]
    assert set(counted) == {answer["id"] for answer in written.answers if "THE-SUMMARY" not in str(answer)}
