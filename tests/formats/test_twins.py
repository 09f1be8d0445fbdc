"""What is here already is not imported once more."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.formats.importing import Imported
from tests.kit.exports import export
from tests.kit.recordings import LogWriter

Take = Callable[..., Imported]
HEADER = {"version": 2, "width": 80, "height": 24, "timestamp": 1_500_000_000}


def cast(folder: Path, *events: tuple[float, str, str], name: str = "a.cast", **header: object) -> Path:
    """Write an asciicast."""
    path = folder / name
    path.write_text("".join(json.dumps(line) + "\n" for line in [{**HEADER, **header}, *events]))
    return path


def recordings(home: Path) -> set[str]:
    return {path.name for path in (home / "logs").iterdir()}


def test_a_second_import_does_nothing(home: Path, tmp_path: Path, take: Take) -> None:
    """Also under another name and title; whoever wants it twice says so."""
    first = take(cast(tmp_path, (1, "o", "hello")))
    there = recordings(home)
    for path, title in (("a.cast", ""), ("b.cast", "mine")):
        second = take(cast(tmp_path, (1, "o", "hello"), name=path, title="theirs"), title=title)
        assert (second.session_id, second.known) == (first.session_id, True)
    assert recordings(home) == there
    third = take(tmp_path / "a.cast", again=True)
    assert not third.known
    assert recordings(home) == there | {f"{third.session_id}.jsonl"}


@pytest.mark.parametrize(
    ("events", "header"),
    [
        ([(1, "o", "hallo")], {}),
        ([(1.000001, "o", "hello")], {}),
        ([(1, "i", "hello")], {}),
        ([(1, "o", "hello"), (1, "m", "x")], {}),
        ([], {}),
        ([(1, "o", "hello")], {"width": 81}),
        ([(1, "o", "hello")], {"timestamp": 1_500_000_001}),
        ([(1, "o", "hello")], {"command": "vi"}),
    ],
)
def test_what_differs_at_all_is_another_recording(
    tmp_path: Path, take: Take, events: list[tuple[float, str, str]], header: dict[str, object]
) -> None:
    """In a time, a byte, the window, the beginning, the command, or in being longer."""
    first = take(cast(tmp_path, (1, "o", "hello")))
    second = take(cast(tmp_path, *events, **header))
    assert not second.known
    assert second.session_id != first.session_id


def test_a_bundle_of_what_is_here_is_known(home: Path, tmp_path: Path, take: Take) -> None:
    """Whatever id it has got meanwhile; a recording that has grown since is another."""
    log = LogWriter(home).start().add("output", b"one").next_segment().add("output", b"two")
    (tmp_path / "a.tar.gz").write_bytes(export(home, log.session_id, "tar.gz"))
    assert take(tmp_path / "a.tar.gz") == Imported(log.session_id, known=True)
    log.add("output", b"three")
    copy = take(tmp_path / "a.tar.gz")
    assert not copy.known
    assert copy.session_id != log.session_id
    assert take(tmp_path / "a.tar.gz") == Imported(copy.session_id, known=True)


@pytest.mark.parametrize("version", [2, 3])
def test_an_asciicast_of_what_is_here_is_known(home: Path, tmp_path: Path, take: Take, version: int) -> None:
    """Though it has less than the recording; an excerpt, and one without what was typed, are others."""
    log = LogWriter(home).start(title="mine", command="claude", arguments=("--continue", "a b"), columns=100)
    log.add("link", b"{}", after=300_000).add("output", "caf\u00e9".encode()[:4], after=1).add("output", b"\xa9\xff")
    log.add("input", b"x").add("resize", b"60x20").add("marker", b"here").next_segment().add("output", b"end").exit(3)
    path = tmp_path / "a.cast"
    path.write_bytes(export(home, log.session_id, f"asciicast-v{version}"))
    assert take(path) == Imported(log.session_id, known=True)
    assert take(path, title="other") == Imported(log.session_id, known=True)
    path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(True) if b'"i"' not in line))
    assert not take(path).known
