"""Positions on disk: what was saved is there again, whatever happened to the process or the file."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from claude_sessions.base.errors import InsecureHomeError
from claude_sessions.live.position import Position
from claude_sessions.live.saved import SavedPositions

HERE = Position(1, 2, 300, 4, b"before")
FAR = Position(2**64 - 1, 2**63, 2**62, None, b"")


def test_what_was_saved_is_there_again(tmp_path: Path) -> None:
    """Positions come back as they were, those that are gone do not; the folder and the file are private."""
    saved = SavedPositions(tmp_path / "state")
    assert saved.positions == {}
    odd = os.fsdecode(b"/odd/\xff.jsonl")
    saved.save({"/a.jsonl": HERE, "/b.jsonl": HERE, odd: FAR}, ["/projects"], 17)
    saved.save({"/b.jsonl": None}, ["/projects"], 18)
    saved.close()
    again = SavedPositions(tmp_path / "state")
    assert again.positions == {"/a.jsonl": HERE, odd: FAR}
    assert again.looked_ns == {"/projects": 18}
    assert again.warnings == []
    again.close()
    for path in [tmp_path / "state", *(tmp_path / "state").iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_killed_process_leaves_what_it_saved(tmp_path: Path) -> None:
    """After kill -9 in the middle of saving, whole savings are there and no half ones."""
    program = """
import sys
from pathlib import Path
from claude_sessions.live.position import Position
from claude_sessions.live.saved import SavedPositions
saved = SavedPositions(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    saved.save({f"/{each}.jsonl": Position(1, 1, number, number) for each in range(20)}, [], 0)
    print(number, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = 0
        while told < 20:
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in process.stdout.read().split())])
    saved = SavedPositions(tmp_path)
    offsets = {position.offset for position in saved.positions.values()}
    saved.close()
    assert saved.warnings == []
    assert len(saved.positions) == 20
    assert len(offsets) == 1
    assert offsets.pop() >= told


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is said in one sentence, and saving works again."""
    (tmp_path / "positions.db").write_bytes(content)
    saved = SavedPositions(tmp_path)
    assert len(saved.warnings) == 1
    assert "positions.db" in saved.warnings[0]
    saved.save({"/a.jsonl": HERE}, [], 0)
    saved.close()
    again = SavedPositions(tmp_path)
    assert again.positions == {"/a.jsonl": HERE}
    again.close()


def test_a_file_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    """A later version's positions are not guessed at."""
    import sqlite3

    with sqlite3.connect(tmp_path / "positions.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    saved = SavedPositions(tmp_path)
    assert "99" in saved.warnings[0]
    saved.close()


def test_nothing_is_saved_through_a_link(tmp_path: Path) -> None:
    """A link or a folder in place of the file is said and left as it was; a folder that others can write to is refused."""
    (tmp_path / "mine").write_bytes(b"")
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "positions.db").symlink_to(tmp_path / "mine")
    saved = SavedPositions(tmp_path / "state")
    saved.save({"/x.jsonl": HERE}, [], 0)
    assert "positions.db cannot be written" in saved.warnings[0]
    assert (tmp_path / "mine").read_bytes() == b""
    (tmp_path / "state" / "positions.db").unlink()
    (tmp_path / "state" / "positions.db").mkdir()
    assert "positions.db cannot be written" in SavedPositions(tmp_path / "state").warnings[0]
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(InsecureHomeError):
        SavedPositions(tmp_path / "open")


def test_a_full_disk_is_said_once(tmp_path: Path) -> None:
    """Where nothing can be written any more a person is told, once, and following goes on."""
    saved = SavedPositions(tmp_path)
    assert saved._database is not None
    saved._database.execute("PRAGMA max_page_count = 1")
    for _ in range(2):
        saved.save({f"/{number}.jsonl": HERE for number in range(10_000)}, [], 0)
    saved.close()
    assert len(saved.warnings) == 1
    assert "full" in saved.warnings[0]
