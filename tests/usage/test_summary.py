"""Reports: lines, order, and what is in them."""

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.transcript.files import scan
from claude_sessions.usage import Mode, Totals, load_prices, read, totals_of
from claude_sessions.usage.once import Counted
from claude_sessions.usage.periods import Days
from claude_sessions.usage.summary import PERIODS, REPORTS, claude_cost, claude_costs, rows, sum_of, within
from tests.kit.responses import response, usage, write

PRICES = load_prices()


@pytest.fixture
def responses(tmp_path: Path) -> list[Counted]:
    """Return the responses of three sessions in two projects."""
    late = response("m3", "r3", time="2026-03-01T09:00:00.000Z", model="claude-haiku-4-5", cwd="/home/ann/api")
    write(tmp_path, "one.jsonl", response("m1", "r1", used=usage(output=1000)))
    write(tmp_path, "two.jsonl", response("m2", "r2", time="2026-02-08T12:00:00.000Z"))
    write(tmp_path, "three.jsonl", late, directory="/home/ann/api")
    write(tmp_path, "three/subagents/agent-1.jsonl", late | {"requestId": "r3"}, directory="/home/ann/api")
    return read(scan(tmp_path)).responses


@pytest.mark.parametrize(
    ("report", "keys"),
    [
        ("daily", ["2026-02-07", "2026-02-08", "2026-03-01"]),
        ("weekly", ["2026-02-02", "2026-02-23"]),
        ("monthly", ["2026-02", "2026-03"]),
        ("session", ["three", "two", "one"]),
        ("project", ["/home/ann/shop", "/home/ann/api"]),
        ("model", ["claude-opus-4-5-20251101", "claude-haiku-4-5"]),
    ],
)
def test_lines_and_their_order(responses: list[Counted], report: str, keys: list[str]) -> None:
    """Periods go on, sessions go back, money comes down; each can be turned, and cut to the newest or dearest."""
    assert [row.key for row in rows(report, responses, PRICES, Mode.AUTO, Days(UTC))] == keys
    way = report not in PERIODS
    assert [row.key for row in rows(report, responses, PRICES, Mode.AUTO, Days(UTC), descending=way)] == keys
    assert [row.key for row in rows(report, responses, PRICES, Mode.AUTO, Days(UTC), descending=not way)] == keys[::-1]
    last = keys[:1] if way else keys[-1:]
    assert [row.key for row in rows(report, responses, PRICES, Mode.AUTO, Days(UTC), limit=1)] == last


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_comes_to_the_same(responses: list[Counted], report: str) -> None:
    """However it is split, the sum is the same, also over the models within."""
    found = rows(report, responses, PRICES, Mode.AUTO, Days(UTC))
    total = sum_of(found)
    assert (total.responses, total.input, total.output) == (3, 30, 1200)
    assert total.known_cost == sum(PRICES.cost(one) or 0 for one, _ in responses)
    for row in found:
        parts = Totals()
        for part in row.totals.models.values():
            parts.add(part)
        assert (parts.total, parts.known_cost) == (row.totals.total, row.totals.known_cost)


def test_a_session_has_its_directory_and_claudes_cost(responses: list[Counted]) -> None:
    """Where Claude Code reckoned itself, its figure stands beside ours."""
    found = rows("session", responses, PRICES, Mode.AUTO, Days(UTC), claude_costs={"two": 5})
    assert [(row.directory, row.claude_cost) for row in found] == [
        ("/home/ann/api", None),
        ("/home/ann/shop", 5),
        ("/home/ann/shop", None),
    ]
    assert claude_cost(found) is None
    assert claude_cost(found[1:2]) == 5
    assert claude_cost([]) is None


def test_claudes_cost_is_of_whole_sessions(responses: list[Counted]) -> None:
    """Where a part of a session is left out, there is nothing to lay beside it."""
    known = {"one": 3, "two": 5, "elsewhere": 7}
    later = within(responses, responses_times(responses)[0] + 1, None)
    assert claude_costs(known, responses, responses) == {"one": 3, "two": 5}
    assert claude_costs(known, responses, later) == {"two": 5}
    more = [*responses, *(one for one in responses if one[1].session_id == "one")]
    assert claude_costs(known, more, responses) == {"two": 5}


def test_a_span_of_time(responses: list[Counted]) -> None:
    """The beginning is in it, the end is not."""
    first = responses_times(responses)[0]
    assert len(within(responses, None, None)) == 3
    assert len(within(responses, first, None)) == 3
    assert len(within(responses, first + 1, None)) == 2
    assert len(within(responses, None, first)) == 0


def responses_times(responses: list[Counted]) -> list[int]:
    """Return the times, in order."""
    return sorted(one.time for one, _ in responses)


def test_nothing_comes_to_nothing(tmp_path: Path) -> None:
    """No transcript, no responses: zeros, and a cost that is known to be 0."""
    totals = totals_of(scan(tmp_path))
    assert (totals.responses, totals.total, totals.cost) == (0, 0, 0)


def test_an_unknown_model_makes_the_cost_unknown(tmp_path: Path) -> None:
    """The part that is known is told apart from it."""
    write(tmp_path, "a.jsonl", response(), response("m2", "r2", model="claude-opus-9"))
    totals = totals_of(scan(tmp_path))
    assert totals.cost is None
    assert totals.unknown == {"claude-opus-9"}
    assert totals.known_cost == (10 * 5 + 100 * 25) * 10**6


def test_what_changed_is_counted_anew(tmp_path: Path) -> None:
    """The cache knows files by what changes when their content does."""
    write(tmp_path, "a.jsonl", response())
    write(tmp_path, "b.jsonl", response("m2", "r2"))
    assert totals_of(scan(tmp_path)).responses == 2
    more: list[Any] = [response(), response("m3", "r3")]
    write(tmp_path, "a.jsonl", *more)
    assert totals_of(scan(tmp_path)).responses == 3
    (tmp_path / "projects" / "-home-ann-shop" / "b.jsonl").unlink()
    assert totals_of(scan(tmp_path)).responses == 2


def test_counts_that_are_none_are_told(tmp_path: Path) -> None:
    """By transcript, also when the cache knows it; the rest of such a response counts."""
    write(tmp_path, "a.jsonl", response(used=usage(-5)), response("m2", "r2", used=usage(10**30, -1)))
    write(tmp_path, "b.jsonl", response("m0", "r0"))
    for _ in range(2):
        found = read(scan(tmp_path))
        assert {(one.input, one.output) for one, _ in found.responses} == {(0, 100), (0, 0), (10, 100)}
        (warning,) = found.warnings
        assert "a.jsonl: " in warning
        assert warning.endswith("are taken as 0, 3 in all")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The others count, and the one is told of."""
    path = write(tmp_path, "a.jsonl", response())
    write(tmp_path, "b.jsonl", response("m2", "r2"))
    files = scan(tmp_path)
    path.unlink()
    found = read(files)
    assert len(found.responses) == 1
    assert [warning for warning in found.warnings if "a.jsonl" in warning]
