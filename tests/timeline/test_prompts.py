"""When a person asked something in a recording, and what."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from claude_sessions.log.decode import BadLine
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import LinkInfo
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from claude_sessions.timeline.prompts import Prompt, find_prompts
from tests.kit.recordings import LogWriter

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def log(own_home: Path) -> LogWriter:
    return LogWriter(own_home / ".claude-sessions")


def entries(log: LogWriter) -> Iterable[Entry | BadLine]:
    with Home.open() as home:
        return list(find(home, log.session_id).entries())


def transcript(home: Path, session_id: str, *prompts: tuple[str, str]) -> None:
    """Write a transcript of prompts, each with the time of day at which it was sent."""
    folder = home / ".claude" / "projects" / "-work"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {"type": "user", "timestamp": f"2026-02-07T{time}Z", "message": {"role": "user", "content": text}}
        for time, text in prompts
    ]
    (folder / f"{session_id}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_the_transcript_tells(log: LogWriter, own_home: Path) -> None:
    """What was sent, with its time counted from the start of the recording; not what was typed."""
    transcript(own_home, ONE, ("12:00:05.500", "fix\nit"), ("12:00:03.000", "hello"))
    log.start().add("input", b"fix teh\r").add("link", LinkInfo(ONE))
    for _ in range(6):
        log.add("output", b"x")
    assert find_prompts(entries(log.exit())) == [Prompt("hello", 2), Prompt("fix\nit", 4.5)]


def test_only_what_was_sent_in_the_recording_counts(log: LogWriter, own_home: Path) -> None:
    """A session that was resumed has prompts from before, and one that was left for another goes on elsewhere."""
    transcript(own_home, ONE, ("11:00:00.000", "old"), ("12:00:01.500", "a"), ("12:00:05.000", "elsewhere"))
    transcript(own_home, TWO, ("12:00:02.500", "elsewhere"), ("12:00:04.000", "b"), ("13:00:00.000", "later"))
    log.start().add("link", LinkInfo(ONE)).add("link", LinkInfo(TWO)).add("output", b"x").add("output", b"x").exit()
    assert [prompt.text for prompt in find_prompts(entries(log))] == ["a", "b"]


def test_a_prompt_before_the_link_belongs_to_it(log: LogWriter, own_home: Path) -> None:
    """Claude says which session it is only after it was asked the first time."""
    transcript(own_home, ONE, ("12:00:02.000", "first"))
    log.start().add("output", b"x").add("link", LinkInfo(ONE)).exit()
    assert find_prompts(entries(log)) == [Prompt("first", 1)]


@pytest.mark.parametrize("linked", [True, False])
def test_without_a_transcript_each_line_that_was_typed_is_one(log: LogWriter, linked: bool) -> None:
    """Whether it was deleted, or there never was one."""
    log.start()
    if linked:
        log.add("link", LinkInfo(ONE))
    log.add("input", b"fi").add("input", b"x it\r").raw(b"{bad\n").add("input", b"\x1b[A\r").exit()
    assert find_prompts(entries(log)) == [Prompt("fix it", 2 + linked)]


def test_a_hostile_link_is_no_trouble(log: LogWriter) -> None:
    """An id that names several, or a path, is as good as none."""
    log.start().add("link", LinkInfo("../../etc/passwd")).add("link", b"[]").add("link", LinkInfo("")).exit()
    assert find_prompts(entries(log)) == []
