"""Whose a line is."""

import os
from pathlib import Path

from claude_sessions.transcript.files import describe
from claude_sessions.transcript.ownership import Owners, earliest_first
from claude_sessions.transcript.reading import open_source, read_entries
from tests.kit.spoken import chained, says, user, write

EARLY, LATE = "2026-02-07T12:00:00.000Z", "2026-02-08T12:00:00.000Z"
HISTORY = chained([user("one", timestamp=EARLY), says("two")], prefix="h")


def test_the_earliest_session_owns_a_line(tmp_path: Path) -> None:
    """A line that another file copied counts in the file that has it first; lines without uuid are nobody's copy."""
    title = {"type": "ai-title", "aiTitle": "x"}
    write(tmp_path, [*HISTORY, title], "first")
    write(tmp_path, [*HISTORY, title, *chained([user("three")], prefix="n")], "copy")
    owners = Owners()
    found = {}
    for name in ("first", "copy"):
        with open_source(tmp_path / "projects" / "-home-ann-shop" / f"{name}.jsonl") as source:
            found[name] = [line.entry.uuid for line in owners.own_lines(read_entries(source))]
    assert found == {"first": ["h0", "h1", None], "copy": [None, "n0"]}


def test_copies_come_behind_what_they_are_copies_of(tmp_path: Path) -> None:
    """Files are read by when their sessions began; of two with the same beginning a fork comes last, else the younger."""
    forked = {"forkedFrom": {"sessionId": "first", "messageUuid": "h0"}}
    paths = [
        write(tmp_path, [{**line, **forked} for line in HISTORY], "fork"),
        write(tmp_path, HISTORY, "copy"),
        write(tmp_path, HISTORY, "first"),
        write(tmp_path, chained([user("x", timestamp=LATE)]), "later"),
        write(tmp_path, [{"type": "summary"}], "timeless"),
        write(tmp_path, [], "gone"),
    ]
    for path, written in zip(paths, (1, 3, 2, 1, 1, 5), strict=True):
        os.utime(path, (written, written))
    files = [describe(path) for path in paths]
    paths[-1].unlink()
    names = [file.session_id for file in earliest_first(files)]
    assert names == ["first", "copy", "fork", "later", "timeless", "gone"]
