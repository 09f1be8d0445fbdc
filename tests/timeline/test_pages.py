"""The lines of a recording in pages, read off its log or out of the cache."""

from collections.abc import Generator
from pathlib import Path

import pytest

from claude_sessions.sessions import SessionManager
from claude_sessions.timeline import pages
from claude_sessions.timeline.lines import Line, LineReader
from claude_sessions.timeline.pages import Facts, Page, read_pages
from tests.kit.recordings import LogWriter


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    """A recording that is worth keeping, of many pages."""
    log = LogWriter(own_home / ".claude-sessions").start(input=False)
    for part in range(60):
        log.add(
            "output",
            b"".join(
                b"line %d of part %d, \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80\r\n" % (n, part) for n in range(450)
            ),
        )
    return log.raw(b"torn\n").add("output", b"the end").exit()


def read(log: LogWriter) -> tuple[list[Page], Facts]:
    facts = Facts()
    with SessionManager(log.logs.parent).open(log.session_id) as recording:
        return list(read_pages(recording, facts)), facts


def cache(log: LogWriter) -> Path:
    return log.logs.parent / "cache" / f"{log.session_id}.lines"


def lines(found: list[Page]) -> list[Line]:
    return [line for page in found for line in page.lines()]


def test_pages_hold_the_lines_of_the_reader(log: LogWriter) -> None:
    """In its order, with its times, and none earlier than was said."""
    found, facts = read(log)
    reader = LineReader()
    with SessionManager(log.logs.parent).open(log.session_id) as recording:
        entries = [entry for entry in recording.entries() if hasattr(entry, "direction")]
    expected = [line for entry in entries for line in reader.read(entry)] + reader.finish()
    assert lines(found) == expected
    assert len(found) > 5
    for number, page in enumerate(found[:-1]):
        later = [line.time_ns for other in found[number + 1 :] for line in other.lines()]
        assert min(later) >= page.earliest_ns
    assert (facts.has_entries, facts.is_without_input, facts.bad_lines) == (True, True, 1)


def test_the_second_time_nothing_is_drawn(log: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is all in the cache, what is wrong with the log too."""
    first = read(log)
    monkeypatch.setattr(pages, "LineReader", None)
    assert read(log) == first


def test_a_changed_log_is_read_anew(log: LogWriter) -> None:
    """What is kept holds for the log as it was."""
    before, _ = read(log)
    log.add("output", b"\r\nmore")
    after, _ = read(log)
    assert [line.text for line in lines(after)] == [*(line.text for line in lines(before)), "more"]


def test_a_new_version_reads_anew(log: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may see other lines."""
    read(log)
    kept = cache(log).read_bytes()
    monkeypatch.setattr(pages, "__version__", "99")
    assert lines(read(log)[0])
    assert cache(log).read_bytes() != kept


@pytest.mark.parametrize("place", [0, 3, 30, 0.5, 0.9, -3])
@pytest.mark.parametrize("fault", ["cut", "flipped", "grown"])
def test_a_damaged_file_does_no_harm(log: LogWriter, place: float, fault: str) -> None:
    """Wherever it is: each line comes once, and the file is mended."""
    expected = read(log)
    whole = cache(log).read_bytes()
    at = int(place * len(whole)) if isinstance(place, float) else place % len(whole)
    damaged = {
        "cut": whole[:at],
        "flipped": whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :],
        "grown": whole[:at] + b"\xff" * 9 + whole[at:],
    }[fault]
    cache(log).write_bytes(damaged)
    assert read(log) == expected
    assert read(log) == expected


def test_a_small_log_is_not_kept(own_home: Path) -> None:
    """It is read in no time."""
    log = LogWriter(own_home / ".claude-sessions").start().add("output", b"text").exit()
    assert [line.text for line in lines(read(log)[0])] == ["text"]
    assert not cache(log).exists()


def test_who_stops_in_the_middle_leaves_nothing_behind(log: LogWriter) -> None:
    """Half of the lines are no use to anybody."""
    with SessionManager(log.logs.parent).open(log.session_id) as recording:
        found = read_pages(recording, Facts())
        next(found)
        assert isinstance(found, Generator)
        found.close()
    assert list(cache(log).parent.glob("*.lines*")) == []


def test_what_was_typed_comes_in_pages_too(own_home: Path) -> None:
    """By the same way."""
    log = LogWriter(own_home / ".claude-sessions").start().add("input", b"fix it\r").add("output", b"shown").exit()
    with SessionManager(log.logs.parent).open(log.session_id) as recording:
        assert [line.text for line in lines(list(read_pages(recording, Facts(), typed=True)))] == ["fix it"]
