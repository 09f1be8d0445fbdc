"""The order of a conversation."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.transcript.conversation import Conversation, Order, arrange
from claude_sessions.transcript.envelope import Line, decode_envelope
from claude_sessions.transcript.forest import _Leaps

Fields = dict[str, Any]


def line(kind: str, uuid: str | None, parent: str | None = None, **fields: Any) -> Line:
    raw = json.dumps({"type": kind, "uuid": uuid, "parentUuid": parent, **fields}, separators=(",", ":")).encode()
    return Line(0, raw, decode_envelope(raw))


def prompt(uuid: str, parent: str | None = None, text: str = "do it", **fields: Any) -> Line:
    return line("user", uuid, parent, message={"role": "user", "content": text}, **fields)


def result(uuid: str, parent: str) -> Line:
    block = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "done"}
    return line("user", uuid, parent, message={"role": "user", "content": [block]})


def answer(uuid: str, parent: str | None = None, **fields: Any) -> Line:
    return line("assistant", uuid, parent, **fields)


def loose(kind: str = "ai-title") -> Line:
    return line(kind, None)


def names(lines: Sequence[Line]) -> str:
    return " ".join(each.entry.uuid or each.entry.type for each in lines)


def thread(*lines: Line, branch: int | None = None) -> str:
    return names(arrange(lines).thread(branch))


def test_an_answer_stands_behind_its_prompt() -> None:
    """A line that was written before the one it follows is put behind it, the others stay as they stand in the file."""
    written = (loose(), answer("a1", "n"), answer("a2", "a1"), loose("mode"), prompt("p"), line("attachment", "n", "p"))
    assert thread(*written, result("r", "a2")) == "ai-title mode p n a1 a2 r"


def test_parallel_calls_are_one_thread() -> None:
    """Calls that hang on each other, with their results beside them, make no branch and lose nothing."""
    conversation = arrange(
        [
            prompt("p"),
            answer("call1", "p"),
            answer("call2", "call1"),
            line("progress", "note", "call1"),
            result("r1", "call1"),
            result("r2", "call2"),
            answer("a", "r2"),
            prompt("p2", "a"),
        ]
    )
    assert names(conversation.thread()) == "p call1 call2 note r1 r2 a p2"
    assert len(conversation.branches) == 1


def test_a_prompt_asked_anew_makes_a_branch() -> None:
    """Two prompts of a person after the same line are two branches; the one that goes on to the end is the default."""
    lines = [
        prompt("p1"),
        answer("a1", "p1"),
        prompt("old", "a1"),
        answer("a2", "old"),
        prompt("new", "a1"),
        answer("a3", "new"),
        loose(),
    ]
    conversation = arrange(lines)
    first, second = conversation.branches
    assert (first.number, first.start, first.end) == (1, 2, 3)
    assert (second.number, second.start, second.end) == (2, 4, 5)
    assert names(conversation.thread(1)) == "p1 a1 old a2"
    assert names(conversation.thread(2)) == "p1 a1 new a3 ai-title"
    assert names(conversation.thread()) == names(conversation.thread(2))
    assert conversation.order.newest == second
    assert [lines[at].entry.uuid for at in conversation.order.all()] == [each.entry.uuid for each in lines]


def test_the_branch_that_was_gone_on_with_is_the_default() -> None:
    """Branches are numbered in the order in which they began, also where the first one is the one that went on."""
    conversation = arrange(
        [answer("a"), prompt("p1", "a"), prompt("p2", "a"), answer("a2", "p2"), answer("a1", "p1"), prompt("p3", "a1")]
    )
    assert names(conversation.thread()) == "a p1 a1 p3"
    assert names(conversation.thread(2)) == "a p2 a2"


def test_branches_in_branches() -> None:
    """A branch may fork again: each way to an end is one, with what they share."""
    conversation = arrange(
        [prompt("p"), prompt("b", "p"), prompt("c", "p"), answer("a", "c"), prompt("d", "a"), prompt("e", "a")]
    )
    assert [names(conversation.thread(each.number)) for each in conversation.branches] == ["p b", "p c a d", "p c a e"]


def test_notes_between_the_fork_and_the_prompt_hide_no_branch() -> None:
    """What passes on only, such as a turn's duration on one of the two ways, leads to the prompt behind it."""
    conversation = arrange(
        [answer("a"), line("system", "s", "a", subtype="turn_duration"), prompt("p1", "s"), prompt("p2", "a")]
    )
    assert [names(conversation.thread(each.number)) for each in conversation.branches] == ["a s p1", "a p2"]


COMMAND = "<command-name>/review</command-name>"


def test_a_command_makes_a_branch_where_claude_answers_it() -> None:
    """A command that Claude Code answers itself is a note; one that is passed on to Claude is a prompt."""
    local = [prompt("c", "a", COMMAND), prompt("out", "c", "<local-command-stdout>1</local-command-stdout>")]
    assert len(arrange([answer("a"), *local, prompt("p", "a")]).branches) == 1
    passed = [prompt("c", "a", COMMAND), prompt("skill", "c", "long text", isMeta=True), answer("b", "skill")]
    assert len(arrange([answer("a"), *passed, prompt("p", "a")]).branches) == 2


@pytest.mark.parametrize(
    "second",
    [
        result("x", "a"),
        answer("x", "a"),
        prompt("x", "a", isSidechain=True),
        prompt("x", "a", isMeta=True),
        prompt("x", "a", isCompactSummary=True),
        line("progress", "x", "a"),
        line("unheard-of", "x", "a"),
    ],
)
def test_only_prompts_of_a_person_make_branches(second: Line) -> None:
    """Whatever else follows the same line as a prompt does is part of the one thread."""
    conversation = arrange([answer("a"), second, prompt("p", "a")])
    assert len(conversation.branches) == 1
    assert names(conversation.thread()) == "a x p"


def test_a_compaction_goes_on_from_what_was_before() -> None:
    """The root that a compaction makes hangs on the line it names, and belongs to that line's branch."""
    boundary = line("system", "c", None, subtype="compact_boundary", logicalParentUuid="p1")
    conversation = arrange([answer("a"), prompt("p1", "a"), prompt("p2", "a"), boundary, prompt("p3", "c")])
    assert [names(conversation.thread(each.number)) for each in conversation.branches] == ["a p1 c p3", "a p2"]


def test_a_compaction_of_a_branch_belongs_to_it() -> None:
    """A boundary that names a line before the fork goes on from the branch that it sums up: the one just written."""
    boundary = line("system", "c", None, subtype="compact_boundary", logicalParentUuid="a")
    conversation = arrange([answer("a"), prompt("p1", "a"), prompt("p2", "a"), boundary, prompt("p3", "c")])
    assert [names(conversation.thread(each.number)) for each in conversation.branches] == ["a p1", "a p2 c p3"]
    assert names(conversation.thread()) == "a p2 c p3"


def test_a_preserved_segment_stays_where_it_was_said() -> None:
    """What a compaction keeps word for word, and what goes on from there, is no branch."""
    boundary = line(
        "system",
        "c",
        None,
        subtype="compact_boundary",
        logicalParentUuid="kept",
        compactMetadata={"preservedSegment": {"headUuid": "p1", "anchorUuid": "s", "tailUuid": "kept"}},
    )
    conversation = arrange(
        [
            prompt("p1"),
            answer("kept", "p1"),
            boundary,
            prompt("s", "c", isCompactSummary=True),
            prompt("p2", "kept"),
        ]
    )
    assert names(conversation.thread()) == "p1 kept c s p2"
    assert len(conversation.branches) == 1


@pytest.mark.parametrize("logical", ["nowhere", 7, None])
def test_a_compaction_that_names_nothing_stays_where_it_stands(logical: object) -> None:
    """A boundary whose predecessor is unknown, or no text, is read in the order of the file."""
    boundary = line("system", "c", None, subtype="compact_boundary", logicalParentUuid=logical)
    assert thread(prompt("p1"), boundary, prompt("p2", "c")) == "p1 c p2"


def test_a_lost_parent_leaves_the_rest_where_it_stands() -> None:
    """A line that follows one that is nowhere begins anew in its place."""
    assert thread(prompt("p"), answer("a", "lost"), prompt("p2", "a"), answer("b", "lost too")) == "p a p2 b"


def test_a_file_without_parents_is_read_as_it_stands() -> None:
    """Lines that name no parent at all are one thread in the order of the file."""
    assert thread(prompt("p1"), answer("a1"), prompt("p2"), answer("a2")) == "p1 a1 p2 a2"


def test_a_conversation_that_was_begun_anew() -> None:
    """Going back to before the first prompt leaves two beginnings, of which Claude Code says that they were typed."""
    lines = [
        loose("mode"),
        prompt("p1", promptSource="typed"),
        answer("a1", "p1"),
        prompt("p2", "a1"),
        prompt("anew", promptSource="typed"),
        answer("a2", "anew"),
    ]
    conversation = arrange(lines)
    assert names(conversation.thread()) == "mode anew a2"
    assert names(conversation.thread(1)) == "mode p1 a1 p2"
    assert len(arrange(lines[:4]).branches) == 1


def test_conversations_of_two_processes_are_not_mixed() -> None:
    """Two conversations in one file, written at the same time, come one after the other."""
    assert (
        thread(prompt("p1"), prompt("q1"), answer("a1", "p1"), answer("b1", "q1"), loose(), prompt("p2", "a1"))
        == "p1 a1 p2 q1 b1 ai-title"
    )


def test_two_processes_that_went_on_from_one_line_are_branches() -> None:
    """A session that was resumed twice at the same time has two ways to its end."""
    conversation = arrange(
        [answer("a"), prompt("p1", "a"), prompt("q1", "a"), answer("p2", "p1"), answer("q2", "q1"), answer("p3", "p2")]
    )
    assert [names(conversation.thread(each.number)) for each in conversation.branches] == ["a p1 p2 p3", "a q1 q2"]
    assert names(conversation.thread()) == "a p1 p2 p3"


def test_a_line_that_comes_twice_counts_once() -> None:
    """Of two lines with the same uuid the first one stays."""
    assert thread(prompt("p"), answer("a", "p"), prompt("p"), answer("a", "p"), answer("b", "a")) == "p a b"


@pytest.mark.parametrize("parents", [("b", "a", "b"), ("a", "a", "b"), ("c", "a", "b")])
def test_a_circle_hangs_nobody(parents: tuple[str, str, str]) -> None:
    """Lines that follow each other in a circle, or themselves, each come once."""
    first, second, third = parents
    assert thread(answer("a", first), answer("b", second), prompt("c", third)) == "a b c"


def test_a_subagent_in_the_same_file_stays_where_it_was_called() -> None:
    """Old versions write a subagent's lines between those of the conversation, with a root of their own."""
    assert (
        thread(
            answer("call"),
            prompt("task", isSidechain=True),
            answer("a", "task", isSidechain=True),
            result("r", "call"),
            prompt("p", "r"),
        )
        == "call task a r p"
    )


def test_long_chains_cost_no_stack() -> None:
    """200,000 lines that each follow the one before are ordered, also where the file has them backwards."""
    count = 200_000
    raw = b'{"type":"assistant"}'
    template = decode_envelope(raw)
    order = Order()
    for number in reversed(range(count)):
        entry = type(template)("assistant", str(number), str(number - 1) if number else None)
        order.add(Line(0, raw, entry))
    assert order.thread() == list(reversed(range(count)))


def test_lines_may_come_after_the_order_was_asked_for() -> None:
    """A file that grows is ordered again, and what was missing is found."""
    order = Order()
    order.add(answer("a", "p"))
    assert order.thread() == [0]
    order.add(prompt("p"))
    assert order.thread() == [1, 0]
    assert len(order) == 2


def test_an_empty_transcript_has_no_branch() -> None:
    """Where there is nothing there is nothing to order."""
    conversation = arrange([])
    assert (conversation.branches, conversation.thread(), conversation.order.newest) == ((), [], None)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_branch_that_is_not_there_is_an_error(number: int) -> None:
    """Asking for a number that no branch has raises IndexError."""
    with pytest.raises(IndexError):
        arrange([prompt("p")]).thread(number)


KINDS = st.sampled_from(["prompt", "typed", "assistant", "system", "result", "loose"])


@st.composite
def forests(draw: st.DrawFn) -> list[Line]:
    """Draw lines that hang on each other in any way, with circles, copies and lost parents."""
    lines = []
    for number in range(draw(st.integers(0, 12))):
        uuid = str(draw(st.integers(0, 12)) if draw(st.booleans()) else number)
        parent = draw(st.none() | st.integers(0, 13).map(str))
        match draw(KINDS):
            case "prompt":
                lines.append(prompt(uuid, parent))
            case "typed":
                lines.append(prompt(uuid, parent, promptSource="typed"))
            case "result":
                lines.append(result(uuid, parent or "0"))
            case "loose":
                lines.append(loose())
            case kind:
                lines.append(line(kind, uuid, parent, subtype="turn_duration"))
    return lines


@given(forests())
def test_any_forest_is_ordered(lines: list[Line]) -> None:
    """Whatever hangs on what: every line comes once, each uuid once, and every line is in some branch."""
    conversation: Conversation = arrange(lines)
    everything = conversation.order.all()
    assert len(set(everything)) == len(everything)
    uuids = {each.entry.uuid for each in lines if each.entry.uuid}
    assert len(everything) == len(uuids) + sum(each.entry.uuid is None for each in lines)
    reached = {at for each in conversation.branches for at in conversation.order.thread(each.number)}
    assert reached == set(everything)
    assert [each.number for each in conversation.branches] == list(range(1, len(conversation.branches) + 1))


@given(forests())
def test_what_follows_stands_behind(lines: list[Line]) -> None:
    """In a thread a line stands behind the one it follows, unless they follow each other in a circle."""
    where = {lines[at].entry.uuid: place for place, at in enumerate(arrange(lines).order.all())}
    parents = {}
    for each in lines:
        if each.entry.uuid:
            parents.setdefault(each.entry.uuid, each.entry.parent_uuid)
    for uuid, parent in parents.items():
        circle, at = {uuid}, parent
        while at in parents and at not in circle:
            circle.add(at)
            at = parents[at]
        if parent is not None and parent in where and at not in circle:
            assert where[parent] < where[uuid]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)), max_size=40))
def test_leaps_lead_where_steps_do(drawn: list[tuple[int, int, int]]) -> None:
    """Whether one stretch leads to another is the same as when each step before it is looked at."""
    before = [-1]
    leaps = _Leaps(before)
    for parent, one, other in drawn:
        before.append(len(before) - 1 if parent > 40 else parent % len(before))
        stretch, later = one % len(before), other % len(before)
        step = later
        while step > stretch:
            step = before[step]
        assert leaps.goes_on(stretch, later) is (step == stretch)
