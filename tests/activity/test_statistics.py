"""The numbers of the page."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from claude_sessions.activity.days import Calendar
from claude_sessions.activity.history import read_history
from claude_sessions.activity.statistics import Statistics, statistics_of
from tests.kit.worked import WorkedSession

DAY = date(2026, 2, 7)
OTHER = "22222222-aaaa-4aaa-8aaa-000000000002"


@pytest.fixture
def config(own_home: Path) -> Path:
    """Claude Code's folder."""
    return own_home / ".claude"


def statistics() -> Statistics:
    return statistics_of(read_history(), Calendar(ZoneInfo("UTC")), DAY)


def test_everything_is_counted(config: Path) -> None:
    """Sessions with their subagents, prompts, responses, calls, models, versions, types and damage."""
    session = WorkedSession(config).prompt("a").later(60_000).does("Bash", error=True)
    session.says({"type": "text", "text": "x"}, {"type": "text", "text": "y"}, model="m2")
    session.says(text="API Error", model="<synthetic>").raw({"type": "brand-new", "uuid": "u1"}).raw(b"{torn")
    WorkedSession(config, agent="a1b2c3d4e5f6a7b8c").prompt("go").does("Read")
    WorkedSession(config, OTHER, cwd="/home/ann/lib", version="2.1.9").prompt("b").says(text="c")
    found = statistics()
    assert (len(found.sessions), found.prompts, found.responses) == (2, 2, 5)
    assert found.projects == {"/home/ann/app": 1, "/home/ann/lib": 1}
    assert (found.calls, found.failed_calls) == ({"Bash": 1, "Read": 1}, 1)
    assert found.models == {"claude-opus-4-5": 3, "m2": 1}
    assert list(found.versions.items()) == [("2.1.200", 1), ("2.1.9", 1)]
    assert found.messages == {"user": 5, "assistant": 6}
    assert found.unknown == {"brand-new": {"2.1.200": 1}}
    assert (found.transcripts["main"], found.transcripts["subagent"], found.faults) == (2, 1, 1)
    assert found.lines == sum(found.types.values()) == 12
    assert (found.hours[12], sum(found.hours), found.days) == (7, 7, {DAY: 7})
    first = found.sessions[0]
    assert (first.session_id, first.prompts, first.responses, first.active_s) == (session.session_id, 1, 4, 61)


def test_copies_do_not_count(config: Path) -> None:
    """A fork adds only what is new; its lines on disk are counted as what they are."""
    original = WorkedSession(config).prompt("a").says(text="b")
    WorkedSession(config, OTHER, now=original.now + 1000).copied(original).prompt("c")
    found = statistics()
    assert (found.prompts, found.responses, found.copies, found.lines) == (2, 1, 2, 5)
    assert [session.prompts for session in found.sessions] == [1, 1]
    assert found.active_s == 0


def test_streaks_and_days(config: Path) -> None:
    """Days are in their order, whatever the order of the files."""
    day_ms = 86_400_000
    for number, ago in enumerate((5, 0, 1, 3, 4)):
        WorkedSession(config, f"0000000{number}").later(-ago * day_ms).prompt("a")
    found = statistics()
    assert list(found.days) == [DAY - timedelta(days=ago) for ago in (5, 4, 3, 1, 0)]
    assert found.longest_streak
    assert found.current_streak
    assert (found.longest_streak.days, found.current_streak.days) == (3, 2)


def test_nothing_at_all() -> None:
    """Without transcripts everything is zero, and nothing fails."""
    found = statistics()
    assert (found.sessions, found.lines, found.days, found.longest_streak, found.active_s) == ([], 0, {}, None, 0)
