"""One transcript to its digest."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.activity.digest import UNKNOWN, Call, Digest, Outcome, Role, Touch, column
from claude_sessions.activity.reading import digest_of
from claude_sessions.base.errors import NotFoundError
from claude_sessions.transcript.files import describe
from tests.kit.worked import NOON_MS, WorkedSession, created, patch


@pytest.fixture
def session(tmp_path: Path) -> WorkedSession:
    """An empty transcript."""
    return WorkedSession(tmp_path)


def digest(session: WorkedSession) -> Digest:
    return digest_of(describe(session.path))


def only_call(session: WorkedSession) -> Call:
    (call,) = digest(session).calls
    return call


def roles(session: WorkedSession) -> list[Role]:
    found = digest(session)
    return [found.sorts[kind].role for kind in column("I", found.kinds)]


def test_a_call_and_its_result_are_one(session: WorkedSession) -> None:
    """The duration goes from the line of the call to the line of the result."""
    session.prompt("look").later(500).does("Bash", {"command": "ls"}, ms=1234)
    found = digest(session)
    assert found.tools == ["Bash"]
    (call,) = found.calls
    assert (call.at, call.took, call.outcome) == (NOON_MS + 500, 1234, Outcome.DONE)


def test_parallel_calls_have_their_own_results(session: WorkedSession) -> None:
    """Calls of one response are told apart by their ids, in whatever order the results come."""
    first, second = session.calls("Read"), session.calls("Bash")
    session.later(100).gives(second, error=True).later(200).gives(first)
    one, two = digest(session).calls
    assert (one.took, one.outcome, two.took, two.outcome) == (300, Outcome.DONE, 100, Outcome.FAILED)


def test_a_result_may_stand_before_its_call(session: WorkedSession) -> None:
    """File order is not conversation order; a clock that went back makes no negative duration."""
    session.gives("toolu_early", error=True).later(50).calls("Bash", name="toolu_early")
    call = only_call(session)
    assert (call.outcome, call.took) == (Outcome.FAILED, UNKNOWN)


def test_several_results_in_one_line(session: WorkedSession) -> None:
    """Each belongs to its call; what stands beside the message then belongs to none."""
    names = [session.calls("Edit", {"file_path": "/a"}), session.calls("Edit", {"file_path": "/b"})]
    blocks = [{"type": "tool_result", "tool_use_id": name, "content": "done"} for name in names]
    session.line("user", message={"role": "user", "content": blocks}, toolUseResult=patch("+x"))
    assert [(call.outcome, call.added) for call in digest(session).calls] == [(Outcome.DONE, UNKNOWN)] * 2


@pytest.mark.parametrize(
    ("tool", "content", "beside", "outcome"),
    [
        ("Bash", "no such file", {}, Outcome.FAILED),
        ("Bash", "The user doesn't want to proceed with this tool use. …", {}, Outcome.DENIED),
        ("Bash", "Permission to use Bash with command rm has been denied.", {}, Outcome.DENIED),
        (
            "Bash",
            [{"type": "text", "text": "The user doesn't want to take this action right now."}],
            {},
            Outcome.DENIED,
        ),
        ("mcp__crm__find", "Permission to use the CRM has run out", {}, Outcome.FAILED),
        ("mcp__crm__find", "no", {"toolDenialKind": "permission-rule"}, Outcome.DENIED),
        ("Bash", "no", {"toolDenialKind": "user-rejected"}, Outcome.DENIED),
        ("Bash", "no", {"toolDenialKind": "some-later-mode"}, Outcome.DENIED),
        ("Bash", "stopped", {"toolDenialKind": "interrupted"}, Outcome.STOPPED),
        ("Bash", None, {}, Outcome.FAILED),
        ("Bash", {"not": "a text"}, {}, Outcome.FAILED),
    ],
)
def test_errors_and_denials_are_told_apart(
    session: WorkedSession, tool: str, content: Any, beside: dict[str, Any], outcome: Outcome
) -> None:
    """What a person, a rule or a mode did not allow is no failure of the tool; an MCP tool's words decide nothing."""
    session.does(tool, content=content, error=True, **beside)
    assert only_call(session).outcome is outcome


def test_a_call_without_a_result(session: WorkedSession) -> None:
    """It counts, has no duration, and has touched nothing."""
    session.calls("Write", {"file_path": "/x"})
    call = only_call(session)
    assert (call.outcome, call.took, call.touch) == (Outcome.UNANSWERED, UNKNOWN, Touch.NONE)


@pytest.mark.parametrize(
    ("tool", "given", "beside", "expected"),
    [
        ("Read", {"file_path": "/x"}, {}, ("/x", Touch.READ, -1, -1)),
        ("Edit", {"file_path": "/x"}, patch(" a", "-b", "+c", "+d"), ("/x", Touch.EDITED, 2, 1)),
        ("MultiEdit", {"file_path": "/x"}, patch("+c"), ("/x", Touch.EDITED, 1, 0)),
        ("Write", {"file_path": "/x"}, created("one\ntwo\n"), ("/x", Touch.CREATED, 2, 0)),
        ("Write", {"file_path": "/x"}, created("one\ntwo"), ("/x", Touch.CREATED, 2, 0)),
        ("Write", {"file_path": "/x"}, created(""), ("/x", Touch.CREATED, 0, 0)),
        ("Write", {"file_path": "/x"}, patch("-a", "+b"), ("/x", Touch.EDITED, 1, 1)),
        ("NotebookEdit", {"notebook_path": "/x.ipynb"}, {"new_source": "1"}, ("/x.ipynb", Touch.EDITED, -1, -1)),
        ("Edit", {"file_path": "/x"}, "a text", ("/x", Touch.EDITED, -1, -1)),
        ("Edit", {"file_path": "/x"}, {"structuredPatch": "nonsense"}, ("/x", Touch.EDITED, -1, -1)),
        ("Edit", {"file_path": 7}, patch("+c"), None),
        ("Edit", {"file_path": "/" + "x" * 5000}, patch("+c"), None),
        ("Bash", {"command": "rm /x", "file_path": "/x"}, {}, None),
    ],
)
def test_files_that_were_touched(
    session: WorkedSession, tool: str, given: dict[str, Any], beside: Any, expected: tuple[Any, ...] | None
) -> None:
    """Which file, how, and the lines of the patch; what is not told is unknown, and a shell command is not guessed at."""
    session.does(tool, given, toolUseResult=beside)
    found = digest(session)
    (call,) = found.calls
    if expected is None:
        assert (call.path, call.touch) == (UNKNOWN, Touch.NONE)
    else:
        assert (found.paths[call.path], call.touch, call.added, call.removed) == expected


def test_a_failed_edit_touches_nothing(session: WorkedSession) -> None:
    """The file is as it was."""
    session.does("Edit", {"file_path": "/x"}, error=True, toolUseResult="Error: no match")
    assert only_call(session).touch is Touch.NONE


def test_roles(session: WorkedSession) -> None:
    """Prompts, responses, their further lines and results are told apart; what Claude Code adds is neither."""
    session.prompt("fix it").line("user", isMeta=True, message={"role": "user", "content": "Caveat: …"})
    session.says({"type": "text", "text": "so"}, {"type": "thinking", "thinking": ""}).does("Bash")
    session.line("attachment", attachment={"type": "queued_command", "prompt": "and that"})
    session.line("attachment", attachment={"type": "queued_command_or_so"}).raw({"type": "mode", "mode": "plan"})
    assert roles(session) == [
        Role.PROMPT,
        Role.OTHER,
        Role.RESPONSE,
        Role.CONTINUED,
        Role.RESPONSE,
        Role.RESULT,
        Role.PROMPT,
        Role.OTHER,
        Role.OTHER,
    ]


def test_what_a_subagent_is_told_is_no_prompt(tmp_path: Path) -> None:
    """Nobody typed it."""
    agent = WorkedSession(tmp_path, agent="a1b2c3d4e5f6a7b8c").prompt("list the files").says(text="two")
    assert roles(agent) == [Role.OTHER, Role.RESPONSE]


def test_versions_and_models_go_with_the_lines(session: WorkedSession) -> None:
    """Each line counts for the version that wrote it, also where one session saw several."""
    session.says(text="a", model="m1")
    later = WorkedSession(session.path.parents[2], session.session_id, version="2.1.201").says(text="b", model="m2")
    assert later.path == session.path
    found = [(sort.model, sort.version) for sort in digest(session).sorts]
    assert found == [("m1", "2.1.200"), ("m2", "2.1.201")]


def test_where_and_when(session: WorkedSession) -> None:
    """Directory, first and last time; lines without a time have none."""
    session.raw({"type": "summary", "summary": "x"}).prompt("a").later(2000).says(text="b")
    found = digest(session)
    assert (found.directory, found.first_ms, found.last_ms) == ("/home/ann/app", NOON_MS, NOON_MS + 2000)
    assert list(column("I", found.seconds)) == [0, NOON_MS // 1000, NOON_MS // 1000 + 2]


def test_an_old_subagent_names_its_session(tmp_path: Path) -> None:
    """Where the path does not tell, the entries do."""
    agent = WorkedSession(tmp_path).says(text="x")
    flat = agent.path.with_name("agent-a1b2c3d.jsonl")
    agent.path.rename(flat)
    assert digest_of(describe(flat)).session_id == agent.session_id


def test_damage_is_counted(session: WorkedSession) -> None:
    """A torn line costs only itself."""
    session.prompt("a").raw(b'{"type":"user","mess').raw(b"[1]").says(text="b")
    assert (digest(session).faults, roles(session)) == (2, [Role.PROMPT, Role.RESPONSE])


def test_a_file_that_is_not_there(session: WorkedSession) -> None:
    """That is said as everywhere."""
    session.prompt("a")
    file = describe(session.path)
    session.path.unlink()
    with pytest.raises(NotFoundError):
        digest_of(file)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
blocks = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["tool_use", "tool_result", "text"]) | anything,
        "id": st.just("t") | anything,
        "tool_use_id": st.just("t") | anything,
        "name": st.sampled_from(["Edit", "Write", "mcp__a__b"]) | anything,
        "input": st.just({"file_path": "/x"}) | anything,
        "content": anything,
        "is_error": anything,
    },
)
lines = st.fixed_dictionaries(
    {"type": st.sampled_from(["user", "assistant", "attachment", "system"]) | anything},
    optional={
        "uuid": anything,
        "timestamp": st.sampled_from(["2026-02-07T12:00:00.000Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
        | anything,
        "message": anything | st.fixed_dictionaries({"content": st.lists(blocks, max_size=3), "model": anything}),
        "toolUseResult": anything | st.fixed_dictionaries({"structuredPatch": anything, "content": anything}),
        "toolDenialKind": anything,
        "version": anything,
        "cwd": anything,
    },
)


@given(st.lists(lines, max_size=5))
def test_whatever_stands_in_the_lines(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    """Any value may have any type: the digest has an item for each line, and can be kept and read back."""
    path = tmp_path_factory.mktemp("any") / "s.jsonl"
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    found = digest_of(describe(path))
    assert (
        len(column("I", found.kinds)) == len(column("Q", found.marks)) == len(column("I", found.seconds)) == len(values)
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Digest) == found
