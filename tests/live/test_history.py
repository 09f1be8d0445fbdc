"""What was written last."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.live.entries import About
from claude_sessions.live.history import MOST, last_lines, lines_after, recent_lines
from claude_sessions.live.hub import Message
from claude_sessions.transcript.files import describe
from tests.kit.following import lines_of
from tests.kit.spoken import Fields, encoded, says, user, write


def at(minute: int, **more: object) -> Fields:
    """A prompt of that minute."""
    return user(f"at {minute}", timestamp=f"2026-02-07T12:{minute:02d}:00.000Z", **more)


def said(lines: list[object]) -> list[str]:
    """Return what was said in lines."""
    return [line.raw.decode().split("at ")[1].split('"')[0] for line in lines]  # type: ignore[attr-defined]


def test_the_last_lines_of_all_files_in_the_order_of_time(tmp_path: Path) -> None:
    """Lines of several sessions are merged by their times, the oldest first."""
    one = write(tmp_path, [at(1), at(4), at(5)], "one")
    two = write(tmp_path, [at(2), at(3), at(6)], "two")
    files = [describe(one), describe(two)]
    assert said(recent_lines(files, 4)) == ["3", "4", "5", "6"]
    assert said(recent_lines(files, 100)) == ["1", "2", "3", "4", "5", "6"]
    assert recent_lines(files, 0) == recent_lines([], 5) == []


def test_a_line_without_time_stays_where_it_is(tmp_path: Path) -> None:
    """It keeps its place between those of its file, and times that go back change no order."""
    one = write(tmp_path, [{"type": "mode", "x": "at a"}, at(1), {"type": "mode", "x": "at b"}, at(9), at(2)], "one")
    two = write(tmp_path, [at(5)], "two")
    assert said(recent_lines([describe(one), describe(two)], 10)) == ["a", "1", "b", "5", "9", "2"]


def test_old_files_are_not_opened(tmp_path: Path) -> None:
    """Where enough younger lines were found, a file that was written before them is left alone."""
    old = write(tmp_path, [at(1)], "old")
    os.utime(old, ns=(10**18, 10**18))
    new = write(tmp_path, [at(2), at(3)], "new")
    file = describe(old)
    old.unlink()
    assert said(recent_lines([file, describe(new)], 2)) == ["2", "3"]
    assert said(recent_lines([file, describe(new)], 3)) == ["2", "3"]


def test_only_what_is_wanted_counts(tmp_path: Path) -> None:
    """A subscriber's filter holds for the past too."""

    def wanted(message: Message) -> bool:
        assert isinstance(message.about, About)
        return message.about.type == "assistant"

    path = write(tmp_path, [at(1), says("at x"), at(2)])
    assert said(recent_lines([describe(path)], 5, wanted)) == ["x"]


def test_no_request_is_too_large(tmp_path: Path) -> None:
    """However much is asked for, there is a most."""
    path = write(tmp_path, [at(1)] * (MOST + 10))
    assert len(recent_lines([describe(path)], 10**9)) == MOST


@given(st.lists(st.integers(0, 90_000), max_size=12), st.integers(0, 14))
def test_the_end_is_that_of_the_whole_file(sizes: list[int], count: int) -> None:
    """Read from the end or from the beginning, the last lines are the same, whatever their lengths."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        path.write_bytes(encoded(user("x" * size) for size in sizes) + b'{"type":"half')
        whole = lines_of(path)
        assert [line.offset for line in last_lines(path, count)] == [
            line.offset for line in whole[len(whole) - count if count <= len(whole) else 0 :]
        ]
        for number, line in enumerate(whole):
            after = [each.offset for lines in lines_after(path, line.offset) for each in lines]
            assert after == [each.offset for each in whole[number + 1 :]]


def test_a_file_that_was_cut_is_told_from_its_beginning(tmp_path: Path) -> None:
    """Who asks for what stands behind a place that is no longer there gets everything."""
    path = write(tmp_path, [at(1), at(2)])
    assert said([line for lines in lines_after(path, 10**6) for line in lines]) == ["1", "2"]
    assert said([line for lines in lines_after(path, -1) for line in lines]) == ["1", "2"]


def test_a_file_that_is_gone_has_no_lines(tmp_path: Path) -> None:
    """It went away between being found and being read."""
    assert last_lines(tmp_path / "none.jsonl", 5) == []
