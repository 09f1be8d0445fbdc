"""One response is counted once: each rule with files made for it, and all of them in any order."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_sessions.transcript.files import scan
from claude_sessions.usage import Totals, load_prices, read, responses, summed, totals_of
from claude_sessions.usage.digest import digest
from claude_sessions.usage.once import count_once, merged
from claude_sessions.usage.response import PARTIAL, PROGRESS, SIDECHAIN, FileUsage, Response
from tests.kit.responses import progress, response, usage, write


def totals(folder: Path) -> Totals:
    """Return the sum of everything below a folder."""
    return totals_of(scan(folder))


def test_the_lines_of_a_response_are_one(tmp_path: Path) -> None:
    """Claude Code writes a line for each content block, and every one repeats the usage."""
    write(tmp_path, "a.jsonl", *[response() for _ in range(3)], response("msg_2", "req_2"))
    found = totals(tmp_path)
    assert (found.responses, found.input, found.output) == (2, 20, 200)


def test_the_line_with_the_largest_total_counts_as_a_whole(tmp_path: Path) -> None:
    """Early lines have a placeholder for the output; numbers of different lines are not mixed."""
    lines = [
        response(used=usage(fresh=50, output=1), stop=None),
        response(used=usage(fresh=3, output=400, read=7)),
        response(used=usage(fresh=60, output=2), stop=None),
    ]
    write(tmp_path, "a.jsonl", *lines)
    found = totals(tmp_path)
    assert (found.input, found.output, found.read) == (3, 400, 7)


def test_a_copied_history_is_counted_for_the_session_that_was_first(tmp_path: Path) -> None:
    """A fork or an old resume writes the same responses into a new file."""
    old = [response(f"msg_{n}", f"req_{n}", time=f"2026-02-07T12:0{n}:00.000Z") for n in range(3)]
    new = response("msg_9", "req_9", time="2026-02-07T13:00:00.000Z")
    write(tmp_path, "zzz.jsonl", *old)
    write(tmp_path, "aaa.jsonl", *old, new)
    by_session = summed(responses(scan(tmp_path)), lambda _, file: file.session_id, load_prices())
    assert {name: each.responses for name, each in by_session.items()} == {"zzz": 3, "aaa": 1}


def test_the_line_that_counts_may_stand_in_the_copy(tmp_path: Path) -> None:
    """A session that has only a response's beginning owns it all the same: its fork has copied, and completed, it."""
    begun = response(used=usage(output=1), stop=None)
    write(tmp_path, "aaa.jsonl", begun, response("msg_0", "req_0", time="2026-02-07T11:00:00.000Z"))
    write(tmp_path, "bbb.jsonl", begun, response(used=usage(output=200)))
    found = {one.id: (one.output, file.session_id) for one, file in responses(scan(tmp_path))}
    assert found == {"msg_0": (100, "aaa"), "msg_1": (200, "aaa")}


def test_main_goes_before_a_side_conversation(tmp_path: Path) -> None:
    """A side question replays its parent's messages with other request ids, and with larger counts."""
    write(tmp_path, "a.jsonl", response(used=usage(read=20)))
    replay = response(request="req_2", used=usage(read=50_000), side=True)
    answer = response("msg_2", "req_3", used=usage(read=700), side=True)
    write(tmp_path, "a/subagents/agent-1.jsonl", replay, answer)
    found = totals(tmp_path)
    assert (found.responses, found.read) == (2, 720)


def test_side_conversations_share_a_message_id(tmp_path: Path) -> None:
    """Among lines of side conversations the message's id is enough."""
    write(tmp_path, "a/subagents/agent-1.jsonl", response(used=usage(read=5), side=True))
    write(tmp_path, "a/subagents/agent-2.jsonl", response(request="req_2", used=usage(read=9), side=True))
    found = totals(tmp_path)
    assert (found.responses, found.read) == (1, 9)


def test_two_requests_of_the_main_conversation_are_two(tmp_path: Path) -> None:
    """One message id under two request ids is two responses, unless one has no request id at all."""
    write(tmp_path, "a.jsonl", response(), response(request="req_2"), response(request=None))
    assert totals(tmp_path).responses == 2


def test_without_ids_the_uuid_tells(tmp_path: Path) -> None:
    """A line without a message id is known by its uuid, also in a copy; without either every line counts."""
    write(tmp_path, "a.jsonl", response(None, None, uuid="u"), response(None, None, uuid="v"))
    write(tmp_path, "b.jsonl", response(None, None, uuid="u"))
    assert totals(tmp_path).responses == 2
    write(tmp_path, "c.jsonl", response(None, None, uuid=None), response(None, None, uuid=None))
    assert totals(tmp_path).responses == 4


def test_progress_counts_where_nothing_else_tells(tmp_path: Path) -> None:
    """What a progress line says of a subagent counts only for responses that no line of their own has."""
    known = response("msg_2", "req_2", used=usage(output=5), side=True)
    lost = response("msg_3", "req_3", used=usage(output=30), side=True)
    inflated = response("msg_2", "req_2", used=usage(output=9000))
    write(tmp_path, "a.jsonl", response(), progress(inflated), progress(lost), progress(lost))
    write(tmp_path, "a/subagents/agent-1.jsonl", known)
    found = totals(tmp_path)
    assert (found.responses, found.output) == (3, 135)


def test_iterations_are_not_added(tmp_path: Path) -> None:
    """`usage.iterations` repeats the total."""
    used = usage() | {"iterations": [usage(), usage()]}
    write(tmp_path, "a.jsonl", response(used=used))
    assert totals(tmp_path).total == 110


def test_what_claude_code_made_up_is_no_response(tmp_path: Path) -> None:
    """Messages of the model <synthetic> come from no API."""
    write(tmp_path, "a.jsonl", response(model="<synthetic>", used=usage(0, 0)))
    assert totals(tmp_path).responses == 0


@pytest.mark.parametrize(
    ("version", "stops", "partial"),
    [
        ("2.1.42", [None, None], 1),
        ("2.1.42", [None, "end_turn"], 0),
        ("2.1.42", ["end_turn", None], 0),
        ("2.1.78", [None, None], 0),
        ("nonsense", [None], 0),
    ],
)
def test_lower_bounds_are_known(tmp_path: Path, version: str, stops: list[str | None], partial: int) -> None:
    """Where an old version wrote only a response's beginning, its output is marked as a lower bound."""
    write(tmp_path, "a.jsonl", *[response(stop=stop, version=version) for stop in stops])
    assert totals(tmp_path).partial == partial


def test_a_subagent_belongs_to_its_sessions_project(tmp_path: Path) -> None:
    """Though it works in a worktree, and though an old one lies beside the session and names it only inside."""
    write(tmp_path, "session.jsonl", response())
    write(tmp_path, "session/subagents/agent-1.jsonl", response("m2", "r2", side=True, cwd="/tmp/worktree"))
    write(tmp_path, "agent-12345678.jsonl", response("m3", "r3", side=True, cwd="/elsewhere"))
    found = read(scan(tmp_path)).responses
    assert {(file.session_id, file.project) for _, file in found} == {("session", "/home/ann/shop")}
    assert len(found) == 3


LINES = st.lists(
    st.builds(
        lambda ident, request, place, numbers, second, stop, early: (
            place,
            response(
                ident,
                request,
                used=usage(*numbers),
                time=f"2026-02-07T12:00:{second:02d}.000Z",
                stop=stop,
                side=place == 1,
                version="2.1.9" if early else "2.1.99",
            ),
        ),
        st.sampled_from(["m1", "m2", "m3"]),
        st.sampled_from(["r1", "r2", None]),
        st.integers(0, 2),
        st.tuples(*[st.integers(0, 3)] * 4),
        st.integers(0, 3),
        st.sampled_from([None, "end_turn"]),
        st.booleans(),
    ),
    max_size=12,
)


def counted(lines: list[tuple[int, dict[str, Any]]], folder: Path) -> list[tuple[Any, ...]]:
    """Return the responses of lines that are spread over three files, the first two of the main conversation."""
    for place in range(3):
        own = [line if place != 2 else progress(line) for where, line in lines if where == place]
        write(folder, f"{place}.jsonl", *own)
    found = count_once(digest(file) for file in scan(folder))
    return sorted((one.id, one.time, one.flags, one.input, one.output, one.write_5m, one.read) for one, _ in found)


@settings(max_examples=150, deadline=None)
@given(lines=LINES, seed=st.integers(0, 100))
def test_the_order_of_lines_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[int, dict[str, Any]]], seed: int
) -> None:
    """The same lines in any order give the same responses."""
    folder = tmp_path_factory.getbasetemp() / "orders"
    first = counted(lines, folder)
    random.Random(seed).shuffle(lines)
    assert counted(lines, folder) == first


def made(ident: str, request: str, flags: int, output: int) -> Response:
    """Return a response with little in it."""
    return Response(ident, request, 1000 + output, "m", flags, 1, output, 0, 0, 0)


@settings(deadline=None)
@given(
    parts=st.lists(
        st.builds(
            made,
            st.sampled_from("ab"),
            st.sampled_from(["", "r", "s"]),
            st.sampled_from([0, SIDECHAIN, PROGRESS, PARTIAL, SIDECHAIN | PARTIAL]),
            st.integers(0, 4),
        ),
        max_size=8,
    ),
    seed=st.integers(0, 99),
)
def test_the_order_of_files_and_their_number_do_not_matter(parts: list[Response], seed: int) -> None:
    """Spread over files in any way, in any order, the same lines give the same responses."""
    chance = random.Random(seed)
    alone = [FileUsage(True, f"s{at}", "/p", 1, 2, [each]) for at, each in enumerate(parts)]
    expected = sorted((each.id, each.output, each.flags) for each, _ in count_once(alone))
    chance.shuffle(alone)
    together: list[Response] = []
    for each in {(part.id, part.request_id, part.flags & (SIDECHAIN | PROGRESS)) for part in parts}:
        same = [part for part in parts if (part.id, part.request_id, part.flags & (SIDECHAIN | PROGRESS)) == each]
        together.append(merged(same))
    assert sorted((each.id, each.output, each.flags) for each, _ in count_once(alone)) == expected
    one_file = [FileUsage(True, "s", "/p", 1, 2, together)]
    assert sorted((each.id, each.output, each.flags) for each, _ in count_once(one_file)) == expected
