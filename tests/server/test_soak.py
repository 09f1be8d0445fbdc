"""A server that is killed again and again: clients that come again lose nothing, and get nothing twice."""

import os
from pathlib import Path

import pytest

from tests.kit.soak import Soak


def test_a_server_that_is_killed(tmp_path: Path, own_home: Path) -> None:
    """Event streams go on by their last event's id, a WebSocket behind its offsets: every line once, in order."""
    one = Soak(tmp_path, seconds=5, life_s=1.5)
    one.run()
    assert one.seen["lines"] == one.seen["entries"] > 2000
    assert one.seen["restarts"] >= 2
    assert one.seen["gone on by id"]
    assert one.seen["snapshots"]


@pytest.mark.timeout(400)
@pytest.mark.skipif(
    os.environ.get("CLAUDE_SESSIONS_TESTS_ALL") != "1", reason="takes two minutes; CLAUDE_SESSIONS_TESTS_ALL=1 runs it"
)
def test_two_minutes(tmp_path: Path, own_home: Path) -> None:
    """The same for two minutes, with a dozen restarts and sessions that end and begin."""
    one = Soak(tmp_path, seconds=120)
    one.run()
    assert one.seen["lines"] == one.seen["entries"] > 50_000
    assert one.seen["restarts"] >= 8
