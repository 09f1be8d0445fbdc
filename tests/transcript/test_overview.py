"""Sessions in a few facts, and which were the last ones."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.transcript.files import LogFile, describe, scan
from claude_sessions.transcript.overview import Exchange, Overview, OverviewReader, cache, overview_of
from claude_sessions.transcript.reading import open_source, read_entries
from claude_sessions.transcript.recent import recent, titles_of
from tests.kit.spoken import SESSION, assistant, calls, chained, encoded, gives, says, system, user, write

IMPOSSIBLE = (
    "0001-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "2600-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
    "2026-99-99T99:99:99.999Z",
)
SECOND = 10**9
NOON = 1_770_465_600 * SECOND


def at(line: dict[str, Any], seconds: int) -> dict[str, Any]:
    """Give a line a time, in seconds after noon."""
    return {**line, "timestamp": f"2026-02-07T12:{seconds // 60:02d}:{seconds % 60:02d}.000Z"}


def part(message: str, block: dict[str, Any]) -> dict[str, Any]:
    """Return a line of a response of the API."""
    line = assistant(block)
    line["message"] |= {"id": message, "model": "claude-opus-5"}
    return line


def text(message: str, words: str) -> dict[str, Any]:
    return part(message, {"type": "text", "text": words})


CALL = calls("Bash")["message"]["content"][0]


def test_an_overview_counts_what_was_said(tmp_path: Path) -> None:
    """Prompts, and responses however many lines they have; what a subagent says, notes and results are none."""
    lines = chained(
        [
            at(user("fix the parser", cwd="/home/ann/shop", gitBranch="main", version="2.1.1"), 5),
            text("m1", "I look.\nThen I mend."),
            part("m1", CALL),
            gives("ok"),
            text("m2", "\nDone.\nIt works."),
            at(text("m3", "aside") | {"isSidechain": True}, 300),
            system("turn_duration"),
            user("a note", isMeta=True),
            at(user("thanks", cwd="/home/ann/shop/lib", gitBranch="fix", version="2.1.2"), 65),
            at({**text("m4", "Gladly."), "cwd": "/home/ann/shop/lib", "gitBranch": "fix", "version": "2.1.2"}, 70),
        ]
    )
    path = write(tmp_path, lines)
    with path.open("ab") as file:
        file.write(b"torn {")
    found = overview_of(describe(path))
    assert (found.session_id, found.directory, found.git_branch) == (SESSION, "/home/ann/shop", "fix")
    assert (found.version, found.model, found.faults, found.branches) == ("2.1.2", "claude-opus-5", 1, 1)
    assert (found.prompts, found.responses, found.messages) == (2, 3, 5)
    assert (found.started_ns, found.ended_ns) == (NOON + 5 * SECOND, NOON + 300 * SECOND)
    assert found.duration_ns == 295 * SECOND
    assert found.first == Exchange("fix the parser", "Done.")
    assert found.last == Exchange("thanks", "Gladly.")


def test_prompts_and_answers_are_those_of_the_conversation(tmp_path: Path) -> None:
    """An answer that stands before its prompt in the file, and a branch that was left, change nothing."""
    lines = [
        {**says("hello"), "uuid": "a", "parentUuid": "p"},
        {**user("hi"), "uuid": "p"},
        {**user("left behind"), "uuid": "x", "parentUuid": "a"},
        {**user("asked anew"), "uuid": "y", "parentUuid": "a"},
    ]
    found = overview_of(describe(write(tmp_path, lines)))
    assert (found.first, found.last) == (Exchange("hi", "hello"), Exchange("asked anew", ""))
    assert (found.branches, found.prompts) == (2, 3)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b'{"type":"user","uuid":"u","cwd":7,"gitBranch":[],"timestamp":"2026"}',
        b'{"type":"assistant","uuid":"u","timestamp":"not a time at all..Z","message":{"id":7,"content":7}}',
        b'{"type":"assistant","uuid":"u","message":"text"}',
        b'{"type":"assistant","uuid":"u","message":{"content":[{"type":[]},"x",{"type":"text","text":null}]}}',
        b'{"type":"ai-title","aiTitle":"\\ud83d"}',
        b"\0\0\0",
        b"[1]",
    ],
)
def test_odd_lines_give_an_overview_as_far_as_they_go(tmp_path: Path, line: bytes) -> None:
    """A transcript of nothing but an odd line has an overview, and it can be kept."""
    path = write(tmp_path, [])
    path.write_bytes(line)
    kept = cache(tmp_path / "home")
    files = scan(tmp_path)
    first, again = kept.digests(files, overview_of), kept.digests(files, _never)
    assert first == again
    assert (first[0][1].started_ns, first[0][1].directory) == (0, "")


def _never(file: LogFile) -> Overview:
    raise AssertionError(f"{file.path} was read again")


class Reading:
    """Reads overviews and notes of what."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, files: Sequence[LogFile]) -> list[tuple[LogFile, Overview]]:
        self.read += [file.session_id for file in files]
        return [(file, overview_of(file)) for file in files]


def session(config: Path, name: str, second: int, *, written: int | None = None, project: str = "/home/ann/p") -> Path:
    """Write a session whose line is so many seconds after noon, and whose file was last written then or later."""
    lines = chained([at(user(f"about {name}"), second), {"type": "ai-title", "aiTitle": f"The {name}"}], prefix=name)
    path = write(config, lines, name, project)
    moment = NOON + (second if written is None else written) * SECOND
    os.utime(path, ns=(moment, moment))
    return path


def test_the_last_sessions_are_those_with_the_newest_lines(tmp_path: Path) -> None:
    """A file that was copied later than its session ended takes no newer one's place, and no more are read than needed."""
    session(tmp_path, "copied", 10, written=3000)
    for number in range(6):
        session(tmp_path, f"s{number}", 100 * (number + 1))
    reading = Reading()
    found = recent(scan(tmp_path), 2, reading)
    assert [each.overview.session_id for each in found] == ["s5", "s4"]
    assert [each.title for each in found] == ["The s5", "The s4"]
    assert sorted(reading.read) == ["copied", "s3", "s4", "s5"]


def test_files_younger_than_their_lines_are_read_in_few_goes(tmp_path: Path) -> None:
    """After a restore all are; each go looks through the whole cache, so there are as many as doublings."""
    for number in range(40):
        session(tmp_path, f"s{number:02d}", number, written=3000)
    goes: list[int] = []

    def read(files: Sequence[LogFile]) -> list[tuple[LogFile, Overview]]:
        goes.append(len(files))
        return [(file, overview_of(file)) for file in files]

    found = recent(scan(tmp_path), 2, read)
    assert [each.overview.session_id for each in found] == ["s39", "s38"]
    assert goes == [2, 2, 4, 8, 16, 8]


def test_only_those_that_are_wanted(tmp_path: Path) -> None:
    """As many as asked for of them; of files older than the time asked for none is read."""
    for number in range(6):
        session(tmp_path, f"s{number}", 100 * (number + 1))
    reading = Reading()
    found = recent(
        scan(tmp_path), 2, reading, wanted=lambda overview: overview.session_id != "s4", since_ns=NOON + 300 * SECOND
    )
    assert [each.overview.session_id for each in found] == ["s5", "s3"]
    assert sorted(reading.read) == ["s2", "s3", "s4", "s5"]
    assert recent(scan(tmp_path), 2, Reading(), since_ns=NOON + 601 * SECOND) == []


def test_a_time_that_cannot_be_is_none(tmp_path: Path) -> None:
    """The session keeps the times of its other lines, and its overview can be kept."""
    lines = [at(user("a"), 5), *(user("b", timestamp=text) for text in IMPOSSIBLE), at(user("c"), 9)]
    write(tmp_path, lines)
    ((_, found),) = cache(tmp_path / "home").digests(scan(tmp_path), overview_of)
    assert (found.started_ns, found.ended_ns) == (NOON + 5 * SECOND, NOON + 9 * SECOND)


def test_asking_for_more_than_there_are(tmp_path: Path) -> None:
    """All there are come, in order; of nothing comes nothing."""
    session(tmp_path, "a", 1)
    session(tmp_path, "b", 2)
    assert [each.overview.session_id for each in recent(scan(tmp_path), 10, Reading())] == ["b", "a"]
    assert recent([], 10, Reading()) == []


def test_a_session_without_a_name_is_looked_up_in_its_project(tmp_path: Path) -> None:
    """A summary that stands in an older file of the same project names a session that has no other title."""
    lines = chained([at(user("what?"), 500)], prefix="new")
    os.utime(write(tmp_path, lines, "new", "/home/ann/p"), ns=(NOON + 500 * SECOND,) * 2)
    summary = {"type": "summary", "summary": "What it was", "leafUuid": "new0"}
    older = write(tmp_path, [summary, *chained([at(user("x"), 1)], prefix="o")], "old", "/home/ann/p")
    os.utime(older, ns=(NOON, NOON))
    session(tmp_path, "elsewhere", 2, project="/home/ann/q")
    reading = Reading()
    assert recent(scan(tmp_path), 1, reading)[0].title == "What it was"
    assert "elsewhere" not in reading.read


def test_titles_are_told_quickly(own_home: Path) -> None:
    """Of sessions asked for, the titles come from what is kept, also of a file that has grown, and from small files."""
    path = session(own_home / ".claude", "a", 1)
    session(own_home / ".claude", "b", 2)
    assert titles_of({"a", "none"}, scan()) == {"a": "The a"}
    with path.open("ab") as file:
        file.write(encoded([{"type": "custom-title", "customTitle": "Another"}]))
    assert titles_of({"a", "b"}, scan()) == {"a": "The a", "b": "The b"}
    cache().digests(scan(), overview_of)
    assert titles_of({"a"}, scan()) == {"a": "Another"}


def test_a_large_transcript_is_not_read_for_its_title(own_home: Path) -> None:
    """What would take long waits until somebody asks for it by name."""
    path = session(own_home / ".claude", "large", 1)
    with path.open("ab") as file:
        file.write(encoded([{"type": "user", "note": "x" * 1_000_000}]))
    assert titles_of({"large"}, scan()) == {}


def test_tokens_are_counted_once_for_each_response(tmp_path: Path) -> None:
    """The lines of a response repeat what it used up, the last one knows most; what is no count is none."""

    def used(message: str, usage: object) -> dict[str, Any]:
        line = text(message, "x")
        line["message"]["usage"] = usage
        return line

    counts = {"input_tokens": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 5}
    path = write(
        tmp_path,
        chained(
            [
                used("m1", {**counts, "output_tokens": 1}),
                used("m1", {**counts, "output_tokens": 7}),
                used("m2", {"output_tokens": 20}),
                used("m3", {"output_tokens": "many", "input_tokens": 3}),
                used("m4", {"output_tokens": 10**15, "input_tokens": -4}),
                used("m5", None),
            ]
        ),
    )
    assert overview_of(describe(path)).tokens == 122 + 20 + 3


def test_an_overview_is_of_its_moment(tmp_path: Path) -> None:
    """What a reader takes in later does not change what it has given."""
    lines = chained(
        [user("a"), {"type": "summary", "summary": "S", "leafUuid": "u0"}, {"type": "custom-title", "customTitle": "T"}]
    )
    path = write(tmp_path, lines)
    reader = OverviewReader(describe(path))
    with open_source(path) as source:
        first, *others = read_entries(source)
        reader.take(first)
        before = reader.overview()
        for line in others:
            reader.take(line)
    assert before.title() == "a"
    assert before.titles.summaries == {}
    assert reader.overview() == overview_of(describe(path))
