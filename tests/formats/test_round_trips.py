"""A recording that is exported and imported again is the same recording."""

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_sessions.formats.importing import import_file
from claude_sessions.log.events import ExitInfo, encode_info
from claude_sessions.store.home import Home
from tests.kit.exports import entries_of, events_of, export
from tests.kit.recordings import NOON, LogWriter

MICROSECOND = 1000
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
sizes = st.tuples(st.integers(1, 500), st.integers(1, 500)).map(lambda size: b"%dx%d" % size)


class Happening(NamedTuple):
    """An entry, and how many microseconds it comes after the one before."""

    after: int
    direction: str
    data: bytes


happenings = st.lists(
    st.one_of(
        st.builds(Happening, st.integers(0, 10**12), st.sampled_from(["output", "input"]), texts.map(str.encode)),
        st.builds(Happening, st.integers(0, 10**7), st.just("marker"), texts.map(str.encode)),
        st.builds(Happening, st.integers(0, 10**7), st.just("resize"), sizes),
        st.builds(Happening, st.integers(0, 10**7), st.sampled_from(["suspend", "attach", "unheard-of"]), st.just(b"")),
    ),
    max_size=12,
)
in_text = pytest.mark.parametrize("name", ["asciicast-v2", "asciicast-v3"])


def record(home: Path, recorded: list[Happening], code: int = 0) -> LogWriter:
    log = LogWriter(home, now=NOON).start(title="t", term="xterm")
    for happening in recorded:
        log.add(happening.direction, happening.data, after=happening.after * MICROSECOND)
    return log.exit(code)


def again(home: Path, data: bytes, file: Path) -> str:
    """Import a file of these bytes and return the id."""
    file.write_bytes(data)
    with Home.open(home) as opened:
        return import_file(opened, file, again=True).session_id


@in_text
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recorded=happenings, code=st.integers(0, 255))
def test_asciicast_keeps_text_times_sizes_and_markers(
    home: Path, tmp_path: Path, name: str, recorded: list[Happening], code: int
) -> None:
    """Each event is there again, at its microsecond; a resize to the same size, and what asciicast has not, is left out."""
    log = record(home, recorded, code)
    session = again(home, export(home, log.session_id, name), tmp_path / "a.cast")
    expected = []
    size = b"80x24"
    for event in events_of(entries_of(home, log.session_id)):
        if event[1] in {"output", "input", "marker", "resize", "exit"} and (event[1], event[2]) != ("resize", size):
            expected.append(event)
            size = event[2] if event[1] == "resize" else size
    assert events_of(entries_of(home, session)) == expected
    assert expected[-1][2] == encode_info(ExitInfo(code))


@in_text
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts, cuts=st.lists(st.integers(1, 3), min_size=200, max_size=200))
def test_asciicast_joins_what_was_cut(home: Path, tmp_path: Path, name: str, text: str, cuts: list[int]) -> None:
    """Text that came in pieces, cut within characters, is the same text."""
    data, pieces = text.encode(), []
    for cut in cuts:
        pieces.append(Happening(1000, "output", data[:cut]))
        data = data[cut:]
    log = record(home, [piece for piece in pieces if piece.data])
    session = again(home, export(home, log.session_id, name), tmp_path / "a.cast")
    shown = b"".join(entry.data for entry in entries_of(home, session) if entry.direction == "output")
    assert shown.decode() == text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recorded=happenings, garbage=st.binary(max_size=300), segments=st.integers(1, 3))
def test_a_bundle_keeps_every_byte(
    home: Path, tmp_path: Path, recorded: list[Happening], garbage: bytes, segments: int
) -> None:
    """Each segment comes back as it was, bad lines included, on a machine where its id is free under that id."""
    log = record(home, recorded)
    for _ in range(segments - 1):
        log.next_segment().raw(garbage)
    kept = {path.name: path.read_bytes() for path in log.logs.glob(f"{log.session_id}*")}
    data = export(home, log.session_id, "tar.gz")
    for name in kept:
        (log.logs / name).unlink()
    assert again(home, data, tmp_path / "a.tar.gz") == log.session_id
    assert {path.name: path.read_bytes() for path in log.logs.glob(f"{log.session_id}*")} == kept
    for name in kept:  # the next example may be the same again, and would be taken for it
        (log.logs / name).unlink()
