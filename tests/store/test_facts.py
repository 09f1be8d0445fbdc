"""What the entries of a recording say besides the bytes."""

from pathlib import Path

from claude_sessions.log.events import GapInfo, HiddenInfo, LinkInfo, PauseInfo
from claude_sessions.store import facts
from claude_sessions.store.catalogue import find
from claude_sessions.store.facts import Facts, Link, gather
from claude_sessions.store.home import Home
from tests.kit.recordings import LogWriter


def facts_of(log: LogWriter) -> Facts:
    with Home.open(log.logs.parent) as home:
        return gather(find(home, log.session_id).entries())


def test_gathers_what_people_ask(tmp_path: Path) -> None:
    """Windows, bytes by direction, links, losses, pauses and damage are all found in one pass."""
    log = LogWriter(tmp_path / "recordings").start()
    log.add("link", LinkInfo("a", "", "argument")).add("link", LinkInfo("a", "/t/a.jsonl", "registry"))
    log.add("resize", b"100x30").add("output", b"12345").add("input", b"yes").add("hidden", HiddenInfo(9))
    log.add("gap", GapInfo(bytes=7, reason="disk full")).add("pause", PauseInfo("key"))
    log.add("unpause", PauseInfo("key", bytes=11)).raw(b"broken\n").add("link", LinkInfo("b")).add("pause", b"{}")
    log.next_segment().add("aurora", b"of a later version").exit()
    found = facts_of(log)
    assert found.windows == [(80, 24), (100, 30), (80, 24)]
    assert (found.bytes["output"], found.bytes["input"], found.counts["aurora"]) == (5, 3, 1)
    assert found.links == [
        Link("2026-02-07T12:00:02.000000Z", "a", "/t/a.jsonl"),
        Link("2026-02-07T12:00:11.000000Z", "b"),
    ]
    assert [(gap.bytes, gap.reason) for gap in found.gaps] == [(7, "disk full")]
    assert [(bool(pause.until), pause.bytes) for pause in found.pauses] == [(True, 11), (False, 0)]
    assert found.pauses[0].since < found.pauses[0].until
    assert found.hidden_bytes == 9
    assert (found.bad_line_count, found.bad_lines[0].place.line) == (1, 11)


def test_malformed_data_is_no_trouble(tmp_path: Path) -> None:
    """Entries of known directions with unknown data are counted and otherwise left alone."""
    log = LogWriter(tmp_path / "recordings")
    for direction in ("start", "resize", "link", "gap", "pause", "unpause", "hidden", "exit"):
        log.add(direction, b"\xff?")
    found = facts_of(log)
    assert sum(found.counts.values()) == 8
    assert (found.windows, found.links, found.hidden_bytes) == ([], [], 0)


def test_keeps_no_more_than_fits(tmp_path: Path) -> None:
    """A log of a million links or directions does not fill the memory."""
    log = LogWriter(tmp_path / "recordings").start()
    for number in range(facts.KEPT + 10):
        log.add("link", LinkInfo(f"session {number}")).add(f"direction {number}")
    found = facts_of(log)
    assert len(found.links) == facts.KEPT
    assert len(found.counts) == facts.KEPT
