"""The log's writer against a disk that blocks, fails, and comes back."""

import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from claude_sessions.base.clock import SessionClock
from claude_sessions.log.decode import decode_line
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import GapInfo, SealInfo, StartInfo, decode_info
from claude_sessions.log.segment import SegmentName
from claude_sessions.recording.log_file import LogFile
from claude_sessions.recording.threaded_writer import ThreadedWriter
from claude_sessions.recording.writer import RecordingError, StrictWriter

SESSION = "0f0f0f0f-0000-4000-8000-000000000001"
PATIENCE_S = 20


class Disk(LogFile):
    """A log on a real file, whose writes can be held up, refused or cut short."""

    def __init__(self, folder: Path, *, size: int = 1 << 30) -> None:
        self.folder = folder
        super().__init__(
            self.create(f"{SESSION}.jsonl"), StartInfo(command="claude"), SESSION, create_segment=self.create, size=size,
            started_ns=1_770_000_000_000_000_000,
        )  # fmt: skip
        self.moves = threading.Event()
        self.moves.set()
        self.held = threading.Event()
        """Set while a write is held up."""
        self.error = 0
        self.refused = threading.Event()
        self.at_most = 1 << 30

    def create(self, name: str) -> int:
        return os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, lines: Sequence[bytes]) -> int:
        if not self.moves.is_set():
            self.held.set()
            assert self.moves.wait(PATIENCE_S)
        if self.error:
            self.refused.set()
            raise OSError(self.error, os.strerror(self.error))
        return super().write([b"".join(lines)[: self.at_most]])

    def entries(self) -> list[Entry]:
        """Return what is on the disk, of all segments."""
        names = sorted(self.folder.glob("*.jsonl"), key=lambda path: (len(path.name), path.name))
        return [decode_line(line) for path in names for line in path.read_bytes().splitlines()]

    def kinds(self) -> list[str]:
        return [entry.direction for entry in self.entries()]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk that works, so far."""
    made = Disk(tmp_path)
    yield made
    made.error = 0
    made.moves.set()


@pytest.fixture
def writer_on() -> Iterator[Callable[..., ThreadedWriter]]:
    """A function that starts a writer; it is closed after the test."""
    writers: list[tuple[ThreadedWriter, Disk]] = []

    def start(disk: Disk, max_pending: int = 1 << 26) -> ThreadedWriter:
        writers.append((ThreadedWriter(disk, SessionClock(), max_pending), disk))
        return writers[-1][0]

    yield start
    for writer, disk in writers:
        disk.error = 0
        disk.moves.set()
        assert writer.close(PATIENCE_S)


def test_entries_are_written_in_order_between_start_and_seal(
    disk: Disk, writer_on: Callable[..., ThreadedWriter]
) -> None:
    """What is appended stands in the log in that order, and the seal's digest is that of everything before it."""
    writer = writer_on(disk)
    for number in range(1000):
        writer.append("output", b"%d" % number)
        if number % 7 == 0:
            writer.flush()
    assert writer.close(PATIENCE_S)
    entries = disk.entries()
    assert [entry.data for entry in entries[1:-1]] == [b"%d" % number for number in range(1000)]
    assert (entries[0].direction, entries[-1].direction) == ("start", "seal")
    before, newline, _ = (disk.folder / f"{SESSION}.jsonl").read_bytes()[:-1].rpartition(b"\n")
    assert decode_info(entries[-1], SealInfo) == SealInfo(hashlib.sha256(before + newline).hexdigest())
    assert writer.loss() is None


def test_a_disk_that_blocks_is_not_felt(disk: Disk, writer_on: Callable[..., ThreadedWriter]) -> None:
    """While a write hangs, appending goes on at once, and nothing is lost once it is through."""
    writer = writer_on(disk)
    disk.moves.clear()
    writer.append("output", b"first")
    writer.flush()
    assert disk.held.wait(PATIENCE_S)
    for number in range(100):  # would hang here
        writer.append("output", b"%d" % number)
        writer.flush()
        writer.breathe()
    disk.moves.set()
    assert writer.close(PATIENCE_S)
    assert disk.kinds() == ["start", *["output"] * 101, "seal"]


def test_what_passes_the_bound_becomes_a_gap(disk: Disk, writer_on: Callable[..., ThreadedWriter]) -> None:
    """Past the bound the loss is counted; the gap entry says how much, since when and why, at its place in the order."""
    writer = writer_on(disk, max_pending=3000)
    disk.moves.clear()
    writer.flush()
    for number in range(30):
        writer.append("output", b"%02d" % number + b"." * 98)
    writer.flush()
    disk.moves.set()
    assert writer.close(PATIENCE_S)
    entries = disk.entries()
    assert [entry.direction for entry in entries] == ["start", *["output"] * (len(entries) - 3), "gap", "seal"]
    shown = [int(entry.data[:2]) for entry in entries if entry.direction == "output"]
    assert shown == list(range(len(shown)))
    assert 3 < len(shown) < 20
    gap = decode_info(entries[-2], GapInfo)
    assert gap is not None
    lost = 30 - len(shown)
    assert (gap.entries, gap.bytes, gap.reason) == (lost, 100 * lost, "the disk was too slow")
    assert entries[-3].timestamp <= gap.since <= entries[-2].timestamp
    loss = writer.loss()
    assert loss is not None
    assert loss.bytes == 100 * lost


def test_after_a_gap_everything_is_kept_again(disk: Disk, writer_on: Callable[..., ThreadedWriter]) -> None:
    """The gap entry comes at the first write that works again, then the rest, and the log is sealed."""
    writer = writer_on(disk, max_pending=500)
    disk.error = errno.ENOSPC
    writer.flush()
    for _ in range(10):
        writer.append("output", b"0123456789")
    writer.flush()
    assert disk.refused.wait(PATIENCE_S)
    disk.error = 0
    while writer._put != writer._taken:  # until the disk has caught up
        threading.Event().wait(0.01)
    writer.append("output", b"after")
    assert writer.close(PATIENCE_S)
    kinds = disk.kinds()
    assert kinds[-3:] == ["gap", "output", "seal"]
    assert kinds.count("gap") == 1
    assert disk.entries()[-2].data == b"after"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG])
def test_a_disk_that_stays_broken_is_told_at_the_end(
    disk: Disk, writer_on: Callable[..., ThreadedWriter], number: int
) -> None:
    """A session on a full or failing disk ends in time; the loss has the reason, and what is there reads back."""
    writer = writer_on(disk)
    writer.append("output", b"kept")
    writer.flush()
    while b"output" not in (disk.folder / f"{SESSION}.jsonl").read_bytes():
        threading.Event().wait(0.01)
    disk.error = number
    for _ in range(5):
        writer.append("output", b"lost")
    assert writer.close(PATIENCE_S)
    loss = writer.loss()
    assert loss is not None
    assert (loss.bytes, loss.reason) == (20, os.strerror(number))
    assert disk.kinds() == ["start", "output"]


def test_short_writes_are_continued(disk: Disk, writer_on: Callable[..., ThreadedWriter]) -> None:
    """A disk that takes a few bytes at a time still gets whole lines and the right digest."""
    disk.at_most = 7
    writer = writer_on(disk)
    for number in range(20):
        writer.append("output", b"%d" % number)
    assert writer.close(PATIENCE_S)
    assert disk.kinds() == ["start", *["output"] * 20, "seal"]


def test_a_line_given_up_in_the_middle_is_closed(tmp_path: Path) -> None:
    """A short write that fails for good ends with a newline, so that the next reader loses one line only."""
    disk = Disk(tmp_path)
    assert disk.write([disk.first_line]) == len(disk.first_line)
    assert disk.write([b'{"timestamp"']) == 12
    disk.close(1_770_000_000_000_000_000, whole=False)
    assert (tmp_path / f"{SESSION}.jsonl").read_bytes().endswith(b'\n{"timestamp"\n')


def test_full_segments_are_followed_by_others(tmp_path: Path, writer_on: Callable[..., ThreadedWriter]) -> None:
    """Each segment begins with `start`, its number and the digest of the whole one before; entries stay in order."""
    disk = Disk(tmp_path, size=2000)
    writer = writer_on(disk)
    for number in range(100):
        writer.append("output", b"%03d" % number + b"." * 100)
        writer.flush()
        while writer._put != writer._taken:  # so that there are many small writes
            threading.Event().wait(0.001)
    assert writer.close(PATIENCE_S)
    starts = [decode_info(entry, StartInfo) for entry in disk.entries() if entry.direction == "start"]
    assert len(starts) > 5
    for number, start in enumerate(starts):
        assert start is not None
        assert (start.segment, start.command, start.started) == (number, "claude", starts[0].started)  # type: ignore[union-attr]
        name = SegmentName(SESSION, number)
        assert decode_line((tmp_path / str(name)).read_bytes().partition(b"\n")[0]).direction == "start"
        if number:
            before = (tmp_path / str(SegmentName(SESSION, number - 1))).read_bytes()
            assert start.previous == hashlib.sha256(before).hexdigest()
    assert [int(entry.data[:3]) for entry in disk.entries() if entry.direction == "output"] == list(range(100))
    assert all(path.stat().st_mode & 0o777 == 0o400 for path in tmp_path.glob("*.jsonl"))


def test_where_no_other_segment_can_be_made_this_one_grows(
    tmp_path: Path, writer_on: Callable[..., ThreadedWriter]
) -> None:
    """A folder that takes no new file costs nothing: the log goes on in the file it has."""
    disk = Disk(tmp_path, size=500)
    (tmp_path / str(SegmentName(SESSION, 1))).mkdir()
    writer = writer_on(disk)
    for _ in range(50):
        writer.append("output", b"." * 100)
    assert writer.close(PATIENCE_S)
    (tmp_path / str(SegmentName(SESSION, 1))).rmdir()
    assert disk.kinds() == ["start", *["output"] * 50, "seal"]


def test_strict_refuses_what_it_cannot_write(disk: Disk) -> None:
    """With `--strict` an append that fails raises, with the reason, and loss() tells it."""
    writer = StrictWriter(disk, SessionClock())
    writer.append("output", b"kept")
    disk.error = errno.ENOSPC
    with pytest.raises(RecordingError, match="No space left"):
        writer.append("output", b"not kept")
    disk.error = 0
    assert writer.close(0)
    assert disk.kinds() == ["start", "output"]
    loss = writer.loss()
    assert loss is not None
    assert "No space left" in loss.reason


def test_strict_is_on_the_disk_when_append_returns(disk: Disk) -> None:
    """Nothing waits: the entry can be read at once."""
    writer = StrictWriter(disk, SessionClock())
    writer.append("output", b"now")
    assert disk.kinds() == ["start", "output"]
    writer.close(0)
    assert disk.kinds() == ["start", "output", "seal"]
