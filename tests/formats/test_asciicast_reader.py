"""Reading asciicast as asciinema and others write it."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import ForeignFileError
from claude_sessions.formats.asciicast_reader import read_asciicast
from claude_sessions.formats.foreign import Foreign
from claude_sessions.formats.importing import Imported
from claude_sessions.log.events import ExitInfo, StartInfo, decode_info
from tests.kit.exports import entries_of, events_of

Take = Callable[..., Imported]
HEADER = {"version": 2, "width": 80, "height": 24}


def cast(path: Path, *lines: object) -> Path:
    """Write a file of JSON values, one a line; text stands as it is."""
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def start_of(home: Path, imported: Imported) -> StartInfo:
    start = decode_info(entries_of(home, imported.session_id)[0], StartInfo)
    assert start
    return start


def test_version_1_is_read(home: Path, tmp_path: Path, take: Take) -> None:
    """One JSON object over many lines, with the delay before each output."""
    path = tmp_path / "old.json"
    frames = [[0.25, "a"], [1, "é\r\n"], [0.5, ""]]
    value = {"version": 1, "width": 100, "height": 30, "duration": 1.75, "command": "bash -l", "stdout": frames}
    path.write_text(json.dumps({**value, "title": None, "env": {"TERM": "xterm"}}, indent=2))
    imported = take(path)
    start = start_of(home, imported)
    assert (start.columns, start.rows, start.command, start.arguments) == (100, 30, "bash", ("-l",))
    assert (start.term, start.origin) == ("xterm", "asciicast v1 file old.json")
    events = events_of(entries_of(home, imported.session_id))
    assert events[:2] == [(250_000, "output", b"a"), (1_250_000, "output", "é\r\n".encode())]
    assert events[-1] == (1_750_000, "exit", b"{}")


def test_version_2_is_read(home: Path, tmp_path: Path, take: Take) -> None:
    """Times from the start; what is out of order counts as the time before; codes that nobody knows are left out."""
    header = {**HEADER, "timestamp": 1_500_000_000, "title": "T", "env": {"SHELL": None, "TERM": "vt100"}, "theme": {}}
    events = [[0.5, "o", "a"], [0.4, "i", "b"], [1e0, "m", ""], [2, "r", "90x30"], [2, "z", {"any": 1}], [3, "o", ""]]
    imported = take(cast(tmp_path / "two.cast", header, *events))
    entries = entries_of(home, imported.session_id)
    assert entries[0].timestamp == "2017-07-14T02:40:00.000000Z"
    assert start_of(home, imported).title == "T"
    assert events_of(entries)[:4] == [
        (500_000, "output", b"a"),
        (500_000, "input", b"b"),
        (1_000_000, "marker", b""),
        (2_000_000, "resize", b"90x30"),
    ]


def test_version_3_is_read(home: Path, tmp_path: Path, take: Take) -> None:
    """Times from the event before, of any code; comments and empty lines are passed over; a part that ended may go on."""
    header = {"version": 3, "term": {"cols": 81, "rows": 25, "type": "xterm", "theme": {"fg": "#000000"}}}
    lines = ["# a comment", [0.5, "o", "a"], "", [1, "z", ""], [0.25, "x", "1"], [0, "r", "80x24"], [1, "x", "3"]]
    imported = take(cast(tmp_path / "three.cast", header, *lines), title="mine")
    start = start_of(home, imported)
    assert (start.columns, start.rows, start.term, start.title) == (81, 25, "xterm", "mine")
    events = events_of(entries_of(home, imported.session_id))
    assert events == [(500_000, "output", b"a"), (1_750_000, "resize", b"80x24"), (2_750_000, "exit", b'{"code":3}')]


def test_without_an_exit_nobody_knows_the_code(home: Path, tmp_path: Path, take: Take) -> None:
    """The recording has ended all the same: it has an exit entry that says neither code nor signal."""
    entries = entries_of(home, take(cast(tmp_path / "a.cast", HEADER, [0, "o", "x"])).session_id)
    assert [entry.direction for entry in entries] == ["start", "output", "exit", "seal"]
    assert decode_info(entries[2], ExitInfo) == ExitInfo()


def test_a_long_output_becomes_several_entries(home: Path, tmp_path: Path, take: Take) -> None:
    """Entries have at most 64 KiB, as those that were recorded."""
    text = "é" * 100_000
    entries = entries_of(home, take(cast(tmp_path / "a.cast", HEADER, [0, "o", text])).session_id)
    shown = [entry.data for entry in entries if entry.direction == "output"]
    assert max(map(len, shown)) == 64 * 1024
    assert b"".join(shown).decode() == text


BROKEN: list[tuple[list[Any], str]] = [
    (['{"version": 2, "width": 80'], "no asciicast"),
    (['{"version": 4}'], "version 4 is not known"),
    (['{"version": 2, "width": "80", "height": 24}'], "line 1.*header"),
    ([{**HEADER, "width": 0}], "line 1.*window"),
    ([{**HEADER, "height": 10**30}], "header|window"),
    ([{**HEADER, "timestamp": -1}], "no date"),
    ([{**HEADER, "timestamp": 1e300}], "no date"),
    ([{"version": 3, "term": {"cols": 80}}], "line 1.*header"),
    ([HEADER, [0, "o", "a"], '[1, "o"'], "line 3.*no event"),
    ([HEADER, [0, "o"]], "line 2.*no event"),
    ([HEADER, [0, "o", 5]], "line 2.*no text"),
    ([HEADER, [-1, "o", ""]], "line 2.*no time"),
    ([HEADER, [1e10, "o", ""]], "line 2.*no time"),
    ([HEADER, '[1e999, "o", ""]'], "line 2"),
    ([HEADER, [0, "r", "80x0"]], "line 2.*window"),
    ([HEADER, [0, "r", "-1x5"]], "line 2.*size"),
    ([HEADER, [0, "r", "٣x٤"]], "line 2.*size"),
    ([HEADER, [0, "x", "many"]], "line 2.*exit status"),
    ([HEADER, '[0, "o", "\\ud800"]'], "line 2"),
    ([HEADER, "[" * 50_000], "line 2.*nested|line 2"),
    ([{"version": 3, "term": {"cols": 80, "rows": 24}}, *[[9e8, "o", ""]] * 2], "line 3.*no time"),
    ([{"version": 1, "width": 80, "height": 24, "stdout": [[-1, "a"]]}], "frame 1.*no time"),
    ([{"version": 1, "width": 80, "height": 24, "stdout": [[1, "a", 2]]}], "frame 1.*a time and a text"),
    ([{"version": 1, "width": 80, "height": 24, "stdout": [[1, "a"], 5]}], "frame 2.*a time and a text"),
    ([{"version": 1, "width": 80, "height": 24, "stdout": None}], "frame 1.*a time and a text"),
    ([{"version": 1, "stdout": []}], "header"),
]


@pytest.mark.parametrize(("lines", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_what_is_broken_is_named_with_its_place(tmp_path: Path, take: Take, lines: list[Any], reason: str) -> None:
    """One sentence says which file, where in it, and why; nothing is left behind (the fixture looks)."""
    with pytest.raises(ForeignFileError, match=f"(?s)broken.cast.*({reason}).*nothing was imported"):
        take(cast(tmp_path / "broken.cast", *lines))


def test_a_line_without_end_fills_no_memory(tmp_path: Path, take: Take) -> None:
    """More than 16 MiB in one line is refused with its number."""
    path = cast(tmp_path / "long.cast", HEADER)
    with path.open("ab") as file:
        file.write(b'[0, "o", "' + b"a" * (17 * 1024 * 1024))
    with pytest.raises(ForeignFileError, match=r"line 2.*longer"):
        take(path)


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.text(st.sampled_from('ab"\\\\[]{},\\n\\x1b é漢\\U0001f469'), max_size=8)),
        max_size=8,
    ),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_frames_of_version_1_are_told_apart(frames: list[tuple[int, str]], indent: int | None, plain: bool) -> None:
    """Whatever is in their texts, and however the JSON is laid out."""
    value = {"version": 1, "width": 80, "height": 24, "stdout": frames}
    data = json.dumps(value, indent=indent, ensure_ascii=plain).encode()
    _, events = read_asciicast(Foreign("cast", io.BytesIO(data), 0))
    assert [event.data.decode() for event in events] == [shown for _, shown in frames]
