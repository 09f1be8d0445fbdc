"""Which recording shows which session of Claude's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from claude_sessions.live.recorded import Candidate, RecordedSessions
from claude_sessions.live.session_data import Recorded
from claude_sessions.log.events import LinkInfo
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from tests.kit.recordings import LogWriter


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    (tmp_path / "home").mkdir(mode=0o700)
    with Home.open(tmp_path / "home") as opened:
        yield opened


def test_all_sessions_of_a_log_are_known(home: Home) -> None:
    """Those before a `/clear`, in every segment; only the last one runs while the recording does."""
    log = LogWriter(home.path).start().add("link", LinkInfo("one")).add("output", b"x" * 3_000_000)
    log.add("link", LinkInfo("two")).next_segment().start().add("link", LinkInfo("three"))
    found = RecordedSessions().look([Candidate(find(home, log.session_id), True, "a title", "three")])
    assert found == {
        "one": Recorded(log.session_id, False, "a title"),
        "two": Recorded(log.session_id, False, "a title"),
        "three": Recorded(log.session_id, True, "a title"),
    }


def test_what_is_new_is_read_when_it_is_whole(home: Home) -> None:
    """A line that is being written waits for its end; the newest recording of a session counts."""
    recorded = RecordedSessions()
    old = LogWriter(home.path).start().add("link", LinkInfo("one"))
    new = LogWriter(home.path).later(60).start()
    both = [Candidate(find(home, each.session_id), True) for each in (new, old)]
    assert recorded.look(both) == {"one": Recorded(old.session_id, True)}
    whole = new.path.stat().st_size
    new.add("link", LinkInfo("one"))
    line = new.path.read_bytes()[whole:]
    new.path.write_bytes(new.path.read_bytes()[: whole + 40])
    assert recorded.look(both) == {"one": Recorded(old.session_id, True)}
    new.raw(line[40:])
    assert recorded.look(both) == {"one": Recorded(new.session_id, True)}


def test_what_is_no_link_is_passed_over(home: Home) -> None:
    """Damage, and text that looks like one."""
    log = LogWriter(home.path).start().raw(b'{"direction":"link"\n').raw(b'"direction":"link" "direction":"link"\n')
    log.add("output", b'"direction":"link"').add("link", b"nonsense").add("link", LinkInfo("one")).raw(
        b'"direction":"link"'
    )
    assert RecordedSessions().look([Candidate(find(home, log.session_id), False)]) == {
        "one": Recorded(log.session_id, False)
    }
