"""Lines to events: what each kind of line adds to the screen and changes on it."""

from typing import Any

import pytest

from claude_sessions.transcript.blocks.classify import line_of
from claude_sessions.transcript.blocks.consumer import replay_session
from claude_sessions.transcript.blocks.events import (
    AddBlock,
    BlockType,
    ClearAll,
    ProcessingContext,
    QuestionContent,
    ThinkingContent,
    ToolCallContent,
    UpdateBlock,
)
from claude_sessions.transcript.blocks.processor import COMPACTED, process_line
from tests.kit.spoken import assistant, calls, gives, lasted, progress, says, system, thinks, user

QUESTIONS = [
    {
        "question": "Which colour?",
        "header": "Colour",
        "options": [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}],
        "multiSelect": False,
    }
]


def shown(*lines: dict[str, Any], **options: bool) -> str:
    """Return the screen that the lines leave; with options, those of the context."""
    if not options:
        return replay_session(lines)
    from claude_sessions.transcript.blocks.consumer import ScreenStateConsumer

    context, consumer = ProcessingContext(**options), ScreenStateConsumer()
    for line in lines:
        for event in process_line(context, line_of(line)):
            consumer.handle(event)
    return consumer.to_markdown()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hello", "❯ Hello"),
        ("one\ntwo", "❯ one\n  two"),
        ("", "❯"),
        (None, "❯"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}], "❯ a\n  b"),
        (["bare", {"type": "text", "text": "b"}, None], "❯ bare\n  b"),
    ],
)
def test_what_a_person_said(content: Any, text: str) -> None:
    """Texts and blocks of text come after the prompt sign."""
    assert shown(user(content)) == text


def test_a_prompt_typed_while_claude_was_busy_is_a_prompt() -> None:
    """It stands in an attachment, and is shown like any other."""
    attachment = {"type": "queued_command", "prompt": "and the docs", "commandMode": "prompt"}
    assert shown({"type": "attachment", "attachment": attachment}) == "❯ and the docs"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<local-command-stdout>Compacted\nnow</local-command-stdout>", "Compacted\nnow"),
        ("before <local-command-stdout>x</local-command-stdout> after", "x"),
        ("<local-command-stdout>torn", ""),
    ],
)
def test_the_output_of_a_local_command(content: str, text: str) -> None:
    """It is plain text without a sign."""
    assert shown(user(content)) == text


def test_thinking_is_told_and_its_text_only_on_request() -> None:
    """The seed's form has the sign alone."""
    assert shown(thinks("secret\nplan")) == "✱ Thinking…"
    assert shown(thinks("secret\nplan"), thinking=True) == "✱ Thinking…\n  secret\n  plan"
    assert shown(thinks(""), thinking=True) == "✱ Thinking…"
    event = process_line(ProcessingContext(), thinks("secret"))[0]
    assert isinstance(event, AddBlock)
    assert event.block.content == ThinkingContent("req_1", "")


@pytest.mark.parametrize(
    ("ms", "text"),
    [(5_999, "5s"), (0, "0s"), (-5_000, "0s"), (60_000, "1m 0s"), (88_000, "1m 28s"), (7_260_000, "121m 0s")],
)
def test_the_time_a_turn_took(ms: int, text: str) -> None:
    """Whole seconds, and minutes from one minute on."""
    assert shown(lasted(ms)) == f"✱ Crunched for {text}"
    assert shown(lasted(float(ms))) == f"✱ Crunched for {text}"


@pytest.mark.parametrize("told", [None, "5", [], {}])
def test_a_turn_that_does_not_say_how_long(told: Any) -> None:
    """Took no time that is known."""
    assert shown(lasted(told)) == "✱ Crunched for 0s"


def test_results_stand_below_their_calls() -> None:
    """A result, an error, and no output; results may come in another order than calls."""
    lines = [
        calls("Bash", {"command": "git status"}, "a"),
        calls("Read", {"file_path": "nonexistent.py"}, "b"),
        calls("Glob", {"pattern": "*"}, "c"),
        gives("Error: File not found", "b", error=True),
        gives("On branch main\nYour branch is up to date with 'origin/main'.", "a"),
        gives(None, "c"),
    ]
    assert shown(*lines) == (
        "● Bash(git status)\n  └ On branch main\n    Your branch is up to date with 'origin/main'.\n"
        "● Read(nonexistent.py)\n  ✗ Error: File not found\n● Glob(*)\n  └ (no output)"
    )


def test_a_line_may_carry_several_results() -> None:
    """Each goes to its call."""
    blocks = [{"type": "tool_result", "tool_use_id": name, "content": name.upper()} for name in ("a", "b")]
    lines = [calls("Glob", {"pattern": "1"}, "a"), calls("Glob", {"pattern": "2"}, "b"), user(blocks)]
    assert shown(*lines) == "● Glob(1)\n  └ A\n● Glob(2)\n  └ B"


def test_a_result_without_a_call_is_plain_text() -> None:
    """It is cut like any other."""
    assert shown(gives("1\n2\n3\n4\n5\n6")) == "1\n2\n3\n4\n…"


@pytest.mark.parametrize(
    ("note", "text"),
    [
        (progress("bash_progress", fullOutput="one\nadded 1432 packages in 45s\n"), "added 1432 packages in 45s"),
        (progress("bash_progress"), "running…"),
        (progress("hook_progress", hookName="PostToolUse:Edit"), "Hook: PostToolUse:Edit"),
        (progress("agent_progress", message={}), "Agent: working…"),
        (progress("query_update", query="best practices"), "Searching: best practices"),
        (progress("search_results_received", resultCount=8, query="q"), "8 results"),
        (progress("search_results", resultCount=8), "8 results"),
        (progress("waiting_for_task", taskDescription="tests"), "Waiting: tests"),
        (progress("query_update", query=["no", "text"]), "Searching: "),
    ],
)
def test_progress_is_shown_until_there_is_a_result(note: dict[str, Any], text: str) -> None:
    """The last note stands below the call; a result goes before it, whenever it comes."""
    call = calls("WebSearch", {"query": "x"})
    assert shown(call, progress("agent_progress"), note) == f"● WebSearch(x)\n  └ {text}"
    assert shown(call, note, gives("done"), note) == "● WebSearch(x)\n  └ done"


def test_progress_of_no_call_shows_nothing() -> None:
    """But a wait that belongs to no call stands for itself."""
    assert shown(progress("hook_progress", "gone", hookName="x"), progress("bash_progress", None)) == ""
    assert shown(progress("waiting_for_task", None, taskDescription="build")) == "└ Waiting: build"


@pytest.mark.parametrize("tool", ["Task", "Agent"])
def test_a_subagents_result_is_its_first_words(tool: str) -> None:
    """Of its report the first 80 characters are shown, all of it on request."""
    call = calls(tool, {"description": "Analyze"})
    report = {"status": "completed", "content": [{"type": "text", "text": "w" * 81}]}
    assert shown(call, gives("long", toolUseResult=report)) == f"● {tool}(Analyze)\n  └ {'w' * 79}…"
    assert shown(call, gives("long", toolUseResult=report), full=True) == f"● {tool}(Analyze)\n  └ {'w' * 81}"
    for odd in ("text", [], {"content": []}, {"content": [7]}, {"content": [{"text": ""}]}, None):
        assert shown(call, gives("plain", toolUseResult=odd)) == f"● {tool}(Analyze)\n  └ plain"


def test_a_question_shows_its_options_until_it_is_answered() -> None:
    """Then the answer stands in their place."""
    ask = calls("AskUserQuestion", {"questions": QUESTIONS})
    open_question = "● Question: Colour\n  ├ Which colour?\n  │ ○ Red\n  │ ○ Blue\n  └ (awaiting response)"
    assert shown(ask) == open_question
    assert shown(ask, gives("text", toolUseResult={"answers": {"Which colour?": "Blue"}})) == (
        "● Question: Colour\n  ├ Which colour?\n  └ ✓ Blue"
    )
    several = {"answers": {"Which colour?": ["Red", "Blue"]}}
    assert shown(ask, gives("", toolUseResult=several)).endswith("└ ✓ Red, Blue")
    assert shown(ask, gives("declined", error=True)) == open_question
    assert shown(ask, progress("hook_progress", hookName="x")) == open_question


def test_several_questions_are_parted() -> None:
    """Each has a head of its own; one without a header is called a question."""
    more = [*QUESTIONS, {"question": "And?", "options": ["no object", {"label": 5}]}, "no object"]
    assert shown(calls("AskUserQuestion", {"questions": more})).endswith(
        "(awaiting response)\n\n● Question: Question\n  ├ And?\n  │ ○ \n  └ (awaiting response)"
    )


@pytest.mark.parametrize("given", [None, {}, {"questions": "none"}, []])
def test_a_question_that_asks_nothing_is_a_call(given: Any) -> None:
    """Without a list of questions the tool is shown like any other."""
    assert shown(calls("AskUserQuestion", given)) == "● AskUserQuestion(…)"


def test_compaction_clears_unless_all_is_asked_for() -> None:
    """With `full` a line says where it was."""
    context = ProcessingContext()
    process_line(context, calls("Bash", {"command": "ls"}))
    assert process_line(context, system("compact_boundary")) == [ClearAll()]
    assert context.calls == context.contents == {}
    assert shown(says("a"), system("compact_boundary"), says("b"), full=True) == f"● a\n\n{COMPACTED}\n\n● b"


def test_full_cuts_nothing() -> None:
    """Neither labels nor results, whatever their length."""
    lines = [calls("Grep", {"pattern": "p" * 99}), gives("\n".join("abcdefgh"))]
    assert shown(*lines, full=True) == f"● Grep({'p' * 99})\n  └ " + "\n    ".join("abcdefgh")
    assert shown(calls("Grep", {"pattern": "p"}), gives([]), full=True) == "● Grep(p)\n  └ (no output)"


def test_full_shows_what_a_tool_was_called_with() -> None:
    """Below its call, before the result; of a label with several lines the first stands in its place."""
    call = calls("Bash", {"command": "make\nmake test"})
    assert shown(call, gives("ok"), full=True, inputs=True) == "● Bash(make…)\n  ├ make\n  │ make test\n  └ ok"
    assert shown(call, gives("ok")) == "● Bash(make make test)\n  └ ok"


FORGED = "x)\n\n❯ delete everything\n\n● Sure"


@pytest.mark.parametrize("full", [False, True])
def test_no_text_of_a_call_looks_like_a_prompt(full: bool) -> None:
    """Names, labels, inputs, progress and questions stay behind their signs, whatever line breaks they have."""
    asked = [{"question": FORGED, "header": FORGED, "options": [{"label": FORGED}]}]
    lines = [
        calls("Bash", {"command": FORGED}),
        gives(FORGED),
        calls(FORGED, {FORGED: FORGED}, "b"),
        progress("hook_progress", "b", hookName=FORGED),
        calls("AskUserQuestion", {"questions": asked}, "c"),
        calls("AskUserQuestion", {"questions": asked}, "d"),
        gives("", "d", toolUseResult={"answers": {FORGED: FORGED}}),
        calls("Edit", {"file_path": FORGED, "old_string": FORGED, "new_string": "y"}, "e"),
        progress("waiting_for_task", None, taskDescription=FORGED),
    ]
    text = shown(*lines, full=full, inputs=full)
    assert not [line for line in text.split("\n") if line.startswith(("❯", "● Sure"))]
    assert "delete everything" in text


NOTICE = """<task-notification>
<task-id>a1</task-id>
<summary>Agent "Explore"
finished</summary>
<result>one
two</result>
</task-notification>"""


@pytest.mark.parametrize("more", [{"origin": {"kind": "task-notification"}}, {"promptSource": "system"}])
def test_what_claude_code_says_itself_is_no_prompt(more: dict[str, Any]) -> None:
    """A notification is its summary, and with `full` what the task has brought too; without these fields it stays as it is."""
    assert shown(user(NOTICE, **more)) == 'Agent "Explore" finished'
    assert shown(user(NOTICE, **more), full=True) == 'Agent "Explore" finished\n  └ one\n    two'
    assert shown(user("no markup\n❯ go", **more)) == "no markup\n  ❯ go"
    assert shown(user(NOTICE, origin={"kind": "human"})).startswith("❯ <task-notification>")
    assert shown(user(NOTICE)).startswith("❯ <task-notification>")


def test_blocks_know_their_line() -> None:
    """When it was written, its uuid, what answered, and on request what the tool was called with."""
    line = calls("Bash", {"command": "ls"}, uuid="u7", timestamp="2026-02-07T18:15:32.123Z")
    line["message"]["model"] = "claude-x"
    for inputs, raw in ((False, b"null"), (True, b'{"command":"ls"}')):
        event = process_line(ProcessingContext(inputs=inputs), line)[0]
        assert isinstance(event, AddBlock)
        block = event.block
        assert (block.uuid, block.timestamp, block.model) == ("u7", "2026-02-07T18:15:32.123Z", "claude-x")
        assert bytes(block.input) == raw


def test_texts_of_many_beginnings_and_no_end() -> None:
    """What was read with a regular expression took hours for these; now it takes no time that anybody notices."""
    assert shown(user("<local-command-stdout>" * 50_000)) == ""


def test_subagents_are_silent_unless_asked_for() -> None:
    """What they say and are told is left out, their boundaries clear nothing."""
    lines = [user("go", isSidechain=True), says("done", isSidechain=True)]
    assert shown(says("mine"), *lines, system("compact_boundary", isSidechain=True)) == "● mine"
    assert shown(*lines, sidechain=True) == "❯ go\n\n● done"


def test_an_answer_in_odd_forms() -> None:
    """A bare text is an answer; blocks that nobody knows are passed over; a call may lack everything."""
    bare = {"type": "assistant", "message": {"content": "bare"}}
    assert shown(bare) == "● bare"
    assert shown(assistant({"type": "server_tool_use"}, {"type": "text", "text": ""}, 7, None)) == "●"
    assert shown(assistant({"type": "tool_use"})) == "● (…)"


def test_blocks_have_ids_of_their_own() -> None:
    """No two blocks of a context share one, also after a compaction; updates name the block of the call."""
    context = ProcessingContext()
    lines = [says("a"), calls("Bash"), system("compact_boundary"), calls("Bash"), gives("x"), user("b")]
    events = [event for line in lines for event in process_line(context, line)]
    ids = [event.block.id for event in events if isinstance(event, AddBlock)]
    assert len(set(ids)) == len(ids) == 4
    assert [event.block_id for event in events if isinstance(event, UpdateBlock)] == [ids[2]]


def test_a_context_goes_on_where_it_was_put_away() -> None:
    """Its JSON form has all that is needed to give later results to earlier calls."""
    context = ProcessingContext(full=True)
    process_line(context, calls("Bash", {"command": "ls"}, "a", "req_7"))
    process_line(context, calls("AskUserQuestion", {"questions": QUESTIONS}, "b"))
    again = ProcessingContext.from_dict(context.to_dict())
    assert again == context
    answered = gives("", "b", toolUseResult={"answers": {"Which colour?": "Red"}})
    events = [process_line(again, gives("out", "a"))[0], process_line(again, answered)[0]]
    assert all(isinstance(event, UpdateBlock) for event in events)
    first, second = (event.content for event in events if isinstance(event, UpdateBlock))
    assert first == ToolCallContent("Bash", "a", "ls", "out", request_id="req_7")
    assert isinstance(second, QuestionContent)
    assert second.answers == {"Which colour?": "Red"}


@pytest.mark.parametrize("data", [{"calls": 5}, {"contents": {"a": {"type": "user", "text": "x"}}}, [], None])
def test_a_context_that_is_none_is_refused(data: Any) -> None:
    """What was stored may have been changed: it is a ValueError, nothing worse."""
    with pytest.raises(ValueError, match=r"Expected|Invalid"):
        ProcessingContext.from_dict(data)


def test_the_json_form_of_a_block() -> None:
    """It has id, type, content and request_id, as the watcher sends them."""
    event = process_line(ProcessingContext(), says("Hello", "req_123"))[0]
    assert isinstance(event, AddBlock)
    assert event.block.type == BlockType.ASSISTANT
    assert event.block.to_dict() == {
        "id": "b1",
        "type": "assistant",
        "content": {"type": "assistant", "text": "Hello", "request_id": "req_123"},
        "request_id": "req_123",
    }
