"""Reading ttyrec."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.base.errors import ForeignFileError
from claude_sessions.formats.importing import Imported
from claude_sessions.log.events import StartInfo, decode_info
from tests.kit.exports import entries_of, events_of

Take = Callable[..., Imported]
BEGAN = 1_500_000_000


def frame(seconds: int, micros: int, data: bytes) -> bytes:
    return struct.pack("<III", seconds, micros, len(data)) + data


def test_frames_become_output(home: Path, tmp_path: Path, take: Take) -> None:
    """Each frame has its own time, what goes back counts as before, and the size stands in the first one."""
    frames = [frame(BEGAN, 500_000, b"\x1b[8;30;100thi"), frame(BEGAN + 1, 0, b"\xff"), frame(BEGAN, 0, b"back")]
    (tmp_path / "a.ttyrec").write_bytes(b"".join([*frames, frame(BEGAN + 9, 1, b"x" * 70_000)]))
    entries = entries_of(home, take(tmp_path / "a.ttyrec").session_id)
    assert entries[0].timestamp == "2017-07-14T02:40:00.500000Z"
    start = decode_info(entries[0], StartInfo)
    assert start
    assert (start.columns, start.rows, start.origin) == (100, 30, "ttyrec file a.ttyrec")
    events = events_of(entries)
    assert events[:3] == [
        (0, "output", b"\x1b[8;30;100thi"),
        (500_000, "output", b"\xff"),
        (500_000, "output", b"back"),
    ]
    assert events[3][0] == 8_500_001
    assert sum(len(data) for _, direction, data in events[3:] if direction == "output") == 70_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (frame(BEGAN, 0, b"abc")[:-1], "byte 0.*ends 1 bytes before"),
        (frame(BEGAN, 0, b"abc") + b"\0\0", "byte 15.*within a frame"),
        (frame(BEGAN, 0, b"abc") + struct.pack("<III", BEGAN, 5_000_000, 0), "byte 15.*no frame"),
        (frame(BEGAN, 0, b"\x1b[8;0;100t"), "window"),
        (struct.pack("<III", BEGAN, 0, 2**31), "neither an asciicast"),
        (frame(1, 0, b"a") + frame(2**32 - 1, 0, b"b"), "byte 13.*no time"),
        (b"\0\0", "neither an asciicast"),
    ],
)
def test_broken_frames_are_named_with_their_place(tmp_path: Path, take: Take, data: bytes, reason: str) -> None:
    """The byte at which the frame begins is named."""
    (tmp_path / "broken").write_bytes(data)
    with pytest.raises(ForeignFileError, match=reason):
        take(tmp_path / "broken")
