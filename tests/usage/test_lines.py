"""Finding the lines that tell of usage: none is missed, whatever surrounds it, and none is made up."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_sessions.transcript.files import describe
from claude_sessions.transcript.lines import BLOCK
from claude_sessions.usage.digest import digest
from claude_sessions.usage.response import FAST, FileUsage
from tests.kit.responses import response, text, usage, write


def found(folder: Path, *lines: dict[str, Any] | bytes) -> FileUsage:
    """Return what a transcript of these lines tells."""
    return digest(describe(write(folder, "a.jsonl", *lines)))


def test_white_space_hides_nothing(tmp_path: Path) -> None:
    """A line that was written with blanks and line ends of an editor is found too."""
    blank = json.dumps(response(), indent=None, separators=(" , ", " : ")).encode() + b"\r\n"
    assert len(found(tmp_path, b"\xef\xbb\xbf" + blank).responses) == 1


def test_damage_hides_nothing_else(tmp_path: Path) -> None:
    """Zero bytes, a lost newline, a torn end and a byte that is no UTF-8 cost at most their own line."""
    lines = [text(response(f"msg_{n}")).rstrip(b"\n") for n in range(5)]
    torn = lines[4][:-20]
    bad = lines[3].replace(b"it says", b"it \xff says")
    data = b"\0" * 100 + lines[0] + b"\n" + lines[1] + lines[2] + b"\n\0\0\n" + bad + b"\n" + torn
    assert [each.id for each in found(tmp_path, data).responses] == ["msg_0", "msg_1", "msg_2", "msg_3"]


def test_texts_that_speak_of_usage_are_no_usage(tmp_path: Path) -> None:
    """Neither a tool's result nor a file's name counts, nor what a tool reports of a subagent."""
    told = {"type": "user", "message": {"role": "user", "content": '"usage":{"input_tokens":5}'}, "timestamp": "x"}
    task = {"type": "user", "message": {"role": "user"}, "toolUseResult": {"usage": usage()}, "uuid": "u"}
    listed = {"type": "user", "message": {"role": "user", "content": ["usage", {"usage": 5}]}}
    assert found(tmp_path, told, task, listed, b'"usage"\n', b'["usage"]\n').responses == []


@pytest.mark.parametrize("before", [0, 1, 700, BLOCK - 900, BLOCK - 500, BLOCK - 1, BLOCK, 2 * BLOCK + 77])
def test_lines_lie_across_blocks(tmp_path: Path, before: int) -> None:
    """Wherever a block of reading ends, in a line or between two, all lines are found."""
    filler = b" " * max(0, before - 1) + b"\n" if before else b""
    lines = [text(response(f"msg_{n}")) for n in range(4)]
    assert len(found(tmp_path, filler, *lines).responses) == 4
    assert len(found(tmp_path, filler, b"".join(lines).rstrip(b"\n")).responses) == 4


def test_a_long_line_counts(tmp_path: Path) -> None:
    """A response of several megabytes is one line like any other; so is what follows it."""
    long = response()
    long["message"]["content"] = "x" * (3 * BLOCK)
    assert len(found(tmp_path, response("msg_0"), long, response("msg_2")).responses) == 3


def test_values_of_the_wrong_kind_are_left_out(tmp_path: Path) -> None:
    """What is no number counts as nothing; the rest of the line counts."""
    used = usage(output=7) | {"input_tokens": "many", "cache_read_input_tokens": None, "cache_creation": [1]}
    (one,) = found(tmp_path, response(used=used | {"server_tool_use": {"web_search_requests": -3}})).responses
    assert (one.input, one.output, one.read, one.searches) == (0, 7, 0, 0)


@pytest.mark.parametrize(
    "count",
    [b"-5", b"9" * 30, b"1" * 5000, b"0." + b"1" * 5000, b"1e999", b"10.5", b'"5"', b"[]"],
    ids=lambda count: count[:5],
)
def test_a_count_that_is_none_is_0_and_noted(tmp_path: Path, count: bytes) -> None:
    """One rule for all of them: the rest of the response counts, however long the number is."""
    line = text(response(used=usage(8, 7)))
    digested = found(tmp_path, line.replace(b'"input_tokens":8', b'"input_tokens":' + count))
    assert [(one.input, one.output) for one in digested.responses] == [(0, 7)]
    assert digested.bad_counts == 1
    assert found(tmp_path, line, line.replace(b'"output_tokens":7', b'"output_tokens":null')).bad_counts == 0


@pytest.mark.parametrize(
    ("used", "written"),
    [
        (usage(write=300), (300, 0)),
        (usage(write=300, hour=200), (100, 200)),
        (usage(write=2048) | {"cache_creation": {"ephemeral_5m_input_tokens": 0}}, (2048, 0)),
        (usage(write=0) | {"cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 5}}, (4, 5)),
    ],
    ids=["no breakdown", "a breakdown", "a breakdown of zeros", "only a breakdown"],
)
def test_cache_writes(tmp_path: Path, used: dict[str, Any], written: tuple[int, int]) -> None:
    """What the breakdown leaves out was written for five minutes."""
    (one,) = found(tmp_path, response(used=used)).responses
    assert (one.write_5m, one.write_1h) == written


def test_details_of_a_response(tmp_path: Path) -> None:
    """Model, time, fast mode, web searches and the cost of old lines are kept."""
    used = usage(speed="fast", server_tool_use={"web_search_requests": 2})
    (one,) = found(tmp_path, response(used=used, costUSD=0.25, time="2026-02-07T13:00:00.123+01:00")).responses
    assert (one.time, one.flags, one.searches, one.cost) == (1_770_465_600_123, FAST, 2, 250_000_000_000)
    assert one.label == f"{one.model}-fast"


@pytest.mark.parametrize(
    "time",
    [
        "2026-02-07T12:00:zz",
        "2026-02-07T12:00:61.000Z",
        "",
        "yesterday",
        "2026-02-07",
        "2026-02-07T12:00:00",
        "9999-12-31T23:59:59.999Z",
    ],
)
def test_a_line_without_a_moment_belongs_to_no_day(tmp_path: Path, time: str) -> None:
    """It is not counted, whatever else it says, and does not keep others from it."""
    lines = [response(time=time, used=usage(output=10**6)), response()]
    assert [one.output for one in found(tmp_path, *lines).responses] == [100]
    assert [one.output for one in found(tmp_path, *lines[::-1]).responses] == [100]


def test_the_project_is_the_directory_of_the_folder(tmp_path: Path) -> None:
    """A session that changes to other directories still belongs where it began; without any the folder's name stands."""
    path = write(tmp_path, "a.jsonl", response(cwd="/tmp"), response("msg_2", cwd="/home/ann/shop"))
    assert digest(describe(path)).project == "/home/ann/shop"
    path = write(tmp_path, "b.jsonl", response(cwd=None))
    assert digest(describe(path)).project == "-home-ann-shop"


def test_claudes_own_cost_is_the_last_of_the_session(tmp_path: Path) -> None:
    """The account at the end counts; one that knew no price does not, nor one that was followed by more responses."""

    def account(dollars: Any, **more: Any) -> dict[str, Any]:
        return {"type": "cost-state", "sessionId": "a", "totalCostUSD": dollars} | more

    said = {"type": "user", "message": {"content": '"cost-state" {"type":"cost-state"}'}}
    assert found(tmp_path, account(0.5), response(), account(0.101176)).claude_cost == 101_176_000_000
    made_up = response("m2", "r2", model="<synthetic>", used=usage(0, 0))
    odd = {"type": "user", "kind": "cost-state"}
    for after in (said, odd, made_up, b"cost-state", b'{"type":"cost-state', b'"usage"'):
        assert found(tmp_path, response(), account(0.5), after).claude_cost == 500_000_000_000
    assert found(tmp_path, response(), account(0.5), response("m2", "r2")).claude_cost is None
    assert found(tmp_path, account(0.5), response(), account(0.75), odd).claude_cost == 750_000_000_000
    assert found(tmp_path, account(0.5, hasUnknownModelCost=True)).claude_cost is None
    assert found(tmp_path, account("much"), response()).claude_cost is None
    for more in (-1000, -1, 0, 1, 10):
        before = b" " * (BLOCK - len(text(account(0.5))) + more) + b"\n"
        assert found(tmp_path, before, account(0.5)).claude_cost == 500_000_000_000
    assert found(tmp_path, account(0.5), b" " * 3 * BLOCK + b"\n", response()).claude_cost is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = [
    "message",
    "usage",
    "timestamp",
    "requestId",
    "isSidechain",
    "data",
    "costUSD",
    "uuid",
    "cwd",
    "version",
    "type",
]


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(st.dictionaries(st.sampled_from(KEYS), JSON) | st.binary(max_size=40), max_size=4),
    used=st.dictionaries(st.sampled_from([*usage(hour=1), "speed", "server_tool_use"]), JSON),
    ids=JSON,
)
def test_nothing_that_can_stand_in_a_line_stops_the_reader(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Any], used: dict[str, Any], ids: Any
) -> None:
    """Any JSON of any kind in any place, and no JSON at all, is read or passed over."""
    path = tmp_path_factory.getbasetemp() / "hostile.jsonl"
    odd = response() | {"message": {"usage": used, "id": ids, "model": ids}, "requestId": ids}
    mixed = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in [*lines, odd]]
    path.write_bytes(b"\n".join([*mixed, b'{"usage"' + b"[" * 5000, *mixed]) + b"\n" + text(response("good")))
    digested = digest(describe(path))
    assert digested.responses[-1].id == "good"
    assert all(0 <= each.total < 2**57 for each in digested.responses)


def test_a_file_that_shrinks_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """What the folder said of it does not matter."""
    path = write(tmp_path, "a.jsonl", *[response(f"msg_{n}") for n in range(9)])
    file = describe(path)
    os.truncate(path, path.stat().st_size // 2)
    assert len(digest(file).responses) == 4
