"""What of a log could not be read."""

from claude_sessions.log.decode import BadLine, Place
from claude_sessions.playback.damage import Damage


def bad(line: int) -> BadLine:
    return BadLine(Place("x.jsonl", line, 0), "torn")


def test_each_line_counts_once() -> None:
    """However often a part is read again; the first few are kept."""
    damage = Damage()
    for line in [2, 3, 2, 3, 4, 3, 5, 6, 7, 8]:
        damage.note(bad(line))
    assert damage.count == 7
    assert damage.first == [bad(line) for line in range(2, 7)]


def test_the_last_line_may_be_torn() -> None:
    """That of a running session is being written."""
    damage = Damage()
    damage.note(bad(2))
    assert damage.torn
    damage.note("an entry")
    assert not damage.torn
